// What a run of the bench says: what was measured on what, and the tables.

import { COSTS } from './costs.ts'
import { median, type Round, toFigure } from './figures.ts'
import { type Held, IDLE } from './idle.ts'
import { ranOn, versionOf } from './machine.ts'
import type { Options } from './options.ts'
import { BASE, OURS, type Peer } from './peers.ts'
import { cpuCell, goalCell, speedCell, table } from './table.ts'
import { goalOf, type Work } from './works.ts'
import { LOAD } from './wrk.ts'

/** Everything that was measured; parts that were not are empty. */
export interface Results {
  readonly peers: readonly Peer[]
  readonly works: readonly { readonly work: Work; readonly rounds: ReadonlyMap<string, readonly Round[]> }[]
  readonly idle: ReadonlyMap<string, readonly Held[]>
  readonly costs: ReadonlyMap<string, readonly number[]>
  /** What types.js printed. */
  readonly types: string
}

/** The whole report, in Markdown. */
export function report(results: Results, options: Options, args: readonly string[]): string {
  const version = versionOf(options.node)
  const parts = [ranOn('npm run bench', args, version, options, `\`wrk ${LOAD.join(' ')}\``)]
  if (results.works.length > 0) parts.push(...works(results, version))
  if (results.idle.size > 0) parts.push(...idle(results))
  if (results.costs.size > 0) parts.push(...costs(results.costs))
  if (results.types !== '') parts.push('Type-checking, with the start of the compiler:', typeRows(results.types))
  return `${parts.join('\n\n')}\n`
}

function works({ peers, works }: Results, version: string): string[] {
  const rows = works.map(({ work, rounds }) => ({
    work,
    figures: peers.map(({ name }) => toFigure(rounds.get(name) ?? [], rounds.get(BASE) ?? [])),
  }))
  const ours = peers.findIndex(({ name }) => name === OURS)
  const titles = peers.map(({ title }) => title)
  return [
    'Requests per second of CPU time (user and system of the server process), bare node:http = 1; in brackets µs of CPU a request:',
    table(
      ['work', 'goal', ...titles],
      rows.map(({ work, figures }) => [
        `${work.letter} ${work.title}`,
        goalCell(goalOf(work, version), figures[ours]?.cpuRatio ?? Number.NaN),
        ...figures.map(cpuCell),
      ]),
    ),
    'Requests per second, bare node:http = 1; in brackets thousands (wrk has the other core: what it can ask for is a limit too):',
    table(
      ['work', ...titles],
      rows.map(({ work, figures }) => [`${work.letter} ${work.title}`, ...figures.map(speedCell)]),
    ),
  ]
}

function idle({ peers, idle }: Results): string[] {
  const of = (name: string, key: keyof Held) => median((idle.get(name) ?? []).map((held) => held[key])).toFixed(1)
  return [
    `Memory of ${IDLE.toLocaleString('en')} idle keep-alive connections, KiB for each, after garbage collection:`,
    table(
      ['i', ...peers.map(({ title }) => title)],
      [
        ['resident', ...peers.map(({ name }) => of(name, 'rss'))],
        ['of it heap and external', ...peers.map(({ name }) => of(name, 'heap'))],
      ],
    ),
  ]
}

function costs(costs: ReadonlyMap<string, readonly number[]>): string[] {
  const of = (name: string) => median(costs.get(name) ?? [])
  return [
    'What the parts of our own way cost, in ns of CPU, without the kernel:',
    table(
      ['', 'request', 'more'],
      COSTS.map(({ name, title, over }) => [
        title,
        of(name).toFixed(0),
        over === undefined ? '' : ((of(name) - of(over[0])) / over[1]).toFixed(0),
      ]),
    ),
  ]
}

function typeRows(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `- ${line}`)
    .join('\n')
}
