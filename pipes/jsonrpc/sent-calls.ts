// The calls that were sent, by their ids; and those of them that were given up, whose answers may still come.

import type { Outgoing, PendingCall } from './outgoing.ts'

/** So many calls that were given up are remembered. */
const MOST_GIVEN_UP = 4096

/** What waits for an answer on one connection. */
export class SentCalls implements Iterable<PendingCall> {
  readonly #calls = new Map<unknown, PendingCall>()
  readonly #givenUp = new Set<unknown>()
  #lastId = 0

  get size(): number {
    return this.#calls.size
  }

  add(call: PendingCall): void {
    this.#calls.set(call.id, call)
    this.#lastId = Math.max(this.#lastId, call.id)
  }

  /** @param id as it came: an id is equal only to a number */
  get(id: unknown): PendingCall | undefined {
    return this.#calls.get(id)
  }

  has(call: PendingCall): boolean {
    return this.#calls.has(call.id)
  }

  delete(call: PendingCall): void {
    this.#calls.delete(call.id)
  }

  [Symbol.iterator](): Iterator<PendingCall> {
    return this.#calls.values()
  }

  /** The one message that waits for its answers, if it is but one. */
  get only(): Outgoing | undefined {
    let only: Outgoing | undefined
    for (const call of this.#calls.values()) {
      const message = call.batch ?? call
      if (only !== undefined && only !== message) return undefined
      only = message
    }
    return only
  }

  /** Its answer, if it comes, is no fault of the peer. */
  giveUp({ id }: PendingCall): void {
    this.#givenUp.add(id)
    if (this.#givenUp.size <= MOST_GIVEN_UP) return
    const [oldest] = this.#givenUp
    this.#givenUp.delete(oldest)
  }

  /**
   * Whether an answer that came is to a call that was given up; asked once for each.
   *
   * @param repeats whether messages may come twice: then, to any call that is over
   */
  wasGivenUp(id: unknown, repeats: boolean | undefined): boolean {
    if (this.#givenUp.delete(id)) return true
    return repeats === true && typeof id === 'number' && id <= this.#lastId
  }

  /** The connection is gone: forgets all, and gives the calls. */
  clear(): PendingCall[] {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    this.#givenUp.clear()
    return calls
  }
}
