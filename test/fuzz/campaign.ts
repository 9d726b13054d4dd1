// Runs cases through both servers, and collects those that they read differently.

import { setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Pieces } from './case-file.ts'
import { type Difference, difference } from './compare.ts'
import { requests } from './grammar.ts'
import { NodeServer } from './llhttp.ts'
import { cut, mutated } from './mutations.ts'
import { OurServer } from './ours.ts'
import type { Random } from './random.ts'
import { progress, type Reader, type Reading } from './reading.ts'

/** What was found wrong with a case. */
export interface Finding {
  /** In two or three words, fit for the name of a file. */
  readonly kind: string
  readonly pieces: Pieces
  readonly difference: Difference | undefined
  /** Of ours and llhttp; where a cut matters, both are ours: as the bytes were cut, and whole. */
  readonly readings: readonly Reading[]
}

/** How many cases were accepted or refused by whom: a run in which all are refused finds nothing. */
export interface Tally {
  cases: number
  /** Requests that both read. */
  requests: number
  refusedByUs: number
  refusedByBoth: number
  /** Differences that are meant to be, by name. */
  readonly deliberate: Record<string, number>
}

/** A case under way: in pieces by ours, whole by ours, in pieces by llhttp. */
interface Run {
  readonly pieces: Pieces
  readonly ours: Reader
  readonly whole: Reader
  readonly theirs: Reader
}

/** Cases that are run side by side. */
const BATCH = 64
/** Turns of the event loop without a sign of life before all is taken to be read. */
const QUIET_TURNS = 4

/** Both servers. */
export class Campaign implements AsyncDisposable {
  readonly tally: Tally = { cases: 0, requests: 0, refusedByUs: 0, refusedByBoth: 0, deliberate: {} }
  readonly #ours: OurServer
  readonly #theirs = new NodeServer()

  private constructor(ours: OurServer) {
    this.#ours = ours
  }

  static async start(): Promise<Campaign> {
    return new Campaign(await OurServer.start())
  }

  /** Errors of our server that no peer can have caused. */
  get faults(): readonly unknown[] {
    return this.#ours.faults
  }

  /** Makes and runs `count` cases; `seeds` are what is mutated, besides what the grammar makes. */
  async run(random: Random, count: number, seeds: readonly string[]): Promise<Finding[]> {
    const found: Finding[] = []
    for (let done = 0; done < count; done += BATCH) {
      const cases = Array.from({ length: Math.min(BATCH, count - done) }, () => made(random, seeds))
      found.push(...(await this.judge(cases)))
    }
    return found
  }

  /** Runs cases side by side. */
  async judge(cases: readonly Pieces[]): Promise<Finding[]> {
    const runs = await Promise.all(cases.map((pieces) => this.#begin(pieces)))
    await standstill()
    const found = runs.map((run) => this.#beside(run))
    // A head is looked at again where a line of it has become whole: until then, bad bytes that came one by one are not refused.
    for (const { ours, whole } of runs) for (const reader of [ours, whole]) reader.send('\n')
    await standstill()
    const all = runs.flatMap((run, index) => found[index] ?? this.#cutAndWhole(run) ?? [])
    for (const { ours, whole, theirs } of runs) for (const reader of [ours, whole, theirs]) reader.drop()
    return all
  }

  async #begin(pieces: Pieces): Promise<Run> {
    const ours = await this.#ours.read(pieces)
    return { pieces, ours, whole: await this.#ours.read([pieces.join('')]), theirs: this.#theirs.read(pieces) }
  }

  /** Ours beside llhttp's. */
  #beside({ pieces, ours, theirs }: Run): Finding | undefined {
    const readings: Reading[] = []
    try {
      const [one, other] = [ours.reading(), theirs.reading()]
      readings.push(one, other)
      this.#count(one, other)
      const found = difference(one, other, pieces.join(''), this.tally.deliberate)
      return found === undefined ? undefined : { kind: found.kind, pieces, difference: found, readings }
    } catch (error) {
      return { kind: `bad response ${String(error)}`, pieces, difference: undefined, readings }
    }
  }

  /** Ours, as the bytes were cut, beside ours of all at once. */
  #cutAndWhole({ pieces, ours, whole }: Run): Finding | undefined {
    const readings = [ours.reading(), whole.reading()]
    const [one, other] = readings.map(shape)
    if (isDeepStrictEqual(one, other)) return undefined
    return { kind: 'cut matters', pieces, difference: undefined, readings }
  }

  #count(ours: Reading, theirs: Reading): void {
    const { tally } = this
    tally.cases++
    tally.requests += ours.requests.filter(({ complete }) => complete).length
    if (ours.end === 'refused') tally.refusedByUs++
    if (ours.end === 'refused' && theirs.end === 'refused') tally.refusedByBoth++
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ours[Symbol.asyncDispose]()
  }
}

function made(random: Random, seeds: readonly string[]): Pieces {
  const sound = seeds.length === 0 || random.once(2) ? requests(random) : random.pick(seeds)
  const bytes = random.once(6) ? sound : mutated(random, sound, [requests(random), ...seeds])
  return random.once(3) ? [bytes] : cut(random, bytes)
}

async function standstill(): Promise<void> {
  let seen = -1
  for (let quiet = 0; quiet < QUIET_TURNS; quiet = progress.count === seen ? quiet + 1 : 0) {
    seen = progress.count
    await turn()
  }
}

/** All but how much of a body came before it was refused, and with which status: that depends on what is there. */
function shape({ requests, end, why }: Reading): unknown {
  if (end !== 'refused') return [requests, end, why]
  const all = requests.map((each) => (each.complete ? each : { ...each, body: '' }))
  return [all, end, why.replace(/\d+$/, '')]
}
