// The Date line (RFC 9110 §6.6.1), made once a second.

let line = ''
let until = 0

/** `Date: Sat, 21 Nov 2026 00:00:00 GMT` and CRLF. */
export function date(): string {
  const now = Date.now()
  if (now >= until || now < until - 1_000) {
    line = `Date: ${new Date(now).toUTCString()}\r\n`
    until = now - (now % 1_000) + 1_000
  }
  return line
}
