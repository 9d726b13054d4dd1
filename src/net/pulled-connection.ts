// A connection made of any `read` and `write`: for server pipes below pipes that lay their own over the transport's.

import type { Awaitable } from '../bag.ts'
import type { DrivenConnection, Raw, Sink } from './connection.ts'

/** Drives `bag.read()` and `bag.write()` as if they were a connection of their own. */
export class PulledConnection implements DrivenConnection {
  readonly connection: this = this
  readonly kind: 'stream' | 'message'
  readonly copies = false
  readonly secure: boolean
  readonly protocol = undefined
  unsent = 0
  ended = false
  draining = false
  readonly read: () => AsyncIterable<Uint8Array>
  readonly write: (chunk: Uint8Array | string) => Awaitable<void>
  readonly #bag: Raw
  #sink: Sink | undefined
  #sending: Promise<void> = Promise.resolve()
  #resumed: (() => void) | undefined
  #paused = false
  #gone = false

  constructor(bag: Raw) {
    this.#bag = bag
    this.kind = bag.connection.kind
    this.secure = (bag.connection as Partial<DrivenConnection>).secure === true
    this.read = bag.read
    this.write = bag.write
  }

  get remote(): string {
    return this.#bag.connection.remote
  }

  get local(): string {
    return this.#bag.connection.local
  }

  get signal(): AbortSignal {
    return this.#bag.connection.signal
  }

  get closed(): Promise<void> {
    return this.#sending
  }

  take(sink: Sink): void {
    this.#sink = sink
    void this.#pull(sink)
  }

  async #pull(sink: Sink): Promise<void> {
    try {
      for await (const chunk of this.#bag.read()) {
        if (this.#gone) return
        sink.data(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
        if (this.#paused) {
          await new Promise<void>((resolve) => {
            this.#resumed = resolve
          })
        }
      }
      this.ended = true
      if (!this.#gone) sink.end()
    } catch (error) {
      this.#lose(error)
    }
  }

  send(data: Uint8Array | string): boolean {
    if (this.#gone) return true
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    this.unsent += bytes.byteLength
    this.#sending = this.#sending.then(async () => {
      if (this.#gone) return
      try {
        await this.#bag.write(bytes)
      } catch (error) {
        this.#lose(error)
      }
      this.unsent -= bytes.byteLength
      if (this.unsent === 0 && !this.#gone) this.#sink?.drained()
    })
    return this.unsent < 65_536
  }

  // What is written through a pipe is joined, if at all, by that pipe.
  cork(): void {}
  uncork(): void {}

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const resumed = this.#resumed
    this.#resumed = undefined
    resumed?.()
  }

  hangUp(): void {}

  detach(): undefined {
    return undefined
  }

  sent(): Promise<void> {
    return this.#sending
  }

  reset(): void {
    this.#lose(undefined)
  }

  destroy(error?: Error): void {
    this.#lose(error)
  }

  drain(): void {
    this.draining = true
    this.#sink?.drain()
  }

  async close(): Promise<void> {
    await this.#sending
    this.#lose(undefined)
  }

  #lose(error: unknown): void {
    if (this.#gone) return
    this.#gone = true
    this.resume()
    this.#sink?.closed(error instanceof Error ? error : undefined)
  }
}
