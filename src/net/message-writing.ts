// What `write` of every message connection does: looks at what it is given, and waits for a peer that is slow.

import { type ErrorPlace, UsageError } from '../errors.ts'

/**
 * Refuses what is no message.
 *
 * @throws UsageError WRITE_VALUE
 */
export function checkMessage(message: unknown, place: ErrorPlace = {}): void {
  if (typeof message === 'string' || message instanceof Uint8Array) return
  const found = message === null ? 'null' : `a value of type ${typeof message}`
  throw new UsageError(
    'WRITE_VALUE',
    `a message is text or bytes, not ${found}. Put a marshalling pipe such as json() below.`,
    place,
  )
}

/** Those who wait until a connection takes more. */
export class Drain {
  #waiting: (() => void)[] = []

  /** How many wait. */
  get size(): number {
    return this.#waiting.length
  }

  /** Resolves at the next {@link wake}; rejects where `gone` has an error then. Nobody has to wait for it. */
  wait(gone: () => Error | undefined): Promise<void> {
    const drained = new Promise<void>((resolve, reject) => {
      this.#waiting.push(() => {
        const error = gone()
        if (error === undefined) resolve()
        else reject(error)
      })
    })
    // A peer that goes away must not be an unhandled rejection, which would end the process.
    drained.catch(() => {})
    return drained
  }

  /** More may be sent, or the connection is gone. */
  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
