// Who is compared: how each is called, how it is spoken to, and the commands that start it.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onNode, ROOT } from '../peers.ts'
import type { WireName } from './wires.ts'
import { TRANSPORTS, type TransportName } from './work.ts'

const BUILT = dirname(fileURLToPath(import.meta.url))

/** Where the peers are installed. */
export const FOLDER: string = join(ROOT, 'bench/rpc')

/** A server program, and the client that belongs to it. */
export interface RpcPeer {
  /** As in `--peers`. */
  readonly name: string
  /** As in the table. */
  readonly title: string
  readonly wire: WireName
  readonly transports: readonly TransportName[]
  /** Whether it comes with pipestack or has to be installed. */
  readonly installed: boolean
  /** The command for a server at an address; `node`: the binary that runs it. */
  server(node: string, address: string): readonly string[]
  /** The module of its client for drive.ts, and the name of the peer that answers it. */
  readonly client: { readonly module: string; readonly server: string } | undefined
}

/** Ours. */
export const OURS = 'pipestack'
/** Whom all are compared to. */
export const BASE = 'by-hand'
/** Whom the goal of issue 4 names. */
export const NEST = 'nestjs'

/** All of them, in the order of the table. */
export const PEERS: readonly RpcPeer[] = [
  {
    name: OURS,
    title: 'pipestack',
    wire: 'lines',
    transports: TRANSPORTS,
    installed: false,
    server: (node, address) => onNode(node, join(BUILT, 'ours.js'), address),
    client: { module: join(BUILT, 'our-client.js'), server: BASE },
  },
  peer(BASE, 'by hand', 'lines', { installed: false }),
  peer('ws', 'ws, corked', 'websocket', { client: false }),
  peer('moleculer', 'Moleculer', 'gossip', { transports: ['tcp'] }),
  peer(NEST, 'NestJS', 'nest'),
  peer('vscode-jsonrpc', 'vscode-jsonrpc', 'heads'),
  peer('jayson', 'jayson', 'lines'),
]

interface Differences {
  readonly transports?: readonly TransportName[]
  readonly installed?: boolean
  readonly client?: boolean
}

function peer(name: string, title: string, wire: WireName, differences: Differences = {}): RpcPeer {
  const { transports = TRANSPORTS, installed = true, client = true } = differences
  return {
    name,
    title,
    wire,
    transports,
    installed,
    server: (node, address) => onNode(node, join(FOLDER, 'peers', `${name}.mjs`), address),
    client: client ? { module: join(FOLDER, 'clients', `${name}.mjs`), server: name } : undefined,
  }
}
