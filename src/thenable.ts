// Whether there is something to wait for. It imports nothing, so that a browser can share it.

/** Whether `value` must be awaited. Functions may be marbles, and thenable ones are awaited too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
