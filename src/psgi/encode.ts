// The three functions that turn a response into bytes. Each server pipe calls them, or what gives the same bytes.

import { type Chunk, toBytes } from './body-chunk.ts'
import { type BodyReader, open_body } from './body-reader.ts'
import { isPromise } from './body-source.ts'
import { header_fields } from './head.ts'
import { refuse } from './refuse.ts'
import type { PsgiResponse } from './response.ts'
import { status_line } from './status.ts'

/**
 * The status as bytes.
 *
 * Text is sent as Latin-1, which is what a status line can hold; bytes pass as they are. Both must be three digits from
 * 100 to 999, a space and a reason without control characters. A bare `'404'` becomes `'404 '`: the status line needs
 * the space.
 *
 * @throws EncodeError STATUS_BAD for anything else, FORMAT_MISMATCH for a value of the wrong kind or text under a bytes
 * format
 * Source  PSGI, "encode_status"; RFC 9112 §4.
 * @example encode_status(response) // the bytes of '200 OK'
 */
export function encode_status(response: PsgiResponse): Uint8Array {
  return latin1Bytes(status_line(response))
}

/**
 * The header lines as pairs of bytes, in order, repeated names apart.
 *
 * Names are tokens. In values every control character but HTAB is refused, CR, LF and NUL with them. Text is sent as
 * Latin-1; beyond it a character is refused, save in `Location`, `Content-Location` and `Refresh`, where it is
 * percent-encoded as UTF-8. Bytes pass as they are.
 *
 * @throws EncodeError HEADER_BAD for a line that cannot be sent, and for a second Content-Type or Content-Length;
 * FORMAT_MISMATCH for text under a bytes format and for a `header_list` without `as_list()`
 * Source  PSGI, "encode_headers"; RFC 9110 §5; RFC 3987 §3.1.
 * @example for (const [name, value] of encode_headers(response)) send(name, value)
 */
export function encode_headers(response: PsgiResponse): [name: Uint8Array, value: Uint8Array][] {
  return header_fields(response).map(({ name, value }) => [latin1Bytes(name), latin1Bytes(value)])
}

/**
 * The body as chunks of bytes, none empty. Read it once.
 *
 * It is iterable if the body is (a string, bytes, an array without promises, any iterable), else only async iterable; so
 * ask for `Symbol.iterator` first, and a synchronous body makes no promise. `for await` reads both.
 *
 * Text is encoded in the charset of the Content-Type, else UTF-8; a surrogate pair may be cut apart by chunks. Bytes pass
 * as they are. A reader that stops early closes the body: `return()` reaches it, also before the first chunk.
 *
 * @throws EncodeError FORMAT_MISMATCH, CHARSET_UNKNOWN, CHARACTER_MISSING: here, or while it is read, the body being
 * closed then. An error of the body itself passes as it is.
 * Source  PSGI, "stream_body".
 * @example for await (const bytes of stream_body(response)) await write(bytes)
 */
export function stream_body(response: PsgiResponse): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  const reader = open_body(response)
  if (reader.kind === 'now') return new NowBytes(reader)
  return reader.kind === 'later' ? new LaterBytes(reader) : new EitherBytes(reader)
}

class NowBytes implements IterableIterator<Uint8Array> {
  protected readonly reader: BodyReader

  constructor(reader: BodyReader) {
    this.reader = reader
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Uint8Array> {
    const { at } = this.reader
    const chunk = this.reader.read()
    if (!isPromise(chunk)) return result(chunk)
    // Closed first, so that whatever becomes of the promise is nobody's business any more.
    this.reader.close()
    const found = `response.body[${at}] is a promise, in a body that is read synchronously`
    throw refuse('FORMAT_MISMATCH', `${found}. Read it with for await, or make the body an async generator.`)
  }

  return(): IteratorResult<Uint8Array> {
    this.reader.close()
    return { done: true, value: undefined }
  }
}

/** A body of which nobody knows whether promises will come: it can be read either way. */
class EitherBytes extends NowBytes {
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return new LaterBytes(this.reader)
  }
}

class LaterBytes implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: BodyReader

  constructor(reader: BodyReader) {
    this.#reader = reader
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    return result(await this.#reader.read())
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#reader.close()
    return { done: true, value: undefined }
  }
}

function result(chunk: Chunk | undefined): IteratorResult<Uint8Array> {
  return chunk === undefined ? { done: true, value: undefined } : { done: false, value: toBytes(chunk) }
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}
