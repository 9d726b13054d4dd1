// msgpack: messages become values, and values messages, by MessagePack.

import { PeerError, UsageError } from '../src/errors.ts'
import type { Format } from '../src/messages/format.ts'
import { type MarshallingOptions, type MessageLimits, marshalling, messageLimits } from '../src/messages/marshalling.ts'
import { refused, unwritable } from '../src/messages/unwritable.ts'
import type { Values } from '../src/messages/values.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { checkMessage } from './msgpack/check.ts'
import { type Coder, loadCoder } from './msgpack/coder.ts'
import { objectsOf } from './msgpack/objects.ts'

/** Options of {@link msgpack}. `Needs` are the marbles that a function as `invalid` takes from the bag besides those of a connection. */
export type MsgpackOptions<Needs = {}> = MarshallingOptions<Needs>

/**
 * Makes values of messages, and messages of values, by MessagePack. As json() in all the rest.
 *
 * Maps become objects; their keys are strings or integers, and a key `__proto__` is data. Integers of 64 bits become numbers where
 * these hold them exactly, else BigInts. Binary data becomes a Buffer of its own, a timestamp a Date. All other extension types are refused.
 *
 * In what is written, `undefined` is left out of objects and nil in arrays; functions and invalid Dates are nil; a Map is a map, a Set
 * an array, a Date a timestamp, an ArrayBuffer or a view of one binary data, a BigInt an integer of 64 bits. An object of a class is
 * what its `toJSON()` gives, if it has one.
 *
 * Needs   `connection`, `read`, `write` of whole messages: of lengthPrefixed(), of a transport of messages, or of http(). And
 *         the package `msgpackr`: `npm install msgpackr`.
 * Adds    its own `read` and `write`, of values: see {@link Values}.
 * Fails   PeerError MESSAGE_BAD (400) for what is no MessagePack, is cut short or goes on behind its end, or holds text that is no UTF-8,
 *         with the byte where it stands; MESSAGE_TOO_LONG (413) for more than `maxBytes` or `maxDepth`, over http() BODY_TOO_LONG (413):
 *         see `invalid`. UsageError WRITE_VALUE for `undefined`, functions, symbols, and, also within a value, symbols, circles and BigInts
 *         over 64 bits, with where it is: nothing is sent then. MODULE_BAD without the package, when the stack is opened.
 *         RESPONSE_SENT, FRAMING_MISSING, OPTION_BAD as json().
 * Place   below lengthPrefixed() or http(), above whatever reads values. Below line() nothing arrives whole: it is binary.
 * Source  https://github.com/msgpack/msgpack/blob/master/spec.md
 *
 * @example stack(lengthPrefixed(), msgpack(), async ({ read, write }) => { for await (const value of read()) await write(value) })
 */
export function msgpack<Needs = {}>(options: MsgpackOptions<Needs> = {}): Pipe<Needs & Raw, Values> {
  const format = new MsgpackFormat(messageLimits('msgpack', options))
  return marshalling(format, options.invalid, () => format.open())
}

class MsgpackFormat implements Format {
  readonly name = 'msgpack'
  // https://www.iana.org/assignments/media-types/application/vnd.msgpack
  readonly mediaType = 'application/vnd.msgpack'
  readonly maxBytes: number
  readonly #maxDepth: number
  #coder: Coder | undefined

  constructor({ maxBytes, maxDepth }: MessageLimits) {
    this.maxBytes = maxBytes
    this.#maxDepth = maxDepth
  }

  async open(): Promise<void> {
    this.#coder = await loadCoder()
  }

  get #opened(): Coder {
    if (this.#coder !== undefined) return this.#coder
    throw new UsageError('MODULE_BAD', 'msgpack() was not opened: it stands in no stack that is served.', {
      pipe: 'msgpack',
    })
  }

  encode(value: unknown): Uint8Array {
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
      throw refused('msgpack', value === undefined ? 'undefined' : `a ${typeof value}`)
    }
    const coder = this.#opened
    try {
      return coder.write(value)
    } catch (cause) {
      throw unwritable('msgpack', value, refuses, cause)
    }
  }

  decode(message: Uint8Array): unknown {
    if (message.byteLength > this.maxBytes) {
      const text = `a message is longer than ${this.maxBytes} bytes`
      throw new PeerError('MESSAGE_TOO_LONG', text, { status: 413, pipe: 'msgpack' })
    }
    const { buffer, byteOffset, byteLength } = message
    const bytes = Buffer.isBuffer(message) ? message : Buffer.from(buffer, byteOffset, byteLength)
    const plain = checkMessage(bytes, this.#maxDepth)
    const coder = this.#opened
    return plain ? coder.read(bytes) : objectsOf(coder.readMaps(bytes))
  }
}

const LEAST = -(2n ** 63n)
const MOST = 2n ** 64n - 1n

function refuses(value: unknown): string | undefined {
  if (typeof value === 'symbol') return 'a symbol'
  return typeof value === 'bigint' && (value < LEAST || value > MOST) ? 'a BigInt over 64 bits' : undefined
}
