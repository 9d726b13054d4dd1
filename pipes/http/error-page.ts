// The plain page that answers an error which nobody recovered: escaped, and silent about the inside unless `debug` is set.

import { STATUS_CODES } from 'node:http'
import { inspect } from 'node:util'
import { PeerError } from '../../src/errors.ts'
import { header_lines } from '../../src/psgi/head.ts'
import { OF_THE_BODY } from '../../src/psgi/kept-lines.ts'
import { escapeMarkup } from '../../src/psgi/markup.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

/** Besides what describes the body: how the page that was not sent is to be kept and followed, and what is for the server to say. */
const OF_THE_PAGE = /^(?:location|cache-control|expires|age|transfer-encoding|connection|trailer|upgrade)$/i

/** The status that tells a peer of `error`: what a PeerError says, else 500. */
export function statusOf(error: unknown): string {
  const code = error instanceof PeerError ? error.status : 500
  return `${code} ${STATUS_CODES[code] ?? 'Error'}`
}

/**
 * The response to an error.
 *
 * @param before the response as the pipes had made it: its header lines are kept, but for those that describe its body
 */
export function errorResponse(error: unknown, before: ResponseMarble | undefined, debug: boolean): ResponseMarble {
  const response = new ResponseMarble()
  const status = statusOf(error)
  response.status = status
  const headers = new ResponseHeaders(keptFrom(before))
  headers.set('Content-Type', 'text/html; charset=utf-8')
  headers.set('Cache-Control', 'no-store')
  response.header_list = headers
  const told = error instanceof PeerError ? `<p>${escapeMarkup(error.message)}</p>\n` : ''
  const inside = debug ? `<pre>${escapeMarkup(inspect(error))}</pre>\n` : ''
  response.body = `<!doctype html>\n<meta charset="utf-8">\n<title>${escapeMarkup(status)}</title>\n<h1>${escapeMarkup(status)}</h1>\n${told}${inside}`
  return response
}

function keptFrom(before: ResponseMarble | undefined): [string, string][] {
  if (before === undefined) return []
  try {
    const lines = header_lines(before).lines.split('\r\n').slice(0, -1)
    const pairs = lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(': ')),
      line.slice(line.indexOf(': ') + 2),
    ])
    return pairs.filter(([name]) => !OF_THE_BODY.test(name) && !OF_THE_PAGE.test(name))
  } catch {
    // The header lines may be what is wrong; that error is the one being answered.
    return []
  }
}
