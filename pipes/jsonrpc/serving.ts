// The calls that arrive on one connection: each is looked up, run and answered, as soon as it is ready.
//
// A plain function that gives its result at once costs no promise, no flow and no entry in a table: only its answer is made.

import { PeerError, quote, UsageError } from '../../src/errors.ts'
import { noteFailure } from '../../src/failure.ts'
import { isThenable } from '../../src/flow-bag.ts'
import type { Choose } from '../../src/pipe.ts'
import {
  type Answer,
  CLOSING,
  errorAnswer,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  INVALID_REQUEST,
  isUnsayable,
  METHOD_NOT_FOUND,
  resultAnswer,
  TOO_MANY_CALLS,
  toldError,
} from './answer.ts'
import type { BatchAnswer } from './batch-answer.ts'
import type { Brake } from './brake.ts'
import { Call, type CallHome } from './call.ts'
import { HeldNotes } from './held-notes.ts'
import { isStream } from './method-stream.ts'
import { areParams, invoke, type Method } from './methods.ts'
import type { Outbox } from './outbox.ts'
import type { Rpc } from './rpc.ts'
import { RunningCalls } from './running-calls.ts'
import { type Arrived, type Dialect, type ErrorObject, type Id, isArrived, isId, type Version } from './wire.ts'

/** What a pipe serves, the same on all its connections. */
export interface ServingSettings {
  readonly methods: ReadonlyMap<string, Method>
  readonly maxInFlight: number
  readonly maxBatch: number
  readonly dialect: Dialect
}

/** The connection that calls arrive on. */
export interface ServingHome {
  readonly headers: Readonly<Record<string, string>> | undefined
  /** The methods of the peer. */
  readonly rpc: Rpc
  /** See {@link CallHome}. */
  readonly requestSignal: AbortSignal | undefined
  /** Whether calls of ours wait for answers of the peer. */
  readonly awaits: boolean
  /** The last call under way has ended. */
  idle(): void
  /** A value came of a stream that we asked for. */
  progress(token: unknown, value: unknown): void
}

/** What calls are run with. */
export interface ServingMeans {
  readonly outbox: Outbox
  readonly brake: Brake
  /** Runs the part of a method. */
  readonly choose: Choose
  /** Takes an error that is not for the peer. */
  readonly report: (error: unknown) => void
}

/** Answers calls. */
export class Serving implements CallHome {
  readonly outbox: Outbox
  readonly dialect: Dialect
  readonly report: (error: unknown) => void
  /** Calls are refused: the connection is about to be closed. */
  closing = false
  readonly #settings: ServingSettings
  readonly #methods: ReadonlyMap<string, Method>
  readonly #home: ServingHome
  readonly #choose: Choose
  readonly #running = new RunningCalls()
  #count = 0
  /** How many of them are to be answered, and how many are notifications. */
  #asked = 0
  #notes = 0
  readonly #held: HeldNotes
  /** A notification was thrown away. */
  #dropped = false
  readonly #terminal: (error: unknown, call: Call) => void
  /** Why the calls under way are told to stop, once they all are. */
  #lost: Error | undefined

  constructor(settings: ServingSettings, home: ServingHome, { outbox, brake, choose, report }: ServingMeans) {
    this.#settings = settings
    this.#methods = settings.methods
    this.dialect = settings.dialect
    this.#home = home
    this.outbox = outbox
    this.#choose = choose
    this.report = report
    this.#held = new HeldNotes(settings.maxInFlight, brake, () => home.awaits)
    // One function for all calls of the connection.
    this.#terminal = (error, call) => call.finish(error)
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#home.headers
  }

  get peer(): Rpc {
    return this.#home.rpc
  }

  get requestSignal(): AbortSignal | undefined {
    return this.#home.requestSignal
  }

  /** No call is under way. */
  get idle(): boolean {
    return this.#count === 0
  }

  // ---- the way of a call -------------------------------------------------------------------------------------------------------

  /** Something arrived that is no answer: a call, if it is well-formed. */
  take(message: Arrived, batch: BatchAnswer | undefined): void {
    const { jsonrpc, id, method: name, params } = message
    const version = jsonrpc === '2.0' ? '2.0' : '1.0'
    if (typeof name !== 'string' || !isId(id) || (version === '1.0' && jsonrpc !== undefined && jsonrpc !== '1.0')) {
      this.refuse(id, batch)
      return
    }
    // What a notification comes to is told to nobody. In version 1.0 its id is null (JSON-RPC 1.0, section 1.3).
    const asked = id === null && version === '1.0' ? undefined : id
    const method = this.#methods.get(name)
    if (method === undefined) {
      if (asked !== undefined) this.#reply(asked, version, METHOD_NOT_FOUND, batch)
      else this.#note(name, params)
      return
    }
    const wrong = this.#wrongWith(params, version)
    if (wrong !== undefined) {
      if (asked !== undefined) this.#reply(asked, version, wrong, batch)
    } else if (asked === undefined) {
      if (this.#notes < this.#settings.maxInFlight) this.#run(method, message, undefined, version, batch)
      else if (!this.#held.add({ method, message, version })) this.#drop(name)
    } else if (this.#asked < this.#settings.maxInFlight) this.#run(method, message, asked, version, batch)
    else this.#reply(asked, version, TOO_MANY_CALLS, batch)
  }

  #run(
    method: Method,
    message: Arrived,
    asked: Id | undefined,
    version: Version,
    batch: BatchAnswer | undefined,
  ): void {
    if (method.run === undefined) {
      this.#runPart(new Call(this, method, message, asked, version, batch))
      return
    }
    let result: unknown
    try {
      result = invoke(method.run, method.home, message.params)
    } catch (error) {
      const told = this.errorOf(error, method)
      if (asked !== undefined) this.#reply(asked, version, told, batch)
      return
    }
    if (typeof result === 'object' && result !== null && (isThenable(result) || isStream(result))) {
      new Call(this, method, message, asked, version, batch).follow(result)
    } else if (asked !== undefined) {
      const answer = this.answerOf(result, method, version, asked)
      if (batch === undefined) this.outbox.answer(answer)
      else batch.add(answer)
    }
  }

  answerOf(result: unknown, method: Method, version: Version, id: Id): Answer {
    if (!isUnsayable(result)) return resultAnswer(version, id, result)
    const message = `method ${JSON.stringify(method.name)} gave a ${typeof result}, which no message can carry.`
    return errorAnswer(version, id, this.errorOf(new UsageError('WRITE_VALUE', message, { pipe: 'jsonrpc' }), method))
  }

  /** What nobody can be answered is reported, the first time. */
  #drop(name: string): void {
    if (this.#dropped) return
    this.#dropped = true
    const why = `${this.#notes} others are under way on its connection, and as many wait. Further ones are not reported`
    const message = `the notification ${quote(name)} was thrown away: ${why}.`
    this.report(new PeerError('QUEUE_OVERRUN', message, { pipe: 'jsonrpc' }))
  }

  #wrongWith(params: unknown, version: Version): ErrorObject | undefined {
    if (this.closing) return CLOSING
    return areParams(params, version) ? undefined : INVALID_PARAMS
  }

  #runPart(call: Call): void {
    const pending = this.#choose(call.method.name, call, this.#terminal)
    if (!isThenable(pending)) return
    call.begin()
    pending.then(
      () => call.end(),
      (error) => {
        this.report(error)
        call.end()
      },
    )
  }

  #reply(id: Id, version: Version, error: ErrorObject, batch: BatchAnswer | undefined): void {
    const answer = errorAnswer(version, id, error)
    if (batch === undefined) this.outbox.answer(answer)
    else batch.add(answer)
  }

  /** Answers what is neither a call nor an answer. */
  refuse(id: unknown, batch: BatchAnswer | undefined, error: ErrorObject = INVALID_REQUEST): void {
    const answer = errorAnswer('2.0', isId(id) && id !== undefined ? id : null, error)
    if (batch === undefined) this.outbox.refuse(answer)
    else batch.add(answer)
  }

  errorOf(thrown: unknown, method: Method): ErrorObject {
    const told = toldError(thrown)
    if (told !== undefined) return told
    this.report(noteFailure(thrown, method.name, 'enter'))
    return INTERNAL_ERROR
  }

  // ---- calls under way -----------------------------------------------------------------------------------------------------------

  began(call: Call): void {
    this.#running.add(call)
    this.#count++
    call.counted = call.id !== undefined
    if (call.counted) this.#asked++
    else this.#notes++
    if (this.#lost !== undefined) call.abort(this.#lost)
  }

  // Before it is answered: a peer in the same process may send another call before that returns.
  settled(call: Call): void {
    if (call.counted) this.#asked--
    call.counted = false
  }

  ended(call: Call): void {
    this.settled(call)
    this.#running.delete(call)
    this.#count--
    if (call.id === undefined) {
      this.#notes--
      if (this.#held.size > 0) this.#runHeld()
    }
    if (this.#count === 0) this.#home.idle()
  }

  #runHeld(): void {
    while (this.#notes < this.#settings.maxInFlight) {
      const note = this.#held.shift()
      if (note === undefined) break
      this.#run(note.method, note.message, undefined, note.version, undefined)
    }
    this.#held.look()
  }

  /** Calls of ours wait for answers, or none do any more. */
  look(): void {
    this.#held.look()
  }

  /** A notification that is no method's may be one of the protocol's. */
  #note(name: string, params: unknown): void {
    const { cancel, progress } = this.dialect
    if (!isArrived(params)) return
    if (name === cancel.method) this.#cancel(Reflect.get(params, cancel.id))
    else if (name === progress.method) {
      this.#home.progress(Reflect.get(params, progress.token), Reflect.get(params, progress.value))
    }
  }

  #cancel(id: unknown): void {
    if (id === undefined || id === null) return
    for (const call of this.#running.all()) if (call.id === id) call.cancel()
  }

  /** The peer may be gone: fires the signals of the calls under way. What comes of them is answered all the same. */
  hangUp(reason: Error): void {
    for (const call of this.#running.all()) call.hangUp(reason)
  }

  /** Tells all calls to stop, also those that are to come; nobody waits for their results. */
  lose(reason: Error): void {
    this.closing = true
    this.#lost = reason
    this.#held.clear()
    for (const call of this.#running.all()) call.abort(reason)
  }
}
