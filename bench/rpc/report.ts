// What a run of `npm run bench:rpc` says: what was measured on what, and the tables.

import { type Figure, median, toFigure } from '../figures.ts'
import { ranOn, versionOf } from '../machine.ts'
import { cpuCell, speedCell, table } from '../table.ts'
import { goalRows } from './goals.ts'
import type { Measured } from './measure.ts'
import type { RpcOptions } from './options.ts'
import { BASE, type RpcPeer } from './peers.ts'
import type { TransportName } from './work.ts'

/** Everything that was measured; parts that were not are empty. */
export interface RpcResults {
  readonly peers: readonly RpcPeer[]
  readonly servers: readonly Measured[]
  readonly clients: readonly Measured[]
}

/** The command. */
export const COMMAND = 'npm run bench:rpc'

/** The whole report, in Markdown. */
export function rpcReport(results: RpcResults, options: RpcOptions, args: readonly string[]): string {
  const load = 'one connection, 1 and 64 calls in flight'
  const parts = [ranOn(COMMAND, args, versionOf(options.node), options, load)]
  if (results.servers.length > 0) parts.push(...servers(results))
  if (results.clients.length > 0) parts.push(...clients(results))
  return `${parts.join('\n\n')}\n`
}

function servers({ peers, servers }: RpcResults): string[] {
  const goals = goalRows(servers)
  return [
    'Calls per second of CPU time (user and system of the server process), by hand = 1; in brackets µs of CPU a call:',
    figures('server', peers, servers, cpuCell),
    'Calls per second, by hand = 1; in brackets thousands (the client has the other core, and sets a limit too):',
    figures('server', peers, servers, speedCell),
    'The time that 99 of 100 calls took at most, in µs:',
    rowsOf('server', peers, servers, (name, { rounds }) => {
      const times = rounds.get(name)
      return times === undefined ? NONE : median(times.map(({ p99 }) => p99)).toFixed(0)
    }),
    ...(goals.length > 0 ? ['Goals:', table(['goal', 'bound', 'reached'], goals)] : []),
  ]
}

function clients({ peers, clients }: RpcResults): string[] {
  const having = peers.filter(({ client }) => client !== undefined)
  return [
    'Calls per second of CPU time of the client process, by hand = 1; in brackets µs of CPU a call:',
    figures('client', having, clients, cpuCell),
    'Calls per second by these clients, by hand = 1; in brackets thousands (their servers have the other core):',
    figures('client', having, clients, speedCell),
  ]
}

/** Where there is no such thing: Moleculer has no Unix sockets. */
const NONE = '–'

function figures(
  what: string,
  peers: readonly RpcPeer[],
  measured: readonly Measured[],
  cell: (figure: Figure) => string,
): string {
  return rowsOf(what, peers, measured, (name, { rounds }) => {
    const own = rounds.get(name)
    return own === undefined ? NONE : cell(toFigure(own, rounds.get(BASE) ?? []))
  })
}

function rowsOf(
  what: string,
  peers: readonly RpcPeer[],
  measured: readonly Measured[],
  cell: (name: string, measured: Measured) => string,
): string {
  return table(
    [what, ...measured.map(({ transport, inFlight }) => `${SHOWN[transport]}, ${inFlight}`)],
    peers.map(({ name, title }) => [title, ...measured.map((one) => cell(name, one))]),
  )
}

const SHOWN: Readonly<Record<TransportName, string>> = { ipc: 'Unix', tcp: 'TCP' }
