// The Request of an environ.

import { PeerError, quote } from '../../src/errors.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { headerName, isHeaderKey } from '../../src/psgi/header-keys.ts'
import type { Input } from '../../src/psgi/input.ts'
import { rawPath } from '../../src/psgi/raw-path.ts'

/** Methods that no Request has (Fetch, section 2.2.1). */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/**
 * Makes a Request; nothing of the body is read before somebody asks.
 *
 * @throws PeerError HEAD_BAD
 */
export function requestOf(environ: Environ, signal: AbortSignal): Request {
  const method = environ.REQUEST_METHOD
  if (FORBIDDEN.has(method.toUpperCase())) {
    throw new PeerError('HEAD_BAD', `the method ${quote(method)} is not served here`, { status: 501, pipe: 'fetchApp' })
  }
  const isBodyless = method === 'GET' || method === 'HEAD' || environ.CONTENT_LENGTH === '0'
  const body = isBodyless ? null : streamOf(environ['wsgi.input'])
  return new Request(urlOf(environ), { method, headers: headersOf(environ), body, signal, duplex: 'half' })
}

function urlOf(environ: Environ): URL {
  const { QUERY_STRING, SERVER_NAME, SERVER_PORT, HTTP_HOST } = environ
  const host = HTTP_HOST === undefined || HTTP_HOST === '' ? `${SERVER_NAME}:${SERVER_PORT}` : HTTP_HOST
  const query = QUERY_STRING === '' ? '' : `?${QUERY_STRING}`
  const { rest } = rawPath(environ)
  try {
    return new URL(`${environ['wsgi.url_scheme']}://${host}${rest.startsWith('/') ? '' : '/'}${rest}${query}`)
  } catch (cause) {
    throw new PeerError('HEAD_BAD', `the host ${quote(host)} is none`, { cause, pipe: 'fetchApp' })
  }
}

function headersOf(environ: Environ): Headers {
  const headers = new Headers()
  for (const [key, value] of Object.entries(environ)) {
    if (isHeaderKey(key) && typeof value === 'string') headers.append(headerName(key), value)
  }
  return headers
}

/** A body that is read no faster than it is taken. */
function streamOf(input: Input): ReadableStream<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
}
