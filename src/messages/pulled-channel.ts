// The channel of values in a bag: the marshalling pipe's own, or one made of any `read` and `write` of values.

import type { Awaitable } from '../bag.ts'
import { UsageError } from '../errors.ts'
import { isThenable } from '../flow-bag.ts'
import { drivenConnection, type Posting } from '../net/connection.ts'
import type { PsgiResponse } from '../psgi/response.ts'
import { drivenValues, type ValueChannel, type ValueMarbles, type ValueSink } from './values.ts'

/**
 * The channel in a bag.
 *
 * @param bag may hold the `response` of http()
 * @throws UsageError MARSHALLING_MISSING where its `read` and `write` are those of a connection: they give and take bytes
 */
export function valuesOf(bag: ValueMarbles & { readonly response?: PsgiResponse }): ValueChannel {
  const channel = drivenValues(bag)
  if (channel !== undefined) return channel
  const connection = drivenConnection(bag)
  if (connection === undefined) return new PulledChannel(bag)
  throw new UsageError(
    'MARSHALLING_MISSING',
    `values are wanted, but ${connection.remote} gives bytes. Put json() or msgpack() above, and on a stream of bytes line() above that.`,
    { marble: 'read' },
  )
}

/** Drives `bag.read()` and `bag.write()` as if they were a channel of their own. */
export class PulledChannel implements ValueChannel {
  readonly read: ValueChannel['read']
  readonly write: ValueChannel['write']
  readonly headers = undefined
  readonly #bag: ValueMarbles & { readonly response?: PsgiResponse }
  readonly #queue: unknown[] = []
  #sink: ValueSink | undefined
  #resumed: (() => void) | undefined
  #paused = false
  #sending = false
  #gone = false

  constructor(bag: ValueMarbles & { readonly response?: PsgiResponse }) {
    this.#bag = bag
    this.read = bag.read
    this.write = bag.write
  }

  /** A connection of messages has more than one answer, whatever stands above it. */
  get response(): PsgiResponse | undefined {
    return this.#bag.connection.kind === 'message' ? undefined : this.#bag.response
  }

  take(sink: ValueSink): void {
    this.#sink = sink
    void this.#pull(sink)
  }

  async #pull(sink: ValueSink): Promise<void> {
    try {
      for await (const value of this.#bag.read()) {
        if (this.#gone) return
        sink.value(value)
        if (this.#paused) {
          await new Promise<void>((resolve) => {
            this.#resumed = resolve
          })
        }
      }
      if (!this.#gone) sink.end()
    } catch (error) {
      this.#lose(error)
    }
  }

  send(value: unknown, _posting?: Posting): boolean {
    if (this.#gone) return true
    if (this.#sending) {
      this.#queue.push(value)
      return false
    }
    // What cannot be written is thrown here, as long as `write` is not asynchronous.
    const pending = this.#bag.write(value)
    if (!isThenable(pending)) return true
    this.#sending = true
    void this.#finish(pending)
    return false
  }

  async #finish(first: Awaitable<void>): Promise<void> {
    try {
      await first
      while (this.#queue.length > 0 && !this.#gone) await this.#bag.write(this.#queue.shift())
      this.#sending = false
      if (!this.#gone) this.#sink?.drained()
    } catch (error) {
      this.#lose(error)
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const resumed = this.#resumed
    this.#resumed = undefined
    resumed?.()
  }

  #lose(error: unknown): void {
    if (this.#gone) return
    this.#gone = true
    this.#queue.length = 0
    this.resume()
    this.#sink?.closed(error instanceof Error ? error : new Error(String(error)))
  }
}
