// The events of one channel that have come and are not taken yet, and whoever takes them: a loop, or a callback.

import { quote, UsageError } from '../../src/errors.ts'
import { isThenable } from '../../src/thenable.ts'

/** Whom an inbox belongs to. */
export interface InboxHome {
  readonly name: string
  /** An event was taken: there is room for another one. */
  taken(): void
  /** The callback threw. */
  absorbFailed(error: unknown): void
  /** No more comes, and the callback has taken everything. */
  absorbEnded(): void
}

interface Reading {
  resolve(result: IteratorResult<unknown, undefined>): void
  reject(error: unknown): void
}

/** Holds events, in order. Whoever fills it looks at its size. */
export class Inbox implements AsyncIterable<unknown> {
  readonly #home: InboxHome
  #events: unknown[] = []
  #reading: Reading | undefined
  #callback: ((event: unknown) => unknown) | undefined
  #calling = false
  #settleAbsorb: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined
  #ended: { readonly error: Error | undefined } | undefined

  constructor(home: InboxHome) {
    this.#home = home
  }

  get size(): number {
    return this.#events.length
  }

  /** A callback takes the events, and is not done. */
  get absorbs(): boolean {
    return this.#settleAbsorb !== undefined
  }

  push(event: unknown): void {
    if (this.#ended !== undefined) return
    const reading = this.#reading
    if (reading !== undefined) {
      this.#reading = undefined
      reading.resolve({ done: false, value: event })
      this.#home.taken()
      return
    }
    this.#events.push(event)
    if (this.#callback !== undefined) this.#call()
  }

  /** No more comes; what is there is still taken, and then the error is thrown. */
  end(error?: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    const reading = this.#reading
    this.#reading = undefined
    if (error === undefined) reading?.resolve({ done: true, value: undefined })
    else reading?.reject(error)
    this.#call()
  }

  /** Nobody wants any more. */
  drop(): void {
    this.#events = []
    this.end()
  }

  // ---- a loop --------------------------------------------------------------------------------------------------------------

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) }
  }

  #next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#reading !== undefined || this.#callback !== undefined) return Promise.reject(this.#taken())
    if (this.#events.length > 0) {
      const value = this.#events.shift()
      this.#home.taken()
      return Promise.resolve({ done: false, value })
    }
    const ended = this.#ended
    if (ended?.error !== undefined) return Promise.reject(ended.error)
    if (ended !== undefined) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject }
    })
  }

  #taken(): UsageError {
    const message = `channel ${quote(this.#home.name)} is being read by another loop or callback.`
    return new UsageError('READ_TWICE', message, { pipe: 'channels' })
  }

  // ---- a callback ------------------------------------------------------------------------------------------------------------

  absorb(callback: (event: unknown) => unknown): Promise<void> {
    if (this.#reading !== undefined || this.#callback !== undefined) throw this.#taken()
    if (typeof callback !== 'function') {
      throw new UsageError('OPTION_BAD', `absorb() takes a function, not ${typeof callback}.`, { pipe: 'channels' })
    }
    this.#callback = callback
    const absorbed = new Promise<void>((resolve, reject) => {
      this.#settleAbsorb = { resolve, reject }
    })
    // Nobody has to wait: the channel knows already.
    absorbed.catch(() => {})
    this.#call()
    return absorbed
  }

  #call(): void {
    const callback = this.#callback
    // A callback may emit, and a peer in the same process answer, before it returns.
    if (callback === undefined || this.#calling || this.#settleAbsorb === undefined) return
    this.#calling = true
    try {
      while (this.#events.length > 0) {
        const event = this.#events.shift()
        this.#home.taken()
        const pending = callback(event)
        if (!isThenable(pending)) continue
        pending.then(
          () => this.#goOn(),
          (error) => this.#failAbsorb(error),
        )
        return
      }
    } catch (error) {
      this.#failAbsorb(error)
      return
    }
    this.#calling = false
    if (this.#ended !== undefined) this.#endAbsorb(this.#ended.error)
  }

  #goOn(): void {
    this.#calling = false
    this.#call()
  }

  #failAbsorb(error: unknown): void {
    this.#events = []
    this.#settleAbsorb?.reject(error)
    this.#settleAbsorb = undefined
    this.#ended ??= { error: undefined }
    this.#home.absorbFailed(error)
  }

  #endAbsorb(error: Error | undefined): void {
    if (error === undefined) this.#settleAbsorb?.resolve()
    else this.#settleAbsorb?.reject(error)
    this.#settleAbsorb = undefined
    this.#home.absorbEnded()
  }
}
