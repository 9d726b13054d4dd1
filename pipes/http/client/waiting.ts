// Requests that wait, first come, first served.

import type { OutgoingRequest } from './request.ts'

/** So many empty places may stand at the beginning of the list, however short it is. */
const MOST_EMPTY = 256

/** See above. */
export class Waiting {
  /** Bytes of all of them. */
  size = 0
  #list: (OutgoingRequest | undefined)[] = []
  #start = 0

  get count(): number {
    return this.#list.length - this.#start
  }

  get first(): OutgoingRequest | undefined {
    return this.#list[this.#start]
  }

  push(request: OutgoingRequest): void {
    this.#list.push(request)
    this.size += request.size
  }

  /** Takes the first one that is still wanted. Those before it are forgotten. */
  shiftWanted(): OutgoingRequest | undefined {
    this.dropUnwanted()
    return this.shift()
  }

  /** Forgets those at the beginning that nobody wants any more. */
  dropUnwanted(): void {
    while (this.first?.posting?.wanted?.() === false) this.shift()
  }

  /** Takes the first one, if it waits since then or longer. */
  shiftOld(since: number): OutgoingRequest | undefined {
    return this.first !== undefined && this.first.since <= since ? this.shift() : undefined
  }

  /** Puts a request before all others. */
  unshift(request: OutgoingRequest): void {
    if (this.#start > 0) this.#list[--this.#start] = request
    else this.#list.unshift(request)
    this.size += request.size
  }

  /** Takes the first one. */
  shift(): OutgoingRequest | undefined {
    const request = this.first
    if (request === undefined) return undefined
    this.#list[this.#start++] = undefined
    this.size -= request.size
    // An array's own shift() moves all that is behind.
    if (this.#start === this.#list.length || (this.#start >= MOST_EMPTY && 2 * this.#start >= this.#list.length)) {
      this.#list = this.#list.slice(this.#start)
      this.#start = 0
    }
    return request
  }
}
