// Who is compared: how each is called, how it is spoken to, and the commands that start it.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onNode, ROOT } from '../peers.ts'
import type { WireName } from './wires.ts'

const BUILT = dirname(fileURLToPath(import.meta.url))

/** Where the peers are installed. */
export const FOLDER: string = join(ROOT, 'bench/channels')

/** A server program. */
export interface FanOutPeer {
  /** As in `--peers`. */
  readonly name: string
  /** As in the table. */
  readonly title: string
  readonly wire: WireName
  /** The command for its server; `node`: the binary that runs it. */
  server(node: string): readonly string[]
}

/** Ours. */
export const OURS = 'pipestack'
/** Whom all are compared to. */
export const BASE = 'ws'
/** Whom the goal of issue 5 names besides. */
export const SOCKET_IO = 'socket.io'

/** All of them, in the order of the table. */
export const PEERS: readonly FanOutPeer[] = [
  { name: OURS, title: 'pipestack', wire: 'channels', server: (node) => onNode(node, join(BUILT, 'ours.js'), '') },
  peer(BASE, 'bare ws', 'bare'),
  peer(SOCKET_IO, 'Socket.IO', 'socket.io'),
]

function peer(name: string, title: string, wire: WireName): FanOutPeer {
  // The work is the same module for all: it is given, since it is not known where this was built.
  return {
    name,
    title,
    wire,
    server: (node) => onNode(node, join(FOLDER, 'peers', `${name}.mjs`), join(BUILT, 'work.js')),
  }
}
