// Where an error came from. A failure in a user's pipe is not wrapped: it stays what it is, and this is noted beside it.

/** The pipe and the stage in which an error was thrown. */
export interface Failure {
  /** The pipe's name; absent for the end of a flow. */
  readonly pipe: string | undefined
  /** `end`: the terminal, as http() sends the answer. A step is entered. */
  readonly stage: 'open' | 'enter' | 'leave' | 'end' | 'deferred' | 'close'
}

const failures = new WeakMap<object, Failure>()

/**
 * Notes where `thrown` came from, and returns the error to go on with: `thrown` itself, or, since leaves tell success from
 * failure by the error alone (`error ? 'ROLLBACK' : 'COMMIT'`), an Error in place of a falsy value.
 */
export function noteFailure(thrown: unknown, pipe: string | undefined, stage: Failure['stage']): unknown {
  const error = thrown
    ? thrown
    : new Error(`${pipe === undefined ? 'a flow' : `pipe "${pipe}"`} threw ${String(thrown)}`)
  // The innermost place is the true one: on its way out the error passes every through pipe.
  if (typeof error === 'object' && !failures.has(error)) failures.set(error, { pipe, stage })
  return error
}

/** The pipe and the stage that an error came from, if it came from a flow. */
export function failureOf(error: unknown): Failure | undefined {
  return typeof error === 'object' && error !== null ? failures.get(error) : undefined
}
