// One transport, all servers or all clients: each server is started, then the load runs against them in turn.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Round } from '../figures.ts'
import { inTurn, type Say } from '../measure.ts'
import { output, ServerProcess } from '../processes.ts'
import type { DriveCount } from './drive.ts'
import type { LoadCount } from './load.ts'
import type { RpcPeer } from './peers.ts'
import { IN_FLIGHT, type TransportName } from './work.ts'

const BUILT = dirname(fileURLToPath(import.meta.url))

/** One run against one server, or by one client. */
export interface RpcRound extends Round {
  /** Microseconds that 99 of 100 calls took at most; not a number for clients. */
  readonly p99: number
}

/** What was measured with so many calls in flight: the rounds of each peer, by its name. */
export interface Measured {
  readonly transport: TransportName
  readonly inFlight: number
  readonly rounds: ReadonlyMap<string, readonly RpcRound[]>
}

/** How to measure. */
export interface Measuring {
  readonly node: string
  readonly rounds: number
  readonly seconds: number
}

/** The servers, under the load of load.ts. */
export async function measureServers(
  transport: TransportName,
  peers: readonly RpcPeer[],
  measuring: Measuring,
  say: Say,
): Promise<Measured[]> {
  const wanted = peers.filter(({ transports }) => transports.includes(transport))
  return withServers(transport, wanted, measuring, async (servers) => {
    const once = async (peer: RpcPeer, inFlight: number, seconds: number): Promise<RpcRound> => {
      const { process, address } = serverOf(servers, peer.name)
      const before = await process.cpu()
      const { calls, speed, p99 } = await load([measuring.node, peer.wire, address, inFlight, seconds])
      return { speed, p99, cpu: ((await process.cpu()) - before) / calls }
    }
    // Until the code is compiled, a run measures the compiler.
    for (const peer of wanted)
      await told(peer, () => once(peer, Math.max(...IN_FLIGHT), Math.min(1, measuring.seconds)))
    return rounds(transport, wanted, measuring, say, (peer, inFlight) => once(peer, inFlight, measuring.seconds))
  })
}

/** The clients, each against the server that belongs to it. */
export async function measureClients(
  transport: TransportName,
  peers: readonly RpcPeer[],
  all: readonly RpcPeer[],
  measuring: Measuring,
  say: Say,
): Promise<Measured[]> {
  const wanted = peers.filter(({ client, transports }) => client !== undefined && transports.includes(transport))
  const answering = all.filter(({ name }) => wanted.some(({ client }) => client?.server === name))
  return withServers(transport, answering, measuring, (servers) =>
    rounds(transport, wanted, measuring, say, async ({ client }, inFlight) => {
      if (client === undefined) throw new Error('it has no client')
      const { address } = serverOf(servers, client.server)
      const { speed, cpu } = await drive([measuring.node, client.module, address, inFlight, measuring.seconds])
      return { speed, cpu, p99: Number.NaN }
    }),
  )
}

async function rounds(
  transport: TransportName,
  peers: readonly RpcPeer[],
  measuring: Measuring,
  say: Say,
  once: (peer: RpcPeer, inFlight: number) => Promise<RpcRound>,
): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const inFlight of IN_FLIGHT) {
    const rounds = new Map(peers.map(({ name }) => [name, [] as RpcRound[]]))
    for (let round = 0; round < measuring.rounds; round++) {
      for (const peer of inTurn(peers, round)) {
        const one = await told(peer, () => once(peer, inFlight))
        rounds.get(peer.name)?.push(one)
        const figures = `${one.speed.toFixed(0).padStart(7)}/s ${one.cpu.toFixed(2).padStart(7)} µs`
        say(`  ${transport} ${String(inFlight).padStart(2)} ${peer.title.padEnd(14)} ${figures}`)
      }
    }
    measured.push({ transport, inFlight, rounds })
  }
  return measured
}

/** Whom an error is of. */
async function told<T>(peer: RpcPeer, part: () => Promise<T>): Promise<T> {
  try {
    return await part()
  } catch (cause) {
    throw new Error(`${peer.title} cannot be measured: ${String(cause)}`, { cause })
  }
}

interface Server {
  readonly process: ServerProcess
  readonly address: string
}

function serverOf(servers: ReadonlyMap<string, Server>, name: string): Server {
  const server = servers.get(name)
  if (server === undefined) throw new Error(`no server is called ${name}`)
  return server
}

async function withServers<T>(
  transport: TransportName,
  peers: readonly RpcPeer[],
  { node }: Measuring,
  part: (servers: ReadonlyMap<string, Server>) => Promise<T>,
): Promise<T> {
  const servers = new Map<string, Server>()
  const folder = mkdtempSync(join(tmpdir(), 'pipestack-bench-'))
  try {
    for (const { name, server } of peers) {
      const asked = transport === 'ipc' ? `ipc://${join(folder, `${name}.sock`)}` : 'tcp://127.0.0.1:0'
      const process = await ServerProcess.start(server(node, asked))
      servers.set(name, { process, address: transport === 'ipc' ? asked : `tcp://127.0.0.1:${process.port}` })
    }
    return await part(servers)
  } finally {
    for (const { process } of servers.values()) await process.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Arguments = readonly [node: string, what: string, address: string, inFlight: number, seconds: number]

async function load([node, ...asked]: Arguments): Promise<LoadCount> {
  return JSON.parse(await output([node, join(BUILT, 'load.js'), ...asked.map(String)]))
}

async function drive([node, ...asked]: Arguments): Promise<DriveCount> {
  return JSON.parse(await output([node, join(BUILT, 'drive.js'), ...asked.map(String)]))
}
