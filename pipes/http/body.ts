// How the body of a request is cut out of the bytes of its connection (RFC 9112 §6).

import type { Input } from '../../src/psgi/input.ts'
import { ChunkedDecoder } from './chunked.ts'
import type { HeadLimits } from './fields.ts'

/** Cuts one body out. */
export class BodyFraming {
  readonly #chunked: ChunkedDecoder | undefined
  #left: number
  /** Bytes of the body that nobody took. */
  thrownAway = 0
  /** Whether any byte of it came. */
  begun = false
  /** Whether 100 (Continue) was sent for it. */
  continued = false

  /** @param length its bytes; -1: chunked */
  constructor(length: number, limits: HeadLimits) {
    this.#chunked = length < 0 ? new ChunkedDecoder(limits) : undefined
    this.#left = length
  }

  get done(): boolean {
    return this.#chunked === undefined ? this.#left === 0 : this.#chunked.done
  }

  /** Bytes still to come, as far as is known. */
  get left(): number {
    return this.#chunked === undefined ? this.#left : 0
  }

  get trailers(): readonly (readonly [string, string])[] | undefined {
    return this.#chunked?.trailers
  }

  /** Takes bytes from `start`. Returns where it stopped: `end`, or where the body ended. */
  feed(bytes: Buffer, start: number, end: number, input: Input | undefined): number {
    this.begun = true
    if (this.#chunked !== undefined) {
      return this.#chunked.feed(bytes, start, end, (data) => this.#give(data, input))
    }
    const stop = Math.min(end, start + this.#left)
    this.#left -= stop - start
    this.#give(bytes.subarray(start, stop), input)
    return stop
  }

  #give(data: Buffer, input: Input | undefined): void {
    if (input === undefined) this.thrownAway += data.byteLength
    else input.push(data)
  }
}
