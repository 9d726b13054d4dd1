// A response whose body is not there as a whole: chunked, or by its Content-Length, or until the connection closes.
//
// What comes without waiting is joined (HOT_PATH.md: streams), what is there leaves before anybody waits, and a body that
// ends before anything has left is sent with a Content-Length after all.

import type { Awaitable } from '../../src/bag.ts'
import { EncodeError, PeerError } from '../../src/errors.ts'
import { readChunk, type TextWriter, textWriter } from '../../src/psgi/body-chunk.ts'
import type { ChunkTaker } from '../../src/psgi/body-reader.ts'
import type { BodyCharset } from '../../src/psgi/content-type.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import type { BodyEnd, Outlet } from './outlet.ts'

/** Bytes to join before they are sent without waiting for more. */
const JOIN_BYTES = 98_304
/** After so many bytes of a body that never waits, everybody else has a turn. */
const TURN_BYTES = 1_048_576

const LAST_CHUNK = '0\r\n\r\n'

/** Sends a body in pieces. */
export class ResponseStream implements ChunkTaker {
  readonly #outlet: Outlet
  readonly #status: string
  readonly #head: EncodedHead
  /** Whether nothing of the body is sent. */
  readonly bodyless: boolean
  /** Where the length is not announced: how the body ends. */
  readonly bodyEnd: BodyEnd | undefined
  #pieces: (string | Uint8Array)[] = []
  #size = 0
  #total = 0
  #turn = 0
  #scheduled = false
  #text: TextWriter | undefined
  /** Whether a body that ends before anything has left gets a Content-Length: not where it is written in several chunks. */
  lengthWanted = true
  /** `body_format`, for what is written. */
  format = 'unicode'
  /** Whether any byte of the response has left. */
  begun = false
  /** Closes the source of the body when the peer goes away. */
  onGone: (() => void) | undefined
  #wake: (() => void) | undefined
  #gone = false
  #blocked = false

  /** @param bodyless the status or the method allows no body */
  constructor(outlet: Outlet, status: string, head: EncodedHead, bodyless: boolean) {
    this.#outlet = outlet
    this.#status = status
    this.#head = head
    this.bodyless = bodyless
    this.#gone = outlet.gone
    this.bodyEnd = head.contentLength === undefined && !bodyless ? outlet.bodyEnd() : undefined
  }

  /** Whether the peer is gone: nothing more need be read. */
  get gone(): boolean {
    return this.#gone
  }

  /** A chunk that somebody writes, not yet encoded. */
  write(chunk: string | Uint8Array): Awaitable<void> {
    const { format } = this
    const read = readChunk(chunk, format, format === 'unicode', 'write()')
    if (typeof read === 'string') {
      this.#text ??= textWriter(this.#head.charset)
      this.add(this.#text.write(read))
    } else {
      if (this.#text !== undefined) this.add(this.#text.end())
      this.add(read)
    }
    return this.push()
  }

  /** Text for UTF-8, or bytes; empty ones are nothing. */
  add(chunk: string | Uint8Array): void {
    const size = typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
    if (size === 0 || this.bodyless) return
    this.#total += size
    const { contentLength } = this.#head
    if (contentLength !== undefined && this.#total > contentLength) {
      const message = `response.body is longer than the Content-Length of ${contentLength} bytes says.`
      throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
    }
    this.#pieces.push(chunk)
    this.#size += size
  }

  /** See {@link ChunkTaker}. */
  take(chunk: string | Uint8Array): Awaitable<void> {
    this.add(chunk)
    return this.push()
  }

  /** Sends what is there before the tick ends, or at once if it is much. Wait for what is returned, if anything. */
  push(): Awaitable<void> {
    if (this.#gone) throw goneError()
    if (this.#size < JOIN_BYTES) {
      this.soon()
      return this.#blocked ? this.#drained() : undefined
    }
    return this.flush(false)
  }

  /** What is there leaves before the tick ends. */
  soon(): void {
    if (this.#scheduled || this.#size === 0) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      if (!this.#gone) this.flush(false)
    })
  }

  /** Sends what is there; `last`: and the end. Wait for what is returned, if anything. */
  flush(last: boolean): Awaitable<void> {
    if (this.#gone) return undefined
    if (this.#size === 0 && !last) return undefined
    const { output } = this.#outlet
    if (!this.begun) this.#begin(last)
    if (this.#size > 0) {
      if (this.#isChunked) output.text(`${this.#size.toString(16)}\r\n`)
      for (const piece of this.#pieces) {
        if (typeof piece === 'string') output.utf8(piece, Buffer.byteLength(piece))
        else output.bytes(piece)
      }
      if (this.#isChunked) output.text('\r\n')
      this.#turn += this.#size
      this.#pieces = []
      this.#size = 0
    }
    if (last) {
      if (this.#isChunked) output.text(LAST_CHUNK)
      return undefined
    }
    if (!this.#outlet.flush()) {
      this.#blocked = true
      return this.#drained()
    }
    return this.#turn < TURN_BYTES ? undefined : this.#yield()
  }

  #isChunked = false

  #begin(whole: boolean): void {
    this.begun = true
    let framing = ''
    if (whole && this.lengthWanted && this.bodyEnd !== undefined) framing = `Content-Length: ${this.#total}\r\n`
    else if (this.bodyEnd === 'chunked') {
      framing = 'Transfer-Encoding: chunked\r\n'
      this.#isChunked = true
    } else if (this.#status.startsWith('205') && this.#head.contentLength === undefined)
      framing = 'Content-Length: 0\r\n'
    this.#outlet.head(this.#status, this.#head.lines, framing, this.#head)
  }

  /** Whether this is the head that is sent. */
  hasHead(status: string, head: EncodedHead): boolean {
    return status === this.#status && (head === this.#head || head.lines === this.#head.lines)
  }

  /** How text is encoded. */
  get charset(): BodyCharset {
    return this.#head.charset
  }

  /** No further text is written. */
  endText(): void {
    if (this.#text !== undefined) this.add(this.#text.end())
    this.#text = undefined
  }

  /** The body is complete. Wait for what is returned, if anything. */
  end(): Awaitable<void> {
    this.endText()
    const { contentLength } = this.#head
    if (contentLength !== undefined && !this.bodyless && this.#total < contentLength && !this.#gone) {
      const message = `response.body ended after ${this.#total} bytes; its Content-Length says ${contentLength}.`
      throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
    }
    return this.flush(true)
  }

  /** The connection takes more. */
  drained(): void {
    this.#blocked = false
    this.#wake?.()
    this.#wake = undefined
  }

  /** The peer is gone: whoever waits goes on, and the source of the body is closed. */
  lost(): void {
    if (this.#gone) return
    this.#gone = true
    this.#pieces = []
    this.#size = 0
    this.drained()
    this.onGone?.()
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake
      this.#wake = () => {
        before?.()
        resolve()
      }
    })
  }

  #yield(): Promise<void> {
    this.#turn = 0
    return new Promise((resolve) => setImmediate(resolve))
  }
}

function goneError(): PeerError {
  return new PeerError('CONNECTION_CLOSED', 'the peer went away before the response was complete', { pipe: 'http' })
}
