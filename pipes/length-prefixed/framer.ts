// Messages behind their lengths.

import { PeerError, UsageError } from '../../src/errors.ts'
import { SizedFramer, type SizedHead } from '../../src/messages/sized-framer.ts'

/** How a length is written. */
export interface LengthFormat {
  readonly lengthBytes: 1 | 2 | 4
  readonly little: boolean
}

/** Cuts by a length that stands before each message. */
export class LengthFramer extends SizedFramer {
  readonly #maxBytes: number
  readonly #format: LengthFormat

  constructor(maxBytes: number, format: LengthFormat) {
    super()
    this.#maxBytes = maxBytes
    this.#format = format
  }

  protected override headOf(bytes: Buffer, at: number): SizedHead | undefined {
    const { lengthBytes, little } = this.#format
    if (bytes.length - at < lengthBytes) return undefined
    const size = little ? bytes.readUIntLE(at, lengthBytes) : bytes.readUIntBE(at, lengthBytes)
    if (size <= this.#maxBytes) return { head: lengthBytes, size }
    const message = `a message of ${size} bytes is announced, and ${this.#maxBytes} is the limit`
    throw new PeerError('MESSAGE_TOO_LONG', message, { pipe: 'lengthPrefixed', status: 413 })
  }

  override frame(message: Uint8Array | string): Buffer {
    const { lengthBytes, little } = this.#format
    const size = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
    if (size >= 2 ** (8 * lengthBytes)) {
      const text = `lengthPrefixed() cannot send ${size} bytes behind a length of ${lengthBytes} bytes.`
      throw new UsageError('WRITE_VALUE', text, { pipe: 'lengthPrefixed' })
    }
    const framed = Buffer.allocUnsafe(lengthBytes + size)
    if (little) framed.writeUIntLE(size, 0, lengthBytes)
    else framed.writeUIntBE(size, 0, lengthBytes)
    if (typeof message === 'string') framed.write(message, lengthBytes)
    else framed.set(message, lengthBytes)
    return framed
  }
}
