// What arrives on an HTTP connection: bytes become heads and bodies, of one request after the other.

import { PeerError } from '../../src/errors.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import type { BodyFraming } from './body.ts'
import { CR, LF } from './bytes.ts'
import { type HeadLimits, parsed } from './fields.ts'
import { HeadCache, headTooLong, parseHead, type RequestHead } from './head.ts'
import { PREFACE } from './preface.ts'
import type { HttpRequest } from './request.ts'
import type { Writer } from './writer.ts'

/** Bytes of pipelined requests to hold while one is being answered, and of answers before they are sent. */
const PIPELINE_BYTES = 65_536
/** A request body that nobody read is thrown away up to this size; more of it closes the connection. */
const DRAIN_BYTES = 65_536
/** A connection without a request for so long lets go of what it remembers. */
const REST_MS = 1_000

/** Limits on what arrives. */
export interface IntakeLimits extends HeadLimits {
  readonly headTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** Whom it arrives for. */
export interface IntakeHome {
  /** A request, with what came behind its head: sets `request`, and `body` if more of it is to come. Returns how far it got. */
  begin(head: RequestHead, bytes: Buffer, start: number, end: number): number
  /** What came is no request. Nothing more is read. */
  refuse(error: unknown): void
  /** Sends what is waiting; closes where nothing more is to come. */
  flush(): boolean
  /** The peer sends no more, and all that it sent has been looked at. */
  end(): void
  /** The peer speaks HTTP/2. */
  preface(unread: Buffer): void
}

/** Reads requests. */
export class Intake {
  /** The request under way. */
  request: HttpRequest | undefined
  /** The body of the latest request, as long as it is not complete. */
  body: BodyFraming | undefined
  /** Bytes that arrived and are not used up. */
  rest: Buffer | undefined
  /** A head has begun and is not complete. */
  waiting = false
  /** Bytes are being looked at: what is answered meanwhile leaves at the end of it. */
  advancing = false
  paused = false
  readonly #connection: DrivenConnection
  readonly #writer: Writer
  readonly #limits: IntakeLimits
  readonly #home: IntakeHome
  readonly #cache = new HeadCache()
  /** No request has begun yet. */
  #unused = true

  constructor(connection: DrivenConnection, writer: Writer, limits: IntakeLimits, home: IntakeHome) {
    this.#connection = connection
    this.#writer = writer
    this.#limits = limits
    this.#home = home
  }

  /** Bytes arrived. */
  data(chunk: Uint8Array): void {
    const { last, closed } = this.#writer
    if (closed || (last && this.request === undefined && this.body === undefined)) return
    const bytes = toBuffer(chunk)
    const { rest } = this
    if (rest === undefined) this.#advance(bytes, true)
    else {
      this.rest = undefined
      // A head is parsed again only where a line of it has become whole, so that bytes coming one by one cost no squares.
      this.#advance(Buffer.concat([rest, bytes]), !this.waiting || bytes.includes(LF))
    }
  }

  /** Goes as far as the bytes do. `fresh`: they may complete or break a head. */
  #advance(bytes: Buffer, fresh: boolean): void {
    const end = bytes.length
    const writer = this.#writer
    let at = 0
    this.advancing = true
    try {
      while (at < end) {
        if (this.body !== undefined) at = this.#readBody(this.body, bytes, at, end)
        else if (this.request !== undefined || writer.last || writer.blocked) break
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
      this.#home.refuse(error)
    }
    this.advancing = false
    this.#keep(bytes, at)
    // Nothing comes any more that could complete what is left.
    if (this.#connection.ended) this.#home.end()
    else this.#home.flush()
  }

  #keep(bytes: Buffer, at: number): void {
    const left = bytes.length - at
    if (left === 0 || (this.#writer.last && this.request === undefined)) return
    this.rest = at === 0 ? bytes : bytes.subarray(at)
    if (this.waiting) {
      if (left > this.#limits.maxHeadBytes) this.#home.refuse(headTooLong(bytes, at, this.#limits))
    } else if (left > PIPELINE_BYTES) this.pause()
  }

  /** Begins the request whose head is at `start`. Returns how far it got: `start` if the head is not complete. */
  #readHead(bytes: Buffer, start: number, end: number, fresh: boolean): number {
    // RFC 9112 §2.2: empty lines before the request line are ignored.
    if (bytes[start] === CR && start + 1 === end) return start
    if (bytes[start] === CR && bytes[start + 1] === LF) return start + 2
    if (!fresh) return start
    if (this.#unused && bytes[start] === 0x50 && this.#isPreface(bytes.subarray(start, end))) return this.#wait(start)
    const head = parseHead(bytes, start, end, this.#limits, this.#cache)
    if (head === undefined) return this.#wait(start)
    this.waiting = false
    this.#unused = false
    return this.#home.begin(head, bytes, parsed.end, end)
  }

  /** Whether HTTP/2 begins here (RFC 9113 §3.4), or may begin once more bytes are there. */
  #isPreface(bytes: Buffer): boolean {
    // Over TLS, ALPN alone says so (RFC 9113 §3.2).
    if (this.#connection.secure) return false
    const size = Math.min(bytes.length, PREFACE.length)
    if (PREFACE.compare(bytes, 0, size, 0, size) !== 0) return false
    // "P" may also become POST, PUT and PATCH: their second byte tells.
    if (size < PREFACE.length) return size > 1
    this.#home.preface(bytes)
    return true
  }

  #wait(start: number): number {
    if (!this.waiting) {
      this.waiting = true
      this.#writer.deadline = clock.now + this.#limits.headTimeoutMs
    }
    return start
  }

  #readBody(body: BodyFraming, bytes: Buffer, start: number, end: number): number {
    const { request } = this
    this.#writer.touch()
    try {
      const at = body.feed(bytes, start, end, request?.input)
      if (request === undefined && body.thrownAway > DRAIN_BYTES) this.giveUp()
      if (body.done) {
        request?.input.finish(body.trailers)
        this.body = undefined
        // While a connection is paused, nobody learns that the peer has gone.
        this.resume()
      }
      return at
    } catch (error) {
      // The flow learns of it when it reads; a request that is answered has no second answer. Nothing behind can be understood.
      this.giveUp()
      request?.input.fail(error)
      return end
    }
  }

  /** The rest of a body is not read, so nothing behind it is. */
  giveUp(): void {
    this.body = undefined
    this.#writer.last = true
  }

  /** Whether the rest of a body that nobody read is not worth waiting for. */
  isHopeless(request: HttpRequest): boolean {
    const { body } = this
    if (body === undefined) return false
    // Not asked for by 100 (Continue), it may come or not: nobody can tell what the next bytes are.
    return (request.head.expectContinue && !body.begun && !body.continued) || body.left > DRAIN_BYTES
  }

  /** The request is answered: what becomes of a body that nobody has read to its end. */
  settle(request: HttpRequest): void {
    this.#writer.touch()
    if (this.body === undefined) return
    const message = 'the response was sent before the body was read'
    request.input.fail(new PeerError('CONNECTION_CLOSED', message, { pipe: 'http' }))
    if (this.isHopeless(request)) this.giveUp()
    else this.resume()
  }

  /** The next request, if it is there. False: nothing is to be read now. */
  goOn(): boolean {
    const { rest } = this
    const { blocked, last } = this.#writer
    if (!blocked) this.resume()
    if (rest === undefined || blocked || (last && this.body === undefined)) return false
    this.rest = undefined
    this.#advance(rest, true)
    return true
  }

  pause(): void {
    if (this.paused) return
    this.paused = true
    this.#connection.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.#connection.resume()
  }

  /** Looks at the clock: an idle connection is to cost little. */
  tick(now: number): void {
    if (this.request === undefined && this.#writer.deadline - now < this.#limits.idleTimeoutMs - REST_MS)
      this.#cache.drop()
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
