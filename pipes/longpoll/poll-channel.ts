// What the part of a session finds in its bag: a connection of values, whose other end comes by for them.

import type { Awaitable } from '../../src/bag.ts'
import { PeerError, UsageError } from '../../src/errors.ts'
import { refused, unwritable } from '../../src/messages/unwritable.ts'
import { ValueReader } from '../../src/messages/value-reader.ts'
import { markRead, type ValueChannel, type ValueSink } from '../../src/messages/values.ts'
import type { Connection } from '../../src/net/connection.ts'

/** Who keeps what is sent. */
export interface ChannelHome {
  /** Keeps an event. False: no more, please, until drained(). */
  keep(text: string): boolean
  /** The part closes the connection. */
  close(): void
}

/** See {@link ValueChannel}; and the connection that it is. */
export class PollChannel implements ValueChannel, Connection {
  readonly kind = 'message'
  readonly headers = undefined
  readonly response = undefined
  readonly remote: string
  readonly local: string
  /** What a value counts in its reader: as one that fills it, since nobody has measured it. */
  readonly length = 65_536
  readonly #home: ChannelHome
  readonly #queue: unknown[] = []
  #sink: ValueSink | undefined
  #reader: ValueReader | undefined
  #read: ValueChannel['read'] | undefined
  #write: ValueChannel['write'] | undefined
  #controller: AbortController | undefined
  #waiting: (() => void)[] = []
  #taken = false
  #begun = false
  #paused = false
  #delivering = false
  #draining = false
  #gone = false
  /** Why `signal` fires. */
  #reason: Error | undefined

  constructor({ remote, local }: Connection, home: ChannelHome) {
    this.remote = remote
    this.local = local
    this.#home = home
  }

  get connection(): this {
    return this
  }

  // ---- out -----------------------------------------------------------------------------------------------------------------

  get write(): ValueChannel['write'] {
    this.#write ??= (value) => this.#put(encode(value))
    return this.#write
  }

  #put(text: string): Awaitable<void> {
    if (this.#gone) throw this.#goneError()
    if (this.#home.keep(text)) return undefined
    const drained = new Promise<void>((resolve, reject) => {
      this.#waiting.push(() => (this.#gone ? reject(this.#goneError()) : resolve()))
    })
    // Nobody has to wait: a peer that goes away must not be an unhandled rejection, which would end the process.
    drained.catch(() => {})
    return drained
  }

  send(value: unknown): boolean {
    const text = encode(value)
    return this.#gone || this.#home.keep(text)
  }

  check(value: unknown): void {
    encode(value)
  }

  /** There is room for more events. */
  drained(): void {
    this.#wake()
    this.#sink?.drained()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  // ---- in ------------------------------------------------------------------------------------------------------------------

  get read(): ValueChannel['read'] {
    this.#read ??= markRead(() => {
      if (this.#reader === undefined) {
        this.#reader = new ValueReader(this)
        this.take(this.#reader)
      }
      return this.#reader
    }, this)
    return this.#read
  }

  take(sink: ValueSink): void {
    if (this.#taken) {
      throw new UsageError('READ_TWICE', 'a channel of values has one reader, and this one has it already.')
    }
    this.#taken = true
    this.#sink = sink
    if (this.#draining && !this.#gone) sink.drain()
    // Not at once: whoever takes may not be ready yet.
    queueMicrotask(() => {
      this.#begun = true
      this.#deliver()
    })
  }

  /** Whether messages are wanted: all that came before were taken. */
  get ready(): boolean {
    return this.#queue.length === 0 && !this.#gone && !this.#draining
  }

  /** Messages arrived. */
  give(messages: readonly unknown[]): void {
    this.#queue.push(...messages)
    this.#deliver()
  }

  #deliver(): void {
    const sink = this.#sink
    if (sink === undefined || !this.#begun || this.#delivering) return
    this.#delivering = true
    // Whoever takes a value may pause.
    while (!this.#paused && this.#queue.length > 0) sink.value(this.#queue.shift())
    this.#delivering = false
    if (!this.#gone || this.#queue.length > 0) return
    this.#sink = undefined
    sink.closed(undefined)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------

  /** Fires when the session is over, and where nobody reads also when the server closes. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  drain(): void {
    if (this.#draining || this.#gone) return
    this.#draining = true
    if (this.#sink !== undefined) this.#sink.drain()
    else {
      // Whoever only writes has no other way to know.
      this.#reason = new PeerError('CONNECTION_CLOSED', 'the server is closing', { pipe: 'longpoll' })
      this.#controller?.abort(this.#reason)
    }
  }

  /** The session is over. What arrived is still given: its sender was told that it did. */
  lose(): void {
    if (this.#gone) return
    this.#gone = true
    this.#reason ??= this.#goneError()
    this.#controller?.abort(this.#reason)
    this.#wake()
    this.#deliver()
  }

  #goneError(): Error {
    return this.#reason ?? new PeerError('CONNECTION_CLOSED', 'the session is over', { pipe: 'longpoll' })
  }

  /** Whether an error only says that the session is over. */
  isReason(error: unknown): boolean {
    const reason = this.#reason
    if (reason === undefined) return false
    return error === reason || (error instanceof Error && error.name === 'AbortError' && error.cause === reason)
  }

  async close(): Promise<void> {
    this.#home.close()
  }
}

function encode(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw unwritable('longpoll', value, refuses, cause)
  }
  if (text === undefined) throw refused('longpoll', value === undefined ? 'undefined' : `a ${typeof value}`)
  return text
}

function refuses(value: unknown): string | undefined {
  return typeof value === 'bigint' || value instanceof BigInt ? 'a BigInt' : undefined
}
