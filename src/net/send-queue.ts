// Long data is sent in slices. The kernel takes a long write in parts, but only tells when it has all of it: a peer that reads slowly
// could not be told from one that does not read.

import type { Writable } from 'node:stream'

/** Up to so many bytes are given to the stream at once. */
export const SLICE_BYTES = 262_144

/** What waits to be given to a stream. */
export class SendQueue {
  readonly #stream: Writable
  readonly #waiting: Uint8Array[] = []
  #size = 0

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Bytes that wait here. */
  get size(): number {
    return this.#size
  }

  /** Text is sent as Latin-1. */
  add(data: Uint8Array | string): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    this.#waiting.push(bytes)
    this.#size += bytes.byteLength
  }

  /** Gives the stream as much as it takes. False: the rest waits for its 'drain'. */
  feed(): boolean {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const slice = first.subarray(0, SLICE_BYTES)
      if (slice.byteLength === first.byteLength) this.#waiting.shift()
      else this.#waiting[0] = first.subarray(SLICE_BYTES)
      this.#size -= slice.byteLength
      const more = this.#stream.write(slice) || this.#stream.writableLength === 0
      if (!more && this.#waiting.length > 0) return false
    }
    return true
  }
}
