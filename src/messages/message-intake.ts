// The way in of a framed connection: bytes become messages, one after the other, as long as they are wanted.

import { PeerError, UsageError } from '../errors.ts'
import { clock } from '../net/clock.ts'
import type { DrivenConnection, Sink } from '../net/connection.ts'
import type { Framer } from './framer.ts'

/** What the way in tells the way out. */
export interface IntakeHome {
  /** The peer takes bytes again. */
  drained(): void
  /** The connection is gone. */
  lost(): void
}

/** Takes the bytes of `outer`, and gives messages to a sink as soon as there is one. */
export class MessageIntake implements Sink {
  readonly #outer: DrivenConnection
  readonly #framer: Framer
  readonly #home: IntakeHome
  #sink: Sink | undefined
  #asText = false
  /** Until somebody takes the messages, nothing is read. */
  #begun = false
  #paused = false
  #delivering = false
  #ended = false
  #over = false
  #gone = false
  #error: Error | undefined
  /** When the message began that is not complete; 0 where there is none. */
  #partialSince = 0

  constructor(outer: DrivenConnection, framer: Framer, home: IntakeHome) {
    this.#outer = outer
    this.#framer = framer
    this.#home = home
    // Also where nobody reads: whoever writes wants to know that the peer takes it, or is gone.
    outer.take(this)
    outer.pause()
  }

  take(sink: Sink): void {
    if (this.#sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.#sink = sink
    this.#asText = sink.text !== undefined
    if (this.#gone) queueMicrotask(() => sink.closed(this.#error))
    // Not at once: whoever takes may not be ready yet.
    else queueMicrotask(() => this.#begin())
    if (this.#outer.draining) sink.drain()
  }

  #begin(): void {
    this.#begun = true
    this.#deliver()
    if (!this.#paused) this.#outer.resume()
  }

  data(chunk: Uint8Array): void {
    if (this.#ended) return
    this.#framer.feed(chunk)
    this.#deliver()
  }

  #deliver(): void {
    // A sink that pauses and resumes while it takes a message comes by here again.
    const sink = this.#sink
    if (sink === undefined || !this.#begun || this.#delivering || this.#over) return
    this.#delivering = true
    while (!this.#paused && !this.#over) {
      const message = this.#next()
      if (message === undefined) break
      if (typeof message === 'string') sink.text?.(message)
      else sink.data(message)
    }
    this.#delivering = false
    if (this.#paused || this.#over) return
    if (!this.#framer.partial) this.#partialSince = 0
    else if (this.#partialSince === 0) this.#partialSince = clock.now
    if (this.#ended) this.#finish()
  }

  #next(): Uint8Array | string | undefined {
    try {
      return this.#framer.next(this.#asText)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      this.#break(error)
      return undefined
    }
  }

  #finish(): void {
    if (this.#framer.partial) {
      this.#break(new PeerError('MESSAGE_TORN', 'the peer ended the connection within a message'))
    } else {
      this.#over = true
      this.#sink?.end()
    }
  }

  /** Nothing that arrives from now on is understood: it is thrown away. */
  #break(error: PeerError): void {
    this.#ended = true
    this.#over = true
    if (this.#sink?.broken !== undefined) this.#sink.broken(error)
    else this.#outer.destroy(error)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#deliver()
  }

  drained(): void {
    this.#home.drained()
    this.#sink?.drained()
  }

  closed(error: Error | undefined): void {
    this.#over = true
    this.#gone = true
    this.#error = error
    this.#home.lost()
    this.#sink?.closed(error)
  }

  drain(): void {
    this.#sink?.drain()
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#outer.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#deliver()
    // Whoever takes the messages may have had enough again.
    if (this.#begun && !this.#paused) this.#outer.resume()
  }

  /** Ends the wait for a message that began and does not go on. */
  tick(now: number, messageTimeoutMs: number): void {
    if (this.#partialSince === 0 || this.#paused || this.#over || now < this.#partialSince + messageTimeoutMs) return
    const message = `a message was not complete within ${messageTimeoutMs} ms`
    this.#break(new PeerError('TIMEOUT', message, { status: 408 }))
  }
}
