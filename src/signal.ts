// The signal of a flow: made when somebody asks for it, fired by the flow around it or by the connection.

import { ENDED, FLAGS, LAID, OUTER, ROOT, SIGNAL } from './fields.ts'
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

/** The signal of what began the flow (a connection, a stream of HTTP/2), else of the flow around it. */
function followedBy(root: FlowBag): AbortSignal | undefined {
  // No marble can be called signal, so this is not one.
  const own: unknown = root[LAID] === undefined ? undefined : Reflect.get(root[LAID], 'signal')
  if (own instanceof AbortSignal) return own
  const outer = root[OUTER]
  return outer === undefined ? undefined : signalOf(outer)
}
