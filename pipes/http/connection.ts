// One HTTP connection: bytes become requests, one flow each, one after the other; their responses leave in order.

import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import type { Next } from '../../src/pipe.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import type { Upgrade } from '../../src/psgi/upgrade.ts'
import type { HttpMarbles } from '../http.ts'
import { BodyFraming } from './body.ts'
import type { Flows } from './flows.ts'
import { isReasonOf } from './gone.ts'
import type { RequestHead } from './head.ts'
import { Intake, type IntakeHome, type IntakeLimits } from './intake.ts'
import type { BodyEnd, Outlet } from './outlet.ts'
import type { Output } from './output.ts'
import { HttpRequest, type RequestHome } from './request.ts'
import { respond, streamWritten } from './respond.ts'
import type { ResponseStream } from './response-stream.ts'
import { upgrade } from './upgrade.ts'
import { Writer } from './writer.ts'

/** The options of http(), complete. */
export interface HttpSettings extends IntakeLimits {
  readonly debug: boolean
}

/** Speaks HTTP/1.1 and 1.0 on a connection (RFC 9112). */
export class HttpConnection implements Sink, RequestHome, Outlet, IntakeHome {
  readonly writer: Writer
  readonly debug: boolean
  /** `https` where the connection is encrypted. */
  readonly scheme: string
  readonly report: (error: unknown) => void
  /** The response under way, if it is sent in pieces. */
  streaming: ResponseStream | undefined
  readonly #connection: DrivenConnection
  readonly #settings: HttpSettings
  readonly #next: Next<HttpMarbles>
  readonly #terminal: (error: unknown, request: HttpRequest, deferred: boolean) => PromiseLike<void> | undefined
  readonly #flows: Flows
  readonly #onPreface: (unread: Uint8Array) => void
  readonly #intake: Intake

  constructor(
    connection: DrivenConnection,
    settings: HttpSettings,
    next: Next<HttpMarbles>,
    report: (error: unknown) => void,
    flows: Flows,
    onPreface: (unread: Uint8Array) => void,
  ) {
    this.#connection = connection
    this.#settings = settings
    this.#next = next
    this.report = report
    this.#flows = flows
    this.#onPreface = onPreface
    this.debug = settings.debug
    this.scheme = connection.secure ? 'https' : 'http'
    this.writer = new Writer(connection, settings.idleTimeoutMs, clock.now + settings.headTimeoutMs)
    this.#intake = new Intake(connection, this.writer, settings, this)
    // One function for all requests of the connection.
    this.#terminal = (error, request, deferred) => this.#end(request, error, deferred)
    connection.take(this)
  }

  get local(): string {
    return this.#connection.local
  }

  get remote(): string {
    return this.#connection.remote
  }

  // ---- the beginning of a request --------------------------------------------------------------------------------------

  data(chunk: Uint8Array): void {
    this.#intake.data(chunk)
  }

  begin(head: RequestHead, bytes: Buffer, start: number, end: number): number {
    const { length } = head
    // Most bodies come with their head, as a whole: then there is nothing to wait for, and nobody to be told.
    const isHere = length > 0 && end - start >= length && !head.expectContinue
    const request = length === 0 || isHere ? new HttpRequest(head, this, undefined) : this.#withBody(head)
    if (isHere) request.body = bytes.subarray(start, start + length)
    this.#intake.request = request
    if (!head.keepAlive || this.#connection.draining) this.writer.last = true
    const pending = this.#next(request, this.#terminal)
    if (isThenable(pending)) this.#flows.add(pending)
    return isHere ? start + length : start
  }

  /** A request whose body is still to come. */
  #withBody(head: RequestHead): HttpRequest {
    const source = { wanted: () => this.#bodyWanted(request), enough: () => this.#intake.pause() }
    const request = new HttpRequest(head, this, source)
    this.#intake.body = new BodyFraming(head.length, this.#settings)
    this.writer.touch()
    return request
  }

  #bodyWanted(request: HttpRequest): void {
    const { body } = this.#intake
    if (body === undefined || this.#intake.request !== request) return
    if (request.head.expectContinue && !body.begun && !body.continued && this.streaming?.begun !== true) {
      body.continued = true
      this.writer.output.text('HTTP/1.1 100 Continue\r\n\r\n')
      this.flush()
    }
    this.#intake.resume()
  }

  preface(unread: Buffer): void {
    this.writer.closed = true
    this.#onPreface(unread)
  }

  // ---- the end of a request --------------------------------------------------------------------------------------------

  #end(request: HttpRequest, error: unknown, deferred: boolean): PromiseLike<void> | undefined {
    const pending = respond(this, request, error)
    if (isThenable(pending)) return pending.then(() => this.#done(request, deferred))
    return this.#done(request, deferred)
  }

  /** The response is complete. Wait for what is returned before the deferred functions: it is the last byte. */
  #done(request: HttpRequest, deferred: boolean): Promise<void> | undefined {
    this.streaming = undefined
    this.#intake.request = undefined
    if (this.writer.closed) return undefined
    this.#intake.settle(request)
    const sent = deferred ? this.writer.sent() : undefined
    if (!this.#intake.advancing) this.#goOn()
    return sent
  }

  /** The next request, or the end. */
  #goOn(): void {
    if (!this.#intake.goOn()) this.writer.soon(() => this.flush())
  }

  /** Sends what is waiting; closes where nothing more is to come. False: no more, please, until drained(). */
  flush(): boolean {
    const more = this.writer.flush()
    const intake = this.#intake
    if (intake.request !== undefined || this.writer.closed) return more
    if (this.writer.last && intake.body === undefined) {
      intake.rest = undefined
      this.writer.close()
    } else if (this.writer.blocked) {
      // A peer that sends requests and reads no answers gets no further ones.
      intake.pause()
    }
    return more
  }

  get gone(): boolean {
    return this.writer.closed
  }

  get output(): Output {
    return this.writer.output
  }

  head(status: string, lines: string, framing: string, head: EncodedHead): void {
    this.#beforeHead()
    this.writer.head(status, lines, framing, head, this.#intake.request?.head.minor ?? 1)
  }

  wholeHead(status: string, size: number, head: EncodedHead): void {
    this.#beforeHead()
    this.writer.wholeHead(status, size, head, this.#intake.request?.head.minor ?? 1)
  }

  #beforeHead(): void {
    const { request } = this.#intake
    // A response that is there as a whole is the end of its request, whose body nobody will read any more.
    if (request !== undefined && this.streaming === undefined && this.#intake.isHopeless(request))
      this.writer.last = true
  }

  bodyEnd(): BodyEnd {
    if (this.#intake.request?.head.minor !== 0) return 'chunked'
    // Without a length and without chunks, only the end of the connection ends the body (RFC 9112 §6.3).
    this.writer.last = true
    return 'close'
  }

  stream(request: HttpRequest): ResponseStream {
    return streamWritten(this, request)
  }

  upgrade(request: HttpRequest): ReturnType<Upgrade> {
    return upgrade(request, this.#connection, this.#intake, this)
  }

  isGoneReason(error: unknown): boolean {
    return isReasonOf(this.#connection.signal, error)
  }

  /** Something is missing from the response, and the peer shall see it. */
  cut(): void {
    this.writer.last = true
    if (this.streaming?.bodyEnd === 'close') this.#connection.reset()
    else this.#connection.destroy()
  }

  /** Answers what is no request, and closes: no byte behind it is read as one. */
  refuse(error: unknown): void {
    this.#intake.rest = undefined
    this.#intake.waiting = false
    this.#intake.giveUp()
    if (error instanceof PeerError) {
      this.writer.refusal(error)
      if (!this.#intake.advancing) this.flush()
    } else {
      this.report(error)
      this.cut()
    }
  }

  // ---- what the connection tells ---------------------------------------------------------------------------------------

  end(): void {
    const intake = this.#intake
    const { request } = intake
    if (intake.body !== undefined) {
      const message = 'the peer closed the connection before its request was complete'
      request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
      intake.giveUp()
    }
    if (request === undefined && !this.writer.blocked) {
      this.writer.last = true
      this.flush()
    } else {
      // Requests that were sent whole are answered all the same: half-closing is a way to say "that was all" (nc -N does it).
      if (intake.rest === undefined) this.writer.last = true
      this.#connection.hangUp()
    }
  }

  drained(): void {
    this.writer.drained()
    this.streaming?.drained()
    if (this.#intake.request === undefined && !this.writer.closed) this.#goOn()
  }

  closed(cause: Error | undefined): void {
    this.writer.closed = true
    this.writer.last = true
    const intake = this.#intake
    intake.rest = undefined
    if (intake.body !== undefined) {
      const message = 'the peer went away before its request was complete'
      intake.request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http', cause }))
      intake.body = undefined
    }
    this.writer.drained()
    this.streaming?.lost()
    this.#flows.close()
  }

  drain(): void {
    // What has begun is finished, and says that it is the last. An idle connection is closed at once.
    const intake = this.#intake
    if (intake.rest === undefined) this.writer.last = true
    if (intake.request === undefined && !intake.waiting) this.flush()
  }

  /** Looks at the clock. */
  tick(now: number): void {
    const intake = this.#intake
    intake.tick(now)
    if (this.writer.stalled(now)) this.#connection.destroy()
    if (now < this.writer.deadline || this.writer.closed) return
    if (intake.body !== undefined) this.#timeOutBody()
    else if (intake.request !== undefined) return
    else if (intake.waiting) this.refuse(timeout('the head of the request took too long'))
    else {
      this.writer.last = true
      this.flush()
    }
  }

  #timeOutBody(): void {
    const { request, paused } = this.#intake
    // A flow that does not read now is not waiting for the peer.
    if (request !== undefined && paused) return
    this.#intake.giveUp()
    if (request === undefined) this.flush()
    else request.input.fail(timeout('the body of the request took too long'))
  }
}

function timeout(message: string): PeerError {
  return new PeerError('TIMEOUT', message, { status: 408, pipe: 'http' })
}
