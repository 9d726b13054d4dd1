// The options of `npm run bench:rpc`.

import { parseArgs } from 'node:util'
import { chosen, count } from '../options.ts'
import { BASE, OURS, PEERS } from './peers.ts'
import { TRANSPORTS } from './work.ts'

/** What `--only` takes. */
export const PARTS = ['servers', 'clients'] as const

/** How to run. */
export interface RpcOptions {
  /** Of {@link PARTS}. */
  readonly only: ReadonlySet<string>
  /** Of the transports. */
  readonly on: ReadonlySet<string>
  /** Names of peers; ours and the base are always among them. */
  readonly peers: ReadonlySet<string>
  /** The binary that runs all of them. */
  readonly node: string
  readonly rounds: number
  /** Of each run; the clients have half as many more, which do not count. */
  readonly seconds: number
  /** Whether the report goes into docs/performance.md. */
  readonly write: boolean
  readonly help: boolean
}

const NAMES = PEERS.map(({ name }) => name)

/** What `--help` prints. */
export const HELP: string = `npm run bench:rpc -- [options]

  --quick            one round of one second for each
  --rounds N         rounds, default 5
  --seconds N        seconds of each run, default 2
  --only a,b         of ${PARTS.join(', ')}; default both
  --on a,b           of ${TRANSPORTS.join(', ')}; default both
  --peers x,y,…      of ${NAMES.join(', ')}; default all, and ${OURS} and ${BASE} always
  --node PATH        the node that runs servers and clients, default the one that runs this
  --write            puts the report into docs/performance.md
`

/** Reads the command line. Throws where it makes no sense. */
export function readRpcOptions(args: readonly string[]): RpcOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      on: { type: 'string' },
      peers: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    only: chosen('--only', values.only, PARTS),
    on: chosen('--on', values.on, TRANSPORTS),
    peers: new Set([OURS, BASE, ...chosen('--peers', values.peers, NAMES)]),
    node: values.node,
    rounds: count('--rounds', values.rounds, values.quick ? 1 : 5),
    seconds: count('--seconds', values.seconds, values.quick ? 1 : 2),
    write: values.write,
    help: values.help,
  }
}
