// A peer of jsonrpc() without a wire: what it says arrives as values, what it is answered is kept as JSON would have carried it.

import assert from 'node:assert/strict'
import { jsonrpc } from '../pipes/jsonrpc.ts'
import { compile } from '../src/compile.ts'
import { PeerError } from '../src/errors.ts'
import { endFlow } from '../src/flow.ts'
import { part } from '../src/index.ts'
import { markRead, type ValueChannel, type ValueSink } from '../src/messages/values.ts'
import type { Connection } from '../src/net/connection.ts'
import { ResponseMarble } from '../src/psgi/response.ts'
import { realmOf } from '../src/report.ts'
import { Trip } from '../src/trip.ts'
import { settled } from './tracing.ts'

const CONNECTION: Connection = {
  kind: 'message',
  remote: 'memory://peer',
  local: 'memory://test',
  signal: new AbortController().signal,
  close: async () => {},
}

/** What a test says of its peer. */
export interface RpcPeerOptions {
  /** The bag has a response, as on http(). */
  readonly http?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** The channel, and how the flow above it goes. */
export class RpcPeer implements ValueChannel {
  /** Everything that was sent, in order. */
  readonly sent: unknown[] = []
  /** What went to the listener's onError. */
  readonly errors: unknown[] = []
  readonly response: ResponseMarble | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly read: ValueChannel['read']
  readonly write: ValueChannel['write']
  /** The peer takes nothing: send() says so. */
  full = false
  paused = false
  /** What the flow ended with, once it has. */
  ended: { readonly error: unknown } | undefined
  #sink: ValueSink | undefined

  /** @param below jsonrpc(), and whatever stands around it */
  constructor(below: unknown, { http = false, headers }: RpcPeerOptions = {}) {
    this.headers = headers
    this.response = http ? new ResponseMarble() : undefined
    this.read = markRead(() => assert.fail('nobody reads'), this)
    this.write = () => assert.fail('nobody writes')
    const { read, write, response } = this
    const marbles = { connection: CONNECTION, read, write, ...(http ? { response } : {}) }
    const trip = new Trip(compile(below, Object.keys(marbles)).segment, undefined, marbles, undefined)
    trip.realm = realmOf((error) => this.errors.push(error))
    const pending = endFlow(trip, (error) => {
      this.ended = { error }
    })
    Promise.resolve(pending).catch((error) => this.errors.push(error))
  }

  // ---- the channel -------------------------------------------------------------------------------------------------------------

  take(sink: ValueSink): void {
    this.#sink = sink
  }

  send(value: unknown): boolean {
    this.check(value)
    this.sent.push(JSON.parse(JSON.stringify(value)))
    return !this.full
  }

  check(value: unknown): void {
    JSON.stringify(value)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  // ---- the peer ----------------------------------------------------------------------------------------------------------------

  /** Says something; text is JSON, and if it is none, that is what arrives. */
  say(...messages: readonly unknown[]): this {
    for (const message of messages) {
      let value = message
      if (typeof message === 'string') {
        try {
          value = JSON.parse(message)
        } catch {
          this.#to().bad(new PeerError('MESSAGE_BAD', 'no JSON'))
          continue
        }
      }
      this.#to().value(value)
    }
    return this
  }

  /** Calls a method of ours, and gives what is answered by the end of the turn. */
  async ask(...messages: readonly unknown[]): Promise<unknown[]> {
    this.say(...messages)
    return this.heard()
  }

  /** What was sent since this was last asked, once everything is done that can be. */
  async heard(): Promise<unknown[]> {
    await settled()
    return this.sent.splice(0)
  }

  bad(error: PeerError): void {
    this.#to().bad(error)
  }

  /** Takes what waits, and more again. */
  drained(): void {
    this.full = false
    this.#to().drained()
  }

  /** Ends its side. */
  end(): void {
    this.#to().end()
  }

  /** Goes away. */
  lose(error?: Error): void {
    this.#to().closed(error)
  }

  /** The listener wants to close. */
  drain(): void {
    this.#to().drain()
  }

  #to(): ValueSink {
    return this.#sink ?? assert.fail('nobody listens')
  }
}

/** A peer of a table of methods. */
export function served(methods: Parameters<typeof jsonrpc>[0], options?: Parameters<typeof jsonrpc>[1]): RpcPeer {
  return new RpcPeer(part(jsonrpc(methods, options)))
}

/** A call in version 2.0; without an id it is a notification. */
export function call(method: string, params?: unknown, id?: unknown): object {
  return { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }), ...(id === undefined ? {} : { id }) }
}

/** The answer with a result, in version 2.0. */
export function result(id: unknown, value: unknown): object {
  return { jsonrpc: '2.0', result: value, id }
}

/** The answer with an error, in version 2.0. */
export function refusal(id: unknown, code: number, message: string, data?: unknown): object {
  return { jsonrpc: '2.0', error: { code, message, ...(data === undefined ? {} : { data }) }, id }
}
