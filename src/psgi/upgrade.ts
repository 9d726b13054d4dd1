// A request that asks for another protocol (RFC 9110 §7.8): how a pipe below the server pipe gets at the connection.

import type { Handover } from '../net/handover.ts'
import type { Environ } from './environ.ts'

/** Why a connection cannot be handed over: what to answer. */
export interface Obstacle {
  readonly status: string
  readonly why: string
}

/** Gives the connection of a request away, once what was sent on it has left. From then on, nobody responds to the request. */
export type Upgrade = () => Promise<Handover | Obstacle>

// A symbol: it is nobody's business but that of pipes, and goes along where an environ is copied.
const UPGRADE: unique symbol = Symbol('pipestack.upgrade')
type Upgradable = Environ & { [UPGRADE]?: Upgrade }

/** Lets {@link upgradeOf} find it: for server pipes. */
export function markUpgrade(environ: Environ, upgrade: Upgrade): void {
  const marked: Upgradable = environ
  marked[UPGRADE] = upgrade
}

/** How to take the connection over. Undefined where the request does not ask for it, or the server cannot give it away. */
export function upgradeOf(environ: Environ): Upgrade | undefined {
  const marked: Upgradable = environ
  return marked[UPGRADE]
}
