// A message connection whose messages travel one by one through a broker: what those of AMQP and NATS have in common.

import type { Awaitable } from '../bag.ts'
import { PeerError, UsageError } from '../errors.ts'
import { ByteReader } from './byte-reader.ts'
import type { DrivenConnection, Posting, Sink } from './connection.ts'
import type { Link } from './link.ts'
import { checkMessage, Drain } from './message-writing.ts'

/** See {@link DrivenConnection}: of kind `'message'`, without a stream below. */
export abstract class PostedConnection implements DrivenConnection {
  readonly kind = 'message'
  readonly copies = false
  readonly protocol = undefined
  readonly repeats: boolean = true
  readonly remote: string
  readonly local: string
  readonly secure: boolean
  contentType: string | undefined
  link: Link | undefined
  draining = false
  /** Who takes what arrives, once somebody does. */
  protected sink: Sink | undefined
  /** Nothing can be sent any more. */
  protected gone = false
  #error: Error | undefined
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((message: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  #controller: AbortController | undefined
  readonly #drain = new Drain()
  #blocked = false
  #resolveClosed: () => void = () => {}
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolveClosed = resolve
  })

  constructor(remote: string, local: string, secure: boolean) {
    this.remote = remote
    this.local = local
    this.secure = secure
  }

  abstract readonly unsent: number
  abstract readonly ended: boolean
  abstract pause(): void
  abstract resume(): void
  abstract sent(): Promise<void>
  abstract close(): Promise<void>
  abstract destroy(error?: Error): void
  /** Sends one message. False: no more, please. Called as long as it is not gone. */
  protected abstract post(message: Uint8Array | string, posting: Posting | undefined): boolean
  /** Somebody takes what arrives from now on. */
  protected abstract begin(sink: Sink): void

  get connection(): this {
    return this
  }

  // ---- messages --------------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    if (this.sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.sink = sink
    if (this.gone) queueMicrotask(() => sink.closed(this.#error))
    // Not at once: whoever takes may not be ready yet.
    else {
      queueMicrotask(() => {
        if (!this.gone) this.begin(sink)
      })
    }
  }

  send(message: Uint8Array | string, posting?: Posting): boolean {
    if (this.gone) return true
    const more = this.post(message, posting)
    if (!more) this.#blocked = true
    return more
  }

  get read(): () => AsyncIterable<Uint8Array> {
    this.#read ??= () => {
      this.#reader ??= new ByteReader(this)
      return this.#reader
    }
    return this.#read
  }

  get write(): (message: Uint8Array | string) => Awaitable<void> {
    this.#write ??= (message) => {
      checkMessage(message)
      if (this.gone) throw this.goneError()
      return this.deliver(message)
    }
    return this.#write
  }

  /** What write() does: sends, and waits until more may be sent. */
  protected deliver(message: Uint8Array | string): Awaitable<void> {
    if (this.send(message)) return undefined
    return this.#drain.wait(() => (this.gone ? this.goneError() : undefined))
  }

  /** More may be sent. */
  protected drained(): void {
    this.#drain.wake()
    if (!this.#blocked) return
    this.#blocked = false
    this.sink?.drained()
  }

  // Each message leaves by itself.
  cork(): void {}
  uncork(): void {}

  // ---- its end ---------------------------------------------------------------------------------------------------------------

  /** Fires when it is gone. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.gone) this.#controller.abort(this.goneError())
    return this.#controller.signal
  }

  /** It is gone: nothing comes and nothing goes any more. */
  protected over(error: Error | undefined): void {
    if (this.gone) return
    this.gone = true
    this.#error = error
    this.drained()
    this.#controller?.abort(this.goneError())
    this.#resolveClosed()
    this.sink?.closed(error)
  }

  protected goneError(): PeerError {
    const cause = this.#error
    if (cause instanceof PeerError) return cause
    return new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} is closed`, { cause })
  }

  drain(): void {
    if (this.draining) return
    this.draining = true
    this.sink?.drain()
  }

  hangUp(): void {
    this.#controller?.abort(this.goneError())
  }

  /** Messages are no stream. */
  detach(): undefined {
    return undefined
  }

  reset(): void {
    this.destroy()
  }
}
