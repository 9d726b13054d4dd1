// The values of one call, as they come, for whoever loops over them.

import type { Params, PendingCall } from './outgoing.ts'
import type { Terms } from './terms.ts'

/**
 * The values of a call, in order. What `rpc.stream()` gives.
 *
 * Nothing is sent before the first value is asked for. Leaving the loop cancels the call. An error comes behind the values that
 * came before it. A reader who is 256 values behind holds the peer back; where other calls wait for answers on the same
 * connection that cannot be, and one who is 16,384 values behind is cut off: PeerError QUEUE_OVERRUN.
 */
export interface RpcStream<Value, Result> extends AsyncIterableIterator<Value, Result | undefined, undefined> {
  /** What the method gave at its end; rejects with what ended the stream before that. */
  readonly result: Promise<Result>
}

/** Where a stream's call is made. */
export interface RpcStreamHome {
  open(stream: StreamedCall, method: string, params: Params, terms: Terms): PendingCall
  /** The loop was left: nobody wants the rest. */
  leave(call: PendingCall, reason: Error): void
  /** A value was taken out. */
  taken(call: PendingCall, left: number): void
}

interface Reader {
  readonly resolve: (next: IteratorResult<unknown, unknown>) => void
  readonly reject: (error: unknown) => void
}

type End = { readonly result: unknown } | { readonly error: unknown }

/** See {@link RpcStream}; types are laid over it. */
export class StreamedCall implements RpcStream<unknown, unknown> {
  readonly result: Promise<unknown>
  readonly #home: RpcStreamHome
  readonly #method: string
  readonly #params: Params
  readonly #terms: Terms
  readonly #readers: Reader[] = []
  #values: unknown[] = []
  #head = 0
  #call: PendingCall | undefined
  /** How it ended, and whether a reader was told. */
  #end: End | undefined
  #told = false
  #resolve: (result: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(home: RpcStreamHome, method: string, params: Params, terms: Terms) {
    this.#home = home
    this.#method = method
    this.#params = params
    this.#terms = terms
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Readers are told too: nobody has to wait for it.
    this.result.catch(() => {})
  }

  /** How many values wait. */
  get size(): number {
    return this.#values.length - this.#head
  }

  // ---- from the peer -----------------------------------------------------------------------------------------------------------

  take(value: unknown): void {
    const reader = this.#readers.shift()
    if (reader === undefined) this.#values.push(value)
    else reader.resolve({ done: false, value })
  }

  finish(result: unknown): void {
    if (this.#end !== undefined) return
    this.#close({ result })
    this.#resolve(result)
  }

  fail(error: unknown): void {
    if (this.#end !== undefined) return
    this.#close({ error })
    this.#reject(error)
  }

  /** Where readers wait, no values do. */
  #close(end: End): void {
    this.#end = end
    for (const reader of this.#readers.splice(0)) this.#tell(reader, end)
  }

  /** The first reader behind the last value is told how it ended, the others that it did. */
  #tell({ resolve, reject }: Reader, end: End): void {
    if (this.#told) resolve({ done: true, value: undefined })
    else if ('error' in end) reject(end.error)
    else resolve({ done: true, value: end.result })
    this.#told = true
  }

  // ---- to the reader -----------------------------------------------------------------------------------------------------------

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#shift() })
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject }
      if (this.#end !== undefined) {
        this.#tell(reader, this.#end)
        return
      }
      this.#readers.push(reader)
      this.#call ??= this.#home.open(this, this.#method, this.#params, this.#terms)
    })
  }

  #shift(): unknown {
    const value = this.#values[this.#head]
    this.#values[this.#head++] = undefined
    // Moved together when half of it is empty: each value is moved at most once.
    if (this.#head * 2 >= this.#values.length) {
      this.#values = this.#values.slice(this.#head)
      this.#head = 0
    }
    if (this.#call !== undefined && this.#end === undefined) this.#home.taken(this.#call, this.size)
    return value
  }

  /** Ends the call, unless it has ended; what waits is thrown away. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#values = []
    this.#head = 0
    this.#told = true
    if (this.#end === undefined) {
      const reason = new DOMException(`the stream of ${JSON.stringify(this.#method)} was left`, 'AbortError')
      if (this.#call === undefined) this.fail(reason)
      else this.#home.leave(this.#call, reason)
    }
    return Promise.resolve({ done: true, value: undefined })
  }
}
