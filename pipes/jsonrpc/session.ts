// One connection: what arrives is told apart, calls for us from answers to our own; and when it is over.

import type { Awaitable } from '../../src/bag.ts'
import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import type { ValueChannel, ValueSink } from '../../src/messages/values.ts'
import type { Choose } from '../../src/pipe.ts'
import { INVALID_REQUEST, PARSE_ERROR } from './answer.ts'
import { BatchAnswer } from './batch-answer.ts'
import { Brake, NONSENSE } from './brake.ts'
import type { Calls } from './calls.ts'
import { Outbox } from './outbox.ts'
import type { Rpc } from './rpc.ts'
import { Serving, type ServingHome, type ServingSettings } from './serving.ts'
import { type Arrived, isArrived } from './wire.ts'

/** The peer, as the one that we call. */
export interface Peer {
  readonly calls: Calls
  /** How pipes call it. */
  readonly rpc: Rpc
}

/** What a session is made of. */
export interface SessionParts {
  readonly channel: ValueChannel
  /** Makes the other half: our calls to the peer. Called once, when it is needed; for a client, at the beginning. */
  readonly meet: () => Peer
  readonly settings: ServingSettings
  /** Runs the part of a method. */
  readonly choose: Choose
  report(error: unknown): void
  /** Tells the rest of the stack that the peer may be gone. */
  hangUp?(): void
  /** Of the flow that the session is in; asked for where that is a request. */
  signal?(): AbortSignal
  /** Whether it is over when the rest of the stack is: a client's. A server's lasts as long as its connection. */
  readonly endsWithRest: boolean
}

/** After so many bad messages, others have their turn: each costs more than a short call. */
const MOST_BAD_AT_ONCE = 64

/** Takes what a channel gives. */
export class Session implements ValueSink, ServingHome {
  readonly #channel: ValueChannel
  readonly #brake: Brake
  readonly #meet: () => Peer
  readonly #outbox: Outbox
  readonly #serving: Serving
  readonly #maxBatch: number
  readonly #endsWithRest: boolean
  readonly #hangUp: (() => void) | undefined
  readonly #signal: (() => AbortSignal) | undefined
  /** The peer sends no more, the connection is gone, or we want to close. */
  #ending = false
  /** No answers to our calls will come any more. */
  #deaf = false
  #restDone = false
  /** How many bad messages came since others had their turn. */
  #bad = 0
  /** Most servers never call anybody. */
  #peer: Peer | undefined
  #failure: { readonly error: unknown } | undefined
  #over = false
  #resolve: (() => void) | undefined

  constructor({ channel, meet, settings, choose, report, hangUp, signal, endsWithRest }: SessionParts) {
    this.#channel = channel
    this.#meet = meet
    this.#brake = new Brake(channel)
    this.#outbox = new Outbox(channel, this.#brake, report)
    this.#serving = new Serving(settings, this, { outbox: this.#outbox, brake: this.#brake, choose, report })
    this.#maxBatch = settings.maxBatch
    this.#endsWithRest = endsWithRest
    this.#hangUp = hangUp
    this.#signal = signal
  }

  /** The methods of the peer. */
  get rpc(): Rpc {
    return this.#met().rpc
  }

  #met(): Peer {
    if (this.#peer !== undefined) return this.#peer
    this.#peer = this.#meet()
    const { calls } = this.#peer
    // On http() the one message that goes is the answer.
    if (this.#deaf || this.#channel.response !== undefined) calls.detach(undefined, this.#channel)
    else {
      calls.attach(this.#channel, this.#brake)
      calls.onPending = () => this.#serving.look()
    }
    return this.#peer
  }

  get awaits(): boolean {
    return this.#peer !== undefined && !this.#deaf && this.#peer.calls.awaited > 0
  }

  get headers(): ValueChannel['headers'] {
    return this.#channel.headers
  }

  get requestSignal(): AbortSignal | undefined {
    return this.#channel.response === undefined ? undefined : this.#signal?.()
  }

  /** Runs the rest of the stack, and answers calls until the session is over. Wait for what is returned. */
  run(rest: () => Awaitable<void>): Awaitable<void> {
    if (this.#endsWithRest) this.#met()
    this.#channel.take(this)
    let pending: Awaitable<void>
    try {
      pending = rest()
    } catch (error) {
      pending = Promise.reject(error)
    }
    if (isThenable(pending)) {
      pending.then(
        () => this.#endRest(),
        (error) => this.#failRest(error),
      )
    } else this.#endRest()
    if (this.#over) return undefined
    return new Promise((resolve, reject) => {
      this.#resolve = () => (this.#failure === undefined ? resolve() : reject(this.#failure.error))
    })
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  value(value: unknown): void {
    if (Array.isArray(value)) this.#takeBatch(value)
    else if (isArrived(value)) this.#take(value, undefined)
    else this.#serving.refuse(undefined, undefined)
  }

  #take(message: Arrived, batch: BatchAnswer | undefined): void {
    if (message.method === undefined && this.#isAnswer(message)) this.#peer?.calls.settle(message)
    else this.#serving.take(message, batch)
  }

  /** To a client, whatever is no call is an answer, and if it is a bad one. */
  #isAnswer({ result, error }: Arrived): boolean {
    return result !== undefined || error !== undefined || this.#endsWithRest
  }

  #takeBatch(messages: readonly unknown[]): void {
    if (messages.length === 0) {
      this.#serving.refuse(undefined, undefined)
      return
    }
    // Answers to a batch of ours are as many as we asked for.
    if (messages.length > this.#maxBatch && !messages.every(isAnswer)) {
      const data = `a batch has at most ${this.#maxBatch} messages`
      this.#serving.refuse(undefined, undefined, { ...INVALID_REQUEST, data })
      return
    }
    const batch = new BatchAnswer((answers) => this.#outbox.answers(answers))
    for (const message of messages) {
      if (isArrived(message)) this.#take(message, batch)
      else this.#serving.refuse(undefined, batch)
    }
    batch.close()
  }

  bad(error: PeerError): void {
    // Perhaps it was an answer; nobody knows whose.
    if (this.#endsWithRest) this.#peer?.calls.faults.add(error.message, error)
    if (++this.#bad >= MOST_BAD_AT_ONCE) this.#rest()
    // The position of a syntax error tells the peer nothing that it does not know.
    const data = error.code === 'MESSAGE_BAD' ? undefined : error.message
    this.#serving.refuse(undefined, undefined, data === undefined ? PARSE_ERROR : { ...PARSE_ERROR, data })
  }

  /** Reads no more in this turn of the event loop. */
  #rest(): void {
    this.#bad = 0
    this.#brake.hold(NONSENSE)
    setImmediate(() => this.#brake.release(NONSENSE))
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------------

  end(error?: PeerError): void {
    this.#ending = true
    // Nobody will answer us any more; what was asked of us is answered.
    this.#detach(error)
    // A peer that is gone and one that has no more to ask look alike. Where each message travels by itself, there is another one to tell.
    const { response, headers } = this.#channel
    if (response === undefined && headers === undefined) {
      this.#serving.hangUp(new PeerError('CONNECTION_CLOSED', 'the peer has ended its side, and may be gone'))
      this.#hangUp?.()
    }
    this.#look()
  }

  closed(error: Error | undefined): void {
    this.#outbox.gone = true
    this.#ending = true
    this.#detach(error)
    const why = error === undefined ? undefined : { cause: error }
    this.#serving.lose(new PeerError('CONNECTION_CLOSED', 'the peer went away before its call was answered', why))
    this.#look()
  }

  drain(): void {
    this.#ending = true
    this.#serving.closing = true
    this.#look()
  }

  drained(): void {
    this.#outbox.drained()
    this.#peer?.calls.drained()
  }

  #detach(error: Error | undefined): void {
    if (this.#deaf) return
    this.#deaf = true
    this.#peer?.calls.detach(error, this.#channel)
  }

  /** The last call under way has ended. */
  idle(): void {
    this.#look()
  }

  /** A value came of a stream that we asked for. */
  progress(token: unknown, value: unknown): void {
    this.#peer?.calls.progress(token, value)
  }

  #endRest(): void {
    this.#restDone = true
    if (this.#endsWithRest) this.drain()
    else this.#look()
  }

  #failRest(error: unknown): void {
    this.#failure = { error }
    this.#restDone = true
    this.#ending = true
    // The connection ends with the error; so do the calls that it serves.
    this.#serving.lose(error instanceof Error ? error : new Error(String(error)))
    this.#look()
  }

  #look(): void {
    if (this.#over || !this.#ending || !this.#restDone || !this.#serving.idle) return
    this.#over = true
    this.#outbox.end()
    this.#detach(undefined)
    this.#resolve?.()
  }
}

function isAnswer(message: unknown): boolean {
  return (
    isArrived(message) && message.method === undefined && (message.result !== undefined || message.error !== undefined)
  )
}
