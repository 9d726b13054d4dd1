// One connection of a client: a request goes out, its answer comes in, and then the next.

import { PeerError, quote } from '../../../src/errors.ts'
import { clock } from '../../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../../src/net/connection.ts'
import { Answer } from './answer.ts'
import { type AnswerHead, fieldOf } from './answer-head.ts'
import { AnswerReader } from './answer-reader.ts'
import type { OutgoingRequest } from './request.ts'

/** What all connections of a client share. */
export interface LaneSettings {
  readonly method: string
  /** Most milliseconds from the last byte of a request that left to its whole answer. */
  readonly timeoutMs: number
  /** Most bytes of a message. */
  readonly maxBytes: number
}

/** Whom a connection works for. */
export interface LaneHome {
  /** Whether another connection can be made in the place of this one. */
  readonly canDial: boolean
  /** An event of a stream of events. */
  event(data: Buffer): void
  /** The answer to a request is complete. The connection takes another, unless it is `over`. */
  answered(lane: Lane, request: OutgoingRequest, answer: Answer): void
  /** A request will have no answer. `untouched`: the connection ended before any byte of one. */
  unanswered(request: OutgoingRequest, error: Error, untouched: boolean): void
  /** The peer broke the rules where no request was under way. */
  report(error: unknown): void
  drained(): void
  drain(): void
  /** The peer has ended its side, and no request is under way. */
  ended(): void
  /** The connection is gone. */
  gone(lane: Lane, error: Error | undefined): void
}

/** A server that tells how long it keeps an idle connection is not asked again that close to the end. */
const MARGIN_MS = 1_000

/** See above. */
export class Lane implements Sink {
  readonly connection: DrivenConnection
  /** The request under way. */
  request: OutgoingRequest | undefined
  /** No further request is sent on it. */
  over = false
  readonly #settings: LaneSettings
  readonly #home: LaneHome
  readonly #reader = new AnswerReader(this)
  #answer: Answer | undefined
  /** When to lose patience with the request, or to close an idle connection; by the coarse clock. */
  #deadline: number
  readonly #idleMs: number
  #paused: boolean
  /** Bytes that had not left at the last tick. */
  #unsent = 0

  /** @param idleMs how long it is kept without a request */
  constructor(connection: DrivenConnection, settings: LaneSettings, home: LaneHome, idleMs: number, paused: boolean) {
    this.connection = connection
    this.#settings = settings
    this.#home = home
    this.#idleMs = idleMs
    this.#deadline = clock.now + idleMs
    this.#paused = paused
    if (paused) connection.pause()
    connection.take(this)
  }

  /** Whether events still come. */
  get isStreaming(): boolean {
    return this.#answer?.isStream === true
  }

  send(request: OutgoingRequest): void {
    this.request = request
    this.#answer = undefined
    this.#reader.begin(this.#settings.method)
    this.#deadline = clock.now + this.#settings.timeoutMs
    request.send(this.connection)
    this.#unsent = this.connection.unsent
  }

  // ---- what arrives ----------------------------------------------------------------------------------------------------------

  data(chunk: Uint8Array): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.request === undefined) {
      if (!this.over) this.#refuse(bytes)
      return
    }
    try {
      const rest = this.#reader.feed(bytes)
      if (this.#reader.done) this.#complete(rest)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      this.#lose(error, false)
    }
  }

  head(head: AnswerHead): void {
    this.#answer = new Answer(head, this.#settings.maxBytes, (data) => this.#home.event(data))
  }

  body(piece: Buffer): void {
    this.#answer?.add(piece)
  }

  #complete(rest: Buffer | undefined): void {
    const [request, answer] = [this.request, this.#answer]
    if (request === undefined || answer === undefined) return
    this.request = undefined
    this.#answer = undefined
    // Answered before it was out: what is still to be sent, nobody wants.
    const isCut = rest !== undefined || this.connection.unsent > 0
    if (isCut || !answer.head.keepAlive || this.connection.ended) this.over = true
    else this.#rest(fieldOf(answer.head.block, 'keep-alive'))
    this.#home.answered(this, request, answer)
    if (rest !== undefined) this.#refuse(rest)
    else if (isCut) this.connection.destroy()
    else if (this.over) this.retire()
  }

  /** Waits for another request, as long as both sides like. */
  #rest(keepAlive: string | undefined): void {
    const told = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i.exec(keepAlive ?? '')?.[1]
    const idleMs = told === undefined || !this.#home.canDial ? this.#idleMs : Number(told) * 1_000 - MARGIN_MS
    this.#deadline = clock.now + Math.min(idleMs, this.#idleMs)
    if (idleMs <= 0) this.over = true
  }

  /** Bytes that answer no request: whoever believes them takes the answer to one request for that to another. */
  #refuse(bytes: Buffer): void {
    const found = quote(bytes.toString('latin1', 0, 64))
    const message = `${this.connection.remote} sent ${found}, which answers no request; the connection is cut.`
    this.over = true
    this.#home.report(new PeerError('BODY_BAD', message, { status: 502, pipe: 'http.client' }))
    this.connection.destroy()
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  /** Closes it. A request under way is given up without a word. */
  retire(): void {
    this.over = true
    void this.connection.close()
  }

  #lose(error: Error, untouched: boolean): void {
    const { request } = this
    this.request = undefined
    this.#answer = undefined
    this.over = true
    if (request !== undefined) this.#home.unanswered(request, error, untouched)
    this.connection.destroy()
  }

  end(): void {
    if (this.request === undefined) {
      if (this.over) return
      this.retire()
      this.#home.ended()
    } else if (this.#reader.end()) this.#complete(undefined)
    else this.#tear(undefined)
  }

  #tear(cause: Error | undefined): void {
    const { begun } = this.#reader
    const how = begun ? 'within the answer' : 'without an answer'
    const message = `the connection to ${this.connection.remote} ended ${how}`
    this.#lose(new PeerError('CONNECTION_CLOSED', message, { status: 502, pipe: 'http.client', cause }), !begun)
  }

  /** Gives up. */
  cut(error: Error): void {
    this.#lose(error, false)
  }

  /** Gives up a request that nobody wants any more, without a word: only by its end can the peer be told. */
  drop(): void {
    this.request = undefined
    this.#answer = undefined
    this.over = true
    this.connection.destroy()
  }

  closed(error: Error | undefined): void {
    if (this.request !== undefined) {
      if (error === undefined && this.#reader.end()) this.#complete(undefined)
      else this.#tear(error)
    }
    this.over = true
    this.#home.gone(this, error)
  }

  drained(): void {
    this.#home.drained()
  }

  drain(): void {
    this.#home.drain()
  }

  // ---- time and pace ---------------------------------------------------------------------------------------------------------

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.connection.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.request !== undefined) this.#deadline = clock.now + this.#settings.timeoutMs
    this.connection.resume()
  }

  /** Looks at the clock. */
  tick(now: number): void {
    if (this.over) return
    const { unsent } = this.connection
    // Whoever takes the request has time, and so has who is not listened to.
    if (this.request !== undefined && (unsent < this.#unsent || this.#paused)) {
      this.#deadline = now + this.#settings.timeoutMs
    }
    this.#unsent = unsent
    if (now < this.#deadline) return
    if (this.request === undefined) this.retire()
    else if (!this.isStreaming) {
      const message = `there was no whole answer within ${this.#settings.timeoutMs} ms`
      this.#lose(new PeerError('TIMEOUT', message, { status: 504, pipe: 'http.client' }), false)
    }
  }
}
