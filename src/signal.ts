// The signal of a flow: made when somebody asks for it, fired by the flow around it or by the connection.

import { ENDED, FLAGS, OUTER, ROOT, SIGNAL } from './fields.ts'
import type { FlowBag } from './flow-bag.ts'

/** The controller of a flow's signal, and how to let go of the signal it follows. */
export interface FlowSignal {
  readonly controller: AbortController
  readonly release: () => void
}

/** The signal of the flow that `bag` belongs to. It follows the flow around it, up to the connection's. */
export function signalOf(bag: FlowBag): AbortSignal {
  const root = bag[ROOT]
  const made = root[SIGNAL]
  if (made !== undefined) return made.controller.signal
  const controller = new AbortController()
  // A flow that has ended follows nobody any more: nothing would ever let go of the listener.
  const followed = (root[FLAGS] & ENDED) !== 0 ? undefined : followedBy(root)
  let release = () => {}
  if (followed?.aborted) controller.abort(followed.reason)
  else if (followed !== undefined) {
    const fire = () => controller.abort(followed.reason)
    followed.addEventListener('abort', fire, { once: true })
    release = () => followed.removeEventListener('abort', fire)
  }
  root[SIGNAL] = { controller, release }
  return controller.signal
}

function followedBy(root: FlowBag): AbortSignal | undefined {
  const outer = root[OUTER]
  if (outer !== undefined) return signalOf(outer)
  const connection: unknown = Reflect.get(root, 'connection')
  if (connection === null || typeof connection !== 'object') return undefined
  const signal: unknown = Reflect.get(connection, 'signal')
  return signal instanceof AbortSignal ? signal : undefined
}
