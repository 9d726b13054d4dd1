// A call that is under way: it waits for a promise, sends a stream, or is the flow of a part.

import type { Awaitable } from '../../src/bag.ts'
import { UsageError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import { type Answer, errorAnswer, isAbort, toldError } from './answer.ts'
import type { BatchAnswer } from './batch-answer.ts'
import { readEnvelope } from './envelope.ts'
import { isStream, MethodStream, type StreamHome } from './method-stream.ts'
import type { Method } from './methods.ts'
import type { Outbox } from './outbox.ts'
import type { Rpc } from './rpc.ts'
import { RpcCall } from './rpc-call.ts'
import { type Arrived, CODES, type Dialect, type ErrorObject, type Id, isArrived, type Version } from './wire.ts'

/** What a call needs of its connection. */
export interface CallHome {
  readonly outbox: Outbox
  readonly dialect: Dialect
  /** Header fields that came with the message, where messages have some. */
  readonly headers: Readonly<Record<string, string>> | undefined
  /** The methods of the peer. */
  readonly peer: Rpc
  /** Of the request that brought the call, on http(): fires when its sender is gone. */
  readonly requestSignal: AbortSignal | undefined
  /** What to answer for what a method threw; what is not for the peer is reported. */
  errorOf(thrown: unknown, method: Method): ErrorObject
  /** The answer with a result, or with an error for one that no message can carry. */
  answerOf(result: unknown, method: Method, version: Version, id: Id): Answer
  /** It did not end at once. */
  began(call: Call): void
  /** Its method has ended; an answer to it leaves next. */
  settled(call: Call): void
  /** It has ended, whatever was answered before. */
  ended(call: Call): void
}

/** One call, from when its method did not give the result at once; of a part, from the beginning: its marbles. */
export class Call implements StreamHome {
  /** Undefined for a notification, which is not answered. */
  readonly id: Id | undefined
  readonly method: Method
  readonly message: Arrived
  readonly version: Version
  /** Its neighbours among the calls under way. */
  before: Call | undefined
  after: Call | undefined
  /** Whether it counts among the calls that may be under way. */
  counted = false
  readonly #home: CallHome
  readonly #batch: BatchAnswer | undefined
  #rpc: RpcCall | undefined
  #controller: AbortController | undefined
  /** Why it was told to stop. */
  #reason: Error | undefined
  /** Why its signal has fired, although its answer may still be wanted. */
  #hungUp: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #timeoutMs = 0
  #stream: MethodStream | undefined
  #written = false
  #result: unknown
  #answered = false

  constructor(
    home: CallHome,
    method: Method,
    message: Arrived,
    id: Id | undefined,
    version: Version,
    batch: BatchAnswer | undefined,
  ) {
    this.#home = home
    this.method = method
    this.message = message
    this.id = id
    this.version = version
    this.#batch = batch
    if (id !== undefined) batch?.expect()
  }

  // ---- the marbles of a part ---------------------------------------------------------------------------------------------------

  get rpc(): RpcCall {
    this.#rpc ??= new RpcCall(this, this.#home)
    return this.#rpc
  }

  /** Fires when it is cancelled, late, or lost, and when the peer has ended its side. The flow's signal follows it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      const reason = this.#reason ?? this.#hungUp
      if (reason !== undefined) this.#controller.abort(reason)
      else this.#follow((why) => this.hangUp(why))
    }
    return this.#controller.signal
  }

  get read(): () => AsyncIterable<unknown> {
    return () => once(this.message.params)
  }

  get write(): (value: unknown) => Awaitable<void> {
    return (value) => this.#write(value)
  }

  #write(value: unknown): Awaitable<void> {
    if (this.#written || this.#answered) {
      const name = JSON.stringify(this.method.name)
      throw new UsageError('RESPONSE_SENT', `write() was called again in method ${name}; a call has one result.`, {
        pipe: 'jsonrpc',
        marble: 'write',
      })
    }
    this.#written = true
    if (!isStream(value)) this.#result = value
    else {
      return this.#pull(value).then((result) => {
        this.#result = result
      })
    }
  }

  // ---- the way of a call -------------------------------------------------------------------------------------------------------

  /** Waits for what a function gave. */
  follow(given: PromiseLike<unknown> | AsyncIterable<unknown>): void {
    this.begin()
    if (!isThenable(given)) this.#followStream(given)
    else {
      given.then(
        (result) => (isStream(result) ? this.#followStream(result) : this.#end(result)),
        (error) => this.#failAndEnd(error),
      )
    }
  }

  #followStream(iterable: AsyncIterable<unknown>): void {
    let pulled: Promise<unknown>
    try {
      pulled = this.#pull(iterable)
    } catch (error) {
      this.#failAndEnd(error)
      return
    }
    pulled.then(
      (result) => this.#end(result),
      (error) => this.#failAndEnd(error),
    )
  }

  #pull(iterable: AsyncIterable<unknown>): Promise<unknown> {
    this.#stream = new MethodStream(iterable, this)
    // Its values go nowhere on http(), so they cannot find out.
    this.#follow((why) => this.abort(why))
    if (this.#reason !== undefined) this.#stream.stop(this.#reason)
    return this.#stream.result
  }

  /** Tells when the sender of the request is gone. The signal goes with the request, and the listener with it. */
  #follow(gone: (reason: Error) => void): void {
    const signal = this.#home.requestSignal
    if (signal?.aborted) gone(signal.reason)
    else signal?.addEventListener('abort', () => gone(signal.reason), { once: true })
  }

  /** It does not end at once: from now on it can be cancelled, and be late. */
  begin(): void {
    this.#home.began(this)
    const { meta } = this
    if (this.#answered || (meta === undefined && this.#home.headers === undefined)) return
    this.#timeoutMs = readEnvelope(this.#home.headers, meta)?.timeoutMs ?? 0
    this.#startTimer()
  }

  #startTimer(): void {
    if (this.#timeoutMs > 0) this.#timer = setTimeout(() => this.#late(), this.#timeoutMs)
  }

  #late(): void {
    const reason = new RpcError(CODES.late, 'the call took longer than its caller waits')
    // Whoever made it has given up: that it does not end is no reason to say nothing.
    this.#answerError({ code: reason.code, message: reason.message })
    this.abort(reason)
  }

  /** The flow of a part has left its pipes. */
  finish(error: unknown): void {
    this.#home.settled(this)
    if (error === undefined) this.#succeed(this.#result)
    else this.#fail(error)
  }

  /** Nothing of it runs any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#home.ended(this)
  }

  #end(result: unknown): void {
    this.#home.settled(this)
    this.#succeed(result)
    this.end()
  }

  #failAndEnd(error: unknown): void {
    this.#home.settled(this)
    this.#fail(error)
    this.end()
  }

  // ---- being told to stop ------------------------------------------------------------------------------------------------------

  /** The peer does not want the result any more. */
  cancel(): void {
    this.abort(new RpcError(CODES.cancelled, 'the call was cancelled'))
  }

  /** Fires the signal alone: whether anybody is there a stream will find out by its next value. */
  hangUp(reason: Error): void {
    this.#hungUp ??= reason
    this.#controller?.abort(reason)
  }

  /** Fires the signal, and stops a stream. The call ends when its method does. */
  abort(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    clearTimeout(this.#timer)
    this.#controller?.abort(reason)
    this.#stream?.stop(reason)
  }

  // ---- the answer --------------------------------------------------------------------------------------------------------------

  #succeed(result: unknown): void {
    const { id } = this
    if (id === undefined || this.#answered) return
    this.#answered = true
    this.#home.outbox.deliver(this.#home.answerOf(result, this.method, this.version, id), this.#batch)
  }

  #fail(error: unknown): void {
    const reason = this.#reason ?? (isAbort(error) ? this.#hungUp : undefined)
    if (reason === undefined) {
      this.#answerError(this.#home.errorOf(error, this.method))
      return
    }
    // It ended because it was told to; what else went wrong on the way is not for the peer.
    if (error !== reason && !isAbort(error)) this.#home.errorOf(error, this.method)
    const told = toldError(reason)
    if (told !== undefined) this.#answerError(told)
  }

  #answerError(error: ErrorObject): void {
    const { id } = this
    if (id === undefined || this.#answered) return
    this.#answered = true
    this.#home.outbox.deliver(errorAnswer(this.version, id, error), this.#batch)
  }

  // ---- its stream --------------------------------------------------------------------------------------------------------------

  emit(value: unknown): boolean {
    if (this.id === undefined) return true
    if (this.#timer !== undefined) {
      // Its caller waits for each value anew.
      clearTimeout(this.#timer)
      this.#startTimer()
    }
    const { dialect, outbox } = this.#home
    const { method, token: name, value: member } = dialect.progress
    if (dialect.token === 'id') return outbox.notify(method, { [name]: this.id, [member]: value ?? null })
    const { meta } = this
    const token: unknown = isArrived(meta) ? Reflect.get(meta, name) : undefined
    if (token === undefined) return true
    // MCP has members beside the value: `{ progress, total, message }`.
    const members = isArrived(value) ? value : { [member]: value ?? null }
    return outbox.notify(method, { ...members, [name]: token })
  }

  /** What came beside the call: a member of the message, or of its named params. */
  get meta(): unknown {
    const { _meta, params } = this.message
    return _meta ?? (isArrived(params) ? params._meta : undefined)
  }

  whenDrained(goOn: () => void): void {
    this.#home.outbox.whenDrained(goOn)
  }
}

async function* once(value: unknown): AsyncGenerator<unknown, void, undefined> {
  yield value
}
