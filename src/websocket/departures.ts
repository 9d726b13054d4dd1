// The way out of a WebSocket: messages that are sent soon after each other leave in one write (notes on messaging: half the CPU).

import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { textFrame } from './frame.ts'

/** So many messages leave at once: with more, the two ends take turns instead of working at the same time. */
const MOST_MESSAGES = 16
/** So much may wait for the peer before the sender is asked to stop. */
const HIGH_WATER_BYTES = 65_536
/** `WebSocket.OPEN`. */
const OPEN = 1

/** Those that flush when the tick is over. */
let scheduled: Departures[] = []

function flushScheduled(): void {
  const due = scheduled
  scheduled = []
  for (const departures of due) departures.flushDue()
}

/** Joins what is sent until 16 messages are together or the tick is over, whichever comes first; never on a timer. */
export class Departures {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  /** Told of each message that has left, where it is compressed: then the stream alone does not know. */
  readonly #onSent: (() => void) | undefined
  /** Frames are ours to write: no mask is due, and no compression was agreed on. */
  readonly #frames: boolean
  /** Messages that wait in the corked stream. */
  #joined = 0
  #scheduled = false
  #blocked = false

  /**
   * @param drain called when something has left
   * @param serves whether this is the server's end
   */
  constructor(socket: WebSocket, stream: Duplex, drain: () => void, serves = false) {
    this.#socket = socket
    this.#stream = stream
    this.#onSent = socket.extensions === '' ? undefined : drain
    this.#frames = serves && this.#onSent === undefined
  }

  /** Whether messages can be sent. */
  get open(): boolean {
    return this.#socket.readyState === OPEN
  }

  /** Bytes that have not left. */
  get size(): number {
    return this.#frames ? this.#stream.writableLength : this.#socket.bufferedAmount
  }

  /** Sends a message, soon. False: no more, please. */
  send(message: Uint8Array | string): boolean {
    // What `ws` is given after the end, it counts as unsent for ever.
    if (!this.open) return true
    if (this.#joined++ === 0) this.#stream.cork()
    if (this.#frames && typeof message === 'string') this.#stream.write(textFrame(message))
    else this.#socket.send(message, this.#onSent)
    if (this.#joined >= MOST_MESSAGES || this.size >= HIGH_WATER_BYTES) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      // One tick for all of them: an event may go to thousands.
      if (scheduled.push(this) === 1) process.nextTick(flushScheduled)
    }
    return !this.#blocked
  }

  /** The tick is over. */
  flushDue(): void {
    this.#scheduled = false
    this.flush()
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
