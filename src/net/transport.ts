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
}

/** Turns addresses into connections. */
export interface Transport {
  listen(address: Address, accept: (connection: DrivenConnection) => void): Promise<Bound>
  connect(address: Address, signal: AbortSignal | undefined): Promise<DrivenConnection>
}

const TRANSPORTS: Readonly<Record<string, () => Promise<Transport>>> = {
  ipc: async () => (await import('../transports/ipc.ts')).ipc,
  memory: async () => (await import('../transports/memory.ts')).memory,
  tcp: async () => (await import('../transports/tcp.ts')).tcp,
}

/** The transport of an address. */
export async function transportOf(address: Address): Promise<Transport> {
  const load = Object.hasOwn(TRANSPORTS, address.scheme) ? TRANSPORTS[address.scheme] : undefined
  if (load !== undefined) return load()
  const known = Object.keys(TRANSPORTS).map((scheme) => `${scheme}://`)
  throw new UsageError(
    'ADDRESS_BAD',
    `no transport for ${quote(address.text)}: ${quote(address.scheme)} is unknown. There are: ${known.join(', ')}.`,
  )
}
