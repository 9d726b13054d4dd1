// Short answers that a pipe gives in place of a handler: 404, 405, and 204 to OPTIONS.

import { PeerError, quote } from '../errors.ts'
import { HeaderList } from './header-list.ts'
import { keptLines, OF_THE_BODY } from './kept-lines.ts'
import type { PsgiResponse } from './response.ts'

/** Who answers, and what was asked for. */
export interface Question {
  /** The pipe that answers, for errors. */
  readonly pipe: string
  /** What it looked up: a path, the name of a message. */
  readonly value: string
}

/**
 * Answers 404.
 *
 * @param response the marble; undefined where the stack has none
 * @throws PeerError ROUTE_MISSING (404) without a response
 */
export function answerNotFound(response: PsgiResponse | undefined, { pipe, value }: Question): void {
  if (response === undefined) {
    throw new PeerError('ROUTE_MISSING', `${pipe}() has no route for ${quote(value)}`, { status: 404, pipe })
  }
  answer(response, '404 Not Found')
}

/**
 * Answers a request whose method is not in the table: OPTIONS with 204, others with 405.
 *
 * Source  RFC 9110 §15.5.6 (405 must say `Allow`), §9.3.7 (OPTIONS).
 *
 * @param allow the value of the Allow field
 * @throws PeerError ROUTE_MISSING (405) without a response
 */
export function answerNotAllowed(
  response: PsgiResponse | undefined,
  method: string,
  allow: string,
  { pipe, value }: Question,
): void {
  if (response === undefined) {
    const message = `${pipe}() has no route for ${quote(method)} ${quote(value)}; there are: ${allow}`
    throw new PeerError('ROUTE_MISSING', message, { status: 405, pipe })
  }
  answer(response, method === 'OPTIONS' ? '204 No Content' : '405 Method Not Allowed', allow)
}

function answer(response: PsgiResponse, status: string, allow?: string): void {
  const empty = status.startsWith('204')
  const lines = keptLines(response, OF_THE_BODY)
  if (allow !== undefined) lines.push(['Allow', allow])
  if (!empty) lines.push(['Content-Type', 'text/plain; charset=utf-8'])
  response.status = status
  response.status_format = 'unicode'
  response.header_list = new HeaderList(lines)
  response.header_list_format = 'unicode'
  response.body = empty ? [] : [`${status.slice(4)}\n`]
  response.body_format = 'unicode'
}
