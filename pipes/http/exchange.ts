// One stream of HTTP/2: a request, and the outlet for its response.

import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import type { HttpSettings } from './connection.ts'
import { date } from './date.ts'
import { statusOf } from './error-page.ts'
import { isReasonOf } from './gone.ts'
import type { RequestHead } from './head.ts'
import { lengthLine } from './head-text.ts'
import { responseHeaders } from './http2-head.ts'
import type { BodyEnd, Outlet } from './outlet.ts'
import { Output } from './output.ts'
import { HttpRequest, type RequestHome } from './request.ts'
import { respond, streamWritten } from './respond.ts'
import type { ResponseStream } from './response-stream.ts'
import { goneError, StreamBody } from './stream-body.ts'
import { StreamTarget } from './stream-target.ts'

/** See {@link Outlet}. */
export class Exchange implements Outlet, RequestHome {
  readonly debug: boolean
  readonly output: Output
  readonly scheme: string
  readonly report: (error: unknown) => void
  streaming: ResponseStream | undefined
  readonly #stream: ServerHttp2Stream
  readonly #target: StreamTarget
  readonly #connection: DrivenConnection
  readonly #idleTimeoutMs: number
  #body: StreamBody | undefined
  #headers: OutgoingHttpHeaders | undefined
  /** When to lose patience with a peer that does not take what is sent, by the coarse clock. */
  #deadline = 0
  #blocked = false
  /** The response is complete or given up. */
  #done = false
  /** The stream was gone before that. */
  #lost = false
  #controller: AbortController | undefined

  constructor(
    stream: ServerHttp2Stream,
    connection: DrivenConnection,
    settings: HttpSettings,
    report: (error: unknown) => void,
  ) {
    this.#stream = stream
    this.#connection = connection
    this.#idleTimeoutMs = settings.idleTimeoutMs
    this.debug = settings.debug
    this.report = report
    this.scheme = connection.secure ? 'https' : 'http'
    this.#target = new StreamTarget(stream)
    this.output = new Output(this.#target)
    stream.on('drain', () => this.#drained())
    // A stream whose body nobody reads is not closed before that is read.
    stream.on('aborted', () => this.lost())
  }

  get local(): string {
    return this.#connection.local
  }

  get remote(): string {
    return this.#connection.remote
  }

  /** Fires when the stream is gone before its response is complete. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#lost) this.#controller.abort(goneError())
    return this.#controller.signal
  }

  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  /** The request of this stream. */
  begin(head: RequestHead): HttpRequest {
    const stream = this.#stream
    if (stream.endAfterHeaders) return new HttpRequest(head, this, undefined)
    this.#body = new StreamBody(stream, head.expectContinue, this.#idleTimeoutMs)
    const request = new HttpRequest(head, this, this.#body)
    this.#body.begin(request.input)
    return request
  }

  /** Sends the response, when the flow is over. */
  answer(request: HttpRequest, error: unknown, deferred: boolean): PromiseLike<void> | undefined {
    const pending = respond(this, request, error)
    return isThenable(pending) ? pending.then(() => this.#end(request, deferred)) : this.#end(request, deferred)
  }

  #end(request: HttpRequest, deferred: boolean): Promise<void> | undefined {
    const stream = this.#stream
    request.over = true
    this.streaming = undefined
    this.#done = true
    if (!this.gone && this.#headers !== undefined && this.output.size === 0) this.#respond(true)
    else this.flush()
    if (this.gone) {
      // What was not read of it would keep it.
      stream.destroy()
      return undefined
    }
    this.#target.end()
    this.#deadline = clock.now + this.#idleTimeoutMs
    if (!stream.readableEnded) this.#body?.drop()
    if (!deferred || stream.writableFinished) return undefined
    return new Promise((resolve) => {
      stream.once('finish', resolve)
      stream.once('close', resolve)
    })
  }

  // ---- the outlet ------------------------------------------------------------------------------------------------------

  head(status: string, lines: string, framing: string, head: EncodedHead): void {
    this.#headers = responseHeaders(status, `${lines}${head.date ? '' : date()}${framing}`)
  }

  wholeHead(status: string, size: number, head: EncodedHead): void {
    this.head(status, head.lines, head.contentLength === undefined ? lengthLine(size) : '', head)
  }

  bodyEnd(): BodyEnd {
    return 'frames'
  }

  flush(): boolean {
    if (this.gone) return true
    this.#respond(false)
    if (this.output.flush()) return true
    this.#blocked = true
    this.#deadline = clock.now + this.#idleTimeoutMs
    return false
  }

  #respond(endStream: boolean): void {
    const headers = this.#headers
    if (headers === undefined) return
    this.#headers = undefined
    try {
      this.#stream.respond(headers, { endStream })
    } catch (error) {
      // node:http2 has rules of its own; a status above 599 is against them.
      this.report(error)
      this.cut()
    }
  }

  #drained(): void {
    this.#deadline = clock.now + this.#idleTimeoutMs
    if (!this.#target.feed()) return
    this.#blocked = false
    this.streaming?.drained()
  }

  isGoneReason(error: unknown): boolean {
    return isReasonOf(this.signal, error) || isReasonOf(this.#connection.signal, error)
  }

  stream(request: HttpRequest): ResponseStream {
    return streamWritten(this, request)
  }

  cut(): void {
    this.#done = true
    // Not close(): that ends the body before it resets the stream, and the peer would take it for complete.
    this.#stream.destroy(new Error('the response is not complete'))
  }

  /** Answers what is no request. */
  refuse(error: unknown): void {
    this.#done = true
    if (!(error instanceof PeerError)) {
      this.report(error)
      this.cut()
      return
    }
    const stream = this.#stream
    const text = Buffer.from(`${error.message}\n`)
    const headers = responseHeaders(
      statusOf(error),
      `content-type: text/plain; charset=utf-8\r\n${date()}content-length: ${text.length}`,
    )
    // The writing side of a HEAD is ended before it is answered.
    const isHead = stream.writableEnded
    stream.respond(headers)
    stream.end(isHead ? undefined : text)
    this.#deadline = clock.now + this.#idleTimeoutMs
    if (stream.endAfterHeaders) return
    this.#body = new StreamBody(stream, false, this.#idleTimeoutMs)
    this.#body.drop()
  }

  /** The stream is gone. */
  lost(): void {
    if (this.#done || this.#lost) return
    this.#lost = true
    this.#body?.lost()
    this.#controller?.abort(goneError())
    this.streaming?.lost()
  }

  tick(now: number): void {
    this.#body?.tick(now)
    if ((!this.#blocked && !this.#done) || now <= this.#deadline) return
    // A session that is broken does not even close its streams.
    this.#stream.close(constants.NGHTTP2_CANCEL)
    this.#stream.destroy()
  }
}
