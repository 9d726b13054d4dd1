// Bodies that are there as a whole, so that a writer can send them in one piece and knows their length.

import { bytesOf, type Chunk, readChunk, textWriter, toBytes } from './body-chunk.ts'
import { closeUnread, isPromise } from './body-source.ts'
import type { BodyCharset } from './content-type.ts'
import { header_lines } from './head.ts'
import { isUnicode } from './refuse.ts'
import type { PsgiResponse } from './response.ts'

// Joining costs a second copy of the body in memory; a longer list of chunks is streamed.
const LONGEST_JOINED = 1_048_576

/**
 * The whole body, if it can be had at once: of a string, of bytes, and of an array of these (of any length if it has one
 * element, else up to 1 MiB). Undefined for all others: `open_body` streams them.
 *
 * @returns text that is to be written as UTF-8, or bytes; `''` where there is nothing
 * @param charset what the head says of it; read from the header list by default
 * @throws EncodeError as `open_body` and reading it would
 */
export function whole_body(response: PsgiResponse, charset?: BodyCharset): Chunk | undefined {
  const { body, body_format: format } = response
  const only = Array.isArray(body) && body.length === 1 && isPlainArray(body) ? body[0] : body
  if (typeof only === 'string' && format === 'unicode') {
    const text = charset ?? header_lines(response).charset
    if (text.utf8) return only
  }
  return joined(response, body, format, charset)
}

function joined(response: PsgiResponse, body: unknown, format: unknown, given?: BodyCharset): Chunk | undefined {
  const unicode = isUnicode(format, 'body_format')
  if (typeof body === 'string' || bytesOf(body) !== undefined) {
    const chunk = readChunk(body, format, unicode, 'response.body')
    return typeof chunk === 'string' ? encoded([chunk], given ?? header_lines(response).charset) : chunk
  }
  if (!Array.isArray(body) || !isPlainArray(body) || body.some(isPromise)) return undefined
  const chunks = body.map((item, at) => readChunk(item, format, unicode, () => `response.body[${at}]`))
  const [only, second] = chunks
  if (only === undefined) return ''
  if (second === undefined && typeof only !== 'string') return only
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (second !== undefined && length > LONGEST_JOINED) return undefined
  if (!chunks.some((chunk) => typeof chunk === 'string')) return Buffer.concat(chunks.map(toBytes))
  return encoded(chunks, given ?? header_lines(response).charset)
}

// An array that iterates in its own way is read by that.
function isPlainArray(body: readonly unknown[]): boolean {
  return body[Symbol.iterator] === Array.prototype[Symbol.iterator]
}

function encoded(chunks: readonly Chunk[], charset: BodyCharset): Chunk {
  const texts = chunks.filter((chunk) => typeof chunk === 'string')
  if (charset.utf8 && texts.length === chunks.length) return texts.join('')
  const writer = textWriter(charset)
  const written = chunks.flatMap((chunk) => (typeof chunk === 'string' ? [writer.write(chunk)] : [writer.end(), chunk]))
  return Buffer.concat([...written, writer.end()].map(toBytes))
}

/**
 * Closes the body of a response whose body is not sent (to HEAD, with 304, after an error). A body that was opened is
 * closed by its reader instead.
 *
 * @returns a promise where the body must be waited for
 * @throws what the body throws when it is closed
 */
export function close_body(response: PsgiResponse): unknown {
  return closeUnread(response.body)
}
