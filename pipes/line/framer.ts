// Lines: where they end, in what came in pieces.

import { isUtf8 } from 'node:buffer'
import { PeerError, UsageError } from '../../src/errors.ts'
import type { Framer } from '../../src/messages/framer.ts'
import { HeldBytes } from '../../src/messages/held-bytes.ts'

const LF = 0x0a
const CR = 0x0d
const EMPTY = Buffer.alloc(0)

/** Cuts at LF and CRLF. */
export class LineFramer implements Framer {
  readonly #maxBytes: number
  /** Whole lines, and how far they are read: as bytes, or as text once somebody wants that. */
  #lines: Buffer = EMPTY
  #text = ''
  #at = 0
  /** A line that has not ended. */
  readonly #held = new HeldBytes()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get partial(): boolean {
    return this.#held.length > 0
  }

  feed(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const last = bytes.lastIndexOf(LF)
    if (last < 0) {
      this.#held.add(bytes)
      return
    }
    // A view costs 50 ns, and most often nothing is left behind the last line.
    const isAll = last === bytes.length - 1
    const whole = isAll ? bytes : bytes.subarray(0, last + 1)
    this.#add(this.partial ? this.#held.take(whole) : whole)
    if (!isAll) this.#held.add(bytes.subarray(last + 1))
  }

  /** Lines behind those that are not read yet, if there are any. */
  #add(whole: Buffer): void {
    const isRead = this.#text === '' && this.#at === this.#lines.length
    this.#lines = isRead ? whole : Buffer.concat([this.#rest(), whole])
    this.#text = ''
    this.#at = 0
  }

  #rest(): Buffer {
    return this.#text === '' ? this.#lines.subarray(this.#at) : Buffer.from(this.#text.slice(this.#at))
  }

  next(asText: boolean): Buffer | string | undefined {
    if (this.#text !== '') return this.#nextText()
    if (this.#at < this.#lines.length) {
      if (!asText || this.#at > 0 || !isUtf8(this.#lines)) return this.#nextBytes()
      this.#text = this.#lines.toString()
      this.#lines = EMPTY
      return this.#nextText()
    }
    if (this.#held.length > this.#maxBytes) throw this.#tooLong()
    return undefined
  }

  #nextText(): string {
    const text = this.#text
    const end = text.indexOf('\n', this.#at)
    const stop = text.charCodeAt(end - 1) === CR && end > this.#at ? end - 1 : end
    const line = text.slice(this.#at, stop)
    // A character is at most three bytes of UTF-8 for each of its UTF-16 units.
    if (line.length * 3 > this.#maxBytes && Buffer.byteLength(line) > this.#maxBytes) throw this.#tooLong()
    this.#at = end + 1
    if (this.#at === text.length) {
      this.#text = ''
      this.#at = 0
    }
    return line
  }

  #nextBytes(): Buffer {
    const lines = this.#lines
    const end = lines.indexOf(LF, this.#at)
    const stop = end > this.#at && lines[end - 1] === CR ? end - 1 : end
    const line = lines.subarray(this.#at, stop)
    if (line.length > this.#maxBytes) throw this.#tooLong()
    if (!isUtf8(line)) throw new PeerError('MESSAGE_BAD', 'a line is not valid UTF-8', { pipe: 'line' })
    this.#at = end + 1
    return line
  }

  #tooLong(): PeerError {
    return new PeerError('MESSAGE_TOO_LONG', `a line is longer than ${this.#maxBytes} bytes`, {
      pipe: 'line',
      status: 413,
    })
  }

  frame(message: Uint8Array | string): Uint8Array | string {
    if (typeof message === 'string') {
      if (message.includes('\n') || message.charCodeAt(message.length - 1) === CR) throw brokenLine()
      return `${message}\n`
    }
    if (message.includes(LF) || message.at(-1) === CR) throw brokenLine()
    const framed = Buffer.allocUnsafe(message.byteLength + 1)
    framed.set(message)
    framed[message.byteLength] = LF
    return framed
  }
}

function brokenLine(): UsageError {
  return new UsageError('WRITE_VALUE', 'line() cannot send a message with a line break in it.', { pipe: 'line' })
}
