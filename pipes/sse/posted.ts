// The way in: messages that were posted, held until whoever takes them wants them.

import type { Sink } from '../../src/net/connection.ts'

/** What may wait. */
export interface PostedLimits {
  /** Most messages. */
  readonly maxQueued: number
  /** Most bytes of all of them, and of one. */
  readonly maxBytes: number
}

/** A queue of messages for one sink. */
export class Posted {
  readonly #limits: PostedLimits
  readonly #queue: Uint8Array[] = []
  #bytes = 0
  /** Those that are on their way. */
  #expected = 0
  #sink: Sink | undefined
  #begun = false
  #paused = false
  #delivering = false
  #closing: { readonly error: Error | undefined } | undefined

  constructor(limits: PostedLimits) {
    this.#limits = limits
  }

  /** Who takes them, until it was told that no more comes. */
  get sink(): Sink | undefined {
    return this.#sink
  }

  take(sink: Sink): void {
    this.#sink = sink
    // Not at once: whoever takes may not be ready yet.
    queueMicrotask(() => {
      this.#begun = true
      this.#deliver()
    })
  }

  /** Keeps room for a message. False: there is none. Whoever got it gives it back, by {@link release}. */
  reserve(): boolean {
    const { maxQueued, maxBytes } = this.#limits
    if (this.#closing !== undefined || this.#queue.length + this.#expected >= maxQueued || this.#bytes >= maxBytes)
      return false
    this.#expected++
    return true
  }

  release(): void {
    this.#expected--
  }

  /** A message arrived. False: there is no room for it. */
  push(message: Uint8Array): boolean {
    if (this.#closing !== undefined) return false
    if (this.#queue.length > 0 && this.#bytes + message.byteLength > this.#limits.maxBytes) return false
    this.#queue.push(message)
    this.#bytes += message.byteLength
    this.#deliver()
    return true
  }

  #deliver(): void {
    const sink = this.#sink
    if (sink === undefined || !this.#begun || this.#delivering) return
    this.#delivering = true
    // Whoever takes a message may pause.
    while (!this.#paused) {
      const message = this.#queue.shift()
      if (message === undefined) break
      this.#bytes -= message.byteLength
      sink.data(message)
    }
    this.#delivering = false
    const closing = this.#closing
    if (closing === undefined || this.#queue.length > 0) return
    this.#sink = undefined
    sink.closed(closing.error)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  /** Nothing comes any more. What came is still given: its sender was told that it arrived. */
  close(error: Error | undefined): void {
    this.#closing ??= { error }
    this.#deliver()
  }
}
