// HTTP/2 (RFC 9113) by node:http2, behind the same pipe: each stream of a session is a request like any other.

import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import type { Next } from '../../src/pipe.ts'
import type { HttpMarbles } from '../http.ts'
import type { HttpSettings } from './connection.ts'
import { Exchange } from './exchange.ts'
import type { Flows } from './flows.ts'
import type { RequestHead } from './head.ts'
import { readHead } from './http2-head.ts'
import type { HttpRequest } from './request.ts'

/** Most requests of one connection at the same time. */
const MAX_STREAMS = 128
/** Most flows of one connection at the same time: those of streams that the peer has reset may go on (CVE-2023-44487). */
const MAX_RUNNING = 2 * MAX_STREAMS
/** What each field counts more than its bytes in SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 §6.5.2). */
const FIELD_BYTES = 32
/** `:method`, `:scheme`, `:authority`, `:path`. */
const PSEUDO_FIELDS = 4

/** Speaks HTTP/2 on a connection. */
export class Http2Connection implements Sink {
  readonly #connection: DrivenConnection
  readonly #settings: HttpSettings
  readonly #next: Next<HttpMarbles>
  readonly #report: (error: unknown) => void
  readonly #flows: Flows
  readonly #exchanges = new Set<Exchange>()
  readonly #terminal: (error: unknown, request: HttpRequest, deferred: boolean) => PromiseLike<void> | undefined
  #session: Http2Session | undefined
  /** Flows under way. */
  #running = 0
  #deadline = 0

  /** @param unread what was read of the connection already */
  constructor(
    connection: DrivenConnection,
    settings: HttpSettings,
    next: Next<HttpMarbles>,
    report: (error: unknown) => void,
    flows: Flows,
    unread?: Uint8Array,
  ) {
    this.#connection = connection
    this.#settings = settings
    this.#next = next
    this.#report = report
    this.#flows = flows
    this.#touch()
    this.#terminal = (error, request, deferred) => (request.home as Exchange).answer(request, error, deferred)
    const stream = connection.detach(unread)
    connection.take(this)
    if (stream === undefined) {
      // Later, when whoever made this knows of it.
      process.nextTick(() => connection.destroy())
      return
    }
    // A server of its own without a socket: it only gives sessions to connections that are handed to it. Its limits are wider
    // than those of readHead(), which has an answer for what is beyond; beyond these, the stream is reset.
    const { maxFields, maxHeadBytes } = settings
    const server = createServer({
      maxHeaderListPairs: 2 * maxFields + PSEUDO_FIELDS,
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        maxHeaderListSize: maxHeadBytes + FIELD_BYTES * (maxFields + PSEUDO_FIELDS),
      },
    })
    server.on('session', (session) => {
      this.#session = session
    })
    server.on('stream', (request: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: unknown) =>
      this.#begin(request, headers, raw),
    )
    server.emit('connection', stream)
    // Nobody half-closes in HTTP/2: both sides have something to say to the last (SETTINGS, WINDOW_UPDATE).
    stream.once('end', () => connection.destroy())
    if (connection.draining) this.drain()
  }

  // Node's session reads the stream by itself.
  data(): void {}
  end(): void {}
  drained(): void {}

  closed(): void {
    // Which tells every stream.
    this.#session?.destroy()
    this.#flows.close()
  }

  /** Says that no further request is taken (GOAWAY), and closes when those under way are answered. */
  drain(): void {
    this.#session?.close()
  }

  tick(now: number): void {
    for (const exchange of this.#exchanges) exchange.tick(now)
    // A session that has ended leaves the end of the connection to the peer, who may never come to it.
    if (this.#session?.destroyed === true) void this.#connection.close()
    if (this.#exchanges.size > 0) this.#touch()
    else if (now > this.#deadline) this.drain()
  }

  /** The peer has the idle time-out from now on. */
  #touch(): void {
    this.#deadline = clock.now + this.#settings.idleTimeoutMs
  }

  #begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: unknown): void {
    // What breaks a stream is told by its 'close'; without a listener it would end the process.
    stream.on('error', () => {})
    // Reset in the same breath as it was begun: nobody waits for an answer.
    if (stream.destroyed || stream.closed) return
    if (this.#running >= MAX_RUNNING) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
      return
    }
    const exchange = new Exchange(stream, this.#connection, this.#settings, this.#report)
    this.#exchanges.add(exchange)
    stream.on('close', () => {
      this.#exchanges.delete(exchange)
      this.#touch()
      exchange.lost()
    })
    let head: RequestHead
    try {
      // node:http2 gives the raw fields as a flat list; its types do not say so.
      head = readHead(headers, raw as string[], this.#settings)
    } catch (error) {
      exchange.refuse(error)
      return
    }
    const pending = this.#next(exchange.begin(head), this.#terminal)
    if (!isThenable(pending)) return
    this.#running++
    const ended = () => {
      this.#running--
    }
    pending.then(ended, ended)
    this.#flows.add(pending)
  }
}
