// Whether a page may connect: browsers send cookies along with a WebSocket, whatever page it was opened by (RFC 6455 §10.2).

import type { Environ } from '../../src/psgi/environ.ts'
import type { WebsocketTerms } from './terms.ts'

/** Whether the origin of a request is one of `origins`, by default one of the host that it is for. */
export async function isWelcome(environ: Environ, origins: WebsocketTerms['origins']): Promise<boolean> {
  const origin = environ.HTTP_ORIGIN
  // Browsers always send it: whoever does not, is none, and could send any.
  if (origin === undefined) return true
  if (origins === undefined) return isSameHost(origin, environ)
  // Not whatever is truthy: a promise that was not awaited in there is no yes.
  return typeof origins === 'function' ? (await origins(origin, environ)) === true : origins.has(origin)
}

function isSameHost(origin: string, environ: Environ): boolean {
  const page = /^(https?):\/\/([^/]+)$/.exec(origin)
  const [, scheme = '', host = ''] = page ?? []
  if (page === null || !URL.canParse(origin)) return false
  // Who can change what comes without TLS makes pages of any host.
  if (environ['wsgi.url_scheme'] === 'https' && scheme !== 'https') return false
  // Whether we are behind a proxy that speaks TLS is not known: so the page's scheme says what the default port is.
  const usual = scheme === 'https' ? ':443' : ':80'
  return withoutPort(host, usual) === withoutPort(environ.HTTP_HOST ?? '', usual)
}

function withoutPort(host: string, usual: string): string {
  const lower = host.toLowerCase()
  return lower.endsWith(usual) ? lower.slice(0, -usual.length) : lower
}
