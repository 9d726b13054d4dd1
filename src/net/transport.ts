// What a transport is: it turns an address into connections. One file each in src/transports/, imported when first used.

import { quote, UsageError } from '../errors.ts'
import type { Address } from './address.ts'
import type { DrivenConnection } from './connection.ts'

/** A bound address. */
export interface Bound {
  /** The address as it is now: with the port that was taken. */
  readonly address: string
  /** Accepts no more. Connections that are open stay open. */
  stop(): Promise<void>
  /** How it stands, where that can change: a broker can be lost. It comes back by itself. */
  readonly state?: 'open' | 'waiting'
  /** Reads again what the address refers to: certificates. */
  reload?(): Promise<void>
  /** Resolves when no connection can come any more, where that is so one day: stdin has ended. */
  readonly exhausted?: Promise<void>
}

/** What a transport is told besides the address. */
export interface ListenTerms {
  /** The application protocols that the stack speaks, best first, for ALPN (RFC 7301): `h2`, `http/1.1`. */
  readonly protocols: readonly string[]
  /** Takes errors that belong to no connection. */
  readonly report: (error: unknown) => void
  /** Called when {@link Bound.state} is another one: with why, where that is no good news. */
  readonly changed: (error?: unknown) => void
}

/** What a transport is told besides the address. */
export interface ConnectTerms {
  readonly protocols: readonly string[]
  readonly signal: AbortSignal | undefined
}

/** Turns addresses into connections. */
export interface Transport {
  /** Whether a connection that is lost is followed by another one, unless connect() is told otherwise. */
  readonly reconnects?: boolean
  listen(address: Address, accept: (connection: DrivenConnection) => void, terms: ListenTerms): Promise<Bound>
  connect(address: Address, terms: ConnectTerms): Promise<DrivenConnection>
}

const TRANSPORTS: Readonly<Record<string, () => Promise<Transport>>> = {
  amqp: async () => (await import('../transports/amqp.ts')).amqp,
  amqps: async () => (await import('../transports/amqp.ts')).amqp,
  ipc: async () => (await import('../transports/ipc.ts')).ipc,
  memory: async () => (await import('../transports/memory.ts')).memory,
  nats: async () => (await import('../transports/nats.ts')).nats,
  stdio: async () => (await import('../transports/stdio.ts')).stdio,
  tcp: async () => (await import('../transports/tcp.ts')).tcp,
  tls: async () => (await import('../transports/tls.ts')).tls,
  ws: async () => (await import('../transports/ws.ts')).ws,
  'ws+ipc': async () => (await import('../transports/ws.ts')).ws,
  wss: async () => (await import('../transports/ws.ts')).ws,
}

/** The transport of an address. */
export async function transportOf(address: Address): Promise<Transport> {
  const load = Object.hasOwn(TRANSPORTS, address.scheme) ? TRANSPORTS[address.scheme] : undefined
  if (load !== undefined) return load()
  const known = Object.keys(TRANSPORTS).map((scheme) => (scheme === 'stdio' ? 'stdio:' : `${scheme}://`))
  throw new UsageError(
    'ADDRESS_BAD',
    `no transport for ${quote(address.text)}: ${quote(address.scheme)} is unknown. There are: ${known.join(', ')}.`,
  )
}
