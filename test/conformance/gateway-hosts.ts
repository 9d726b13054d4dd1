// The applications of the suite for gateways, as each hosting pipe takes them.

import { fetchApp } from '../../pipes/fetch-app.ts'
import { nodeApp } from '../../pipes/node-app.ts'
import { wsgi } from '../../pipes/wsgi.ts'
import type { HttpPipe } from '../wire.ts'
import type { Answered, App } from './gateways.ts'

/** By fetchApp(). */
export function byFetch(app: App): HttpPipe {
  return fetchApp(async (request) => {
    const url = new URL(request.url)
    const answered = await app({
      method: request.method,
      path: decodeURIComponent(url.pathname),
      query: url.search.slice(1),
      field: (name) => request.headers.get(name) ?? undefined,
      body: request.body ?? none(),
    })
    const headers = new Headers()
    for (const [name, value] of answered.headers ?? []) headers.append(name, value)
    const { status = 200, body } = answered
    return new Response(body === undefined ? null : streamOf(body), { status, headers })
  })
}

/** By nodeApp(). */
export function byNode(app: App): HttpPipe {
  return nodeApp(async (req, res) => {
    const url = new URL(`http://a${req.url}`)
    const answered = await app({
      method: req.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.search.slice(1),
      field: (name) => req.headers[name.toLowerCase()]?.toString(),
      body: req,
    })
    for (const [name, value] of answered.headers ?? []) res.appendHeader(name, value)
    res.statusCode = answered.status ?? 200
    for await (const chunk of answered.body ?? []) {
      if (!res.write(chunk)) await new Promise((resolve) => res.once('drain', resolve))
    }
    res.end()
  })
}

/** By wsgi(). */
export function byWsgi(app: App): HttpPipe {
  return wsgi(async (environ, start_response) => {
    const answered = await app({
      method: environ.REQUEST_METHOD,
      path: environ.PATH_INFO,
      query: environ.QUERY_STRING,
      field: (name) => {
        const key = name.toUpperCase().replaceAll('-', '_')
        const value: unknown = Reflect.get(environ, key.startsWith('CONTENT_') ? key : `HTTP_${key}`)
        return typeof value === 'string' ? value : undefined
      },
      body: environ['wsgi.input'],
    })
    start_response(`${answered.status ?? 200} Some`, answered.headers ?? [])
    return answered.body ?? []
  })
}

async function* none(): AsyncGenerator<Uint8Array> {}

function streamOf(body: NonNullable<Answered['body']>): ReadableStream<Uint8Array> {
  const bytes = (async function* () {
    for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  })()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await bytes.next()
      if (done === true) controller.close()
      else if (value.byteLength > 0) controller.enqueue(value)
      else return this.pull?.(controller)
    },
  })
}
