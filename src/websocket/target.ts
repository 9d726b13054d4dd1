// Addresses of WebSockets, taken apart: ws://host:port/path?query#parameters.

import { quote, UsageError } from '../errors.ts'
import type { Address } from '../net/address.ts'
import type { WebsocketSettings } from './connection.ts'

/** Where a WebSocket is to be opened, and how. */
export interface WebsocketTarget extends WebsocketSettings {
  /** The address without our own parameters, which may be secret: for messages. */
  readonly text: string
  /** What to ask for: `ws://127.0.0.1:8080/live?room=7`. */
  readonly url: string
  /** What to connect to for that. */
  readonly below: {
    readonly scheme: 'ipc' | 'tcp' | 'tls'
    readonly rest: string
    readonly query: URLSearchParams
  }
  readonly protocols: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly origin: string | undefined
}

const TLS_NAMES = ['ca', 'cert', 'key', 'servername']
const NAMES = ['protocol', 'header', 'origin', 'maxBytes', 'pingMs']

/**
 * Takes an address apart. What stands behind `?` is for the server; our own parameters stand behind `#`, which a WebSocket does not
 * send (RFC 6455 §3), encoded as in a query.
 *
 * `protocol`: sub-protocols, best first, with commas between them. `header`: a header field, `Name: value`, any number of times.
 * `origin`: an Origin field. `maxBytes`: most bytes of a message, default 1_048_576. `pingMs`: milliseconds between pings, default
 * 30_000. For `wss://` besides `ca`, `cert`, `key`, `servername`, as `tls://` has them.
 *
 * @throws UsageError ADDRESS_BAD
 */
export function websocketTarget(address: Address): WebsocketTarget {
  const { scheme, rest: written, text } = address
  // Put together again: `text` is for messages, and lacks the password.
  const query = text.includes('?') ? text.slice(text.indexOf('?')) : ''
  const whole = `${scheme}://${written}${query}`
  const mark = whole.indexOf('#')
  const main = mark < 0 ? whole : whole.slice(0, mark)
  const given = new URLSearchParams(mark < 0 ? '' : whole.slice(mark + 1))
  const isSecure = scheme === 'wss'
  checkNames(address, given, isSecure ? [...NAMES, ...TLS_NAMES] : NAMES)
  const { url, rest } = scheme === 'ws+ipc' ? overIpc(address, main) : overTcp(address, main)
  const tlsQuery = new URLSearchParams([...given].filter(([name]) => TLS_NAMES.includes(name)))
  return {
    text: shown(address),
    url,
    below: { scheme: scheme === 'ws+ipc' ? 'ipc' : isSecure ? 'tls' : 'tcp', rest, query: tlsQuery },
    protocols: protocolsOf(address, given.get('protocol')),
    headers: headersOf(address, given.getAll('header')),
    origin: given.get('origin') ?? undefined,
    maxBytes: countOf(address, given, 'maxBytes', 1_048_576),
    pingMs: countOf(address, given, 'pingMs', 30_000),
  }
}

function overTcp(address: Address, main: string): { url: string; rest: string } {
  const url = URL.canParse(main) ? new URL(main) : undefined
  if (url === undefined || url.hostname === '' || !address.text.startsWith(`${address.scheme}://`)) {
    throw bad(address, `wants a host, like ${address.scheme}://127.0.0.1:8080/live`)
  }
  const port = url.port === '' ? (address.scheme === 'wss' ? '443' : '80') : url.port
  return { url: url.href, rest: `${url.hostname}:${port}` }
}

function overIpc(address: Address, main: string): { url: string; rest: string } {
  const [, rest, target = '/'] = /^ws\+ipc:\/\/([^:?]+)(?::(\/.*))?$/.exec(main) ?? []
  const url = `ws://localhost${target}`
  if (rest === undefined || !URL.canParse(url)) {
    throw bad(address, 'wants a Unix socket and a path, like ws+ipc://run/app.sock:/live')
  }
  return { url, rest }
}

function checkNames(address: Address, given: URLSearchParams, known: readonly string[]): void {
  for (const name of given.keys()) {
    if (!known.includes(name)) {
      throw bad(address, `has the unknown parameter ${quote(name)} behind "#"; there are: ${known.join(', ')}`)
    }
  }
}

/** A token (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function protocolsOf(address: Address, list: string | null): string[] {
  const protocols = list === null ? [] : list.split(',').map((each) => each.trim())
  if (new Set(protocols).size < protocols.length || !protocols.every((each) => TOKEN.test(each))) {
    throw bad(address, 'wants different tokens as its protocol, with commas between them')
  }
  return protocols
}

function headersOf(address: Address, fields: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (const field of fields) {
    const [, name = '', value = ''] = /^([^:]*):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(field) ?? []
    if (!TOKEN.test(name)) throw bad(address, 'wants a header field as its header, like "Authorization: Bearer abc"')
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

function countOf(address: Address, given: URLSearchParams, name: string, usual: number): number {
  const text = given.get(name)
  if (text === null) return usual
  if (!/^[1-9]\d{0,14}$/.test(text)) throw bad(address, `wants a whole number above 0 as its ${name}`)
  return Number(text)
}

function shown({ text }: Address): string {
  return text.replace(/#.*/s, '')
}

function bad(address: Address, what: string): UsageError {
  return new UsageError('ADDRESS_BAD', `${quote(shown(address))} ${what}.`)
}
