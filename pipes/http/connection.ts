// One HTTP connection: bytes become requests, one flow each, one after the other; their responses leave in order.

import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import type { Next } from '../../src/pipe.ts'
import { type EncodedHead, header_lines, status_line } from '../../src/psgi/head.ts'
import type { InputSource } from '../../src/psgi/input.ts'
import type { HttpMarbles } from '../http.ts'
import { BodyFraming } from './body.ts'
import { CR, LF } from './bytes.ts'
import { date } from './date.ts'
import { statusOf } from './error-page.ts'
import type { HeadLimits } from './fields.ts'
import { HeadCache, parseHead, type RequestHead, tooLong } from './head.ts'
import { Output } from './output.ts'
import { HttpRequest, type RequestHome } from './request.ts'
import { checkHead, isBodyless, respond } from './respond.ts'
import { ResponseStream } from './response-stream.ts'

/** The options of http(), complete. */
export interface HttpSettings extends HeadLimits {
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly debug: boolean
}

/** Bytes of pipelined requests to hold while one is being answered. */
const PIPELINE_BYTES = 65_536
/** A request body that nobody read is thrown away up to this size; more of it closes the connection. */
const DRAIN_BYTES = 65_536

/** Speaks HTTP/1.1 and 1.0 on a connection (RFC 9112). */
export class HttpConnection implements Sink, RequestHome {
  readonly output: Output
  readonly debug: boolean
  readonly scheme = 'http'
  /** The response under way, if it is sent in pieces. */
  streaming: ResponseStream | undefined
  /** Resolves the flow of the connection. */
  onClosed: (() => void) | undefined
  readonly #connection: DrivenConnection
  readonly #settings: HttpSettings
  readonly #next: Next<HttpMarbles>
  readonly #terminal: (error: unknown, request: HttpRequest, deferred: boolean) => PromiseLike<void> | undefined
  readonly #report: (error: unknown) => void
  readonly #cache = new HeadCache()
  /** Bytes that arrived and are not used up. */
  #rest: Buffer | undefined
  #request: HttpRequest | undefined
  /** The body of the latest request, as long as it is not complete. */
  #body: BodyFraming | undefined
  #deadline: number
  #advancing = false
  #paused = false
  #scheduled = false
  /** No further request is read. */
  #closing = false
  #closed = false
  #flushed: (() => void)[] | undefined

  constructor(
    connection: DrivenConnection,
    settings: HttpSettings,
    next: Next<HttpMarbles>,
    report: (error: unknown) => void,
  ) {
    this.#connection = connection
    this.#settings = settings
    this.#next = next
    this.#report = report
    this.debug = settings.debug
    this.output = new Output(connection)
    this.#deadline = clock.now + settings.headTimeoutMs
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

  report(error: unknown): void {
    this.#report(error)
  }

  // ---- bytes in --------------------------------------------------------------------------------------------------------

  data(chunk: Uint8Array): void {
    if (this.#closing && this.#body === undefined) return
    const bytes = toBuffer(chunk)
    if (this.#rest === undefined) this.#advance(bytes, true)
    else {
      const rest = this.#rest
      this.#rest = undefined
      // A head is parsed again only where a line of it has become whole, so that bytes coming one by one cost no squares.
      this.#advance(Buffer.concat([rest, bytes]), this.#request !== undefined || bytes.includes(LF))
    }
  }

  /** Goes as far as the bytes do. `fresh`: they may complete or break a head. */
  #advance(bytes: Buffer, fresh: boolean): void {
    const end = bytes.length
    let at = 0
    this.#advancing = true
    try {
      while (at < end) {
        if (this.#body !== undefined) at = this.#readBody(this.#body, bytes, at, end)
        else if (this.#request !== undefined || this.#closing) break
        else {
          const next = this.#readHead(bytes, at, end, fresh)
          if (next === at) break
          at = next
        }
      }
    } catch (error) {
      at = end
      this.#refuse(error)
    }
    this.#advancing = false
    this.#keep(bytes, at)
    this.flush()
  }

  #keep(bytes: Buffer, at: number): void {
    const left = bytes.length - at
    if (left === 0 || (this.#closing && this.#request === undefined)) return
    this.#rest = at === 0 ? bytes : bytes.subarray(at)
    if (this.#request === undefined) {
      if (left > this.#settings.maxHeadBytes) this.#refuse(tooLong('the head', this.#settings.maxHeadBytes, 431))
    } else if (left > PIPELINE_BYTES) this.#pause()
  }

  /** Begins the request whose head is at `start`. Returns where its head ends, or `start` if it is not complete. */
  #readHead(bytes: Buffer, start: number, end: number, fresh: boolean): number {
    let at = start
    // RFC 9112 §2.2: an empty line before the request line is ignored.
    if (bytes[at] === CR && (at + 1 >= end || bytes[at + 1] === LF)) {
      if (at + 1 >= end) return start
      at += 2
      if (at === end) return at
    }
    if (!fresh) return start
    const head = parseHead(bytes, at, end, this.#settings, this.#cache)
    if (head === undefined) {
      if (this.#rest === undefined && this.#request === undefined) this.#beginWaiting()
      return start
    }
    this.#begin(head)
    return head.end
  }

  #beginWaiting(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.#deadline = clock.now + this.#settings.headTimeoutMs
  }

  /** A head has begun and is not complete. */
  #waiting = false

  #begin(head: RequestHead): void {
    this.#waiting = false
    let source: InputSource | undefined
    if (head.length !== 0) {
      source = { wanted: () => this.#bodyWanted(request), enough: () => this.#pause() }
    }
    const request = new HttpRequest(head, this, source)
    this.#request = request
    if (!head.keepAlive || this.#connection.draining) this.#closing = true
    if (head.length !== 0) {
      this.#body = new BodyFraming(head.length, this.#settings)
      this.#deadline = clock.now + this.#settings.idleTimeoutMs
    }
    const pending = this.#next(request, this.#terminal)
    if (isThenable(pending)) pending.then(undefined, this.#report)
  }

  #readBody(body: BodyFraming, bytes: Buffer, start: number, end: number): number {
    const request = this.#request
    this.#deadline = clock.now + this.#settings.idleTimeoutMs
    try {
      const at = body.feed(bytes, start, end, request?.input)
      if (request === undefined && body.thrownAway > DRAIN_BYTES) this.#giveUp()
      if (body.done) {
        request?.input.finish(body.trailers)
        this.#body = undefined
      }
      return at
    } catch (error) {
      // The flow learns of it when it reads; nothing behind this point can be understood.
      this.#body = undefined
      this.#closing = true
      if (request === undefined) throw error
      request.input.fail(error)
      return end
    }
  }

  #bodyWanted(request: HttpRequest): void {
    const body = this.#body
    if (body === undefined || this.#request !== request) return
    if (request.head.expectContinue && !body.begun && !body.continued) {
      body.continued = true
      this.output.text('HTTP/1.1 100 Continue\r\n\r\n')
      this.flush()
    }
    this.#resume()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#connection.pause()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#connection.resume()
  }

  // ---- the end of a request --------------------------------------------------------------------------------------------

  #end(request: HttpRequest, error: unknown, deferred: boolean): PromiseLike<void> | undefined {
    const pending = respond(this, request, error)
    if (isThenable(pending)) return pending.then(() => this.#done(request, deferred))
    return this.#done(request, deferred)
  }

  /** The response is complete. Wait for what is returned before the deferred functions: it is the last byte. */
  #done(request: HttpRequest, deferred: boolean): Promise<void> | undefined {
    request.over = true
    this.streaming = undefined
    this.#request = undefined
    if (this.#closed) return undefined
    this.#settle(request)
    let sent: Promise<void> | undefined
    if (deferred) sent = this.#sent()
    if (!this.#advancing) this.#goOn()
    return sent
  }

  /** What becomes of a body that nobody has read to its end. */
  #settle(request: HttpRequest): void {
    const body = this.#body
    this.#deadline = clock.now + this.#settings.idleTimeoutMs
    if (body === undefined) return
    const message = 'the response was sent before the body was read'
    request.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
    // Not asked for by 100 (Continue), it may come or not: nobody can tell what the next bytes are.
    const unsure = request.head.expectContinue && !body.continued
    if (unsure || body.left > DRAIN_BYTES) this.#giveUp()
    else this.#resume()
  }

  #giveUp(): void {
    this.#body = undefined
    this.#closing = true
  }

  /** The next request, or the end. */
  #goOn(): void {
    const rest = this.#rest
    this.#rest = undefined
    this.#resume()
    if (rest !== undefined && !(this.#closing && this.#body === undefined)) this.#advance(rest, true)
    else this.#flushSoon()
  }

  /** Answers that were asynchronous leave together. */
  #flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  // ---- bytes out -------------------------------------------------------------------------------------------------------

  /** Sends what is waiting; closes where nothing more is to come. False: no more, please, until drained(). */
  flush(): boolean {
    if (this.#closed) return true
    const more = this.output.flush()
    if (!more) this.#deadline = clock.now + this.#settings.idleTimeoutMs
    if (this.#closing && this.#request === undefined && this.#body === undefined) this.#close()
    // A peer that sends requests and reads no answers gets no further ones.
    else if (!more && this.#request === undefined) this.#pause()
    return more
  }

  /** Resolves when every byte so far has been taken by the kernel, or never will be. */
  #sent(): Promise<void> | undefined {
    this.output.flush()
    if (this.#connection.unsent === 0) return undefined
    return new Promise((resolve) => {
      this.#flushed ??= []
      this.#flushed.push(resolve)
    })
  }

  /** The head of a response; `framing`: the lines that say how its body ends. */
  beginResponse(status: string, lines: string, framing: string, head: EncodedHead): void {
    const request = this.#request
    if (head.connection && /^connection:.*\bclose\b/im.test(head.lines)) this.#closing = true
    let connection = ''
    if (!head.connection) {
      if (this.#closing || this.#connection.ended) {
        this.#closing = true
        connection = 'Connection: close\r\n'
      } else if (request?.head.minor === 0) connection = 'Connection: keep-alive\r\n'
    }
    this.output.text(`HTTP/1.1 ${status}\r\n${lines}${head.date ? '' : date()}${framing}${connection}\r\n`)
  }

  /** Begins a response that is written chunk by chunk. */
  stream(request: HttpRequest): ResponseStream {
    const response = request.response
    const status = status_line(response)
    const head = header_lines(response)
    checkHead(status, head)
    const stream = new ResponseStream(this, status, head, request.head.minor, isBodyless(request.head.method, status))
    stream.format = response.body_format
    stream.lengthWanted = false
    this.streaming = stream
    return stream
  }

  /** The connection ends with this response. */
  closeAfter(): void {
    this.#closing = true
  }

  /** Something is missing from the response, and the peer shall see it. */
  cut(): void {
    this.#closing = true
    this.#connection.destroy()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#rest = undefined
    void this.#connection.close()
  }

  /** Answers what is no request, and closes: no byte behind it is read as one. */
  #refuse(error: unknown): void {
    this.#rest = undefined
    this.#body = undefined
    this.#closing = true
    if (!(error instanceof PeerError)) {
      this.#report(error)
      this.cut()
      return
    }
    const text = `${error.message}\n`
    const size = Buffer.byteLength(text)
    this.output.text(
      `HTTP/1.1 ${statusOf(error)}\r\nContent-Type: text/plain; charset=utf-8\r\n${date()}Content-Length: ${size}\r\nConnection: close\r\n\r\n`,
    )
    this.output.utf8(text, size)
    if (!this.#advancing) this.flush()
  }

  // ---- what the connection tells ---------------------------------------------------------------------------------------

  end(): void {
    const request = this.#request
    if (this.#body !== undefined) {
      const message = 'the peer closed the connection before its request was complete'
      request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
      this.#body = undefined
    }
    // A request that was sent whole is answered all the same: half-closing is a way to say "that was all" (nc -N does it).
    this.#closing = this.#closing || this.#rest === undefined
    if (request === undefined) {
      this.#closing = true
      this.flush()
    } else this.#connection.hangUp()
  }

  drained(): void {
    this.#deadline = clock.now + this.#settings.idleTimeoutMs
    this.#wakeFlushed()
    this.streaming?.drained()
    if (this.#request === undefined) this.#resume()
  }

  #wakeFlushed(): void {
    const waiting = this.#flushed
    this.#flushed = undefined
    for (const wake of waiting ?? []) wake()
  }

  closed(cause: Error | undefined): void {
    this.#closed = true
    this.#closing = true
    this.#rest = undefined
    if (this.#body !== undefined) {
      const message = 'the peer went away before its request was complete'
      this.#request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http', cause }))
      this.#body = undefined
    }
    this.#wakeFlushed()
    this.streaming?.lost()
    this.onClosed?.()
  }

  drain(): void {
    if (this.#request === undefined && !this.#waiting && this.#body === undefined) {
      this.#closing = true
      this.flush()
    } else this.#closing = this.#closing || this.#rest === undefined
  }

  /** Looks at the clock. */
  tick(now: number): void {
    if (now < this.#deadline || this.#closed) return
    if (this.#connection.unsent > 0) this.#connection.destroy()
    else if (this.#body !== undefined) this.#timeOutBody()
    else if (this.#request !== undefined) return
    else if (this.#waiting) this.#refuse(timeout('the head of the request took too long'))
    else {
      this.#closing = true
      this.flush()
    }
  }

  #timeOutBody(): void {
    const request = this.#request
    // A flow that does not read now is not waiting for the peer.
    if (request !== undefined && this.#paused) return
    this.#giveUp()
    if (request === undefined) this.flush()
    else request.input.fail(timeout('the body of the request took too long'))
  }
}

function timeout(message: string): PeerError {
  return new PeerError('TIMEOUT', message, { status: 408, pipe: 'http' })
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
