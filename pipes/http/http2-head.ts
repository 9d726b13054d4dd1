// Heads in HTTP/2: the pseudo-header fields of a request become a request line (RFC 9113 §8.3.1), a status line becomes one.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { PeerError } from '../../src/errors.ts'
import { blockOf, type HeadLimits } from './fields.ts'
import { expectsContinue, type RequestHead } from './head.ts'
import { decodePath, isAuthority } from './target.ts'

/** What HTTP/2 says in other ways (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** Fields whose lines stay apart: Set-Cookie is no list, and the others are lists that hardly anybody reads right (RFC 9110 §5.3). */
const APART: ReadonlySet<string> = new Set(['proxy-authenticate', 'set-cookie', 'www-authenticate'])

/**
 * The head of a request.
 *
 * @param headers by name, as node:http2 gives them
 * @param raw the same as a flat list, in order
 * @throws PeerError with the status to answer
 */
export function readHead(headers: IncomingHttpHeaders, raw: readonly string[], limits: HeadLimits): RequestHead {
  const fields = fieldsOf(raw, limits)
  const method = headers[':method'] ?? ''
  const host = onlyOne(fields, 'host')
  const authority = headers[':authority'] ?? host
  if (authority === undefined || !isAuthority(authority)) throw bad('a request names its host, by :authority or Host')
  if (host === undefined) fields.push(['host', authority])
  else if (host.toLowerCase() !== authority.toLowerCase()) throw bad(':authority and Host name different hosts')
  onlyOne(fields, 'content-type')
  const expect = onlyOne(fields, 'expect')
  const target = headers[':path'] ?? authority
  if (method === 'CONNECT') {
    if (!/:\d+$/.test(authority)) throw bad('CONNECT takes host:port as :authority')
  } else if (!/^(?:\/[!-"$-~]*|\*)$/.test(target)) throw bad(':path begins with "/" and is VCHAR without "#"')
  if (target === '*' && method !== 'OPTIONS') throw bad('"*" is for OPTIONS alone')
  const mark = method === 'CONNECT' ? -1 : target.indexOf('?')
  const path = method === 'CONNECT' ? '' : mark < 0 ? target : target.slice(0, mark)
  return {
    method,
    target,
    minor: 1,
    protocol: 'HTTP/2.0',
    path: decodePath(path),
    query: mark < 0 ? '' : target.slice(mark + 1),
    authority,
    block: blockOf(fields),
    length: 0,
    keepAlive: true,
    expectContinue: expect !== undefined && expectsContinue(expect),
  }
}

/** The fields but for the pseudo ones. The limits are those of HTTP/1.1, so that a stack need not know what carried a request. */
function fieldsOf(raw: readonly string[], { maxHeadBytes, maxFields }: HeadLimits): [string, string][] {
  const fields: [string, string][] = []
  let size = 0
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const value = raw[at + 1] ?? ''
    // A colon, a space and a line end, in HTTP/1.1.
    size += name.length + value.length + 4
    if (!name.startsWith(':')) fields.push([name, value])
  }
  if (fields.length > maxFields) throw tooMuch(`more than ${maxFields} header fields came`)
  if (size > maxHeadBytes) throw tooMuch(`the head is longer than ${maxHeadBytes} bytes`)
  return fields
}

function onlyOne(fields: readonly (readonly [string, string])[], name: string): string | undefined {
  const values = fields.filter((field) => field[0] === name)
  if (values.length > 1) throw bad(`there are two ${name} fields; one is allowed`)
  return values[0]?.[1]
}

function bad(message: string): PeerError {
  return new PeerError('HEAD_BAD', `${message} (RFC 9113 §8.3).`, { pipe: 'http' })
}

function tooMuch(message: string): PeerError {
  return new PeerError('HEAD_TOO_LONG', message, { status: 431, pipe: 'http' })
}

/**
 * The head of a response, for node:http2, which refuses more than one line of most fields.
 *
 * @param lines header lines as HTTP/1.1 has them
 */
export function responseHeaders(status: string, lines: string): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = { ':status': status.slice(0, 3) }
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(': ')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (name === '' || CONNECTION_FIELDS.has(name)) continue
    const value = line.slice(colon + 2)
    const before = headers[name]
    if (before === undefined) headers[name] = value
    else headers[name] = APART.has(name) ? [before, value].flat() : `${String(before)}, ${value}`
  }
  return headers
}
