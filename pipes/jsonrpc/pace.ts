// Streams whose reader is behind hold the peer back: the connection is not read meanwhile. That is only done where nobody else
// waits for an answer on it, or the reader might wait for one himself.

import { type Brake, READER_BEHIND } from './brake.ts'

/** From so many waiting values on a reader is behind; at the other he is not any more. */
const FULL_VALUES = 256
const LOW_VALUES = 64

/** Holds a connection back and lets it go on. `Member` is a call that streams. */
export class Pace<Member> {
  readonly #pending: () => number
  readonly #full = new Set<Member>()
  #brake: Brake | undefined
  #held = false

  /** @param pending how many calls are not settled, streams among them */
  constructor(pending: () => number) {
    this.#pending = pending
  }

  /** Of the connection, if there is one. */
  set brake(brake: Brake | undefined) {
    this.#full.clear()
    this.#held = false
    this.#brake = brake
  }

  arrived(call: Member, waiting: number): void {
    if (waiting !== FULL_VALUES) return
    this.#full.add(call)
    this.look()
  }

  taken(call: Member, waiting: number): void {
    if (waiting === LOW_VALUES && this.#full.delete(call)) this.#turn()
  }

  ended(call: Member): void {
    if (this.#full.size === 0) return
    this.#full.delete(call)
    this.#turn()
  }

  /** The number of pending calls has changed. */
  look(): void {
    if (this.#full.size > 0) this.#turn()
  }

  #turn(): void {
    const holds = this.#full.size > 0 && this.#full.size === this.#pending()
    if (holds === this.#held || this.#brake === undefined) return
    this.#held = holds
    if (holds) this.#brake.hold(READER_BEHIND)
    else this.#brake.release(READER_BEHIND)
  }
}
