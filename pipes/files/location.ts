// Where a folder is that was asked for without the slash at its end.

import type { Environ } from '../../src/psgi/environ.ts'
import { wellFormed } from '../../src/psgi/surrogates.ts'

/**
 * The path of the request with a slash at its end, for `Location`: on the same host whatever the path, percent-encoded, with
 * `SCRIPT_NAME` and the query.
 *
 * @example locationOf({ SCRIPT_NAME: '/static', PATH_INFO: '/a b', QUERY_STRING: 'v=1' }) // '/static/a%20b/?v=1'
 */
export function locationOf(environ: Pick<Environ, 'SCRIPT_NAME' | 'PATH_INFO' | 'QUERY_STRING'>): string {
  const { SCRIPT_NAME, PATH_INFO, QUERY_STRING } = environ
  // A backslash is encoded too: readers of URLs take it for a slash.
  const path = wellFormed(`${SCRIPT_NAME}${PATH_INFO}/`).split('/').map(encodeURIComponent).join('/')
  // RFC 3986 §4.2: what begins with two slashes names a host.
  const rooted = path.replace(/^\/*/, '/')
  return QUERY_STRING === '' ? rooted : `${rooted}?${QUERY_STRING}`
}
