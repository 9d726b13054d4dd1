// Promises without a function made for each: the two that settle one are taken out by one function for all.

/** What settles a promise. */
export interface Settlers {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

const last = { resolve: (_value: unknown): void => {}, reject: (_error: unknown): void => {} }

/** What settles the promise that {@link openPromise} made last; the same object each time. */
export const lastSettlers: Settlers = last

/** A promise that is settled from outside. */
export function openPromise(): Promise<unknown> {
  return new Promise(takeOut)
}

function takeOut(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  last.resolve = resolve
  last.reject = reject
}
