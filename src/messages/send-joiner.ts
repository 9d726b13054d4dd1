// Messages that are sent soon after each other leave in one write (notes on messaging: 3.5 to 6 µs a call become 1.5).

import type { DrivenConnection } from '../net/connection.ts'

/** So many messages leave at once: with more, the two ends take turns instead of working at the same time. */
const MOST_MESSAGES = 16
/** What is longer is not held. */
const MOST_LENGTH = 65_536
/** So much may wait for the peer before the sender is asked to stop. */
const HIGH_WATER_BYTES = 65_536

/** Joins what is sent until 16 messages are together or the tick is over, whichever comes first; never on a timer. */
export class SendJoiner {
  /** The peer takes no more for now. */
  blocked = false
  readonly #connection: DrivenConnection
  /** What waits, in order: bytes, and then text that came after them. */
  #pieces: Uint8Array[] = []
  #text = ''
  #bytes = 0
  #count = 0
  #scheduled = false
  readonly #onTick: () => void

  constructor(connection: DrivenConnection) {
    this.#connection = connection
    // One function for all ticks.
    this.#onTick = () => {
      this.#scheduled = false
      this.flush()
    }
  }

  /** Bytes that wait here; of text that has not been encoded yet, its length. */
  get size(): number {
    return this.#bytes + this.#text.length
  }

  /** Sends a framed message, soon. False: no more, please. */
  add(piece: Uint8Array | string): boolean {
    if (typeof piece === 'string') this.#text += piece
    else {
      if (this.#text !== '') this.#closeText()
      this.#pieces.push(piece)
      this.#bytes += piece.byteLength
    }
    if (++this.#count >= MOST_MESSAGES || this.size >= MOST_LENGTH) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#onTick)
    }
    return !this.blocked
  }

  #closeText(): void {
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    this.#pieces.push(bytes)
    this.#bytes += bytes.byteLength
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#count === 0) return
    this.#count = 0
    if (this.#bytes > 0) {
      if (this.#text !== '') this.#closeText()
      const [only, second] = this.#pieces
      const joined = only !== undefined && second === undefined ? only : Buffer.concat(this.#pieces, this.#bytes)
      this.#pieces = []
      this.#bytes = 0
      this.#send(joined)
    } else {
      const text = this.#text
      this.#text = ''
      // As long in bytes as in characters: ASCII, which is Latin-1.
      this.#send(Buffer.byteLength(text) === text.length ? text : Buffer.from(text))
    }
  }

  #send(data: Uint8Array | string): void {
    if (!this.#connection.send(data) && this.#connection.unsent >= HIGH_WATER_BYTES) this.blocked = true
  }
}
