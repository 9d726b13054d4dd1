// The calls of a client that stream: their values go to their readers, and readers who are behind hold the peer back.

import { PeerError } from '../../src/errors.ts'
import type { Brake } from './brake.ts'
import type { Params, PendingCall } from './outgoing.ts'
import { Pace } from './pace.ts'
import { type RpcStreamHome, StreamedCall } from './rpc-stream.ts'
import type { Settlers } from './settlers.ts'
import type { Terms } from './terms.ts'

/** A reader who is more values behind is cut off. */
const MOST_VALUES = 16_384

/** What makes the calls. */
export interface StreamCallsHome {
  /** How many calls are not settled, these among them. */
  readonly size: number
  make(method: string, params: Params, terms: Terms, settlers: Settlers): PendingCall
  start(call: PendingCall): void
  giveUp(call: PendingCall, reason: unknown): void
}

/** See {@link RpcStreamHome}. */
export class StreamCalls implements RpcStreamHome {
  readonly #home: StreamCallsHome
  readonly #pace: Pace<PendingCall>

  constructor(home: StreamCallsHome) {
    this.#home = home
    this.#pace = new Pace(() => home.size)
  }

  make(method: string, params: Params, terms: Terms): StreamedCall {
    // Its time-out is that of each value; the peer would take it for the whole.
    return new StreamedCall(this, method, params, terms.tellsTimeout ? { ...terms, tellsTimeout: false } : terms)
  }

  open(stream: StreamedCall, method: string, params: Params, terms: Terms): PendingCall {
    const call = this.#home.make(method, params, terms, {
      resolve: (result) => stream.finish(result),
      reject: (error) => stream.fail(error),
    })
    call.stream = stream
    this.#home.start(call)
    return call
  }

  leave(call: PendingCall, reason: Error): void {
    this.#home.giveUp(call, reason)
  }

  /** A value came. */
  arrived(call: PendingCall, value: unknown): void {
    const { stream, terms, label } = call
    if (stream === undefined) return
    if (terms.timeoutMs > 0) call.expire(performance.now() + terms.timeoutMs)
    stream.take(value)
    this.#pace.arrived(call, stream.size)
    if (stream.size <= MOST_VALUES) return
    const message = `the reader of ${label} is more than ${MOST_VALUES} values behind`
    this.#home.giveUp(call, new PeerError('QUEUE_OVERRUN', message, { pipe: 'jsonrpc.client' }))
  }

  taken(call: PendingCall, left: number): void {
    this.#pace.taken(call, left)
  }

  /** Of the connection, if readers may hold it back. */
  set brake(brake: Brake | undefined) {
    this.#pace.brake = brake
  }

  ended(call: PendingCall): void {
    this.#pace.ended(call)
  }

  /** A call was made, of this kind or another. */
  started(): void {
    this.#pace.look()
  }
}
