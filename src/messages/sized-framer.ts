// Messages that say how long they are before they come.

import type { Framer } from './framer.ts'
import { HeldBytes } from './held-bytes.ts'

/** Where a message is, as far as its head tells. */
export interface SizedHead {
  /** Bytes of the head. */
  readonly head: number
  /** Bytes of the message behind it. */
  readonly size: number
}

const EMPTY = Buffer.alloc(0)

/** Cuts by a size that a head before each message tells. */
export abstract class SizedFramer implements Framer {
  #bytes: Buffer = EMPTY
  #at = 0
  /** A message that is not complete, from its head on. */
  readonly #held = new HeldBytes()
  /** So many bytes have to be held before it is worth looking again. */
  #wanted = 0

  /**
   * Reads the head at `at`. Undefined: there is not enough of it yet.
   *
   * @throws PeerError for what is no head, and for a size above the limit
   */
  protected abstract headOf(bytes: Buffer, at: number): SizedHead | undefined
  abstract frame(message: Uint8Array | string): Uint8Array | string

  get partial(): boolean {
    return this.#held.length > 0
  }

  feed(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.partial) {
      if (this.#held.length + bytes.length < this.#wanted) this.#held.add(bytes)
      else this.#look(this.#held.take(bytes))
    } else {
      const rest = this.#bytes.subarray(this.#at)
      this.#look(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]))
    }
  }

  #look(bytes: Buffer): void {
    this.#bytes = bytes
    this.#at = 0
  }

  next(): Buffer | undefined {
    const left = this.#bytes.length - this.#at
    if (left === 0) return undefined
    const found = this.headOf(this.#bytes, this.#at)
    const whole = found === undefined ? left + 1 : found.head + found.size
    if (found === undefined || left < whole) {
      this.#wanted = whole
      this.#held.add(this.#bytes.subarray(this.#at))
      this.#look(EMPTY)
      return undefined
    }
    const end = this.#at + whole
    const message = this.#bytes.subarray(this.#at + found.head, end)
    this.#at = end
    return message
  }
}
