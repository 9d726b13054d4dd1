// fetchHandler: a stack as fetch(Request), for Bun and whatever else serves by that.

import type { DrivenConnection, Raw } from '../net/connection.ts'
import type { ServerOptions } from '../net/server.ts'
import type { Pipe } from '../pipe.ts'
import { hasMethod, isObject } from '../psgi/pairs.ts'
import { exchange } from './exchange.ts'
import { endOf, Gateway, type GatewayVerbs, withVerbs } from './gateway.ts'

/**
 * Answers a request. `server`: what Bun and Deno give besides, which knows who is asking.
 */
export type FetchHandler = ((request: Request, server?: unknown) => Promise<Response>) & GatewayVerbs

/**
 * Serves a stack from a runtime that calls `fetch(Request)`.
 *
 * Each request goes through the whole stack, http() too, over a connection within the process. Bodies are streamed both ways, no
 * faster than they are taken. When `request.signal` fires, or the body is cancelled, the connection is cut. A connection cannot be
 * taken over.
 *
 * Source  Fetch.
 *
 * @example Bun.serve({ port: 8080, fetch: fetchHandler(app) })
 */
export function fetchHandler<Adds>(stack: Pipe<Raw, Adds>, options: ServerOptions = {}): FetchHandler {
  const gateway = new Gateway(stack, options)
  return withVerbs((request: Request, server?: unknown) => serve(gateway, request, server), gateway)
}

async function serve<Adds>(gateway: Gateway<Adds>, request: Request, server: unknown): Promise<Response> {
  const { protocol, host, port, hostname, pathname, search } = new URL(request.url)
  const secure = protocol === 'https:'
  const local = endOf(hostname.replace(/^\[|\]$/g, ''), Number(port === '' ? (secure ? 443 : 80) : port))
  const connection = await gateway.connect(secure, { remote: remoteOf(request, server), local })
  if (connection === undefined) return new Response(null, { status: 503 })
  const cut = () => connection.destroy()
  const { signal } = request
  signal.addEventListener('abort', cut, { once: true })
  if (signal.aborted) cut()
  void connection.closed.then(() => signal.removeEventListener('abort', cut))
  const answer = await exchange(connection, {
    method: request.method,
    target: `${pathname}${search}`,
    host: request.headers.get('host') ?? host,
    headers: request.headers,
    body: request.body ?? undefined,
  })
  const headers = new Headers()
  for (const [name, value] of answer.headers) headers.append(name, value)
  const { status, reason } = answer
  // Of these, a Response allows no body (Fetch, section 2.2.3).
  const hasBody = answer.body !== undefined && status !== 205
  const body = hasBody ? streamOf(answer.body, connection) : null
  if (!hasBody) void connection.close()
  return new Response(body, { status, statusText: reason, headers })
}

function streamOf(body: AsyncIterable<Uint8Array>, connection: DrivenConnection): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done !== true) return controller.enqueue(value)
        controller.close()
        void connection.close()
      },
      cancel: () => connection.destroy(),
    },
    { highWaterMark: 0 },
  )
}

/** Bun's server has requestIP(request), Deno's second argument remoteAddr. */
function remoteOf(request: Request, server: unknown): string {
  if (!isObject(server)) return ''
  const asked: unknown = hasMethod(server, 'requestIP') ? Reflect.apply(server.requestIP, server, [request]) : undefined
  const found = isObject(asked) ? asked : 'remoteAddr' in server ? server.remoteAddr : undefined
  if (!isObject(found)) return ''
  const host = 'address' in found ? found.address : 'hostname' in found ? found.hostname : undefined
  const port = 'port' in found ? found.port : undefined
  return typeof host === 'string' && typeof port === 'number' ? endOf(host, port) : ''
}
