// The way in of a WebSocket: messages go to a sink as soon as there is one, and wait for it until then.

import { type PeerError, UsageError } from '../errors.ts'
import type { Sink } from '../net/connection.ts'
import type { Pausable } from '../net/item-reader.ts'

/** What may wait for somebody to take it before the socket is paused: pings and the peer's end are seen until then. */
const HIGH_WATER_BYTES = 65_536
/** What holding a message costs besides its bytes. */
const MESSAGE_BYTES = 64

interface Message {
  readonly bytes: Buffer
  readonly isText: boolean
}

/** See above. */
export class Arrivals {
  readonly #socket: Pausable
  #sink: Sink | undefined
  /** Messages that came before somebody took them, or behind the one that made the sink pause. */
  #waiting: Message[] = []
  #waitingBytes = 0
  #begun = false
  #paused = false
  #held = false
  #delivering = false
  /** What arrives is thrown away. */
  #dropping = false
  #broken: PeerError | undefined
  #end: { readonly error: Error | undefined } | undefined
  #over = false

  /** @param socket what is paused where too much waits */
  constructor(socket: Pausable) {
    this.#socket = socket
  }

  /** Whether somebody takes the messages. */
  get taken(): boolean {
    return this.#sink !== undefined
  }

  /** Whether nothing is read from the socket, so that nobody can know how the peer is. */
  get held(): boolean {
    return this.#held
  }

  get sink(): Sink | undefined {
    return this.#over ? undefined : this.#sink
  }

  take(sink: Sink): void {
    if (this.#sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.#sink = sink
    // Not at once: whoever takes may not be ready yet.
    queueMicrotask(() => this.#begin())
  }

  #begin(): void {
    this.#begun = true
    this.#goOn()
    if (this.#broken !== undefined) this.#tellBroken()
    if (this.#end !== undefined) this.#finish()
  }

  /** A whole message came. */
  message(bytes: Buffer, isText: boolean): void {
    if (this.#dropping || this.#broken !== undefined) return
    if (this.#begun && !this.#paused && this.#waiting.length === 0) {
      this.#give(bytes, isText)
      return
    }
    this.#waiting.push({ bytes, isText })
    this.#waitingBytes += bytes.length + MESSAGE_BYTES
    if (this.#waitingBytes >= HIGH_WATER_BYTES) this.#hold()
  }

  #give(bytes: Buffer, isText: boolean): void {
    const sink = this.#sink
    if (isText && sink?.text !== undefined) sink.text(bytes.toString())
    else sink?.data(bytes)
  }

  pause(): void {
    this.#paused = true
    this.#hold()
  }

  resume(): void {
    this.#paused = false
    if (this.#begun) this.#goOn()
  }

  /** Gives what waits, and lets more come. */
  #goOn(): void {
    // A sink that pauses and resumes while it takes a message comes by here again.
    if (this.#delivering) return
    this.#deliver(() => !this.#paused)
    if (!this.#paused) this.#release()
  }

  #deliver(isWanted: () => boolean): void {
    this.#delivering = true
    while (isWanted()) {
      const message = this.#waiting.shift()
      if (message === undefined) break
      this.#waitingBytes -= message.bytes.length + MESSAGE_BYTES
      this.#give(message.bytes, message.isText)
    }
    this.#delivering = false
  }

  #hold(): void {
    if (this.#held || this.#dropping) return
    this.#held = true
    this.#socket.pause()
  }

  #release(): void {
    if (!this.#held) return
    this.#held = false
    this.#socket.resume()
  }

  /** Throws away what waits and what still arrives: the peer's close frame is behind it. */
  drop(): void {
    this.#dropping = true
    this.#waiting = []
    this.#waitingBytes = 0
    this.#release()
  }

  // ---- the end: whatever came before is given first, wanted or not: there is no more than one chunk of it --------------------

  /** What came is no WebSocket. */
  broken(error: PeerError): void {
    if (this.#dropping) return
    this.#broken = error
    if (this.#begun) this.#tellBroken()
  }

  #tellBroken(): void {
    const error = this.#broken
    if (error === undefined) return
    this.#deliver(() => true)
    this.#dropping = true
    this.#broken = undefined
    if (this.#sink?.broken !== undefined) this.#sink.broken(error)
    // Told with the end, which comes soon.
    else this.#end ??= { error }
  }

  /** The connection is gone; `error`: without a good-bye. */
  finish(error: Error | undefined): void {
    this.#end ??= { error }
    if (this.#begun) this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#deliver(() => true)
    this.#dropping = true
    this.#over = true
    const error = this.#end?.error
    if (error === undefined) this.#sink?.end()
    this.#sink?.closed(error)
  }
}
