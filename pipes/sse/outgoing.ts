// The way out: text goes to the response as long as the peer takes it, then it waits, and waits together.

import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { Raw } from '../../src/net/connection.ts'

/** What may wait before whoever sends is asked to wait too, in UTF-16 units. */
const HIGH_WATER = 65_536

/** Whom it tells. */
export interface OutgoingHome {
  /** More may be sent. */
  drained(): void
  /** The response takes nothing any more. */
  broke(error: unknown): void
}

/** Writes text to a response. */
export class Outgoing {
  readonly #write: Raw['write']
  readonly #home: OutgoingHome
  #text = ''
  /** The response has asked to wait. */
  #blocked = false
  /** Somebody was asked to wait. */
  #full = false
  #gone = false
  #waiting: (() => void)[] = []
  /** When something was last given to the response, or taken by the peer. */
  #since = clock.now

  constructor(write: Raw['write'], home: OutgoingHome) {
    this.#write = write
    this.#home = home
  }

  /** What waits, in UTF-16 units. */
  get size(): number {
    return this.#text.length
  }

  /** Sends. False: no more, please. */
  add(text: string): boolean {
    if (this.#gone) return true
    if (!this.#blocked) {
      this.#give(text)
      return true
    }
    this.#text += text
    this.#full ||= this.#text.length >= HIGH_WATER
    return !this.#full
  }

  #give(text: string): void {
    this.#since = clock.now
    let pending: unknown
    try {
      pending = this.#write(text)
    } catch (error) {
      this.#home.broke(error)
      return
    }
    if (!isThenable(pending)) return
    this.#blocked = true
    pending.then(
      () => this.#taken(),
      (error) => this.#home.broke(error),
    )
  }

  #taken(): void {
    if (this.#gone) return
    this.#blocked = false
    const text = this.#text
    this.#text = ''
    if (text !== '') this.#give(text)
    if (this.#gone || this.#text.length >= HIGH_WATER) return
    if (!this.#blocked) this.#wake()
    if (!this.#full) return
    this.#full = false
    this.#home.drained()
  }

  /** Resolves when nothing waits any more, or nothing will be sent. */
  async empty(): Promise<void> {
    if (this.#gone || !this.#blocked) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Nothing is sent any more. */
  lose(): void {
    this.#gone = true
    this.#text = ''
    this.#wake()
  }

  /** Whether nothing was sent for so many milliseconds, though it could have been. */
  idle(now: number, idleMs: number): boolean {
    return !this.#blocked && now - this.#since >= idleMs
  }

  /** Whether the peer has taken nothing for so many milliseconds. */
  stalled(now: number, stallTimeoutMs: number): boolean {
    return this.#blocked && now - this.#since >= stallTimeoutMs
  }
}
