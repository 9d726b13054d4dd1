// One work, all servers: each is started and checked, then wrk runs against them in turn.

import { check } from './check.ts'
import type { Round } from './figures.ts'
import { type Held, measureIdle } from './idle.ts'
import type { Options } from './options.ts'
import type { Peer } from './peers.ts'
import { output, ServerProcess } from './processes.ts'
import type { Work } from './works.ts'
import { load } from './wrk.ts'

/** Says what is being done. */
export type Say = (line: string) => void

/** The rounds of each peer, by its name. */
export async function measure(
  work: Work,
  peers: readonly Peer[],
  options: Options,
  say: Say,
): Promise<Map<string, Round[]>> {
  const servers = new Map<Peer, ServerProcess>()
  try {
    for (const peer of peers) {
      const server = await ServerProcess.start(peer.command(options.node, work.letter))
      servers.set(peer, server)
      try {
        await check(server.port, work)
      } catch (cause) {
        throw new Error(`${peer.title} does not do work ${work.letter}: ${String(cause)}`, { cause })
      }
    }
    // Until the code is compiled, a run measures the compiler.
    for (const server of servers.values()) await load(server.port, work, 1)
    const rounds = new Map(peers.map(({ name }) => [name, [] as Round[]]))
    for (let round = 0; round < options.rounds; round++) {
      for (const peer of inTurn(peers, round)) {
        const server = servers.get(peer)
        if (server !== undefined) rounds.get(peer.name)?.push(await once(server, work, peer, options, say))
      }
    }
    return rounds
  } finally {
    for (const server of servers.values()) await server.stop()
  }
}

/** The order of a round: each begins with another one, so that none has a place of its own in what else goes on. */
export function inTurn<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

async function once(server: ServerProcess, work: Work, peer: Peer, options: Options, say: Say): Promise<Round> {
  const before = await server.cpu()
  const count = await load(server.port, work, options.seconds)
  const cpu = ((await server.cpu()) - before) / count.requests
  if (count.refused > 0) throw new Error(`${peer.title} refused ${count.refused} requests of work ${work.letter}`)
  const broken = count.broken === undefined ? '' : `, socket errors: ${count.broken}`
  say(
    `  ${work.letter} ${peer.title.padEnd(10)} ${count.speed.toFixed(0).padStart(7)}/s ${cpu.toFixed(2).padStart(7)} µs${broken}`,
  )
  return { speed: count.speed, cpu }
}

/** Work i: what each peer holds for idle connections, by its name, one value a round. */
export async function measureAllIdle(peers: readonly Peer[], options: Options, say: Say): Promise<Map<string, Held[]>> {
  const held = new Map(peers.map(({ name }) => [name, [] as Held[]]))
  for (let round = 0; round < options.rounds; round++) {
    for (const peer of peers) {
      const one = await measureIdle(peer.command(options.node, 'a'))
      held.get(peer.name)?.push(one)
      say(`  i ${peer.title.padEnd(10)} ${one.rss.toFixed(1).padStart(7)} KiB, heap ${one.heap.toFixed(1)} KiB`)
    }
  }
  return held
}

/** Nanoseconds of each case of costs.ts, by its name, one value a round. */
export async function measureCosts(
  names: readonly string[],
  program: string,
  options: Options,
  say: Say,
): Promise<Map<string, number[]>> {
  const costs = new Map(names.map((name) => [name, [] as number[]]))
  for (let round = 0; round < options.rounds; round++) {
    for (const name of names) {
      const nanoseconds = Number(await output([options.node, program, name]))
      costs.get(name)?.push(nanoseconds)
      say(`  costs ${name.padEnd(16)} ${nanoseconds.toFixed(0).padStart(6)} ns`)
    }
  }
  return costs
}
