// The table of pending calls: one above all transports. Every call in it is settled exactly once, whatever the connection does.

import type { Awaitable } from '../../src/bag.ts'
import { UsageError } from '../../src/errors.ts'
import type { ValueChannel } from '../../src/messages/values.ts'
import { Brake } from './brake.ts'
import { errorFor, late, noAnswer, noStreams, notSent, refused, unanswered } from './call-errors.ts'
import type { CallsOptions } from './calls-options.ts'
import { cancellation } from './cancellation.ts'
import { Departures } from './departures.ts'
import { Faults } from './faults.ts'
import type { BatchItem, OutgoingHome, Params } from './outgoing.ts'
import { Note, type Outgoing, OutgoingBatch, PendingCall } from './outgoing.ts'
import { Patience, type PatienceHome } from './patience.ts'
import type { StreamedCall } from './rpc-stream.ts'
import { SentCalls } from './sent-calls.ts'
import { lastSettlers, openPromise, type Settlers } from './settlers.ts'
import { StreamCalls, type StreamCallsHome } from './stream-calls.ts'
import type { Terms } from './terms.ts'
import type { Arrived, Dialect } from './wire.ts'

/** Makes calls, and settles them. Lives as long as its client, over all connections of it. */
export class Calls implements OutgoingHome, PatienceHome, StreamCallsHome {
  readonly dialect: Dialect
  readonly #options: CallsOptions
  readonly #remote: string
  readonly #waiting = new Departures()
  readonly #sent = new SentCalls()
  readonly #patience = new Patience(this)
  readonly #streams = new StreamCalls(this)
  /** What the peer does wrong and no call can be told. */
  readonly faults: Faults
  // One function for all.
  readonly #giveWaiting = (outgoing: Outgoing) => {
    this.#give(outgoing)
    this.#patience.release(outgoing)
  }
  readonly #fits = ({ count }: Outgoing) =>
    count === 0 || this.awaited === 0 || this.awaited + count <= this.#options.maxInFlight
  /** Is told when calls are sent, and when one is settled. */
  onPending: (() => void) | undefined
  #over = false
  #lastId = 0

  constructor(options: CallsOptions) {
    this.#options = options
    this.#remote = options.remote ?? 'the peer'
    this.dialect = options.dialect
    this.faults = new Faults(this.#remote, options.report)
  }

  // ---- verbs -------------------------------------------------------------------------------------------------------------------

  call(method: string, params: Params, terms: Terms): Promise<unknown> {
    const promise = openPromise()
    this.start(this.make(method, params, terms, lastSettlers))
    return promise
  }

  notify(method: string, params: Params, terms: Terms): Awaitable<void> {
    const note = new Note(this, terms, method, params)
    if (this.#waiting.free && terms.signal?.aborted !== true) {
      const failure = this.#give(note)
      if (failure === undefined) return undefined
      if (failure instanceof UsageError) throw failure
      return note.wait(failure)
    }
    const sent = note.wait()
    this.start(note)
    return sent
  }

  batch(items: readonly BatchItem[], terms: Terms): Promise<PromiseSettledResult<unknown>[]> {
    const outcomes: Promise<unknown>[] = []
    const entries = items.map(({ method, params, notifies }) => {
      const note = notifies ? new Note(this, terms, method, params) : undefined
      outcomes.push(note?.wait() ?? openPromise())
      return note ?? this.make(method, params, terms, lastSettlers)
    })
    // An empty array is no batch (JSON-RPC 2.0, section 6).
    if (items.length > 0) this.start(new OutgoingBatch(this, terms, entries))
    return Promise.allSettled(outcomes)
  }

  /** @throws UsageError CONNECTION_BRIEF */
  stream(method: string, params: Params, terms: Terms): StreamedCall {
    if (this.#options.streamless?.() === true) throw noStreams(method, this.#remote)
    return this.#streams.make(method, params, terms)
  }

  // ---- the way out -------------------------------------------------------------------------------------------------------------

  /** A call that is not started yet. */
  make(method: string, params: Params, terms: Terms, settlers: Settlers): PendingCall {
    return new PendingCall(this, terms, ++this.#lastId, method, params, settlers)
  }

  start(outgoing: Outgoing): void {
    const { signal, timeoutMs } = outgoing.terms
    if (signal?.aborted === true) {
      outgoing.reject(signal.reason)
      return
    }
    if (timeoutMs > 0) outgoing.expire(performance.now() + timeoutMs)
    if (this.#waiting.free && this.#fits(outgoing)) this.#give(outgoing)
    else this.#wait(outgoing)
    this.#patience.watch(outgoing)
    this.#streams.started()
  }

  #wait(outgoing: Outgoing): void {
    const { connected, size } = this.#waiting
    if (this.#over) outgoing.reject(notSent(outgoing, 'the connection is over'))
    else if (!connected && !outgoing.terms.waits) outgoing.reject(notSent(outgoing, 'there is no connection'))
    else if (size < this.#options.maxQueued) this.#waiting.add(outgoing)
    else outgoing.reject(notSent(outgoing, `${size} others wait, and no more may`))
  }

  /** Sends. Gives the error that it was rejected with, where it could not be sent. */
  #give(outgoing: Outgoing): Error | undefined {
    // A peer in the same process may answer before send() returns.
    if (outgoing instanceof PendingCall) this.#sent.add(outgoing)
    else for (const call of outgoing.calls) this.#sent.add(call)
    const { sentBefore } = outgoing
    const message = outgoing.message()
    outgoing.sentBefore = true
    try {
      this.#waiting.send(message, outgoing)
    } catch (error) {
      outgoing.sentBefore = sentBefore
      for (const call of outgoing.calls) this.#sent.delete(call)
      const failure = error instanceof UsageError ? error : notSent(outgoing, String(error), error)
      outgoing.reject(failure)
      return failure
    }
    if (!sentBefore) outgoing.sent()
    if (this.onPending !== undefined && outgoing.count > 0) this.onPending()
    return undefined
  }

  wants(outgoing: Outgoing): boolean {
    return this.#waiting.has(outgoing) || outgoing.calls.some((call) => this.#sent.has(call))
  }

  // ---- what is pending -------------------------------------------------------------------------------------------------------

  /** How many calls wait for their answers. */
  get awaited(): number {
    return this.#sent.size
  }

  get size(): number {
    return this.#sent.size + this.#waiting.size
  }

  *pending(): Iterable<Outgoing> {
    yield* this.#sent
    yield* this.#waiting
  }

  // ---- the way in --------------------------------------------------------------------------------------------------------------

  /** An answer came: an object without a `method`; of a batch, each element. */
  settle(answer: Arrived): void {
    const { id, error } = answer
    const call = this.#sent.get(id)
    if (call === undefined) {
      this.#stray(answer)
      return
    }
    this.#close(call)
    if (error !== undefined && error !== null) call.reject(errorFor(call, error, this.#remote))
    else if (answer.result !== undefined || 'result' in answer) call.resolve(answer.result)
    else call.reject(noAnswer(call))
    this.#goOn()
  }

  /** A value of a call came, before its answer. Of a call that nobody wants values of, or that is over, it is nothing. */
  progress(token: unknown, value: unknown): void {
    const call = this.#sent.get(token)
    if (call !== undefined) this.#streams.arrived(call, value)
  }

  /** Takes a call that was sent out of the table; it must be settled then. */
  #close(call: PendingCall): void {
    const { batch } = call
    this.#sent.delete(call)
    batch?.drop(call)
    this.#patience.release(batch ?? call)
    this.#streams.ended(call)
  }

  /** Calls of ours were settled: others may leave. */
  #goOn(): void {
    this.onPending?.()
    if (this.#waiting.size > 0) this.#waiting.flush(this.#giveWaiting, this.#fits)
  }

  #stray(answer: Arrived): void {
    if (this.#sent.wasGivenUp(answer.id, this.#waiting.channel?.repeats)) return
    const { only } = this.#sent
    const told = this.faults.addStray(answer, only !== undefined)
    if (told !== undefined && only !== undefined) this.giveUp(only, told, false)
  }

  // ---- giving up ---------------------------------------------------------------------------------------------------------------

  /** @param reason undefined: it is late */
  giveUp(outgoing: Outgoing, reason: unknown, tells = true): void {
    if (this.#waiting.delete(outgoing)) {
      this.#patience.release(outgoing)
      outgoing.reject(reason ?? notSent(outgoing, `it waited longer than ${outgoing.terms.timeoutMs} ms`))
      return
    }
    const calls = outgoing.calls.filter((call) => this.#sent.has(call))
    for (const call of calls) {
      this.#close(call)
      this.#sent.giveUp(call)
      call.reject(reason ?? late(call, this.#remote))
    }
    if (tells) for (const call of calls) this.#cancel(call)
    this.#goOn()
  }

  #cancel(call: PendingCall): void {
    const note = cancellation(this, call)
    if (note === undefined) return
    if (this.#waiting.open) this.#give(note)
    // At most one for each call that was sent.
    else if (this.#waiting.connected) this.#waiting.addUrgent(note)
  }

  failed(outgoing: Outgoing, error: Error): void {
    const failure = refused(outgoing, this.#remote, error)
    if (outgoing instanceof Note) this.faults.add(failure.message, failure)
    for (const call of outgoing.calls) {
      if (!this.#sent.has(call)) continue
      this.#close(call)
      call.reject(failure)
    }
    this.#goOn()
  }

  ended(outgoing: Outgoing): void {
    if (!this.wants(outgoing)) return
    this.failed(outgoing, unanswered(outgoing, this.#remote, 'it was over without an answer'))
  }

  // ---- connections -------------------------------------------------------------------------------------------------------------

  /** There is a connection: what waits is sent on it. */
  attach(channel: ValueChannel, brake: Brake = new Brake(channel)): void {
    if (this.#waiting.connected) this.detach(undefined)
    if (this.#over) return
    this.#waiting.channel = channel
    if (this.#options.paces === true) this.#streams.brake = brake
    this.faults.reset()
    this.drained()
  }

  /** More may be sent. */
  drained(): void {
    this.#waiting.unblock()
    this.#waiting.flush(this.#giveWaiting, this.#fits)
  }

  /**
   * No answer will come any more on a connection.
   *
   * @param error why, if that is known
   * @param channel of that connection, by default the present one
   */
  detach(error: Error | undefined, channel: ValueChannel | undefined = this.#waiting.channel): void {
    // Another one may have taken its place.
    if (this.#over || (this.#waiting.connected && channel !== this.#waiting.channel)) return
    this.#over = !this.#options.follows()
    this.#waiting.channel = undefined
    this.onPending = undefined
    this.#streams.brake = undefined
    const again = new Set<Outgoing>()
    for (const call of this.#sent.clear()) {
      if (!this.#over && call.terms.resends && call.stream === undefined) again.add(call.batch ?? call)
      else {
        this.#close(call)
        call.reject(unanswered(call, this.#remote, 'the connection was lost before it was answered', error))
      }
    }
    this.#waiting.addFirst(again)
    for (const outgoing of this.#waiting) {
      if (!this.#over && outgoing.terms.waits) continue
      this.giveUp(outgoing, notSent(outgoing, 'the connection was lost', error))
    }
    if (this.#over) this.#patience.stop()
  }
}
