// The Date line (RFC 9110 §6.6.1), made at the ticks of the coarse clock: asking for the time costs more than the line.

let line = ''
let second = -1

/** Makes the line anew if the second has changed. Called at every tick, so that it is a quarter of a second late at most. */
export function refreshDate(): void {
  const now = Math.floor(Date.now() / 1_000)
  if (now === second) return
  second = now
  line = `Date: ${new Date(now * 1_000).toUTCString()}\r\n`
}

/** `Date: Sat, 21 Nov 2026 00:00:00 GMT` and CRLF. */
export function date(): string {
  return line
}
