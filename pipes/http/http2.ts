// HTTP/2 (RFC 9113) by node:http2, behind the same pipe: each stream of a session is a request like any other.

import { createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'
import type { Next } from '../../src/pipe.ts'
import type { HttpMarbles } from '../http.ts'
import type { HttpSettings } from './connection.ts'
import { Exchange } from './exchange.ts'
import { blockOf } from './fields.ts'
import { decodePath, isAuthority, type RequestHead } from './head.ts'
import type { HttpRequest } from './request.ts'

/** Most requests of one connection at the same time. */
const MAX_STREAMS = 128

/** Speaks HTTP/2 on a connection. */
export class Http2Connection implements Sink {
  readonly #connection: DrivenConnection
  readonly #settings: HttpSettings
  readonly #next: Next<HttpMarbles>
  readonly #report: (error: unknown) => void
  readonly #onClosed: () => void
  readonly #exchanges = new Set<Exchange>()
  readonly #terminal: (error: unknown, request: HttpRequest, deferred: boolean) => PromiseLike<void> | undefined
  #session: Http2Session | undefined
  #deadline: number

  /** @param unread what was read of the connection already */
  constructor(
    connection: DrivenConnection,
    settings: HttpSettings,
    next: Next<HttpMarbles>,
    report: (error: unknown) => void,
    onClosed: () => void,
    unread?: Uint8Array,
  ) {
    this.#connection = connection
    this.#settings = settings
    this.#next = next
    this.#report = report
    this.#onClosed = onClosed
    this.#deadline = clock.now + settings.idleTimeoutMs
    this.#terminal = (error, request, deferred) => (request.home as Exchange).answer(request, error, deferred)
    const stream = connection.detach(unread)
    connection.take(this)
    if (stream === undefined) {
      connection.destroy()
      return
    }
    // A server of its own without a socket: it only gives sessions to connections that are handed to it.
    const server = createServer({
      maxHeaderListPairs: settings.maxFields + 4,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: settings.maxHeadBytes },
    })
    server.on('session', (session) => {
      this.#session = session
    })
    server.on('sessionError', () => connection.destroy())
    server.on('stream', (request: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: unknown) =>
      this.#begin(request, headers, raw),
    )
    server.emit('connection', stream)
  }

  // Node's session reads the stream by itself.
  data(): void {}
  end(): void {}
  drained(): void {}

  closed(): void {
    for (const exchange of this.#exchanges) exchange.lost()
    this.#session?.destroy()
    this.#onClosed()
  }

  /** Says that no further request is taken (GOAWAY), and closes when those under way are answered. */
  drain(): void {
    this.#session?.close()
  }

  tick(now: number): void {
    for (const exchange of this.#exchanges) exchange.tick(now)
    if (this.#exchanges.size > 0) this.#deadline = now + this.#settings.idleTimeoutMs
    else if (now > this.#deadline) this.drain()
  }

  #begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: unknown): void {
    // node:http2 gives the raw fields as a flat list; its types do not say so.
    const fields = raw as string[]
    const exchange = new Exchange(stream, this.#connection, this.#settings, this.#report)
    this.#exchanges.add(exchange)
    stream.on('close', () => {
      this.#exchanges.delete(exchange)
      exchange.lost()
    })
    let head: RequestHead
    try {
      head = toHead(headers, fields)
    } catch (error) {
      exchange.refuse(error)
      return
    }
    const request = exchange.begin(head, headers)
    const pending = this.#next(request, this.#terminal)
    if (isThenable(pending)) pending.then(undefined, this.#report)
  }
}

function toHead(headers: IncomingHttpHeaders, raw: readonly string[]): RequestHead {
  const method = headers[':method'] ?? ''
  const fields: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!name.startsWith(':')) fields.push([name, raw[at + 1] ?? ''])
  }
  const hosts = fields.filter(([name]) => name === 'host')
  const authority = headers[':authority'] ?? hosts[0]?.[1]
  if (authority === undefined || hosts.length > 1 || !isAuthority(authority)) {
    throw bad('a request names one host, by :authority or Host')
  }
  if (hosts[0] !== undefined && hosts[0][1] !== authority) throw bad(':authority and Host name different hosts')
  if (fields.filter(([name]) => name === 'content-type').length > 1) throw bad('there are two Content-Type fields')
  if (hosts.length === 0) fields.push(['host', authority])
  const target = headers[':path'] ?? authority
  if (method !== 'CONNECT' && !/^(?:\/[!-"$-~]*|\*)$/.test(target))
    throw bad(':path begins with "/" and is VCHAR without "#"')
  if (target === '*' && method !== 'OPTIONS') throw bad('"*" is for OPTIONS alone')
  const mark = target.indexOf('?')
  const path = method === 'CONNECT' ? '' : mark < 0 ? target : target.slice(0, mark)
  return {
    method,
    target,
    minor: 1,
    protocol: 'HTTP/2.0',
    path: decodePath(path),
    query: mark < 0 || method === 'CONNECT' ? '' : target.slice(mark + 1),
    authority,
    block: blockOf(fields),
    length: 0,
    keepAlive: true,
    expectContinue: headers.expect?.toLowerCase() === '100-continue',
    end: 0,
  }
}

function bad(message: string): PeerError {
  return new PeerError('HEAD_BAD', `${message} (RFC 9113 §8.3).`, { pipe: 'http' })
}
