// forwarded: who is behind a reverse proxy, and what they asked for, as the proxies say that are trusted.

import { quote, UsageError } from '../src/errors.ts'
import { IpSet, readIp } from '../src/net/ip-address.ts'
import { type Pipe, pipe } from '../src/pipe.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { describe } from '../src/psgi/pairs.ts'

/** What forwarded() puts into the bag. */
export interface ForwardedMarbles {
  /** The request as the client sent it, as far as that is believed. */
  forwarded: Forwarding
}

/** Where a request comes from, and where it was sent to. */
export interface Forwarding {
  /** The IP address of the client, or of the last peer that is known; undefined where none is. As `REMOTE_ADDR`. */
  readonly remote: string | undefined
  /** `http` or `https`. As `wsgi.url_scheme`. */
  readonly scheme: string
  /** The host that was asked for, without its port. As `SERVER_NAME`. */
  readonly host: string
  /** As `SERVER_PORT`. */
  readonly port: number
  /** The trusted peer that all this is believed of: its IP address or `'unix'`; undefined where the peer is not trusted. */
  readonly by: string | undefined
}

/** Options of {@link forwarded}. */
export interface ForwardedOptions {
  /**
   * Your proxies: IP addresses (`'10.0.0.7'`, `'::1'`), networks (`'10.0.0.0/8'`), and `'unix'` for peers without an address: Unix
   * sockets, memory. An empty list trusts nobody.
   */
  readonly trust: readonly string[]
  /**
   * What the proxies send: `'x-forwarded'` for X-Forwarded-For, -Proto, -Host and -Port, the default; `'forwarded'` for Forwarded
   * (RFC 7239). The other kind is never read: a proxy that sets one of them passes the other on as any client made it up.
   */
  readonly header?: 'x-forwarded' | 'forwarded'
}

/** What one proxy says of the request that it got. */
interface Hop {
  /** Its peer; undefined where it does not tell. */
  readonly address?: string | undefined
  readonly addressPort?: string | undefined
  readonly scheme?: string | undefined
  /** Checked; with or without a port. */
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/**
 * Believes what trusted proxies say about the client: its address, the scheme, the host and the port.
 *
 * Every proxy says who its own peer was, at the right end of the field. So the chain is walked from the right, from the peer of the
 * connection on, as long as addresses are trusted; the first that is not is the client's, and what stands left of it anybody may
 * have made up. A value that cannot be read ends the chain.
 *
 * Needs   `environ`.
 * Adds    `forwarded`: see {@link Forwarding}.
 * Changes `environ`, where the peer is trusted: `REMOTE_ADDR`, `REMOTE_PORT` (gone where nobody says it), `wsgi.url_scheme`,
 *         `HTTP_HOST`, `SERVER_NAME`, `SERVER_PORT`. Removes from it the fields that are not believed, so that nothing below can.
 * Fails   UsageError OPTION_BAD, when it is built. Nothing that a peer sends.
 * Place   right below http(), above whatever reads addresses, hosts or schemes.
 * Source  RFC 7239; the X-Forwarded fields are custom.
 *
 * @example stack(http(), forwarded({ trust: ['127.0.0.1/8', '::1', 'unix'] }), ({ forwarded }) => `You are ${forwarded.remote}`)
 */
export function forwarded(options: ForwardedOptions): Pipe<{ environ: Environ }, ForwardedMarbles> {
  const { trusted, unix, header } = check(options)
  return pipe('forwarded', ({ environ }: { environ: Environ }): Forwarding => {
    const { REMOTE_ADDR } = environ
    // Without the zone of a link-local peer, which is our own name for its network.
    const bare = REMOTE_ADDR?.replace(/%.*$/, '')
    const peer = bare === undefined ? undefined : readIp(bare)
    const isTrusted = REMOTE_ADDR === undefined ? unix : peer !== undefined && trusted.has(peer)
    if (peer !== undefined && bare === REMOTE_ADDR) environ.REMOTE_ADDR = peer
    removeFields(environ, isTrusted ? header : undefined)
    if (isTrusted) correct(environ, header === 'forwarded' ? byForwarded(environ, trusted) : byCustom(environ, trusted))
    return {
      remote: environ.REMOTE_ADDR,
      scheme: environ['wsgi.url_scheme'],
      host: environ.SERVER_NAME,
      port: Number(environ.SERVER_PORT),
      by: isTrusted ? (peer ?? 'unix') : undefined,
    }
  })
}

/** Removes the fields that proxies set, but for those of the kind that is believed. */
function removeFields(environ: Environ, believed: ForwardedOptions['header']): void {
  for (const key of Object.keys(environ)) {
    const isCustom = key.startsWith('HTTP_X_FORWARDED') || key === 'HTTP_X_REAL_IP'
    if (!isCustom && key !== 'HTTP_FORWARDED') continue
    if (believed !== (isCustom ? 'x-forwarded' : 'forwarded')) delete environ[key as `HTTP_${string}`]
  }
}

/** Puts the request as the client sent it in the place of the one that came. */
function correct(environ: Environ, { address, addressPort, scheme, host, port }: Hop): void {
  if (address !== undefined) {
    environ.REMOTE_ADDR = address
    if (addressPort === undefined) delete environ.REMOTE_PORT
    else environ.REMOTE_PORT = addressPort
  }
  if (scheme === undefined && host === undefined && port === undefined) return
  if (scheme !== undefined) environ['wsgi.url_scheme'] = scheme
  const usual = environ['wsgi.url_scheme'] === 'https' ? 443 : 80
  const authority = host ?? environ.HTTP_HOST ?? ''
  const [, name = '', own = ''] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? []
  environ.SERVER_PORT = String(port ?? readPort(own) ?? usual)
  if (name === '') return
  environ.SERVER_NAME = name
  environ.HTTP_HOST = port === undefined ? authority : port === usual ? name : `${name}:${port}`
}

// ---- the chain -------------------------------------------------------------------------------------------------------

/** Hops that trusted proxies speak of, the nearest first: up to the first address that is not trusted. */
function believable(value = '', read: (element: string) => Hop | undefined, trusted: IpSet): Hop[] {
  const believed: Hop[] = []
  for (const element of elementsOf(value)) {
    const hop = read(element)
    if (hop === undefined) break
    believed.push(hop)
    if (hop.address === undefined || !trusted.has(hop.address)) break
  }
  return believed
}

/** The farthest hop that tells an address. */
function farthest(hops: readonly Hop[]): Pick<Hop, 'address' | 'addressPort'> {
  const { address, addressPort } = hops.findLast((hop) => hop.address !== undefined) ?? {}
  return { address, addressPort }
}

function byForwarded({ HTTP_FORWARDED }: Environ, trusted: IpSet): Hop {
  const hops = believable(HTTP_FORWARDED, readElement, trusted)
  const scheme = hops.findLast((hop) => hop.scheme !== undefined)?.scheme
  return { ...farthest(hops), scheme, host: hops.findLast((hop) => hop.host !== undefined)?.host }
}

function byCustom(environ: Environ, trusted: IpSet): Hop {
  const hops = believable(environ.HTTP_X_FORWARDED_FOR, readNode, trusted)
  const said = (value: string | undefined) => fromRight(value, Math.max(hops.length, 1))
  return {
    ...farthest(hops),
    scheme: readScheme(said(environ.HTTP_X_FORWARDED_PROTO)),
    host: readHost(said(environ.HTTP_X_FORWARDED_HOST)),
    port: readPort(said(environ.HTTP_X_FORWARDED_PORT)),
  }
}

// ---- fields ----------------------------------------------------------------------------------------------------------

/**
 * The elements of a list, the last first; empty ones are none (RFC 9110 §5.6.1). Commas in quoted strings do not count. From
 * the right, so that a quote which a client left open cannot swallow what a proxy has added, and nobody pays for a long list.
 */
function* elementsOf(value: string): Generator<string, void, undefined> {
  let end = value.length
  let quoted = false
  for (let at = end - 1; at >= -1; at--) {
    if (value[at] === '"' && !(quoted && isEscaped(value, at))) quoted = !quoted
    else if (at < 0 || (value[at] === ',' && !quoted)) {
      const text = value.slice(at + 1, end).trim()
      end = at
      if (text !== '') yield text
    }
  }
}

function isEscaped(value: string, at: number): boolean {
  let first = at
  while (value[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

/** The element at a place from the right, where 1 is the last; the first where there are fewer: what the farthest proxy said. */
function fromRight(value = '', place: number): string {
  let left = place
  let found = ''
  for (const element of elementsOf(value)) {
    found = element
    if (--left === 0) break
  }
  return found
}

/** forwarded-pair of RFC 7239 §4. Values without quotes are taken as they come: many proxies forget them around IPv6. */
const PAIR = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;\\\s]+))[ \t]*(?:;|$)/y

function readElement(text: string): Hop | undefined {
  const pairs = new Map<string, string>()
  for (let at = 0; at < text.length; at = PAIR.lastIndex) {
    PAIR.lastIndex = at
    const [, name = '', quoted, plain = ''] = PAIR.exec(text) ?? []
    const key = name.toLowerCase()
    if (key === '' || pairs.has(key)) return undefined
    pairs.set(key, quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'))
  }
  const node = readNode(pairs.get('for') ?? 'unknown')
  if (node === undefined) return undefined
  return { ...node, scheme: readScheme(pairs.get('proto') ?? ''), host: readHost(pairs.get('host') ?? '') }
}

/** A node of RFC 7239 §6: an address with or without a port, `unknown`, or a name that hides one. Undefined for anything else. */
function readNode(text: string): Hop | undefined {
  const bare = readIp(text)
  if (bare !== undefined) return { address: bare }
  const [, ipv6, name = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}|_[\w.-]+))?$/.exec(text) ?? []
  if (/^(?:unknown|_[\w.-]+)$/i.test(name)) return {}
  const address = readIp(ipv6 ?? name)
  if (address === undefined || (ipv6 !== undefined && !ipv6.includes(':'))) return undefined
  if (port === undefined || port.startsWith('_')) return { address }
  return readPort(port) === undefined ? undefined : { address, addressPort: port }
}

function readScheme(text: string): string | undefined {
  const scheme = text.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

function readHost(text: string): string | undefined {
  const [, name, port] = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d+))?$/i.exec(text) ?? []
  return name === undefined || (port !== undefined && readPort(port) === undefined) ? undefined : text
}

function readPort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port > 0 && port < 65_536 ? port : undefined
}

// ---- options ---------------------------------------------------------------------------------------------------------

function check(options: ForwardedOptions): { trusted: IpSet; unix: boolean; header: 'x-forwarded' | 'forwarded' } {
  if (typeof options !== 'object' || options === null) throw bad(`takes { trust: [...] }, not ${show(options)}`)
  for (const name of Object.keys(options)) {
    if (name !== 'trust' && name !== 'header')
      throw bad(`has no option ${JSON.stringify(name)}. There are: trust, header`)
  }
  const { trust, header = 'x-forwarded' } = options
  if (header !== 'x-forwarded' && header !== 'forwarded') {
    throw bad(`takes 'x-forwarded' or 'forwarded' as header, not ${show(header)}`)
  }
  if (!Array.isArray(trust)) throw bad(`takes a list of your proxies as trust, not ${show(trust)}`)
  const trusted = new IpSet()
  for (const each of trust) {
    if (each === 'unix' || (typeof each === 'string' && trusted.add(each))) continue
    throw bad(`trusts IP addresses ('10.0.0.7'), networks ('10.0.0.0/8') and 'unix', not ${show(each)}`)
  }
  return { trusted, unix: trust.includes('unix'), header }
}

function show(value: unknown): string {
  return typeof value === 'string' ? quote(value) : describe(value)
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', `forwarded() ${message}.`, { pipe: 'forwarded' })
}
