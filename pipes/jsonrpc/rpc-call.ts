// The marble `rpc` of a part: the call that it answers, and the methods of the peer that made it.

import type { Call, CallHome } from './call.ts'
import { type Envelope, readEnvelope } from './envelope.ts'
import type { Rpc } from './rpc.ts'
import type { Id, Version } from './wire.ts'

/** The call that a part answers; and what {@link Rpc} has, to call back. */
export class RpcCall implements Rpc {
  /** The method's name, as it was called. */
  readonly method: string
  /** Undefined for a notification, which is not answered. */
  readonly id: Id | undefined
  /** Positional params are an array, named ones an object; undefined where there are none. What is in it nobody has checked. */
  readonly params: readonly unknown[] | Readonly<Record<string, unknown>> | undefined
  /** Of the protocol: `'2.0'` or `'1.0'`. */
  readonly version: Version
  readonly #call: Call
  readonly #home: CallHome

  constructor(call: Call, home: CallHome) {
    const { params } = call.message
    this.method = call.method.name
    this.id = call.id
    this.params = isParams(params) ? params : undefined
    this.version = call.version
    this.#call = call
    this.#home = home
  }

  /** What came beside the call: `timeoutMs`, `traceparent`, `tracestate`, `idempotencyKey`, each if it did. */
  get envelope(): Envelope {
    return readEnvelope(this.#home.headers, this.#call.meta) ?? {}
  }

  // The verbs know their own types.

  get call(): Rpc['call'] {
    const { peer } = this.#home
    return peer.call.bind(peer)
  }

  get callNamed(): Rpc['callNamed'] {
    const { peer } = this.#home
    return peer.callNamed.bind(peer)
  }

  get notify(): Rpc['notify'] {
    const { peer } = this.#home
    return peer.notify.bind(peer)
  }

  get notifyNamed(): Rpc['notifyNamed'] {
    const { peer } = this.#home
    return peer.notifyNamed.bind(peer)
  }

  get batch(): Rpc['batch'] {
    const { peer } = this.#home
    return peer.batch.bind(peer)
  }

  get stream(): Rpc['stream'] {
    const { peer } = this.#home
    return peer.stream.bind(peer)
  }

  get streamNamed(): Rpc['streamNamed'] {
    const { peer } = this.#home
    return peer.streamNamed.bind(peer)
  }

  get with(): Rpc['with'] {
    const { peer } = this.#home
    return peer.with.bind(peer)
  }
}

/** Positional or named parameters. */
export type Params = readonly unknown[] | Readonly<Record<string, unknown>>

/** Whether a value can be parameters. */
export function isParams(value: unknown): value is Params {
  return typeof value === 'object' && value !== null
}
