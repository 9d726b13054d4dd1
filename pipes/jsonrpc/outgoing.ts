// What a client sends: a call, a notification, or both in a batch. Each is one message, and may wait before it is sent.

import type { Posting } from '../../src/net/connection.ts'
import { type Envelope, envelopeHeaders, envelopeMeta } from './envelope.ts'
import type { StreamedCall } from './rpc-stream.ts'
import type { Settlers } from './settlers.ts'
import type { Terms } from './terms.ts'
import type { Dialect } from './wire.ts'

/** Where what was sent is looked after. */
export interface OutgoingHome {
  readonly dialect: Dialect
  /** The message is known not to be answered. */
  failed(outgoing: Outgoing, error: Error): void
  /** Nothing more can come in answer to it. */
  ended(outgoing: Outgoing): void
  /** Whether somebody still waits for it. */
  wants(outgoing: Outgoing): boolean
}

/** Positional or named; undefined: none. */
export type Params = readonly unknown[] | object | undefined

/** An entry of a batch, as it was asked for. */
export interface BatchItem {
  readonly method: string
  readonly params: Params
  readonly notifies: boolean
}

/** Something that goes out as one message. It is its own posting: streams, which have no place for one, never look at it. */
export abstract class Outgoing implements Posting {
  readonly terms: Terms
  /** When it is late, by `performance.now()`; Infinity: never. */
  deadline: number = Number.POSITIVE_INFINITY
  /** Whether it was given to a connection: to this one, or to one that is lost. */
  sentBefore = false
  carrier: Posting['carrier'] = undefined
  protected readonly home: OutgoingHome

  constructor(home: OutgoingHome, terms: Terms) {
    this.home = home
    this.terms = terms
  }

  /** The calls in it that are not settled. */
  abstract readonly calls: readonly PendingCall[]
  /** How many these are. */
  abstract readonly count: number
  /** What it is called in messages. */
  abstract readonly label: string
  /** The message, as it is sent. */
  abstract message(): unknown
  /** It was given to a connection. */
  abstract sent(): void
  /** It has no result, for this reason. */
  abstract reject(error: unknown): void

  expire(deadline: number): void {
    this.deadline = deadline
  }

  /** Whether somebody has something of it to read. */
  get isRead(): boolean {
    return false
  }

  // Made when they are asked for: functions that know what they belong to, wherever they are called.

  get headers(): Posting['headers'] {
    const { terms } = this
    return terms.envelope === undefined && !terms.tellsTimeout ? undefined : envelopeHeaders(this.envelope())
  }

  get failed(): (error: Error) => void {
    return (error) => this.home.failed(this, error)
  }

  get over(): () => void {
    return () => this.home.ended(this)
  }

  get wanted(): () => boolean {
    return () => this.home.wants(this)
  }

  protected envelope(): Envelope {
    const { envelope = {}, tellsTimeout } = this.terms
    if (!tellsTimeout || this.deadline === Number.POSITIVE_INFINITY) return envelope
    return { ...envelope, timeoutMs: Math.max(1, Math.round(this.deadline - performance.now())) }
  }

  /** A message with its `_meta`: in its own place, or among the named params, as MCP has it. */
  protected dressed(message: object, params: Params, more?: Readonly<Record<string, unknown>>): object {
    const meta: Record<string, unknown> = { ...envelopeMeta(this.envelope()), ...more }
    if (Object.keys(meta).length === 0) return params === undefined ? message : { ...message, params }
    if (this.terms.metaIn === 'message' || Array.isArray(params)) {
      return params === undefined ? { ...message, _meta: meta } : { ...message, params, _meta: meta }
    }
    const given: unknown = params === undefined ? undefined : Reflect.get(params, '_meta')
    return { ...message, params: { ...params, _meta: { ...(typeof given === 'object' ? given : undefined), ...meta } } }
  }
}

/** A call that is not settled. */
export class PendingCall extends Outgoing {
  readonly id: number
  readonly method: string
  readonly params: Params
  readonly resolve: (result: unknown) => void
  readonly #reject: (error: unknown) => void
  /** The batch that it is in. */
  batch: OutgoingBatch | undefined
  /** Takes its values, if it is called for them. */
  stream: StreamedCall | undefined

  constructor(home: OutgoingHome, terms: Terms, id: number, method: string, params: Params, settlers: Settlers) {
    super(home, terms)
    this.id = id
    this.method = method
    this.params = params
    this.resolve = settlers.resolve
    this.#reject = settlers.reject
  }

  get calls(): readonly PendingCall[] {
    return [this]
  }

  get count(): number {
    return 1
  }

  get label(): string {
    return JSON.stringify(this.method)
  }

  message(): unknown {
    const { id, method, params, terms } = this
    const { progress, token } = this.home.dialect
    // MCP streams only to those who ask, by a token of their own choice.
    if (token === 'given' && this.stream !== undefined) {
      return this.dressed({ jsonrpc: '2.0', id, method }, params, { [progress.token]: id })
    }
    if (terms.envelope !== undefined || terms.tellsTimeout) {
      return this.dressed({ jsonrpc: '2.0', id, method }, params)
    }
    return params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params }
  }

  override get isRead(): boolean {
    return this.stream !== undefined && this.stream.size > 0
  }

  sent(): void {}

  reject(error: unknown): void {
    this.#reject(error)
  }
}

/** A notification. */
export class Note extends Outgoing {
  readonly method: string
  readonly params: Params
  #resolve: (() => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor(home: OutgoingHome, terms: Terms, method: string, params: Params) {
    super(home, terms)
    this.method = method
    this.params = params
  }

  get calls(): readonly PendingCall[] {
    return []
  }

  get count(): number {
    return 0
  }

  get label(): string {
    return JSON.stringify(this.method)
  }

  message(): unknown {
    const { method, params, terms } = this
    if (terms.envelope !== undefined || terms.tellsTimeout) return this.dressed({ jsonrpc: '2.0', method }, params)
    return params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params }
  }

  /**
   * Resolves when it is sent. Nobody has to wait.
   *
   * @param failure why it never will be, where that is known
   */
  wait(failure?: Error): Promise<void> {
    const waiting = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    waiting.catch(() => {})
    if (failure !== undefined) this.reject(failure)
    return waiting
  }

  sent(): void {
    this.#resolve?.()
  }

  /** Nobody waits for an answer, and it is to be delivered all the same. */
  override get wanted(): () => boolean {
    return () => true
  }

  reject(error: unknown): void {
    this.#reject?.(error)
  }
}

/** Calls and notifications that go in one message. */
export class OutgoingBatch extends Outgoing {
  readonly label = 'a batch'
  readonly #calls = new Set<PendingCall>()
  readonly #entries: readonly (PendingCall | Note)[]

  constructor(home: OutgoingHome, terms: Terms, entries: readonly (PendingCall | Note)[]) {
    super(home, terms)
    this.#entries = entries
    for (const entry of entries) {
      if (!(entry instanceof PendingCall)) continue
      entry.batch = this
      this.#calls.add(entry)
    }
  }

  /** A call of it is settled. */
  drop(call: PendingCall): void {
    this.#calls.delete(call)
  }

  get calls(): readonly PendingCall[] {
    return [...this.#calls]
  }

  get count(): number {
    return this.#calls.size
  }

  override expire(deadline: number): void {
    super.expire(deadline)
    for (const entry of this.#entries) entry.expire(deadline)
  }

  message(): unknown {
    // What is sent again is what is not settled.
    const entries = this.sentBefore ? this.#calls : this.#entries
    return Array.from(entries, (entry) => entry.message())
  }

  sent(): void {
    for (const entry of this.#entries) {
      entry.sentBefore = true
      entry.sent()
    }
  }

  override get wanted(): () => boolean {
    return () => this.home.wants(this) || this.#entries.some((entry) => entry instanceof Note)
  }

  reject(error: unknown): void {
    for (const entry of this.sentBefore ? this.#calls : this.#entries) entry.reject(error)
    this.#calls.clear()
  }
}
