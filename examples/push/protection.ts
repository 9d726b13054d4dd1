// What protects the page and its users from other sites, and from what somebody may have got into it.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Bag, HeaderList, type Pipe } from 'pipestack'
import type { HttpMarbles } from 'pipestack/pipes/http'

/**
 * Says what the page may load: its own files, and the one script that stands in it, which is its import map.
 *
 * @param page the file of the page
 * @see https://www.w3.org/TR/CSP3/
 */
export function policy(page: URL): Pipe<HttpMarbles, {}> {
  const [, inline = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(readFileSync(page, 'utf8')) ?? []
  const hash = createHash('sha256').update(inline).digest('base64')
  const lines = new HeaderList([
    [
      'Content-Security-Policy',
      `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; img-src 'self'; connect-src 'self'; ` +
        `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    ],
    ['Referrer-Policy', 'no-referrer'],
    ['X-Content-Type-Options', 'nosniff'],
  ])
  return {
    name: 'policy',
    enter({ response }: Bag<HttpMarbles>) {
      response.header_list = lines
    },
  }
}

/** Refuses what pages of other sites send: a browser says where a POST comes from. Programs, which need no page for that, say nothing. */
export function sameOrigin({ environ, response, interrupt }: Bag<HttpMarbles>): string | undefined {
  const { HTTP_ORIGIN: origin, HTTP_HOST: host, REQUEST_METHOD: method } = environ
  if (method === 'GET' || method === 'HEAD' || origin === undefined) return undefined
  if (URL.canParse(origin) && new URL(origin).host === host) return undefined
  response.status = '403 Forbidden'
  interrupt()
  return 'This came from the page of another site.\n'
}
