// The shapes of bags: a class for each segment of a stack, and views for pipes under an alias (HOT_PATH.md: environ and bag).

import { NAMES, REAL, TRIP } from './fields.ts'
import { FlowBag, type FlowBagClass, read } from './flow-bag.ts'
import { type Item, realName } from './items.ts'
import type { View as Viewer } from './stages.ts'

/** The marbles of server pipes, as `next()` is given them. */
interface Laid {
  readonly environ?: unknown
  readonly response?: unknown
  readonly read?: unknown
  readonly write?: unknown
}

function laidIn(bag: FlowBag): Laid | undefined {
  return bag[TRIP].laid
}

/** The getters of what every request is asked for, by name: a load by a key that varies costs each of them 20 ns more. */
const OFTEN: ReadonlyMap<string, (this: FlowBag) => unknown> = new Map<string, (this: FlowBag) => unknown>([
  [
    'environ',
    function () {
      return laidIn(this)?.environ
    },
  ],
  [
    'response',
    function () {
      return laidIn(this)?.response
    },
  ],
  [
    'read',
    function () {
      return laidIn(this)?.read
    },
  ],
  [
    'write',
    function () {
      return laidIn(this)?.write
    },
  ],
])

/** The class of a segment's bags: what is above it is read through the outer bag, what is laid over it from `next(marbles)`. */
export function bagClass(names: Iterable<string>, laid: readonly (readonly [string, string])[]): FlowBagClass {
  class SegmentBag extends FlowBag {}
  const own = new Map(laid)
  for (const name of names) {
    const key = own.get(name)
    const get =
      key === undefined
        ? function (this: FlowBag): unknown {
            const { outer } = this[TRIP]
            return outer === undefined ? undefined : read(outer.bag, name)
          }
        : (OFTEN.get(key) ??
          function (this: FlowBag): unknown {
            const { laid } = this[TRIP]
            return laid === undefined ? undefined : read(laid, key)
          })
    Object.defineProperty(SegmentBag.prototype, name, { get, enumerable: true, configurable: true })
  }
  return SegmentBag
}

/**
 * How the pipe sees the bag: as it is, or, under aliases, through a view with the pipe's own names.
 *
 * @param position of the pipe in its segment
 */
export function viewer(item: Item, names: readonly string[], position: number): Viewer {
  if (item.renames.length === 0) return (bag) => bag
  class View {
    readonly [TRIP]: FlowBag[typeof TRIP]
    constructor(bag: FlowBag) {
      this[TRIP] = bag[TRIP]
    }
  }
  Object.setPrototypeOf(View.prototype, FlowBag.prototype)
  const known = new Set(names)
  const owns = new Set([...names, ...item.renames.flatMap(({ map }) => Object.keys(map))])
  const shown = new Map<string, string>()
  for (const own of owns) {
    const name = realName(item.renames, own)
    if (!known.has(name)) continue
    // Of two names for a marble the later is the pipe's own.
    shown.set(name, own)
    Object.defineProperty(View.prototype, own, {
      get(this: FlowBag): unknown {
        return read(this[TRIP].bag, name)
      },
      set(this: FlowBag, value: unknown) {
        // Throws where the marble is not this run's own, as it does without an alias.
        ;(this[TRIP].bag as unknown as Record<string, unknown>)[name] = value
      },
      enumerable: true,
      configurable: true,
    })
  }
  Object.defineProperty(View.prototype, REAL, { value: (own: string) => realName(item.renames, own) })
  Object.defineProperty(View.prototype, NAMES, { value: [...shown.values()] })
  const look = (bag: FlowBag) => new View(bag) as unknown as FlowBag
  if (item.pipe.leave === undefined || item.lazy) return look
  // Enter and leave are given the same view: some pipes keep what they know of a flow in a WeakMap by its bag.
  return (bag) => {
    const trip = bag[TRIP]
    trip.views ??= []
    const known = trip.views[position]
    if (known !== undefined) return known
    const view = look(bag)
    trip.views[position] = view
    return view
  }
}
