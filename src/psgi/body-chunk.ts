// One chunk of a body: what it may be, and how text of it is written.

import { types } from 'node:util'
import { type CharsetEncoder, charsetEncoder } from './charset.ts'
import type { BodyCharset } from './content-type.ts'
import { describe } from './pairs.ts'
import { refuse, textUnderBytes } from './refuse.ts'
import { WholePairs } from './surrogates.ts'

/** What goes out: bytes, or text that is written as UTF-8 and is never cut within a surrogate pair. */
export type Chunk = string | Uint8Array

/** The bytes of whatever holds bytes; undefined for all else. Not copied. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return types.isAnyArrayBuffer(value) ? new Uint8Array(value) : undefined
}

/**
 * Checks one chunk against the format. `where` names it: `response.body[3]`.
 *
 * @throws EncodeError FORMAT_MISMATCH
 */
export function readChunk(found: unknown, format: unknown, unicode: boolean, where: string | (() => string)): Chunk {
  if (typeof found === 'string' && unicode) return found
  const bytes = bytesOf(found)
  if (bytes !== undefined) return bytes
  const place = typeof where === 'string' ? where : where()
  if (typeof found === 'string') throw textUnderBytes(place, 'body_format', format)
  const way = 'Convert it, with String() for one'
  throw refuse('FORMAT_MISMATCH', `${place} is ${describe(found)}. Chunks are strings or bytes. ${way}.`)
}

/** A {@link CharsetEncoder} that may leave UTF-8 as text, for a writer that writes text itself. */
export interface TextWriter {
  write(text: string): Chunk
  end(): Chunk
}

/** @throws EncodeError CHARSET_UNKNOWN */
export function textWriter(charset: BodyCharset): TextWriter | CharsetEncoder {
  return charset.utf8 ? new WholePairs() : charsetEncoder(charset)
}

/** Two chunks as one. */
export function joinChunks(first: Chunk, second: Chunk): Chunk {
  return first.length === 0 ? second : second.length === 0 ? first : Buffer.concat([toBytes(first), toBytes(second)])
}

const utf8 = new TextEncoder()

/** What goes out, as bytes. */
export function toBytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? utf8.encode(chunk) : chunk
}
