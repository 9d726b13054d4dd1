// The IncomingMessage of an environ.

import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Environ } from '../../src/psgi/environ.ts'
import { headerName, isHeaderKey } from '../../src/psgi/header-keys.ts'
import type { Input } from '../../src/psgi/input.ts'
import { rawPath } from '../../src/psgi/raw-path.ts'

/** Makes a request; nothing of its body is read before somebody asks. */
export function requestOf(environ: Environ, socket: Socket): IncomingMessage {
  const req = new IncomingMessage(socket)
  feed(req, environ['wsgi.input'])
  const { prefix, rest } = rawPath(environ)
  const query = environ.QUERY_STRING === '' ? '' : `?${environ.QUERY_STRING}`
  req.method = environ.REQUEST_METHOD
  req.url = `${rest === '' ? '/' : rest}${query}`
  const version = /^HTTP\/(\d)\.(\d)$/.exec(environ.SERVER_PROTOCOL)
  req.httpVersionMajor = Number(version?.[1] ?? 1)
  req.httpVersionMinor = Number(version?.[2] ?? 1)
  req.httpVersion = `${req.httpVersionMajor}.${req.httpVersionMinor}`
  // Lines of one name are joined already, which is what node:http would do.
  const headers: Record<string, string> = {}
  const apart: Record<string, string[]> = {}
  for (const [key, value] of Object.entries(environ)) {
    if (!isHeaderKey(key) || typeof value !== 'string') continue
    const name = headerName(key)
    req.rawHeaders.push(name, value)
    headers[name.toLowerCase()] = value
    apart[name.toLowerCase()] = [value]
  }
  req.headers = headers
  req.headersDistinct = apart
  // As Express has them in an application that another has mounted.
  if (prefix !== '') Object.assign(req, { originalUrl: `${prefix}${rest}${query}`, baseUrl: prefix })
  return req
}

/** Lets `req` read a body. The method is put on it itself: Express gives every request another prototype. */
function feed(req: IncomingMessage, input: Input): void {
  let begun = false
  let goOn: (() => void) | undefined
  req._read = () => {
    goOn?.()
    if (begun) return
    begun = true
    // Not a chunk for each call: an IncomingMessage does not ask again by itself while there is room.
    pump().catch((error) => req.destroy(error instanceof Error ? error : new Error(String(error))))
  }
  async function pump(): Promise<void> {
    for await (const chunk of input) {
      if (req.destroyed) return
      if (req.push(chunk)) continue
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
    }
    req.complete = true
    if (!req.destroyed) req.push(null)
  }
}
