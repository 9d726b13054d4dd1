// A message connection made of HTTP requests: what is sent is the body of one, what arrives are the bodies of their answers.

import type { Awaitable } from '../../../src/bag.ts'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { ByteReader } from '../../../src/net/byte-reader.ts'
import { clock } from '../../../src/net/clock.ts'
import type { DrivenConnection, Posting, Sink } from '../../../src/net/connection.ts'
import type { Link } from '../../../src/net/link.ts'
import { checkMessage, Drain } from '../../../src/net/message-writing.ts'
import { Pool, type PoolHome, type PoolSettings } from './pool.ts'
import { OutgoingRequest } from './request.ts'
import type { RequestHeads } from './request-head.ts'

/** So much may wait before the sender is asked to stop. */
const HIGH_WATER_BYTES = 65_536

/** See {@link DrivenConnection}: of kind `'message'`, over as many of kind `'stream'` as it takes. */
export class HttpClientConnection implements DrivenConnection, PoolHome {
  readonly kind = 'message'
  readonly copies = false
  readonly secure: boolean
  readonly protocol: string | undefined
  /** Set by the marshalling pipe, unless the `type` option has said it. */
  contentType: string | undefined
  readonly #first: DrivenConnection
  readonly #heads: RequestHeads
  readonly #pool: Pool
  readonly #type: string | undefined
  readonly #report: (error: unknown) => void
  #sink: Sink | undefined
  /** A failure from before anybody read. */
  #early: Error | undefined
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((message: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  #controller: AbortController | undefined
  readonly #drain = new Drain()
  #blocked = false
  #closing = false
  #gone = false
  #error: Error | undefined
  #draining = false
  #resolveClosed: () => void = () => {}
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#resolveClosed = resolve
  })

  /** @param type what messages are; undefined where the marshalling pipe says so */
  constructor(
    first: DrivenConnection,
    settings: PoolSettings,
    heads: RequestHeads,
    type: string | undefined,
    report: (error: unknown) => void,
  ) {
    this.secure = first.secure
    this.protocol = first.protocol
    this.#first = first
    this.#heads = heads
    this.#type = type
    this.#report = report
    this.#pool = new Pool(first, settings, this)
    this.#pool.begin()
  }

  get connection(): this {
    return this
  }

  // ---- messages --------------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    if (this.#sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.#sink = sink
    if (this.#early !== undefined) this.failed(this.#early)
    if (this.#draining) sink.drain()
    if (this.#gone) queueMicrotask(() => sink.closed(this.#error))
    else this.#pool.resume()
  }

  send(message: Uint8Array | string, posting?: Posting): boolean {
    const length = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength
    const head = this.#heads.head(this.#type ?? this.contentType, posting?.headers, length)
    this.#pool.send(new OutgoingRequest(head, message, length, posting, clock.now))
    this.#blocked = !this.#gone && this.unsent >= HIGH_WATER_BYTES
    return !this.#blocked
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
      checkMessage(message, { pipe: 'http.client', marble: 'write' })
      if (this.#gone || this.#closing) throw this.#goneError()
      if (this.send(message)) return undefined
      return this.#drain.wait(() => (this.#gone ? this.#goneError() : undefined))
    }
    return this.#write
  }

  pause(): void {
    this.#pool.pause()
  }

  resume(): void {
    this.#pool.resume()
  }

  get unsent(): number {
    return this.#pool.unsent
  }

  async sent(): Promise<void> {
    while (this.#pool.waiting.count > 0 && !this.#gone) await this.#drain.wait(() => undefined)
    await this.#pool.sent()
  }

  // Each message leaves by itself.
  cork(): void {}
  uncork(): void {}

  /** Looks at the clock. */
  tick(now: number): void {
    this.#pool.tick(now)
  }

  // ---- what the connections tell ---------------------------------------------------------------------------------------------

  message(data: Buffer): void {
    if (!this.#closing) this.#sink?.data(data)
  }

  failed(error: Error): void {
    if (this.#closing) return
    if (this.#sink?.failed !== undefined) this.#sink.failed(error)
    else if (this.#sink === undefined && this.#early === undefined) this.#early = error
    else this.#report(error)
  }

  report(error: unknown): void {
    this.#report(error)
  }

  drained(): void {
    if (this.#drain.size === 0 && !this.#blocked) return
    if (!this.#gone && this.unsent >= HIGH_WATER_BYTES) return
    this.#drain.wake()
    if (!this.#blocked) return
    this.#blocked = false
    this.#sink?.drained()
  }

  lastEnded(): void {
    this.#sink?.end()
  }

  over(error: Error | undefined): void {
    this.#gone = true
    this.#error = error
    this.#drain.wake()
    this.#controller?.abort(this.#goneError())
    this.#resolveClosed()
    this.#sink?.closed(error)
  }

  // ---- what the connection below knows ---------------------------------------------------------------------------------------

  get remote(): string {
    return this.#first.remote
  }

  get local(): string {
    return this.#first.local
  }

  /** Fires when there is no connection and there will be none: not when one of them is closed. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#gone) this.#controller.abort(this.#goneError())
    return this.#controller.signal
  }

  get link(): Link | undefined {
    return this.#first.link
  }

  get ended(): boolean {
    return this.#gone
  }

  get draining(): boolean {
    return this.#draining
  }

  drain(): void {
    if (this.#draining) return
    this.#draining = true
    this.#sink?.drain()
  }

  /** Sends what waits; gives its answers, which nobody gets any more, 2 seconds to arrive; and closes. */
  close(): Promise<void> {
    this.#closing = true
    this.#pool.close()
    return this.closed
  }

  hangUp(): void {
    this.#controller?.abort(this.#goneError())
  }

  /** Requests and answers are no stream. */
  detach(): undefined {
    return undefined
  }

  reset(): void {
    this.#pool.destroy(undefined)
  }

  destroy(error?: Error): void {
    this.#pool.destroy(error)
  }

  #goneError(): PeerError {
    const cause = this.#error
    return new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} is closed`, { status: 502, cause })
  }
}
