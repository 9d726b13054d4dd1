// The bag as a flow runs on it: what the pipes see. What the runner knows of it stands in its trip (trip.ts).
//
// One subclass for each segment of a stack adds accessors for the marbles (bag-shapes.ts), so a bag costs two small objects,
// whatever it inherits (HOT_PATH.md: environ and bag).

import { UsageError } from './errors.ts'
import { ASKER, ENDED, FAILED, INTERRUPTED, LEAVING, LEFT, NAMES, REAL, RECOVERED, STOPPED, TRIP } from './fields.ts'
import { enterLazy, type LateEntry } from './late.ts'
import { signalOf } from './signal.ts'
import type { Trip } from './trip.ts'

export { isThenable } from './thenable.ts'

type InspectFunction = (value: unknown, options: object) => string

/** A bag at run time, or a view of one: an aliased or lazy pipe sees the bag through it. */
export interface FlowBag {
  readonly [TRIP]: Trip
  /** On the prototype: the marbles that can be in it. */
  readonly [NAMES]: readonly string[]
  /** In the view of an aliased pipe: what its own names are called in the bag. */
  readonly [REAL]?: (name: string) => string
  /** In the view of a lazy pipe that is being entered: its entry. */
  readonly [ASKER]?: LateEntry
}

/** A class of bags; the base of those that bag-shapes.ts makes for each segment. */
export interface FlowBagClass {
  new (trip: Trip): FlowBag
  readonly prototype: FlowBag
}

class BaseBag {
  declare readonly [TRIP]: Trip
  declare readonly [NAMES]: readonly string[]

  constructor(trip: Trip) {
    // The one field: each segment has a class of its own, and a store that sees many classes costs 15 ns and more.
    ;(this as { [TRIP]: Trip })[TRIP] = trip
  }

  // The verbs are getters, not methods: taken out of the bag they still know it, and they cost nothing until asked for.

  get interrupt(): () => void {
    const trip = this[TRIP]
    return () => {
      trip.flags |= STOPPED
      trip.root.flags |= INTERRUPTED
    }
  }

  get recover(): () => void {
    const trip = this[TRIP]
    return () => {
      if ((trip.flags & (LEAVING | FAILED | LEFT)) !== (LEAVING | FAILED)) {
        throw new UsageError(
          'RECOVER_WITHOUT_ERROR',
          'recover() was called where there is no error. Call it in a leave that was given one.',
        )
      }
      trip.flags |= RECOVERED
    }
  }

  get defer(): (release: () => unknown) => void {
    const root = this[TRIP].root
    return (release) => {
      if (typeof release !== 'function') {
        throw new UsageError('OPTION_BAD', `defer() takes a function, not ${typeof release}.`)
      }
      // After the end there is nothing left to wait for.
      if ((root.flags & ENDED) !== 0) release()
      else if (root.deferred === undefined) root.deferred = [release]
      else root.deferred.push(release)
    }
  }

  get signal(): AbortSignal {
    return signalOf(this[TRIP])
  }

  get enter(): (name: string) => Promise<unknown> {
    return (name) => enterLazy(this, name)
  }

  /** Shows the marbles in a console, not the machinery. */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: unknown, options: object, inspect: InspectFunction): string {
    const marbles: Record<string, unknown> = {}
    for (const name of this[NAMES]) if (name in this) marbles[name] = read(this, name)
    return `Bag ${inspect(marbles, { ...options, depth: 1 })}`
  }
}

/** The base of all bags. */
export const FlowBag: FlowBagClass = BaseBag

/** The marble of a name that is known only at run time. */
export function read(bag: object, name: string): unknown {
  // Not Reflect.get: that is a call, this is an inline cache.
  return (bag as Readonly<Record<string, unknown>>)[name]
}

/** The trip that a bag is on: for pipes that look after flows. */
export function tripOf(bag: object): Trip {
  return (bag as FlowBag)[TRIP]
}
