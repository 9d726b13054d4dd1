// Addresses: where a stack is served or reached. Parsed by hand, since a relative path is no URL path.

import { quote, UsageError } from '../errors.ts'

/** An address, taken apart. */
export interface Address {
  /** `tcp`, `ipc`, `memory`, … */
  readonly scheme: string
  /** What stands between `scheme://` and `?`, as written. Behind `stdio:`, all of it: it is a command. */
  readonly rest: string
  /** The parameters behind `?`. */
  readonly query: URLSearchParams
  /** As given, but for a password in it: it stands in messages. */
  readonly text: string
}

/**
 * Takes an address apart.
 *
 * @example parseAddress('ipc://run/app.sock?mode=0770') // scheme 'ipc', rest 'run/app.sock', query mode=0770
 */
export function parseAddress(text: string): Address {
  if (typeof text === 'string' && text.startsWith('stdio:')) {
    return { scheme: 'stdio', rest: text.slice('stdio:'.length), query: new URLSearchParams(), text }
  }
  const match = typeof text === 'string' ? /^([a-z][a-z0-9+.-]*):(?:\/\/)?([^?]*)(?:\?(.*))?$/s.exec(text) : null
  if (match === null) {
    throw new UsageError(
      'ADDRESS_BAD',
      `${quote(text)} is no address. An address is like tcp://127.0.0.1:8080, ipc://run/app.sock, stdio: or memory://name.`,
    )
  }
  const [, scheme = '', rest = '', query = ''] = match
  return { scheme, rest, query: new URLSearchParams(query), text: withoutPassword(text) }
}

/** An address as it may be shown: `amqp://user:secret@host` without the secret. */
function withoutPassword(text: string): string {
  // What stands alone before the host is a token there, and no user.
  if (/^nats:\/\/[^/?:@]*@/.test(text)) return text.replace(/^nats:\/\/[^@]*@/, 'nats://')
  // Up to the last @ of the authority: in a password that somebody forgot to encode there may be others.
  return text.replace(/^([a-z0-9+.-]+:\/\/[^/?:@]*):[^/?]*@/, '$1@')
}

/** Host and port of a tcp-like address. */
export interface HostAndPort {
  readonly host: string
  readonly port: number
}

/** `host:port` or `[v6]:port`. Port 0 takes a free one. */
export function hostAndPort(address: Address): HostAndPort {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:[\]/@\s]+)):(\d{1,5})\/?$/.exec(address.rest)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new UsageError(
      'ADDRESS_BAD',
      `${quote(address.text)} wants a host and a port from 0 to 65535, like ${address.scheme}://127.0.0.1:8080 or ${address.scheme}://[::1]:8080.`,
    )
  }
  return { host: match[1] ?? match[2] ?? '', port }
}

/** Writes host and port as an address. */
export function formatAddress(scheme: string, host: string | undefined, port: number | undefined): string {
  if (host === undefined || port === undefined) return `${scheme}://unknown:0`
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Refuses parameters that nobody would read: a misspelt option must not be lost. */
export function onlyParameters(address: Address, known: readonly string[]): void {
  for (const name of address.query.keys()) {
    if (known.includes(name)) continue
    const allowed = known.length === 0 ? `${address.scheme}:// takes none` : `there are: ${known.join(', ')}`
    throw new UsageError('ADDRESS_BAD', `${quote(address.text)} has the unknown parameter ${quote(name)}; ${allowed}.`)
  }
}

/**
 * A part of an address, percent-decoded.
 *
 * @throws UsageError ADDRESS_BAD
 */
export function decodePart(address: Address, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new UsageError('ADDRESS_BAD', `${address.text} holds a broken percent escape.`, { cause })
  }
}

/**
 * A parameter that is a whole number.
 *
 * @throws UsageError ADDRESS_BAD
 */
export function wholeNumber(address: Address, name: string, otherwise: number, least: number, most: number): number {
  const text = address.query.get(name)
  if (text === null) return otherwise
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
  if (value < least || value > most) throw badParameter(address, name, `a whole number from ${least} to ${most}`)
  return value
}

/** A parameter of a wrong kind. */
export function badParameter(address: Address, name: string, wanted: string): UsageError {
  return new UsageError('ADDRESS_BAD', `${address.text} has a bad ${name}: it is ${wanted}.`)
}
