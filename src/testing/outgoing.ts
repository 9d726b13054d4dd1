// A request as a test writes it, checked and turned into what goes over the connection.

import { domainToASCII } from 'node:url'
import { quote, UsageError } from '../errors.ts'
import { adapt_headers, type HeaderSource } from '../psgi/adapt-headers.ts'
import { wrongMethod } from '../psgi/methods.ts'
import { wellFormed } from '../psgi/surrogates.ts'
import { type Body, type RequestBody, readBody } from './request-body.ts'

/** What a request may have besides its line. */
export interface RequestOptions {
  /**
   * Header lines: a plain object (an array of values gives several lines), `[name, value]` pairs, a WHATWG `Headers`, … (see
   * `adapt_headers`). Order and spelling are kept. `Host` is set unless it is among them; the length never is.
   */
  readonly headers?: HeaderSource | undefined
  /**
   * Text (sent as UTF-8) and bytes go out with a `Content-Length`; an async iterable of them goes out in chunks, as it gives them
   * and no faster than they are taken; `URLSearchParams`, `FormData` and `Blob` as fetch() sends them. Other objects and arrays
   * are sent as JSON. With `Expect: 100-continue` the body waits until it is asked for.
   */
  readonly body?: RequestBody | undefined
  /** Cuts the connection when it fires, as a client that goes away; the request then rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A checked request. */
export interface Outgoing {
  /** `GET /users/7`, for messages. */
  readonly line: string
  readonly method: string
  /** Whether it is for `https:`. */
  readonly secure: boolean
  /** Request line, header lines and the empty line, each character one byte. */
  readonly head: string
  readonly body: Body | undefined
  /** Whether the body waits for 100 (Continue). */
  readonly waits: boolean
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Of these a server would expect a body, so its absence is said (RFC 9110 §8.6).
const WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH']

/**
 * Checks a request.
 *
 * @throws UsageError OPTION_BAD for the line and the body, HEADER_BAD for the headers
 */
export async function outgoing(line: string, { headers, body: given }: RequestOptions): Promise<Outgoing> {
  const { method, target, host, secure } = readLine(line)
  const lines = headerLines(headers)
  const names = new Map(lines.map(([name, value]) => [name.toLowerCase(), value]))
  const body = given === undefined ? undefined : await readBody(given)
  const added: [string, string][] = []
  if (!names.has('host')) added.push(['Host', host])
  if (body?.type !== undefined && !names.has('content-type')) lines.push(['Content-Type', body.type])
  if (body?.length !== undefined) lines.push(['Content-Length', String(body.length)])
  else if (body !== undefined) lines.push(['Transfer-Encoding', 'chunked'])
  else if (WITH_BODY.includes(method)) lines.push(['Content-Length', '0'])
  const text = [...added, ...lines].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const waits = body !== undefined && names.get('expect')?.toLowerCase() === '100-continue'
  return { line, method, secure, head: `${method} ${target} HTTP/1.1\r\n${text}\r\n`, body, waits }
}

// ---- the request line ------------------------------------------------------------------------------------------------

interface RequestLine {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly secure: boolean
}

/** `GET /users/7`: a method, one space, a target (RFC 9112 §3.2). */
function readLine(line: string): RequestLine {
  const match = typeof line === 'string' ? /^([^ ]+) ([^\0-\x20\x7f#]+)$/.exec(line) : null
  const [, method = '', given = ''] = match ?? []
  const wrong = match === null ? undefined : wrongMethod(method)
  if (wrong !== undefined) throw badLine(line, wrong)
  // What is beyond ASCII goes out as browsers send it (RFC 3987 §3.1); percent escapes stay as they are.
  const target = given.replace(/[\u0080-\uffff]+/g, (beyond) => encodeURIComponent(wellFormed(beyond)))
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) {
    return { method, target, host: 'localhost', secure: false }
  }
  if (method === 'CONNECT' && /^[^/?@]+:\d+$/.test(target)) return { method, target, host: target, secure: false }
  const absolute = /^http(s)?:\/\/([^/?@]*?)(:\d+)?([/?].*)?$/i.exec(given)
  const name = absolute?.[2] ?? ''
  const host = name.startsWith('[') ? name : domainToASCII(name)
  if (host === '') throw badLine(line, 'it wants a method, one space and a target')
  const path = target.slice(target.indexOf('//') + 2).replace(/^[^/?]*/, '')
  const origin = { host: host + (absolute?.[3] ?? ''), secure: absolute?.[1] !== undefined }
  return { method, target: path.startsWith('/') ? path : `/${path}`, ...origin }
}

function badLine(line: unknown, wrong: string): UsageError {
  const examples = "Write 'GET /users/7' or 'POST https://example.com/x?y=1'."
  return new UsageError('OPTION_BAD', `request() got the line ${quote(line)}: ${wrong}. ${examples}`)
}

// ---- the headers -----------------------------------------------------------------------------------------------------

function headerLines(headers: HeaderSource | undefined): [string, string][] {
  if (headers === undefined) return []
  return [...adapt_headers(headers).as_list()].map(([name, value]) => {
    const line: [string, string] = [textOf(name), textOf(value)]
    checkLine(line)
    return line
  })
}

function textOf(text: string | Uint8Array): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
}

function checkLine([name, value]: readonly [string, string]): void {
  const refuse = (why: string) =>
    new UsageError('HEADER_BAD', `request() cannot send the header ${quote(name)}: ${why}.`)
  if (!TOKEN.test(name)) throw refuse("a name is letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 §5.6.2)")
  if (/[^\t -~\x80-\xff]/.test(value)) throw refuse('its value holds a control character or one beyond U+00FF')
  if (/^(?:content-length|transfer-encoding)$/i.test(name)) throw refuse('it follows from the body')
}
