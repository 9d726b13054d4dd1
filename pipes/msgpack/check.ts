// Whether bytes are one whole message of MessagePack: looked at before anything is made of them, so that a few bytes can neither
// announce gigabytes nor make code, classes or prototypes.

import { isUtf8 } from 'node:buffer'
import { PeerError } from '../../src/errors.ts'

/** Where the seconds of a timestamp end that a Date can hold. */
const MOST_SECONDS = 8_640_000_000_000n
const PROTO = Buffer.from('__proto__')
const TIMESTAMP = 0xff

/** Bytes behind the first one, for what has a fixed length: 0xc0 to 0xdf. -1: has a length of its own. -2: never used. */
const SIZES = [
  ...[0, -2, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8],
  ...[1, 2, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1],
]

/**
 * Looks at a message as a whole.
 *
 * @returns whether no key in it is `__proto__`
 * @throws PeerError MESSAGE_BAD for what is no message, MESSAGE_TOO_LONG for one that is too deep
 */
export function checkMessage(bytes: Buffer, maxDepth: number): boolean {
  return new Check(bytes, maxDepth).run()
}

class Check {
  readonly #bytes: Buffer
  readonly #maxDepth: number
  #at = 0
  #plain = true
  /** What is still to come of the arrays and maps around; of a map, keys and values. */
  readonly #left: number[] = []
  readonly #maps: boolean[] = []

  constructor(bytes: Buffer, maxDepth: number) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
  }

  run(): boolean {
    do {
      this.#value()
      while (this.#left.at(-1) === 0) {
        this.#left.pop()
        this.#maps.pop()
      }
    } while (this.#left.length > 0)
    if (this.#at < this.#bytes.length) throw bad('it goes on behind its end', this.#at)
    return this.#plain
  }

  #value(): void {
    const bytes = this.#bytes
    const start = this.#at
    const depth = this.#left.length - 1
    const left = this.#left[depth] ?? 0
    const isKey = this.#maps[depth] === true && left % 2 === 0
    if (depth >= 0) this.#left[depth] = left - 1
    this.#need(1)
    const first = bytes[this.#at++] ?? 0
    if (isKey && !isKeyType(first)) throw bad('a key is neither a string nor an integer', start)
    if (first < 0x80 || first >= 0xe0) return
    if (first < 0x90) this.#open(first & 0x0f, true)
    else if (first < 0xa0) this.#open(first & 0x0f, false)
    else if (first < 0xc0) this.#text(first & 0x1f, isKey)
    else {
      const size = SIZES[first - 0xc0] ?? -2
      if (size >= 0) this.#skip(size)
      else if (size === -2) throw bad('a byte 0xc1 is never used', start)
      else this.#sized(first, isKey)
    }
  }

  /** What tells its length. */
  #sized(first: number, isKey: boolean): void {
    if (first >= 0xde) this.#open(this.#length(first === 0xde ? 2 : 4), true)
    else if (first >= 0xdc) this.#open(this.#length(first === 0xdc ? 2 : 4), false)
    else if (first >= 0xd9) this.#text(this.#length(1 << (first - 0xd9)), isKey)
    else if (first >= 0xd4) this.#extension(1 << (first - 0xd4))
    else if (first >= 0xc7) this.#extension(this.#length(1 << (first - 0xc7)))
    else this.#skip(this.#length(1 << (first - 0xc4)))
  }

  #length(size: number): number {
    this.#skip(size)
    return this.#bytes.readUIntBE(this.#at - size, size)
  }

  #open(length: number, isMap: boolean): void {
    if (this.#left.length >= this.#maxDepth) {
      const message = `a message is nested more than ${this.#maxDepth} levels deep`
      throw new PeerError('MESSAGE_TOO_LONG', message, { status: 413, pipe: 'msgpack' })
    }
    this.#left.push(isMap ? length * 2 : length)
    this.#maps.push(isMap)
  }

  #text(length: number, isKey: boolean): void {
    const bytes = this.#bytes
    const start = this.#at
    this.#skip(length)
    for (let at = start; at < this.#at; at++) {
      if ((bytes[at] ?? 0) < 0x80) continue
      if (isUtf8(bytes.subarray(at, this.#at))) return
      throw bad('a string is not valid UTF-8', start)
    }
    if (isKey && length === PROTO.length && PROTO.compare(bytes, start, this.#at) === 0) this.#plain = false
  }

  #extension(length: number): void {
    this.#skip(1)
    const type = this.#bytes.readInt8(this.#at - 1)
    if (type !== TIMESTAMP - 0x100) throw bad(`extension type ${type} is not understood`, this.#at - 1)
    const start = this.#at
    this.#skip(length)
    if (!isTimestamp(this.#bytes, start, length)) throw bad('a timestamp is none', start)
  }

  #skip(size: number): void {
    this.#need(size)
    this.#at += size
  }

  #need(size: number): void {
    if (size <= this.#bytes.length - this.#at) return
    throw this.#bytes.length === 0 ? bad('it is empty', 0) : bad('it is cut short', this.#bytes.length)
  }
}

/** Strings, and integers of up to 64 bits. */
function isKeyType(first: number): boolean {
  if (first < 0x80 || first >= 0xe0) return true
  return (first >= 0xa0 && first < 0xc0) || (first >= 0xcc && first <= 0xd3) || (first >= 0xd9 && first <= 0xdb)
}

function isTimestamp(bytes: Buffer, start: number, length: number): boolean {
  if (length === 4) return true
  if (length === 8) return bytes.readUInt32BE(start) >>> 2 < 1_000_000_000
  if (length !== 12 || bytes.readUInt32BE(start) >= 1_000_000_000) return false
  const seconds = bytes.readBigInt64BE(start + 4)
  return seconds >= -MOST_SECONDS && seconds < MOST_SECONDS
}

function bad(fault: string, at: number): PeerError {
  return new PeerError('MESSAGE_BAD', `a message is no MessagePack: ${fault}, at byte ${at}`, { pipe: 'msgpack' })
}
