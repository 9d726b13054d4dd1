// A method that streams: what its async iterable gives goes out value by value, what it returns is the result.

/** Where the values go. */
export interface StreamHome {
  /**
   * Sends a value. False: no more, please.
   *
   * @throws for a value that the format cannot carry
   */
  emit(value: unknown): boolean
  /** Calls back once more may be sent. */
  whenDrained(goOn: () => void): void
}

/** So many values in a row, and others have their turn: an iterable that never waits would let nobody in. */
const MOST_IN_A_ROW = 64

/** Pulls an iterable, one value after the other. */
export class MethodStream {
  /** What the iterable returns; rejects with what it throws, or with the reason for which it was stopped. */
  readonly result: Promise<unknown>
  readonly #home: StreamHome
  readonly #iterator: AsyncIterator<unknown, unknown>
  #resolve: (result: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #stopped = false
  #thrown: unknown
  #row = 0
  // One of each for all values.
  readonly #pull: () => void
  readonly #onNext: (next: IteratorResult<unknown, unknown>) => void
  readonly #onError: (error: unknown) => void

  constructor(iterable: AsyncIterable<unknown>, home: StreamHome) {
    this.#home = home
    this.#iterator = iterable[Symbol.asyncIterator]()
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#pull = () => this.#next()
    this.#onNext = (next) => this.#take(next)
    this.#onError = (error) => this.#fail(error)
    this.#next()
  }

  #next(): void {
    if (this.#stopped) return
    try {
      this.#iterator.next().then(this.#onNext, this.#onError)
    } catch (error) {
      this.#fail(error)
    }
  }

  #take(next: IteratorResult<unknown, unknown>): void {
    if (this.#stopped) return
    if (next.done === true) {
      this.#stopped = true
      this.#resolve(next.value)
      return
    }
    let more: boolean
    try {
      more = this.#home.emit(next.value)
    } catch (error) {
      this.stop(error)
      return
    }
    if (!more) this.#home.whenDrained(this.#pull)
    else if (++this.#row < MOST_IN_A_ROW) this.#next()
    else {
      this.#row = 0
      setImmediate(this.#pull)
    }
  }

  #fail(error: unknown): void {
    // Of an iterable that is being stopped it is told when that is done.
    this.#thrown ??= error
    if (this.#stopped) return
    this.#stopped = true
    this.#reject(error)
  }

  /** Ends the iterable by its `return()`, and rejects with `reason` once that is done: a `finally` in it has run then. */
  stop(reason: unknown): void {
    if (this.#stopped) return
    this.#stopped = true
    const end = () => this.#reject(this.#thrown ?? reason)
    try {
      const ending = this.#iterator.return?.()
      if (ending === undefined) end()
      else ending.then(end, this.#reject)
    } catch (error) {
      this.#reject(error)
    }
  }
}

/** Whether what a method gave is a stream. */
export function isStream(value: unknown): value is AsyncIterable<unknown> {
  // Not Reflect.get: that is a call, this is an inline cache, and every result that is an object comes by here.
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
  )
}
