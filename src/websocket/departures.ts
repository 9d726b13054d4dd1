// The way out of a WebSocket: messages that are sent soon after each other leave in one write (notes on messaging: half the CPU).

import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** So many messages leave at once: with more, the two ends take turns instead of working at the same time. */
const MOST_MESSAGES = 16
/** So much may wait for the peer before the sender is asked to stop. */
const HIGH_WATER_BYTES = 65_536
/** `WebSocket.OPEN`. */
const OPEN = 1

/** Joins what is sent until 16 messages are together or the tick is over, whichever comes first; never on a timer. */
export class Departures {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #onTick: () => void
  /** Told of each message that has left, where it is compressed: then the stream alone does not know. */
  readonly #onSent: (() => void) | undefined
  /** Messages that wait in the corked stream. */
  #joined = 0
  #scheduled = false
  #blocked = false

  /** @param drain called when something has left */
  constructor(socket: WebSocket, stream: Duplex, drain: () => void) {
    this.#socket = socket
    this.#stream = stream
    this.#onSent = socket.extensions === '' ? undefined : drain
    // One function for all ticks.
    this.#onTick = () => {
      this.#scheduled = false
      this.flush()
    }
  }

  /** Whether messages can be sent. */
  get open(): boolean {
    return this.#socket.readyState === OPEN
  }

  /** Bytes that have not left. */
  get size(): number {
    return this.#socket.bufferedAmount
  }

  /** Sends a message, soon. False: no more, please. */
  send(message: Uint8Array | string): boolean {
    // What `ws` is given after the end, it counts as unsent for ever.
    if (!this.open) return true
    if (this.#joined++ === 0) this.#stream.cork()
    this.#socket.send(message, this.#onSent)
    if (this.#joined >= MOST_MESSAGES || this.size >= HIGH_WATER_BYTES) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      process.nextTick(this.#onTick)
    }
    return !this.#blocked
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#joined === 0) return
    this.#joined = 0
    this.#stream.uncork()
    if (this.size >= HIGH_WATER_BYTES) this.#blocked = true
  }

  /** Something has left. True: more may be sent again. */
  drained(): boolean {
    if (!this.#blocked || this.size >= HIGH_WATER_BYTES) return false
    this.#blocked = false
    return true
  }
}
