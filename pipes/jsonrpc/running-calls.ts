// The calls under way on one connection: a list, since a Set that is filled and emptied all the time costs as much as a call.

import type { Call } from './call.ts'

/** Linked by `before` and `after`, the newest first. */
export class RunningCalls {
  #newest: Call | undefined

  add(call: Call): void {
    const newest = this.#newest
    call.after = newest
    if (newest !== undefined) newest.before = call
    this.#newest = call
  }

  delete({ before, after }: Call): void {
    if (before === undefined) this.#newest = after
    else before.after = after
    if (after !== undefined) after.before = before
  }

  /** All of them: a copy, since those that are told to stop may end at once. */
  all(): Call[] {
    const calls: Call[] = []
    for (let call = this.#newest; call !== undefined; call = call.after) calls.push(call)
    return calls
  }
}
