// The answer of an application of others (fetch, node:http, WSGI), as the response of a stack.

import { STATUS_CODES } from 'node:http'
import type { Body } from './body.ts'
import { HeaderList, type HeaderPair } from './header-list.ts'
import { keptLines, lineName, OF_THE_BODY } from './kept-lines.ts'
import type { PsgiResponse } from './response.ts'

/** Fields that are about one connection, which is the server's (RFC 9110 §7.6.1; PEP 3333, "Other HTTP Features"). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Whether a header field is for the server alone. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name.toLowerCase())
}

/** Lines of which each stands for itself: one more does not replace the others. */
const ADDED: ReadonlySet<string> = new Set(['set-cookie', 'vary', 'link', 'server-timing'])

/** The status line of a code, with the reason that was given or the usual one. */
export function statusOf(code: number, reason: string): string {
  return `${code} ${reason === '' ? (STATUS_CODES[code] ?? '') : reason}`
}

/**
 * Puts an application's answer into the response. Lines that pipes above have set stay, where the application does not say
 * otherwise; those that describe a body go.
 *
 * @param lines of the application, in order; none of them may be about the connection
 */
export function answerHosted(response: PsgiResponse, status: string, lines: readonly HeaderPair[], body: Body): void {
  const given = new Set(lines.map(([name]) => lineName(name).toLowerCase()))
  const replaced = (name: string) => given.has(name) && !ADDED.has(name)
  const kept = keptLines(response, OF_THE_BODY).filter(([name]) => !replaced(lineName(name).toLowerCase()))
  response.status = status
  response.status_format = 'unicode'
  response.header_list = new HeaderList([...kept, ...lines])
  response.header_list_format = 'unicode'
  response.body = body
  response.body_format = 'unicode'
}
