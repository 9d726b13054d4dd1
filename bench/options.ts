// The options of `npm run bench`.

import { parseArgs } from 'node:util'
import { BASE, OURS, PEERS } from './peers.ts'
import { WORKS } from './works.ts'

/** What `--only` takes besides the letters of works. */
export const EXTRAS: readonly string[] = ['i', 'costs', 'types']

/** How to run. */
export interface Options {
  /** Letters of works, and {@link EXTRAS}. */
  readonly only: ReadonlySet<string>
  /** Names of peers; ours and the base are always among them. */
  readonly peers: ReadonlySet<string>
  /** The binary that runs the servers on Node. */
  readonly node: string
  readonly rounds: number
  readonly seconds: number
  /** Whether the report goes into docs/performance.md. */
  readonly write: boolean
  readonly help: boolean
}

/** What `--help` prints. */
export const HELP: string = `npm run bench -- [options]

  --quick            one round of one second for each server
  --rounds N         rounds, default 5
  --seconds N        seconds of each run, default 2
  --only a,b,…       works: ${[...WORKS.map(({ letter }) => letter), ...EXTRAS].join(', ')}; default all
  --peers x,y,…      of ${PEERS.map(({ name }) => name).join(', ')}; default all, and ${OURS} and ${BASE} always
  --node PATH        the node that runs the servers, default the one that runs this
  --write            puts the report into docs/performance.md
`

/** Reads the command line. Throws where it makes no sense. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const names = PEERS.map(({ name }) => name)
  return {
    only: chosen('--only', values.only, [...WORKS.map(({ letter }) => letter), ...EXTRAS]),
    peers: new Set([OURS, BASE, ...chosen('--peers', values.peers, names)]),
    node: values.node,
    rounds: count('--rounds', values.rounds, values.quick ? 1 : 5),
    seconds: count('--seconds', values.seconds, values.quick ? 1 : 2),
    write: values.write,
    help: values.help,
  }
}

/** The names of a list such as `a,b`, of those there are; all of them without a list. */
export function chosen(option: string, list: string | undefined, known: readonly string[]): Set<string> {
  const names = list?.split(',') ?? known
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return new Set(names)
  throw new Error(`${option} knows no ${JSON.stringify(unknown)}. There are: ${known.join(', ')}.`)
}

/** The number that an option has. */
export function count(option: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text)
  if (Number.isInteger(number) && number > 0 && number <= 600) return number
  throw new Error(`${option} takes a whole number from 1 to 600, not ${JSON.stringify(text)}.`)
}
