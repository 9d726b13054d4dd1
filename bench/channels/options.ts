// The options of `npm run bench:channels`.

import { parseArgs } from 'node:util'
import { chosen, count } from '../options.ts'
import { BASE, OURS, PEERS } from './peers.ts'
import { BURSTS, SUBSCRIBERS } from './work.ts'

/** How to run. */
export interface FanOutOptions {
  /** How many events are published at once, as texts. */
  readonly bursts: ReadonlySet<string>
  /** Names of peers; ours and the base are always among them. */
  readonly peers: ReadonlySet<string>
  /** The binary that runs all of them. */
  readonly node: string
  readonly rounds: number
  readonly seconds: number
  readonly subscribers: number
  /** Whether the report goes into docs/performance.md. */
  readonly write: boolean
  readonly help: boolean
}

const NAMES = PEERS.map(({ name }) => name)
const KNOWN_BURSTS = BURSTS.map(String)

/** What `--help` prints. */
export const HELP: string = `npm run bench:channels -- [options]

  --quick            one round of one second for each
  --rounds N         rounds, default 5
  --seconds N        seconds of each run, default 2
  --bursts a,b       events at once, of ${KNOWN_BURSTS.join(', ')}; default both
  --peers x,y,…      of ${NAMES.join(', ')}; default all, and ${OURS} and ${BASE} always
  --node PATH        the node that runs servers and subscribers, default the one that runs this
  --write            puts the report into docs/performance.md
`

/** Reads the command line. Throws where it makes no sense. */
export function readFanOutOptions(args: readonly string[]): FanOutOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      bursts: { type: 'string' },
      peers: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    bursts: chosen('--bursts', values.bursts, KNOWN_BURSTS),
    peers: new Set([OURS, BASE, ...chosen('--peers', values.peers, NAMES)]),
    node: values.node,
    rounds: count('--rounds', values.rounds, values.quick ? 1 : 5),
    seconds: count('--seconds', values.seconds, values.quick ? 1 : 2),
    subscribers: SUBSCRIBERS,
    write: values.write,
    help: values.help,
  }
}
