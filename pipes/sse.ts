// sse: server-sent events: a message connection over the response of a GET, and what is posted to the same URL comes in.

import { randomBytes } from 'node:crypto'
import type { Bag } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { watchClock } from '../src/net/clock.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Next, Pipe } from '../src/pipe.ts'
import { answerNotAllowed } from '../src/psgi/answer.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { HeaderList } from '../src/psgi/header-list.ts'
import { keptLines } from '../src/psgi/kept-lines.ts'
import { allowLine } from '../src/psgi/methods.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { acceptsEvents, lastEventId } from './sse/asked.ts'
import { retryText, type SentEvent } from './sse/event.ts'
import { EventConnection, type EventSender, type StreamTerms } from './sse/event-connection.ts'
import { answer, RETRY_SOON, receive } from './sse/receive.ts'

export type { EventSender, SentEvent }

/** What sse() needs: what http() adds, whatever `write` takes besides text. */
export interface SseNeeds extends Raw {
  environ: Environ
  response: PsgiResponse
}

/** What sse() puts into the bag. */
export interface SseMarbles extends Raw {
  /** The last event that the peer has, and events with more than data. */
  sse: EventSender
}

/** Options of {@link sse}. */
export interface SseOptions {
  /** Milliseconds without an event after which a comment is sent, so that nobody on the way takes the connection for dead, default 15_000. */
  readonly heartbeatMs?: number
  /** Milliseconds that a browser waits before it comes back, default 2_000. */
  readonly retryMs?: number
  /** Most milliseconds that a peer takes nothing of what waits for it, default 60_000; then the stream is cut. */
  readonly stallTimeoutMs?: number
  /** Most streams at the same time, default 10_000; further ones are answered 503. */
  readonly maxStreams?: number
  /** Most messages that were posted to a stream and are not taken, default 100; further ones are answered 429. */
  readonly maxQueued?: number
  /** Most bytes of a message that is posted, default 1_048_576; more is 413. As many may wait for one stream, in all its messages. */
  readonly maxBytes?: number
}

interface Settings extends StreamTerms {
  readonly retryMs: number
  readonly maxStreams: number
}

const DEFAULTS: Settings = {
  heartbeatMs: 15_000,
  retryMs: 2_000,
  stallTimeoutMs: 60_000,
  maxStreams: 10_000,
  maxQueued: 100,
  maxBytes: 1_048_576,
}

const ALLOW = allowLine(['GET', 'POST'])
/** What describes a body, and what is said here anew. */
const REPLACED =
  /^(?:content-(?:type|length|encoding|range|disposition)|etag|last-modified|cache-control|x-accel-buffering)$/i

/**
 * Makes a stream of server-sent events of a GET: every message that is written is one event, and leaves in the same tick.
 *
 * The rest of the stack runs as a flow of its own on a connection of messages, for as long as the stream lasts. Once it reads, the peer is
 * told an unguessable id (event `stream`), and what is posted to the same URL with it (field `Stream-Id`, or `?stream=`) is a message
 * that arrives.
 *
 * Needs   `environ`, `response`, `connection`, `read`, `write`: of http().
 * Adds    its own `connection` (of kind `'message'`), `read` and `write`; `sse`: see {@link EventSender}. Its own `signal` fires when the
 *         peer is gone, and when the listener closes and nobody reads.
 * Sends   200 and text/event-stream, at once. To a POST 204 when its message has arrived, 404 for an unknown id, 413, 415, 429. 405 to other
 *         methods, 406 where events are not accepted, 503 with too many streams.
 * Fails   UsageError WRITE_VALUE for bytes, and for what is no event; OPTION_BAD, when it is built. PeerError CONNECTION_CLOSED for whoever
 *         writes to a peer that is gone; TIMEOUT for one that takes nothing.
 * Place   below http(), above json(): `part(sse(), json(), …)`.
 * Source  HTML, section 9.2 (server-sent events).
 *
 * @example
 * router({ '/log': part(sse(), json(), hub, async ({ hub, sse, write }) => {
 *   for await (const { event } of hub.subscribe('log', { after: sse.lastEventId })) await write(event)
 * }) })
 */
export function sse(options: SseOptions = {}): Pipe<SseNeeds, SseMarbles> {
  const settings = check(options)
  const connections = new Set<EventConnection>()
  const streams = new Map<string, EventConnection>()
  let openings = 0
  let stopWatching = () => {}

  const stream = async (bag: Bag<SseNeeds>, next: Next<SseMarbles>) => {
    const id = randomBytes(16).toString('base64url')
    const onTake = () => streams.set(id, connection)
    const connection = new EventConnection(bag, { id, lastEventId: lastEventId(bag.environ), terms: settings, onTake })
    const hangUp = () => connection.hangUp()
    const { signal } = bag
    signal.addEventListener('abort', hangUp, { once: true })
    connections.add(connection)
    const leave = (error: unknown) => {
      streams.delete(id)
      return connection.finish(error)
    }
    try {
      connection.begin(retryText(settings.retryMs))
      await next(connection, leave)
    } finally {
      connections.delete(connection)
      signal.removeEventListener('abort', hangUp)
      // What somebody writes from now on would stand nowhere.
      connection.hangUp()
    }
  }

  return {
    name: 'sse',
    needs: ['environ', 'response', 'connection', 'read', 'write'],
    adds: ['connection', 'read', 'write', 'sse'],
    // The same pipe may stand in the stacks of several listeners.
    open() {
      if (openings++ > 0) return
      stopWatching = watchClock((now) => {
        for (const connection of connections) connection.tick(now)
      })
    },
    close() {
      if (--openings === 0) stopWatching()
    },
    async through(bag, next) {
      const { environ, response } = bag
      const { REQUEST_METHOD: method, PATH_INFO: value } = environ
      if (method === 'POST') return receive(bag, streams, settings.maxBytes)
      if (method !== 'GET' && method !== 'HEAD')
        return answerNotAllowed(response, method, ALLOW, { pipe: 'sse', value })
      if (!acceptsEvents(environ.HTTP_ACCEPT)) return answer(response, '406 Not Acceptable')
      if (connections.size >= settings.maxStreams) return answer(response, '503 Service Unavailable', RETRY_SOON)
      announce(response)
      return method === 'GET' ? stream(bag, next) : undefined
    },
  }
}

/** The head of a stream. */
function announce(response: PsgiResponse): void {
  response.status = '200 OK'
  response.status_format = 'unicode'
  response.header_list = new HeaderList([
    ...keptLines(response, REPLACED),
    ['Content-Type', 'text/event-stream'],
    // RFC 9111 §5.2.2.6: nor is anybody on the way to compress it, and hold events back for that.
    ['Cache-Control', 'no-store, no-transform'],
    ['X-Accel-Buffering', 'no'],
  ])
  response.header_list_format = 'unicode'
  response.body_format = 'unicode'
}

function check(options: SseOptions): Settings {
  const settings = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw badOption(`sse() has no option ${JSON.stringify(name)}. There are: ${known}.`)
    }
    if (!Number.isSafeInteger(value) || Number(value) <= 0) {
      throw badOption(`sse() takes a whole number above 0 as ${name}, not ${String(value)}.`)
    }
    Object.assign(settings, { [name]: value })
  }
  return settings
}

function badOption(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'sse' })
}
