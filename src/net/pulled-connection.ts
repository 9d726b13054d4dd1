// A connection made of any `read` and `write`: for server pipes below pipes that lay their own over the transport's.

import type { Awaitable } from '../bag.ts'
import type { DrivenConnection, Raw, Sink } from './connection.ts'
import type { Link } from './link.ts'

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

  /** @param kind what `read` gives and `write` takes; by default what the connection says */
  constructor(bag: Raw, kind: 'stream' | 'message' = bag.connection.kind) {
    this.#bag = bag
    this.kind = kind
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

  get link(): Link | undefined {
    return (this.#bag.connection as Partial<DrivenConnection>).link
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
        if (typeof chunk !== 'string') sink.data(chunk)
        else if (this.kind === 'message' && sink.text !== undefined) sink.text(chunk)
        else sink.data(Buffer.from(chunk))
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
    const piece = typeof data === 'string' && this.kind === 'stream' ? Buffer.from(data, 'latin1') : data
    this.unsent += piece.length
    this.#sending = this.#sending.then(async () => {
      if (this.#gone) return
      try {
        await this.#bag.write(piece)
      } catch (error) {
        this.#lose(error)
      }
      this.unsent -= piece.length
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
