// http: HTTP/1.1, 1.0 and 2 as a server pipe, on any connection.
//
// The way of a request: http/connection.ts (bytes become a request) → the stack → http/respond.ts (the response becomes bytes).

import type { Awaitable } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { watchClock } from '../src/net/clock.ts'
import { drivenConnection, type Raw } from '../src/net/connection.ts'
import { PulledConnection } from '../src/net/pulled-connection.ts'
import type { Pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import type { ResponseMarble } from '../src/psgi/response.ts'
import { report } from '../src/report.ts'
import { type HttpClientOptions, httpClient } from './http/client.ts'
import { HttpConnection, type HttpSettings } from './http/connection.ts'
import { refreshDate } from './http/date.ts'
import { Flows } from './http/flows.ts'
import { Http2Connection } from './http/http2.ts'

export { type FailedAnswer, HttpStatusError } from './http/client/status-error.ts'
export type { HttpClientOptions } from './http/client.ts'

/** What http() puts into the bag of every request. */
export interface HttpMarbles {
  /** The request: the WSGI environ, Unicode. */
  environ: Environ
  /** The response: six attributes, encoded when all pipes below have left. */
  response: ResponseMarble
  /** The request's body. */
  read(): AsyncIterable<Uint8Array>
  /**
   * Writes to the response's body, text in the charset of its Content-Type. The first chunk is on hold until a second comes or
   * the flow ends: one write is a response with a Content-Length, more are chunked. Wait for what is returned.
   */
  write(chunk: string | Uint8Array): Awaitable<void>
}

/** Options of {@link http}. */
export interface HttpOptions {
  /** Most bytes of request line and header fields together, default 16_384; more is 431, or 414 for the request line. */
  readonly maxHeadBytes?: number
  /** Most header fields, default 100; more is 431. */
  readonly maxFields?: number
  /** Most milliseconds from the first byte of a head to its last, default 10_000; then 408. */
  readonly headTimeoutMs?: number
  /** Most milliseconds without a byte: between requests, in a body that is being read, in a response that is not taken; default 60_000. */
  readonly idleTimeoutMs?: number
  /** Shows errors with their stacks on the 500 page, default false. */
  readonly debug?: boolean
}

const DEFAULTS: HttpSettings = {
  maxHeadBytes: 16_384,
  maxFields: 100,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  debug: false,
}

/** The two halves of HTTP: `http()` serves it, `http.client()` speaks it to a server. */
export interface HttpFactory {
  /**
   * Serves HTTP/1.1 and 1.0: the stack below runs once for each request, as a flow of its own.
   *
   * Needs   `connection`, `read`, `write`: of a transport, or of pipes that lay their own over them.
   * Adds    `environ`, `response`, and its own `read` and `write`: see {@link HttpMarbles}.
   * Sends   when all pipes below have left: `response`, or what was written. An error that nobody recovered is a plain 500 page (a
   *         PeerError has a status of its own) and goes to the listener's `onError`; where bytes have left, the connection is cut.
   * Refuses what is not a request by RFC 9112, with 400, 408, 414, 417, 431, 501 or 505, and closes.
   * Place   above whatever needs `environ` or `response`.
   * Source  RFC 9110, RFC 9112, PEP 3333, PSGI.
   *
   * @example await listen('tcp://127.0.0.1:8080', stack(http(), ({ environ }) => `Γειά σου, ${environ.REMOTE_ADDR}`))
   */
  (options?: HttpOptions): Pipe<Raw, HttpMarbles>
  /**
   * Speaks HTTP/1.1 to a server: each message sent is the body of a request, the body of each answer is a message that arrives.
   *
   * Needs   `connection`, `read`, `write`: of a transport, or of pipes that lay their own over them.
   * Adds    its own `connection` (of kind `'message'`), `read` and `write`.
   * Sends   one request at a time on a connection, over as many connections as it takes, up to `maxConnections`; they are kept
   *         alive. `posting.headers` become header fields.
   * Gives   the content of each 2xx answer, which may be none; of `text/event-stream`, the data of each event, as they come.
   * Fails   `posting.failed`, or read(), gets a ConnectionLostError: HttpStatusError for another status than 2xx, NOT_SENT,
   *         OUTCOME_UNKNOWN. An answer of another status that names what it answers, as JSON-RPC errors do, is a message besides.
   * Place   first in the stack of a client, above marshalling pipes.
   * Source  RFC 9110, RFC 9112, the event streams of HTML.
   *
   * @throws UsageError OPTION_BAD, HEADER_BAD
   * @example connect('ipc://app.sock', stack(http.client({ path: '/service/api' }), json(), jsonrpc.client()))
   */
  client(options?: HttpClientOptions): Pipe<Raw, Raw>
}

/** See {@link HttpFactory}. */
export const http: HttpFactory = Object.assign(serve, { client: httpClient })

function serve(options: HttpOptions = {}): Pipe<Raw, HttpMarbles> {
  const settings = check(options)
  const connections = new Set<HttpConnection | Http2Connection>()
  let openings = 0
  let stopWatching = () => {}
  return {
    name: 'http',
    needs: ['connection', 'read', 'write'],
    adds: ['environ', 'response', 'read', 'write'],
    protocols: ['h2', 'http/1.1'],
    // The same pipe may stand in the stacks of several listeners.
    open() {
      if (openings++ > 0) return
      refreshDate()
      stopWatching = watchClock((now) => {
        refreshDate()
        for (const connection of connections) connection.tick(now)
      })
    },
    close() {
      if (--openings === 0) stopWatching()
    },
    through(bag, next) {
      const driven = drivenConnection(bag) ?? new PulledConnection(bag)
      const toReport = (error: unknown) => report(bag, error)
      return new Promise<void>((resolve) => {
        let speaker: HttpConnection | Http2Connection | undefined
        const speak = (next: HttpConnection | Http2Connection) => {
          if (speaker !== undefined) connections.delete(speaker)
          speaker = next
          connections.add(speaker)
        }
        const flows = new Flows(toReport, () => {
          if (speaker !== undefined) connections.delete(speaker)
          resolve()
        })
        const http2 = (unread?: Uint8Array) =>
          speak(new Http2Connection(driven, settings, next, toReport, flows, unread))
        if (driven.protocol === 'h2') http2()
        else speak(new HttpConnection(driven, settings, next, toReport, flows, http2))
      })
    },
  }
}

function check(options: HttpOptions): HttpSettings {
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw new UsageError('OPTION_BAD', `http() has no option ${JSON.stringify(name)}. There are: ${known}.`, {
        pipe: 'http',
      })
    }
    const wanted = name === 'debug' ? typeof value === 'boolean' : Number.isSafeInteger(value) && Number(value) > 0
    if (!wanted) {
      const kind = name === 'debug' ? 'true or false' : 'a whole number above 0'
      throw new UsageError('OPTION_BAD', `http() takes ${kind} as ${name}, not ${String(value)}.`, { pipe: 'http' })
    }
    Object.assign(settings, { [name]: value })
  }
  return settings
}
