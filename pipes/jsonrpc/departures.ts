// What is to be sent, in its order: at once where the connection takes it, else when it does.

import type { ValueChannel } from '../../src/messages/values.ts'
import type { Outgoing } from './outgoing.ts'

/** Sends messages, and holds those that cannot be sent yet. What waits can be taken back: it is never sent then. */
export class Departures implements Iterable<Outgoing> {
  #waiting = new Set<Outgoing>()
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
  }

  /** Whether a message may be sent now: the connection takes it, and nobody was here before. */
  get free(): boolean {
    return this.#channel !== undefined && !this.#blocked && this.#waiting.size === 0
  }

  /** @throws UsageError WRITE_VALUE, and what the channel throws */
  send(message: unknown, outgoing: Outgoing): void {
    const channel = this.#channel
    if (channel?.send(message, outgoing) === false && channel === this.#channel) this.#blocked = true
  }

  add(outgoing: Outgoing): void {
    this.#waiting.add(outgoing)
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

  /** Gives what waits to `give`, which sends it, as long as more may be sent. */
  flush(give: (outgoing: Outgoing) => void): void {
    for (const outgoing of this.#waiting) {
      if (this.#blocked || this.#channel === undefined) return
      this.#waiting.delete(outgoing)
      give(outgoing)
    }
  }
}
