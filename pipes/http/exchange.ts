// One stream of HTTP/2: a request, and the outlet for its response.

import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import type { HttpSettings } from './connection.ts'
import { date } from './date.ts'
import { statusOf } from './error-page.ts'
import type { RequestHead } from './head.ts'
import type { BodyEnd, Outlet } from './outlet.ts'
import { Output } from './output.ts'
import { HttpRequest, type RequestHome } from './request.ts'
import { respond, streamWritten } from './respond.ts'
import type { ResponseStream } from './response-stream.ts'

/** What HTTP/2 says in other ways (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** See {@link Outlet}. */
export class Exchange implements Outlet, RequestHome {
  readonly debug: boolean
  readonly output: Output
  readonly scheme: string
  readonly report: (error: unknown) => void
  streaming: ResponseStream | undefined
  readonly #stream: ServerHttp2Stream
  readonly #connection: DrivenConnection
  readonly #idleTimeoutMs: number
  #request: HttpRequest | undefined
  #headers: OutgoingHttpHeaders | undefined
  #deadline = 0
  /** Whether the request's body is being waited for. */
  #reading = false
  #blocked = false
  #done = false
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
    this.output = new Output(new StreamTarget(stream))
    // What breaks a stream is told by its 'close'; without a listener it would end the process.
    stream.on('error', () => {})
    stream.on('drain', () => this.#drained())
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
    if (this.#stream.destroyed && !this.#done) this.#controller.abort(goneError())
    return this.#controller.signal
  }

  /** The request of this stream. */
  begin(head: RequestHead, headers: IncomingHttpHeaders): HttpRequest {
    const stream = this.#stream
    const hasBody = !stream.endAfterHeaders
    const source = { wanted: () => this.#wanted(head), enough: () => this.#enough() }
    const request = new HttpRequest(head, this, hasBody ? source : undefined)
    this.#request = request
    if (!hasBody) return request
    let trailers: [string, string][] | undefined
    stream.on('trailers', (_fields: unknown, _flags: number, raw?: unknown) => {
      const flat = Array.isArray(raw) ? raw.map(String) : []
      trailers = []
      for (let at = 0; at + 1 < flat.length; at += 2) trailers.push([flat[at] ?? '', flat[at + 1] ?? ''])
    })
    stream.on('data', (chunk: Buffer) => {
      this.#deadline = clock.now + this.#idleTimeoutMs
      request.input.push(chunk)
    })
    stream.on('end', () => {
      this.#reading = false
      // A stream that was reset ends too, and then what came is not all.
      if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) request.input.fail(goneError())
      else request.input.finish(trailers)
    })
    stream.on('aborted', () => request.input.fail(goneError()))
    // A small body has mostly arrived already; a long one waits until it is asked for.
    if (headers.expect === undefined) stream.resume()
    else stream.pause()
    return request
  }

  #wanted(head: RequestHead): void {
    if (this.#stream.destroyed) return
    if (head.expectContinue && !this.#stream.headersSent && !this.#reading) {
      this.#stream.additionalHeaders({ ':status': 100 })
    }
    this.#reading = true
    this.#deadline = clock.now + this.#idleTimeoutMs
    this.#stream.resume()
  }

  #enough(): void {
    this.#reading = false
    this.#stream.pause()
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
    if (stream.destroyed) return undefined
    if (this.#headers !== undefined && this.output.size === 0) this.#respond(true)
    else {
      this.flush()
      stream.end()
    }
    // The peer need not send the rest of a body that nobody reads (RFC 9113 §8.1).
    if (!stream.readableEnded) {
      request.input.fail(goneError())
      stream.removeAllListeners('data')
      stream.resume()
      stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
    }
    if (!deferred || stream.writableFinished) return undefined
    return new Promise((resolve) => {
      stream.once('finish', resolve)
      stream.once('close', resolve)
    })
  }

  // ---- the outlet ------------------------------------------------------------------------------------------------------

  head(status: string, lines: string, framing: string, head: EncodedHead): void {
    const headers: Record<string, string | string[]> = { ':status': status.slice(0, 3) }
    for (const line of `${lines}${head.date ? '' : date()}${framing}`.split('\r\n')) {
      const colon = line.indexOf(': ')
      const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
      if (name === '' || CONNECTION_FIELDS.has(name)) continue
      const value = line.slice(colon + 2)
      const before = headers[name]
      headers[name] = before === undefined ? value : [before, value].flat()
    }
    this.#headers = headers
  }

  bodyEnd(): BodyEnd {
    return 'frames'
  }

  flush(): boolean {
    if (this.#stream.destroyed) return true
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
    this.#stream.respond(headers, { endStream })
  }

  #drained(): void {
    this.#blocked = false
    this.streaming?.drained()
  }

  stream(request: HttpRequest): ResponseStream {
    return streamWritten(this, request)
  }

  cut(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  /** Answers what is no request. */
  refuse(error: unknown): void {
    this.#done = true
    if (!(error instanceof PeerError)) {
      this.report(error)
      this.cut()
      return
    }
    this.#stream.respond({
      ':status': Number(statusOf(error).slice(0, 3)),
      'content-type': 'text/plain; charset=utf-8',
    })
    this.#stream.end(`${error.message}\n`)
  }

  /** The stream is gone. */
  lost(): void {
    if (!this.#done) {
      this.#request?.input.fail(goneError())
      this.#controller?.abort(goneError())
      this.streaming?.lost()
    }
    this.#done = true
  }

  tick(now: number): void {
    if ((this.#reading || this.#blocked) && now > this.#deadline) {
      this.#request?.input.fail(
        new PeerError('TIMEOUT', 'the body of the request took too long', { status: 408, pipe: 'http' }),
      )
      if (this.#blocked) this.#stream.close(constants.NGHTTP2_CANCEL)
      this.#reading = false
    }
  }
}

/** A stream as the output sees it. */
class StreamTarget {
  readonly copies = false
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get unsent(): number {
    return this.#stream.writableLength
  }

  send(data: Uint8Array | string): boolean {
    return this.#stream.write(data, 'latin1')
  }

  cork(): void {
    this.#stream.cork()
  }

  uncork(): void {
    this.#stream.uncork()
  }
}

function goneError(): PeerError {
  return new PeerError('CONNECTION_CLOSED', 'the peer closed the stream before the exchange was complete', {
    pipe: 'http',
  })
}
