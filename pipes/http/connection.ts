// One HTTP connection: bytes become requests, one flow each, one after the other; their responses leave in order.

import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import type { Next } from '../../src/pipe.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import type { HttpMarbles } from '../http.ts'
import { BodyFraming } from './body.ts'
import { CR, LF } from './bytes.ts'
import type { HeadLimits } from './fields.ts'
import type { Flows } from './flows.ts'
import { HeadCache, headTooLong, parseHead, type RequestHead } from './head.ts'
import type { BodyEnd, Outlet } from './outlet.ts'
import type { Output } from './output.ts'
import { PREFACE } from './preface.ts'
import { HttpRequest, type RequestHome } from './request.ts'
import { respond, streamWritten } from './respond.ts'
import type { ResponseStream } from './response-stream.ts'
import { Writer } from './writer.ts'

/** The options of http(), complete. */
export interface HttpSettings extends HeadLimits {
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly debug: boolean
}

/** Bytes of pipelined requests to hold while one is being answered, and of answers before they are sent. */
const PIPELINE_BYTES = 65_536
/** A request body that nobody read is thrown away up to this size; more of it closes the connection. */
const DRAIN_BYTES = 65_536

/** Speaks HTTP/1.1 and 1.0 on a connection (RFC 9112). */
export class HttpConnection implements Sink, RequestHome, Outlet {
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
  readonly #cache = new HeadCache()
  /** Bytes that arrived and are not used up. */
  #rest: Buffer | undefined
  /** A head has begun and is not complete. */
  #waiting = false
  #request: HttpRequest | undefined
  /** The body of the latest request, as long as it is not complete. */
  #body: BodyFraming | undefined
  #advancing = false
  /** No request has begun yet. */
  #unused = true
  #paused = false

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

  // ---- bytes become requests -------------------------------------------------------------------------------------------

  data(chunk: Uint8Array): void {
    if (this.writer.closed || (this.writer.last && this.#request === undefined && this.#body === undefined)) return
    const bytes = toBuffer(chunk)
    if (this.#rest === undefined) this.#advance(bytes, true)
    else {
      const rest = this.#rest
      this.#rest = undefined
      // A head is parsed again only where a line of it has become whole, so that bytes coming one by one cost no squares.
      this.#advance(Buffer.concat([rest, bytes]), !this.#waiting || bytes.includes(LF))
    }
  }

  /** Goes as far as the bytes do. `fresh`: they may complete or break a head. */
  #advance(bytes: Buffer, fresh: boolean): void {
    const end = bytes.length
    const { writer } = this
    let at = 0
    this.#advancing = true
    try {
      while (at < end) {
        if (this.#body !== undefined) at = this.#readBody(this.#body, bytes, at, end)
        else if (this.#request !== undefined || writer.last || writer.blocked) break
        else {
          const next = this.#readHead(bytes, at, end, fresh)
          if (next === at) break
          at = next
          // Answers to many pipelined requests leave together, but not all at the end: they may be long.
          if (writer.output.size > PIPELINE_BYTES) writer.flush()
        }
      }
    } catch (error) {
      at = end
      this.#refuse(error)
    }
    this.#advancing = false
    this.#keep(bytes, at)
    // Nothing comes any more that could complete what is left.
    if (this.#connection.ended) this.end()
    else this.flush()
  }

  #keep(bytes: Buffer, at: number): void {
    const left = bytes.length - at
    if (left === 0 || (this.writer.last && this.#request === undefined)) return
    this.#rest = at === 0 ? bytes : bytes.subarray(at)
    if (this.#waiting) {
      if (left > this.#settings.maxHeadBytes) this.#refuse(headTooLong(bytes, at, this.#settings))
    } else if (left > PIPELINE_BYTES) this.#pause()
  }

  /** Begins the request whose head is at `start`. Returns where its head ends, or `start` if it is not complete. */
  #readHead(bytes: Buffer, start: number, end: number, fresh: boolean): number {
    // RFC 9112 §2.2: empty lines before the request line are ignored.
    if (bytes[start] === CR && start + 1 === end) return start
    if (bytes[start] === CR && bytes[start + 1] === LF) return start + 2
    if (!fresh) return start
    if (this.#unused && bytes[start] === 0x50 && this.#isPreface(bytes.subarray(start, end))) return this.#wait(start)
    const head = parseHead(bytes, start, end, this.#settings, this.#cache)
    if (head === undefined) return this.#wait(start)
    this.#begin(head)
    return head.end
  }

  /** Whether HTTP/2 begins here (RFC 9113 §3.4), or may begin once more bytes are there. */
  #isPreface(bytes: Buffer): boolean {
    // Over TLS, only ALPN says so (RFC 9113 §3.3).
    if (this.#connection.secure) return false
    const size = Math.min(bytes.length, PREFACE.length)
    if (PREFACE.compare(bytes, 0, size, 0, size) !== 0) return false
    // "P" may also become POST, PUT and PATCH: their second byte tells.
    if (size < PREFACE.length) return size > 1
    this.writer.closed = true
    this.#onPreface(bytes)
    return true
  }

  #wait(start: number): number {
    if (!this.#waiting) {
      this.#waiting = true
      this.writer.deadline = clock.now + this.#settings.headTimeoutMs
    }
    return start
  }

  #begin(head: RequestHead): void {
    this.#waiting = false
    this.#unused = false
    const hasBody = head.length !== 0
    const source = hasBody ? { wanted: () => this.#bodyWanted(request), enough: () => this.#pause() } : undefined
    const request = new HttpRequest(head, this, source)
    this.#request = request
    if (!head.keepAlive || this.#connection.draining) this.writer.last = true
    if (hasBody) {
      this.#body = new BodyFraming(head.length, this.#settings)
      this.writer.touch()
    }
    const pending = this.#next(request, this.#terminal)
    if (isThenable(pending)) this.#flows.add(pending)
  }

  #readBody(body: BodyFraming, bytes: Buffer, start: number, end: number): number {
    const request = this.#request
    this.writer.touch()
    try {
      const at = body.feed(bytes, start, end, request?.input)
      if (request === undefined && body.thrownAway > DRAIN_BYTES) this.#giveUp()
      if (body.done) {
        request?.input.finish(body.trailers)
        this.#body = undefined
        // While a connection is paused, nobody learns that the peer has gone.
        this.#resume()
      }
      return at
    } catch (error) {
      // The flow learns of it when it reads; a request that is answered has no second answer. Nothing behind can be understood.
      this.#giveUp()
      request?.input.fail(error)
      return end
    }
  }

  #bodyWanted(request: HttpRequest): void {
    const body = this.#body
    if (body === undefined || this.#request !== request) return
    if (request.head.expectContinue && !body.begun && !body.continued && this.streaming?.begun !== true) {
      body.continued = true
      this.writer.output.text('HTTP/1.1 100 Continue\r\n\r\n')
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
    if (this.writer.closed) return undefined
    this.#settle(request)
    const sent = deferred ? this.writer.sent() : undefined
    if (!this.#advancing) this.#goOn()
    return sent
  }

  /** What becomes of a body that nobody has read to its end. */
  #settle(request: HttpRequest): void {
    const body = this.#body
    this.writer.touch()
    if (body === undefined) return
    const message = 'the response was sent before the body was read'
    request.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
    if (isHopeless(body, request)) this.#giveUp()
    else this.#resume()
  }

  #giveUp(): void {
    this.#body = undefined
    this.writer.last = true
  }

  /** The next request, or the end. */
  #goOn(): void {
    const rest = this.#rest
    if (!this.writer.blocked) this.#resume()
    if (rest === undefined || this.writer.blocked || (this.writer.last && this.#body === undefined)) {
      this.writer.soon(() => this.flush())
      return
    }
    this.#rest = undefined
    this.#advance(rest, true)
  }

  /** Sends what is waiting; closes where nothing more is to come. False: no more, please, until drained(). */
  flush(): boolean {
    const more = this.writer.flush()
    if (this.#request !== undefined || this.writer.closed) return more
    if (this.writer.last && this.#body === undefined) {
      this.#rest = undefined
      this.writer.close()
    } else if (this.writer.blocked) {
      // A peer that sends requests and reads no answers gets no further ones.
      this.#pause()
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
    const request = this.#request
    const body = this.#body
    // A response that is there as a whole is the end of its request, whose body nobody will read any more.
    if (body !== undefined && request !== undefined && this.streaming === undefined && isHopeless(body, request)) {
      this.writer.last = true
    }
    this.writer.head(status, lines, framing, head, request?.head.minor ?? 1)
  }

  bodyEnd(): BodyEnd {
    if (this.#request?.head.minor !== 0) return 'chunked'
    // Without a length and without chunks, only the end of the connection ends the body (RFC 9112 §6.3).
    this.writer.last = true
    return 'close'
  }

  stream(request: HttpRequest): ResponseStream {
    return streamWritten(this, request)
  }

  /** Something is missing from the response, and the peer shall see it. */
  cut(): void {
    this.writer.last = true
    if (this.streaming?.bodyEnd === 'close') this.#connection.reset()
    else this.#connection.destroy()
  }

  /** Answers what is no request, and closes: no byte behind it is read as one. */
  #refuse(error: unknown): void {
    this.#rest = undefined
    this.#waiting = false
    this.#giveUp()
    if (error instanceof PeerError) {
      this.writer.refusal(error)
      if (!this.#advancing) this.flush()
    } else {
      this.report(error)
      this.cut()
    }
  }

  // ---- what the connection tells ---------------------------------------------------------------------------------------

  end(): void {
    const request = this.#request
    if (this.#body !== undefined) {
      const message = 'the peer closed the connection before its request was complete'
      request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
      this.#giveUp()
    }
    if (request === undefined && !this.writer.blocked) {
      this.writer.last = true
      this.flush()
    } else {
      // Requests that were sent whole are answered all the same: half-closing is a way to say "that was all" (nc -N does it).
      if (this.#rest === undefined) this.writer.last = true
      this.#connection.hangUp()
    }
  }

  drained(): void {
    this.writer.drained()
    this.streaming?.drained()
    if (this.#request === undefined && !this.writer.closed) this.#goOn()
  }

  closed(cause: Error | undefined): void {
    this.writer.closed = true
    this.writer.last = true
    this.#rest = undefined
    if (this.#body !== undefined) {
      const message = 'the peer went away before its request was complete'
      this.#request?.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http', cause }))
      this.#body = undefined
    }
    this.writer.drained()
    this.streaming?.lost()
    this.#flows.close()
  }

  drain(): void {
    // What has begun is finished, and says that it is the last. An idle connection is closed at once.
    if (this.#rest === undefined) this.writer.last = true
    if (this.#request === undefined && !this.#waiting) this.flush()
  }

  /** Looks at the clock. */
  tick(now: number): void {
    if (this.writer.stalled(now)) this.#connection.destroy()
    if (now < this.writer.deadline || this.writer.closed) return
    if (this.#body !== undefined) this.#timeOutBody()
    else if (this.#request !== undefined) return
    else if (this.#waiting) this.#refuse(timeout('the head of the request took too long'))
    else {
      this.writer.last = true
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

/** Whether the rest of a body that nobody read is not worth waiting for. */
function isHopeless(body: BodyFraming, request: HttpRequest): boolean {
  // Not asked for by 100 (Continue), it may come or not: nobody can tell what the next bytes are.
  const unsure = request.head.expectContinue && !body.begun && !body.continued
  return unsure || body.left > DRAIN_BYTES
}

function timeout(message: string): PeerError {
  return new PeerError('TIMEOUT', message, { status: 408, pipe: 'http' })
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
