// The beginning of a message that is not complete: copied, so that neither many small chunks nor a large one behind a few bytes is held.

const FIRST_BYTES = 256

/** Bytes that grow at the end until they are taken. */
export class HeldBytes {
  #bytes: Buffer | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The first `count` bytes of what is held. */
  peek(count: number): Buffer {
    return this.#bytes?.subarray(0, Math.min(count, this.#length)) ?? Buffer.alloc(0)
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength
    if (this.#bytes === undefined || length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * this.#length, length))
      this.#bytes?.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
  }

  /** What is held, and `chunk` behind it; nothing is held then. */
  take(chunk: Uint8Array): Buffer {
    this.add(chunk)
    const taken = this.#bytes?.subarray(0, this.#length) ?? Buffer.alloc(0)
    this.#bytes = undefined
    this.#length = 0
    return taken
  }
}
