// Messages behind a head of header fields (Language Server Protocol 3.17, Base Protocol).

import { PeerError, quote } from '../../src/errors.ts'
import { SizedFramer, type SizedHead } from '../../src/messages/sized-framer.ts'

/** Most bytes of the fields before a message. */
const MAX_HEAD_BYTES = 4_096
const END = '\r\n\r\n'

/** Cuts by `Content-Length`. */
export class ContentLengthFramer extends SizedFramer {
  readonly #maxBytes: number
  /** The last head and what it said: messages of one length have the same. */
  #last = ''
  #lastSize = 0

  constructor(maxBytes: number) {
    super()
    this.#maxBytes = maxBytes
  }

  protected override headOf(bytes: Buffer, at: number): SizedHead | undefined {
    const end = bytes.indexOf(END, at, 'latin1')
    if (end < 0 ? bytes.length - at > MAX_HEAD_BYTES : end - at > MAX_HEAD_BYTES) {
      throw bad(`the header fields before a message are longer than ${MAX_HEAD_BYTES} bytes`)
    }
    if (end < 0) return undefined
    const head = bytes.toString('latin1', at, end)
    if (head !== this.#last) {
      this.#lastSize = sizeOf(head)
      this.#last = head
    }
    const size = this.#lastSize
    if (size <= this.#maxBytes) return { head: end + END.length - at, size }
    const message = `a message of ${size} bytes is announced, and ${this.#maxBytes} is the limit`
    throw new PeerError('MESSAGE_TOO_LONG', message, { pipe: 'contentLength', status: 413 })
  }

  override frame(message: Uint8Array | string): Uint8Array | string {
    if (typeof message === 'string') return `Content-Length: ${Buffer.byteLength(message)}${END}${message}`
    return Buffer.concat([Buffer.from(`Content-Length: ${message.byteLength}${END}`), message])
  }
}

/** The length that the fields tell; everything else in them must be what the protocol allows. */
function sizeOf(head: string): number {
  let size: number | undefined
  for (const line of head.split('\r\n')) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line)
    const [, name, value] = field ?? []
    if (name === undefined || value === undefined) throw bad(`${quote(line)} before a message is no header field`)
    if (/^content-length$/i.test(name)) {
      if (size !== undefined) throw bad('a message has two Content-Length fields')
      if (!/^[0-9]{1,15}$/.test(value)) throw bad(`Content-Length is ${quote(value)}, which is no length`)
      size = Number(value)
    } else if (/^content-type$/i.test(name)) {
      const charset = /;[ \t]*charset[ \t]*=[ \t]*"?([^";]*)/i.exec(value)?.[1]?.trim()
      // `utf8` for older peers (LSP, Header Part).
      if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw bad(`the charset ${quote(charset)} is not UTF-8`)
    }
  }
  if (size === undefined) throw bad('a message has no Content-Length')
  return size
}

function bad(message: string): PeerError {
  return new PeerError('MESSAGE_BAD', message, { pipe: 'contentLength' })
}
