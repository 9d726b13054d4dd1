// http.client: messages as HTTP/1.1 requests, answers as messages.

import { UsageError } from '../../src/errors.ts'
import { watchClock } from '../../src/net/clock.ts'
import { type DrivenConnection, drivenConnection, type Raw } from '../../src/net/connection.ts'
import { PulledConnection } from '../../src/net/pulled-connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { wrongMethod } from '../../src/psgi/methods.ts'
import { report } from '../../src/report.ts'
import { TARGET } from './bytes.ts'
import { HttpClientConnection } from './client/connection.ts'
import type { PoolSettings } from './client/pool.ts'
import { checkFields, type HeaderFields, hostOf, RequestHeads } from './client/request-head.ts'

/** Options of {@link httpClient}. */
export interface HttpClientOptions {
  /** Default `'POST'`; any but CONNECT and TRACE. */
  readonly method?: string
  /** The request target: path and query, percent-encoded; default `'/'`. */
  readonly path?: string
  /** Header fields of every request, such as `authorization`. */
  readonly headers?: HeaderFields
  /** The Content-Type of messages; by default what the marshalling pipe says, and none without one. */
  readonly type?: string
  /** Most connections at the same time, default 10. More than one takes an address that can be connected to again. */
  readonly maxConnections?: number
  /** Most milliseconds that a request waits for a connection, and then for its whole answer; default 60_000. */
  readonly timeoutMs?: number
  /** Most bytes of an answer's body, or of one event in a stream of events; default 16_777_216 (16 MiB). */
  readonly maxBytes?: number
}

const COUNTS = { maxConnections: 10, timeoutMs: 60_000, maxBytes: 16_777_216 } as const
const KNOWN: readonly string[] = ['method', 'path', 'headers', 'type', ...Object.keys(COUNTS)]

interface ClientSettings extends PoolSettings {
  readonly path: string
  readonly fields: ReadonlyMap<string, string>
  readonly type: string | undefined
}

/** The client half of http(): see {@link HttpFactory.client}. */
export function httpClient(options: HttpClientOptions = {}): Pipe<Raw, Raw> {
  const settings = check(options)
  const connections = new Set<HttpClientConnection>()
  let openings = 0
  let stopWatching = () => {}
  return {
    name: 'http.client',
    needs: ['connection', 'read', 'write'],
    adds: ['connection', 'read', 'write'],
    protocols: ['http/1.1'],
    // The same pipe may stand in the stacks of several connections.
    open() {
      if (openings++ > 0) return
      stopWatching = watchClock((now) => {
        for (const connection of connections) connection.tick(now)
      })
    },
    close() {
      if (--openings === 0) stopWatching()
    },
    through(bag, next) {
      const driven: DrivenConnection = drivenConnection(bag) ?? new PulledConnection(bag)
      if (driven.link !== undefined) driven.link.pooled = true
      const { method, path, fields, type } = settings
      const heads = new RequestHeads(method, path, hostOf(driven.link?.address ?? driven.remote), fields)
      const client = new HttpClientConnection(driven, settings, heads, type, (error) => report(bag, error))
      connections.add(client)
      // A flow of its own: its signal is the client's, not that of the first connection, which others may follow.
      return next(client, async (error) => {
        await client.close()
        connections.delete(client)
        if (error !== undefined) throw error
      })
    },
  }
}

function check(options: HttpClientOptions): ClientSettings {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw bad(`has no option ${JSON.stringify(name)}. There are: ${KNOWN.join(', ')}.`)
  }
  const { method = 'POST', path = '/', headers = {} } = options
  const wrong = typeof method === 'string' ? wrongMethod(method) : 'a method is text'
  if (wrong !== undefined) throw bad(`got the method ${JSON.stringify(method)}: ${wrong}.`)
  if (method === 'CONNECT' || method === 'TRACE') throw bad(`sends no ${method}: it carries no message.`)
  const isTarget = typeof path === 'string' && Buffer.from(path).every((byte) => TARGET[byte] === 1)
  if (!isTarget || !(path.startsWith('/') || (path === '*' && method === 'OPTIONS'))) {
    const rule = 'It begins with "/" and is percent-encoded, as by encodeURI()'
    throw bad(`got the path ${JSON.stringify(path)}. ${rule} (RFC 9112 §3.2).`)
  }
  const fields = checkFields(headers)
  const type = options.type ?? fields.get('content-type')
  fields.delete('content-type')
  if (type !== undefined) checkFields({ 'content-type': type })
  return {
    method,
    path,
    // Without the query, which may hold secrets: it stands in messages.
    line: `${method} ${path.replace(/\?.*/s, '')}`,
    fields,
    type,
    maxConnections: count(options, 'maxConnections'),
    timeoutMs: count(options, 'timeoutMs'),
    maxBytes: count(options, 'maxBytes'),
  }
}

function count(options: HttpClientOptions, name: keyof typeof COUNTS): number {
  const value = options[name] ?? COUNTS[name]
  if (Number.isSafeInteger(value) && value > 0) return value
  throw bad(`takes a whole number above 0 as ${name}, not ${String(value)}.`)
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', `http.client() ${message}`, { pipe: 'http.client' })
}
