// Why a value cannot be written: looked for only once writing has failed.

import { UsageError } from '../errors.ts'
import { hasMethod, isObject } from '../psgi/pairs.ts'

/** Names what a format cannot carry, by itself: `a BigInt`. */
export type Refuses = (value: unknown) => string | undefined

/**
 * What to throw where `encode(value)` threw `cause`: a UsageError WRITE_VALUE that says what it was and where, or `cause` itself
 * where a getter or a toJSON() of the value threw it.
 */
export function unwritable(pipe: string, value: unknown, refuses: Refuses, cause: unknown): unknown {
  const found = find(value, refuses)
  if (found !== undefined) return refused(pipe, found, cause)
  // Nested too deeply for the stack, or longer than a string can be.
  return cause instanceof RangeError ? refused(pipe, `this value: ${cause.message}`, cause) : cause
}

/** @param found what it was, and where */
export function refused(pipe: string, found: string, cause?: unknown): UsageError {
  return new UsageError('WRITE_VALUE', `${pipe}() cannot write ${found}.`, { pipe, marble: 'write', cause })
}

function find(value: unknown, refuses: Refuses): string | undefined {
  try {
    return new Search(refuses).at(value, 'value')
  } catch {
    // The same getter or toJSON() that threw before; or the value is too deep for this too.
    return undefined
  }
}

class Search {
  readonly #refuses: Refuses
  /** The objects around, with their places. */
  readonly #around = new Map<object, string>()

  constructor(refuses: Refuses) {
    this.#refuses = refuses
  }

  /** The first that cannot be written in what stands at `place`, in the order in which it is written. */
  at(given: unknown, place: string): string | undefined {
    const value = isObject(given) && hasMethod(given, 'toJSON') ? given.toJSON() : given
    const refusal = this.#refuses(value)
    if (refusal !== undefined) return place === 'value' ? refusal : `${refusal}, which is at ${place}`
    if (!isObject(value)) return undefined
    const outer = this.#around.get(value)
    if (outer !== undefined) return `${place}, which is ${outer} again: a circle`
    this.#around.set(value, place)
    for (const [key, inner] of Object.entries(value)) {
      const found = this.at(inner, `${place}${Array.isArray(value) ? `[${key}]` : step(key)}`)
      if (found !== undefined) return found
    }
    this.#around.delete(value)
    return undefined
  }
}

function step(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
