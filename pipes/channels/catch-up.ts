// A burst arrives at once, and its handler had no turn yet: a handler whose peer does not count gets one to catch up.

import { type Outbox, READER_BEHIND } from './outbox.ts'

/** Lets nothing in for one turn. More would hold up the others: who is still full then, and gets one more, is closed. */
export class CatchUp {
  readonly #outbox: Outbox
  readonly #onTurn: () => void
  #waits = false

  constructor(outbox: Outbox) {
    this.#outbox = outbox
    this.#onTurn = () => {
      this.#waits = false
      outbox.release(READER_BEHIND)
    }
  }

  wait(): void {
    if (this.#waits) return
    this.#waits = true
    this.#outbox.hold(READER_BEHIND)
    setImmediate(this.#onTurn)
  }
}
