// A message connection over a response: what sse() lays over the bag.

import type { Awaitable } from '../../src/bag.ts'
import { PeerError, UsageError } from '../../src/errors.ts'
import { ByteReader } from '../../src/net/byte-reader.ts'
import type { Connection, DrivenConnection, Raw, Sink } from '../../src/net/connection.ts'
import { describe } from '../../src/psgi/pairs.ts'
import { eventText, HEARTBEAT, messageText, type SentEvent } from './event.ts'
import { Outgoing, type OutgoingHome } from './outgoing.ts'
import { Posted, type PostedLimits } from './posted.ts'

/** Times and limits of a stream. */
export interface StreamTerms extends PostedLimits {
  readonly heartbeatMs: number
  readonly stallTimeoutMs: number
}

/** The stream of events, beside the messages: the marble `sse`. */
export interface EventSender {
  /** The id of the last event that the peer has, where it says so: for `hub.subscribe(topic, { after })`. */
  readonly lastEventId: string | undefined
  /**
   * Sends an event with an id, a type, or a time to wait; resolves when more may come.
   *
   * @throws UsageError WRITE_VALUE
   */
  send(event: SentEvent): Awaitable<void>
}

/** What a stream is made of. */
export interface StreamParts {
  readonly id: string
  readonly lastEventId: string | undefined
  readonly terms: StreamTerms
  /** Called once, when somebody wants to read. */
  readonly onTake: () => void
}

/** See {@link DrivenConnection}: of kind `'message'`, over the response of one request. */
export class EventConnection implements DrivenConnection, OutgoingHome {
  readonly kind = 'message'
  readonly copies = false
  readonly protocol = undefined
  readonly secure: boolean
  readonly sse: EventSender
  contentType: string | undefined
  draining = false
  readonly #outer: Connection & Partial<DrivenConnection>
  readonly #parts: StreamParts
  readonly #outgoing: Outgoing
  readonly #posted: Posted
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((message: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  #controller: AbortController | undefined
  #waiting: (() => void)[] = []
  #closed: Promise<void> | undefined
  #resolveClosed: (() => void) | undefined
  /** Why `signal` fires. */
  #reason: Error | undefined
  #taken = false
  #gone = false
  /** What went wrong, where it is more than that the peer is gone. */
  #failure: Error | undefined

  constructor({ connection, write }: Raw, parts: StreamParts) {
    this.#outer = connection
    this.#parts = parts
    this.#outgoing = new Outgoing(write, this)
    this.#posted = new Posted(parts.terms)
    this.sse = { lastEventId: parts.lastEventId, send: (event) => this.#put(eventText(event)) }
    this.secure = this.#outer.secure === true
  }

  // ---- its marbles ---------------------------------------------------------------------------------------------------------

  get connection(): this {
    return this
  }

  get read(): () => AsyncIterable<Uint8Array> {
    this.#read ??= () => {
      this.#reader ??= new ByteReader(this)
      return this.#reader
    }
    return this.#read
  }

  get write(): (message: Uint8Array | string) => Awaitable<void> {
    this.#write ??= (message) => this.#put(messageText(textOf(message)))
    return this.#write
  }

  /** Fires when the peer is gone, and where nobody reads also when the listener wants to close. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  // ---- out -----------------------------------------------------------------------------------------------------------------

  send(message: Uint8Array | string): boolean {
    return this.#outgoing.add(messageText(textOf(message)))
  }

  #put(text: string): Awaitable<void> {
    if (this.#gone) throw this.#goneError()
    if (this.#outgoing.add(text)) return undefined
    const drained = new Promise<void>((resolve, reject) => {
      this.#waiting.push(() => (this.#gone ? reject(this.#goneError()) : resolve()))
    })
    // Nobody has to wait: a peer that goes away must not be an unhandled rejection, which would end the process.
    drained.catch(() => {})
    return drained
  }

  /** Lets the response leave, with text that is no message. */
  begin(text: string): void {
    this.#outgoing.add(text)
    // http() holds back the first chunk until there is a second.
    this.#outgoing.add('')
  }

  get unsent(): number {
    return this.#outgoing.size
  }

  sent(): Promise<void> {
    return this.#outgoing.empty()
  }

  // Events are joined anyway, within a tick.
  cork(): void {}
  uncork(): void {}

  drained(): void {
    this.#wake()
    this.#posted.sink?.drained()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  // ---- in ------------------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    if (this.#taken) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.#taken = true
    this.#posted.take(sink)
    if (this.#gone) return
    if (this.draining) sink.drain()
    else {
      this.#outgoing.add(eventText({ event: 'stream', data: this.#parts.id }))
      this.#parts.onTake()
    }
  }

  /** What was posted for it. */
  get posted(): Posted {
    return this.#posted
  }

  pause(): void {
    this.#posted.pause()
  }

  resume(): void {
    this.#posted.resume()
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------

  broke(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error))
    if (!(cause instanceof PeerError)) this.#failure = cause
    this.#end(cause)
  }

  /** The peer is gone, or taken to be gone. */
  hangUp(): void {
    this.#end(undefined)
  }

  reset(): void {
    this.#end(undefined)
  }

  destroy(error?: Error): void {
    this.#end(error)
  }

  async close(): Promise<void> {
    await this.#outgoing.empty()
    this.#end(undefined)
  }

  #end(cause: Error | undefined): void {
    if (this.#gone) return
    this.#gone = true
    this.#reason ??= this.#goneError(cause)
    this.#outgoing.lose()
    this.#wake()
    this.#controller?.abort(this.#reason)
    this.#resolveClosed?.()
    this.#posted.close(this.#failure)
  }

  #goneError(cause?: Error): Error {
    return (
      this.#reason ??
      new PeerError('CONNECTION_CLOSED', `the stream to ${this.remote} is closed`, { cause, pipe: 'sse' })
    )
  }

  drain(): void {
    if (this.draining || this.#gone) return
    this.draining = true
    const { sink } = this.#posted
    if (sink !== undefined) sink.drain()
    else {
      // Whoever only writes has no other way to know.
      this.#reason = new PeerError('CONNECTION_CLOSED', 'the listener is closing', { pipe: 'sse' })
      this.#controller?.abort(this.#reason)
    }
  }

  /** Looks at the clock, and whether the listener wants to close. */
  tick(now: number): void {
    const { heartbeatMs, stallTimeoutMs } = this.#parts.terms
    if (this.#outer.draining === true) this.drain()
    if (this.#outgoing.stalled(now, stallTimeoutMs)) {
      const message = `the peer took nothing for ${stallTimeoutMs} ms`
      this.#failure = new PeerError('TIMEOUT', message, { status: 408, pipe: 'sse' })
      this.#end(this.#failure)
    } else if (this.#outgoing.idle(now, heartbeatMs)) this.#outgoing.add(HEARTBEAT)
  }

  /** The flow below has ended: what is left goes out. Throws what http() is to know. */
  async finish(error: unknown): Promise<void> {
    await this.#outgoing.empty()
    if (this.#failure !== undefined) throw this.#failure
    if (error !== undefined && !this.#isReason(error)) throw error
  }

  /** Whether an error only says that the peer is gone. */
  #isReason(error: unknown): boolean {
    const reason = this.#reason
    if (reason === undefined) return false
    return error === reason || (error instanceof Error && error.name === 'AbortError' && error.cause === reason)
  }

  get closed(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#gone) resolve()
      else this.#resolveClosed = resolve
    })
    return this.#closed
  }

  get ended(): boolean {
    return this.#gone
  }

  /** There is no stream that a response runs on alone. */
  detach(): undefined {
    return undefined
  }

  get remote(): string {
    return this.#outer.remote
  }

  get local(): string {
    return this.#outer.local
  }
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message
  const found = message instanceof Uint8Array ? 'bytes' : describe(message)
  throw new UsageError(
    'WRITE_VALUE',
    `sse() sends text, not ${found}. Put a marshalling pipe that makes text, such as json(), below.`,
    {
      pipe: 'sse',
      marble: 'write',
    },
  )
}
