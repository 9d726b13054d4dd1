// The body of a request as a test writes it.

import { types } from 'node:util'
import { UsageError } from '../errors.ts'

/** What {@link readBody} takes. */
export type RequestBody = string | ArrayBufferView | ArrayBuffer | AsyncIterable<string | Uint8Array> | Blob | object

/** A body as it is sent. */
export interface Body {
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>
  /** In bytes; undefined: it is sent in chunks. */
  readonly length: number | undefined
  /** The Content-Type that goes with it, unless the request has one. */
  readonly type: string | undefined
}

/**
 * Turns what a test gave into a body.
 *
 * @throws UsageError OPTION_BAD for what is no body
 */
export async function readBody(given: RequestBody): Promise<Body> {
  if (typeof given === 'string') return whole(Buffer.from(given), undefined)
  if (ArrayBuffer.isView(given))
    return whole(new Uint8Array(given.buffer, given.byteOffset, given.byteLength), undefined)
  if (types.isAnyArrayBuffer(given)) return whole(new Uint8Array(given), undefined)
  if (typeof given !== 'object' || given === null) throw refuse(given === null ? 'null' : `a ${typeof given}`)
  if (given instanceof URLSearchParams || given instanceof FormData || given instanceof Blob) {
    const form = new Response(given)
    return whole(new Uint8Array(await form.arrayBuffer()), form.headers.get('content-type') ?? undefined)
  }
  if (isAsyncIterable(given)) return { chunks: given, length: undefined, type: undefined }
  // JSON has no word for what a Map, a Set or a generator holds: it would send {}.
  if (Symbol.iterator in given && !Array.isArray(given)) throw refuse('an iterable object that is no array')
  const json = JSON.stringify(given)
  if (json === undefined) throw refuse('an object whose toJSON() gives nothing')
  return whole(Buffer.from(json), 'application/json')
}

/** What is written at once, so that a long body meets back-pressure as it would on a socket. */
const PIECE_BYTES = 65_536

function whole(bytes: Uint8Array, type: string | undefined): Body {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) chunks.push(bytes.subarray(at, at + PIECE_BYTES))
  return { chunks, length: bytes.byteLength, type }
}

function isAsyncIterable(given: object): given is AsyncIterable<string | Uint8Array> {
  return Symbol.asyncIterator in given
}

function refuse(found: string): UsageError {
  const allowed = 'a string, bytes, an async iterable of them, or an object to send as JSON'
  return new UsageError('OPTION_BAD', `request() got ${found} as body. A body is ${allowed}.`)
}
