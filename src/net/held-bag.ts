// The bag that connect() gives: the same object over all connections, with the marbles of the present one.

import { inspect } from 'node:util'
import { PeerError } from '../errors.ts'
import { NAMES } from '../fields.ts'
import { type FlowBag, read } from '../flow-bag.ts'

const VERBS = ['enter', 'interrupt', 'recover', 'defer', 'signal']
/** What has to throw while there is no connection: a read that ended at once would make a loop around it spin. */
const WIRED = ['read', 'write']

/** What stands behind a bag that is held. */
export interface Holding {
  /** The bag of the last flow that reached its end. */
  readonly bag: FlowBag
  /** Why nothing can be read or written, where that is so. */
  readonly gone: string | undefined
  dispose(): Promise<void>
}

/** Makes the bag to hold. Its shape is that of the bags at the end of the stack, which all flows have alike. */
export function heldBag(holding: Holding): AsyncDisposable {
  const held = {
    [Symbol.asyncDispose]: () => holding.dispose(),
    [inspect.custom]: () => holding.bag,
  }
  Object.defineProperty(held, inspect.custom, { enumerable: false })
  for (const name of VERBS) {
    const get = () => {
      // The flow has ended, and its signal follows nobody any more.
      if (holding.gone !== undefined && name === 'signal') return AbortSignal.abort(goneError(holding.gone))
      return read(holding.bag, name)
    }
    Object.defineProperty(held, name, { get })
  }
  for (const name of holding.bag[NAMES]) {
    const get = () => {
      if (holding.gone !== undefined && WIRED.includes(name)) return refusal(holding.gone)
      return read(holding.bag, name)
    }
    const set = (value: unknown) => {
      // Throws where the marble is not the last run's own.
      Object.assign(holding.bag, { [name]: value })
    }
    Object.defineProperty(held, name, { get, set, enumerable: true })
  }
  return held
}

function refusal(why: string): () => never {
  return () => {
    throw goneError(why)
  }
}

function goneError(why: string): PeerError {
  return new PeerError('CONNECTION_CLOSED', why)
}
