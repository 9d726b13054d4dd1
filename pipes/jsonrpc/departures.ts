// What is to be sent, in its order: at once where the connection takes it, else when it does.

import type { ValueChannel } from '../../src/messages/values.ts'
import type { Outgoing } from './outgoing.ts'

/** Sends messages, and holds those that cannot be sent yet. What waits can be taken back: it is never sent then. */
export class Departures implements Iterable<Outgoing> {
  #waiting = new Set<Outgoing>()
  /** What goes before all that waits: cancellations. */
  readonly #urgent = new Set<Outgoing>()
  #flushing = false
  #channel: ValueChannel | undefined
  #blocked = false

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Whether there is a connection. */
  get connected(): boolean {
    return this.#channel !== undefined
  }

  /** The connection, if there is one. After a new one, {@link unblock}. */
  get channel(): ValueChannel | undefined {
    return this.#channel
  }

  set channel(channel: ValueChannel | undefined) {
    this.#channel = channel
    // It belonged to the one before.
    this.#urgent.clear()
  }

  /** Whether a message may be sent now: the connection takes it, and nobody was here before. */
  get free(): boolean {
    return this.open && this.#waiting.size === 0
  }

  /** Whether the connection takes a message now. */
  get open(): boolean {
    return this.#channel !== undefined && !this.#blocked
  }

  /** @throws UsageError WRITE_VALUE, and what the channel throws */
  send(message: unknown, outgoing: Outgoing): void {
    const channel = this.#channel
    if (channel?.send(message, outgoing) === false && channel === this.#channel) this.#blocked = true
  }

  add(outgoing: Outgoing): void {
    this.#waiting.add(outgoing)
  }

  /** To be sent before what waits, on this connection or not at all. */
  addUrgent(outgoing: Outgoing): void {
    this.#urgent.add(outgoing)
  }

  /** Before all others. */
  addFirst(outgoing: Iterable<Outgoing>): void {
    this.#waiting = new Set([...outgoing, ...this.#waiting])
  }

  has(outgoing: Outgoing): boolean {
    return this.#waiting.has(outgoing)
  }

  delete(outgoing: Outgoing): boolean {
    return this.#waiting.delete(outgoing)
  }

  [Symbol.iterator](): Iterator<Outgoing> {
    return this.#waiting.values()
  }

  /** More may be sent. */
  unblock(): void {
    this.#blocked = false
  }

  /**
   * Gives what waits to `give`, which sends it, as long as more may be sent.
   *
   * @param fits whether it is the turn of the next one
   */
  flush(give: (outgoing: Outgoing) => void, fits: (outgoing: Outgoing) => boolean): void {
    // A peer in the same process may answer before send() returns: the loop that is under way goes on.
    if (this.#flushing) return
    this.#flushing = true
    try {
      for (const outgoing of this.#urgent) {
        if (!this.open) return
        this.#urgent.delete(outgoing)
        give(outgoing)
      }
      for (const outgoing of this.#waiting) {
        if (!this.open || !fits(outgoing)) return
        this.#waiting.delete(outgoing)
        give(outgoing)
      }
    } finally {
      this.#flushing = false
    }
  }
}
