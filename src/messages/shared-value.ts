// A value that many peers are sent, and that never changes: a format encodes it once for all of them.

import type { Format } from './format.ts'

/** See above. */
export class SharedValue {
  readonly value: object
  /** A few: one for each pipe that it goes through. */
  readonly #encoded = new Map<Format, Uint8Array | string>()

  constructor(value: object) {
    this.value = value
  }

  /**
   * The value as one message.
   *
   * @throws as {@link Format.encode} does
   */
  encodedBy(format: Format): Uint8Array | string {
    const found = this.#encoded.get(format)
    if (found !== undefined) return found
    const encoded = format.encode(this.value)
    this.#encoded.set(format, encoded)
    return encoded
  }
}
