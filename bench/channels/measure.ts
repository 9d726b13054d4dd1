// Each server is started with its subscribers; then events run through them in turn.

import type { ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Round } from '../figures.ts'
import { inTurn, type Say } from '../measure.ts'
import { ServerProcess, start } from '../processes.ts'
import type { FanOutCount, Run } from './load.ts'
import type { FanOutPeer } from './peers.ts'

const LOAD = join(dirname(fileURLToPath(import.meta.url)), 'load.js')

/** How to measure. */
export interface Measuring {
  readonly node: string
  readonly rounds: number
  readonly seconds: number
  readonly subscribers: number
}

/** What was measured with so many events at once: the rounds of each peer, by its name; CPU is for each event delivered. */
export interface Measured {
  readonly burst: number
  readonly rounds: ReadonlyMap<string, readonly Round[]>
}

/** The servers with their subscribers, for each size of a burst. */
export async function measureFanOut(
  bursts: readonly number[],
  peers: readonly FanOutPeer[],
  measuring: Measuring,
  say: Say,
): Promise<Measured[]> {
  const audiences = new Map<string, Audience>()
  try {
    for (const peer of peers) audiences.set(peer.name, await Audience.gather(peer, measuring))
    const once = async ({ name, title }: FanOutPeer, run: Run): Promise<Round> => {
      try {
        const audience = audiences.get(name)
        if (audience === undefined) throw new Error('it has no server')
        return await audience.run(run)
      } catch (cause) {
        throw new Error(`${title} cannot be measured: ${String(cause)}`, { cause })
      }
    }
    const measured: Measured[] = []
    for (const burst of bursts) {
      // Until the code is compiled, a run measures the compiler.
      for (const peer of peers) await once(peer, { burst, seconds: Math.min(1, measuring.seconds) })
      const rounds = new Map(peers.map(({ name }) => [name, [] as Round[]]))
      for (let round = 0; round < measuring.rounds; round++) {
        for (const peer of inTurn(peers, round)) {
          const one = await once(peer, { burst, seconds: measuring.seconds })
          rounds.get(peer.name)?.push(one)
          const figures = `${one.speed.toFixed(0).padStart(8)}/s ${one.cpu.toFixed(2).padStart(6)} µs`
          say(`  ${String(burst).padStart(2)} at once ${peer.title.padEnd(10)} ${figures}`)
        }
      }
      measured.push({ burst, rounds })
    }
    return measured
  } finally {
    for (const audience of audiences.values()) await audience.stop()
  }
}

/** A server, and the process that holds its subscribers. */
class Audience {
  readonly #server: ServerProcess
  readonly #load: ChildProcess

  private constructor(server: ServerProcess, load: ChildProcess) {
    this.#server = server
    this.#load = load
  }

  static async gather(peer: FanOutPeer, { node, subscribers }: Measuring): Promise<Audience> {
    const server = await ServerProcess.start(peer.server(node))
    const command = [node, LOAD, peer.wire, String(server.port), String(subscribers)]
    const audience = new Audience(server, start(command, ['ignore', 'ignore', 'inherit', 'ipc']))
    try {
      await audience.#answer()
    } catch (error) {
      await audience.stop()
      throw error
    }
    return audience
  }

  async run(run: Run): Promise<Round> {
    const before = await this.#server.cpu()
    const counted = this.#answer()
    this.#load.send(run)
    const { delivered, speed } = await counted
    return { speed, cpu: ((await this.#server.cpu()) - before) / delivered }
  }

  #answer(): Promise<FanOutCount> {
    return new Promise((resolve, reject) => {
      const load = this.#load
      const lose = () => reject(new Error('its subscribers are gone'))
      load.once('exit', lose)
      load.once('error', reject)
      load.once('message', (count: FanOutCount) => {
        load.removeListener('exit', lose)
        load.removeListener('error', reject)
        resolve(count)
      })
    })
  }

  async stop(): Promise<void> {
    this.#load.kill('SIGKILL')
    await this.#server.stop()
  }
}
