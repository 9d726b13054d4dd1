// json: messages become values, and values messages, by JSON.

import { isUtf8 } from 'node:buffer'
import { PeerError } from '../src/errors.ts'
import type { Format } from '../src/messages/format.ts'
import { type MarshallingOptions, type MessageLimits, marshalling, messageLimits } from '../src/messages/marshalling.ts'
import { refused, unwritable } from '../src/messages/unwritable.ts'
import type { Values } from '../src/messages/values.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { isDeeper } from './json/depth.ts'
import { findFault } from './json/fault.ts'

/** Options of {@link json}. `Needs` are the marbles that a function as `invalid` takes from the bag besides those of a connection. */
export type JsonOptions<Needs = {}> = MarshallingOptions<Needs>

/**
 * Makes values of messages, and messages of values, by JSON.
 *
 * Every message is one JSON text. Over http() the body of the request is the one message that comes, and the value that is written
 * becomes the body of the response, with Content-Type `application/json` unless another one is set.
 *
 * A key `__proto__` is data: an own property, never a prototype. A byte order mark at the front is skipped (RFC 8259 §8.1). In what
 * is written, JSON.stringify's rules hold: `toJSON()` is called; in objects, `undefined` and functions are left out; in arrays
 * they are null; NaN and the infinities are null.
 *
 * Needs   `connection`, `read`, `write` of whole messages: of a framing pipe, of a transport of messages, or of http().
 * Adds    its own `read` and `write`, of values: see {@link Values}.
 * Fails   PeerError MESSAGE_BAD (400) for what is no JSON or no UTF-8, with its line and column; MESSAGE_TOO_LONG (413) for more than
 *         `maxBytes` or `maxDepth`, over http() BODY_TOO_LONG (413): see `invalid`. UsageError WRITE_VALUE for `undefined`,
 *         functions, symbols, and, also within a value, BigInts and circles, with where it is: nothing is sent then. RESPONSE_SENT for a second
 *         write over http(). FRAMING_MISSING on a stream of bytes. OPTION_BAD, when it is built.
 * Place   below line(), lengthPrefixed(), contentLength() or http(), above whatever reads values.
 * Source  RFC 8259.
 *
 * @example stack(line(), json(), async ({ read, write }) => { for await (const value of read()) await write(value) })
 */
export function json<Needs = {}>(options: JsonOptions<Needs> = {}): Pipe<Needs & Raw, Values> {
  return marshalling(new JsonFormat(messageLimits('json', options)), options.invalid)
}

const BYTE_ORDER_MARK = 0xfeff

class JsonFormat implements Format {
  readonly name = 'json'
  readonly mediaType = 'application/json'
  readonly maxBytes: number
  readonly #maxDepth: number
  /** A shorter text cannot be too deep: each level takes two brackets. */
  readonly #deepLength: number

  constructor({ maxBytes, maxDepth }: MessageLimits) {
    this.maxBytes = maxBytes
    this.#maxDepth = maxDepth
    this.#deepLength = 2 * maxDepth + 2
  }

  encode(value: unknown): string {
    let text: string | undefined
    try {
      text = JSON.stringify(value)
    } catch (cause) {
      throw unwritable('json', value, refuses, cause)
    }
    if (text === undefined) {
      const found =
        value === undefined
          ? 'undefined'
          : typeof value === 'object'
            ? 'a value that toJSON() makes nothing of'
            : `a ${typeof value}`
      throw refused('json', found)
    }
    return text
  }

  decode(message: Uint8Array): unknown {
    const { buffer, byteOffset, byteLength } = message
    if (byteLength > this.maxBytes) throw this.#tooLong()
    if (!isUtf8(message)) throw bad('it is not valid UTF-8')
    const bytes = Buffer.isBuffer(message) ? message : Buffer.from(buffer, byteOffset, byteLength)
    return this.#parse(bytes.toString())
  }

  decodeText(message: string): unknown {
    const { length } = message
    // A character is at most three bytes of UTF-8 for each of its UTF-16 units.
    if (length * 3 > this.maxBytes && Buffer.byteLength(message) > this.maxBytes) throw this.#tooLong()
    return this.#parse(message)
  }

  #parse(text: string): unknown {
    if (text.length >= this.#deepLength && isDeeper(text, this.#maxDepth)) {
      const message = `a message is nested more than ${this.#maxDepth} levels deep`
      throw new PeerError('MESSAGE_TOO_LONG', message, { status: 413, pipe: 'json' })
    }
    try {
      return JSON.parse(text)
    } catch (cause) {
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) return parseMarked(text)
      throw bad(findFault(text), cause)
    }
  }

  #tooLong(): PeerError {
    const message = `a message is longer than ${this.maxBytes} bytes`
    return new PeerError('MESSAGE_TOO_LONG', message, { status: 413, pipe: 'json' })
  }
}

function parseMarked(text: string): unknown {
  const unmarked = text.slice(1)
  try {
    return JSON.parse(unmarked)
  } catch (cause) {
    throw bad(findFault(unmarked), cause)
  }
}

function bad(fault: string, cause?: unknown): PeerError {
  return new PeerError('MESSAGE_BAD', `a message is no JSON: ${fault}`, { pipe: 'json', cause })
}

function refuses(value: unknown): string | undefined {
  return typeof value === 'bigint' || value instanceof BigInt ? 'a BigInt' : undefined
}
