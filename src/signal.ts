// The signal of a flow: made when somebody asks for it, fired by the flow around it or by the connection.

import { ENDED } from './fields.ts'
import type { Trip } from './trip.ts'

/** The controller of a flow's signal, and how to let go of the signal it follows. */
export interface FlowSignal {
  readonly controller: AbortController
  readonly release: () => void
}

/** The signal of the flow that `trip` belongs to. It follows the flow around it, up to the connection's. */
export function signalOf(trip: Trip): AbortSignal {
  const root = trip.root
  const made = root.signal
  if (made !== undefined) return made.controller.signal
  const controller = new AbortController()
  // A flow that has ended follows nobody any more: nothing would ever let go of the listener.
  const followed = (root.flags & ENDED) !== 0 ? undefined : followedBy(root)
  let release = () => {}
  if (followed?.aborted) controller.abort(followed.reason)
  else if (followed !== undefined) {
    const fire = () => controller.abort(followed.reason)
    followed.addEventListener('abort', fire, { once: true })
    release = () => followed.removeEventListener('abort', fire)
  }
  root.signal = { controller, release }
  return controller.signal
}

/** The signal of what began the flow (a connection, a stream of HTTP/2), else of the flow around it. */
function followedBy(root: Trip): AbortSignal | undefined {
  // No marble can be called signal, so this is not one.
  const own: unknown = root.laid === undefined ? undefined : Reflect.get(root.laid, 'signal')
  if (own instanceof AbortSignal) return own
  const outer = root.outer
  return outer === undefined ? undefined : signalOf(outer)
}
