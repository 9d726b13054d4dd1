// What becomes of a second error: it hangs on the first, so that nothing is swallowed.

/** ECMAScript's SuppressedError (ES2026 explicit resource management), which Node 20 does not have. */
class SuppressedErrorOfOurs extends Error {
  override readonly name: string = 'SuppressedError'
  readonly error: unknown
  readonly suppressed: unknown
  constructor(error: unknown, suppressed: unknown, message?: string) {
    super(message)
    this.error = error
    this.suppressed = suppressed
  }
}

/** Constructor of an error that carries two: `error`, the later, and `suppressed`, the earlier. */
export interface SuppressedErrorConstructor {
  new (error: unknown, suppressed: unknown, message?: string): Error & { error: unknown; suppressed: unknown }
}

/** The platform's `SuppressedError` where there is one, else ours with the same attributes. */
export const SuppressedError: SuppressedErrorConstructor =
  (globalThis as { SuppressedError?: SuppressedErrorConstructor }).SuppressedError ?? SuppressedErrorOfOurs

/**
 * Hangs `later` on `first` and returns the error to go on with, which is `first` wherever it can carry another:
 * `first.suppressed` is the later error, or, for several, a SuppressedError of them as a `using` block would throw it. A
 * thrown primitive or frozen object cannot carry anything and becomes the `suppressed` of a SuppressedError.
 */
export function hang(first: unknown, later: unknown): unknown {
  if (first === later) return first
  const message = 'an error was thrown while a flow was left with another'
  if (first === null || typeof first !== 'object' || !Object.isExtensible(first)) {
    return new SuppressedError(later, first, message)
  }
  const before: unknown = Reflect.get(first, 'suppressed')
  const hung = before === undefined ? later : new SuppressedError(later, before, message)
  const done = Reflect.defineProperty(first, 'suppressed', {
    value: hung,
    enumerable: true,
    configurable: true,
    writable: true,
  })
  return done ? first : new SuppressedError(later, first, message)
}
