// A trip: one bag's way through one segment of a stack, there and back, as the runner knows it.
//
// Apart from the bag, since all trips have one shape, whatever marbles their bags hold: fields on the bags themselves cost 390 ns
// a flow as soon as four segments were in use, instead of 40.

import type { Segment } from './compile.ts'
import type { FlowBag } from './flow-bag.ts'
import type { LateEntry } from './late.ts'
import type { FlowSignal } from './signal.ts'

/** See above. */
export class Trip {
  readonly bag: FlowBag
  readonly segment: Segment
  /** The trip of the through pipe that this one runs in, if any. */
  readonly outer: Trip | undefined
  /** What that pipe laid over the bag: `next(marbles)`. */
  readonly laid: object | undefined
  /** The first trip of this flow; itself where a flow begins. */
  readonly root: Trip
  /** Bits of fields.ts. */
  flags = 0
  /** How many pipes of the segment are entered. */
  count = 0
  error: unknown = undefined
  /** Where the rest of a stack runs inside a chosen part: that part's trip. */
  via: Trip | undefined = undefined
  /** What aliased pipes see of the bag, by their positions in the segment. */
  views: FlowBag[] | undefined = undefined
  /** Lazy pipes asked for from this bag. */
  late: LateEntry[] | undefined = undefined
  /** On the first trip of a flow: what is to run at its end, and its signal. */
  deferred: (() => unknown)[] | undefined = undefined
  signal: FlowSignal | undefined = undefined
  /** On the outermost trip: what a listener lends to its flows. */
  realm: Realm | undefined = undefined

  constructor(segment: Segment, outer: Trip | undefined, laid: object | undefined, root: Trip | undefined) {
    this.segment = segment
    this.outer = outer
    this.laid = laid
    this.root = root ?? this
    this.bag = new segment.Bag(this)
  }
}

/** What a listener (or connect, or run) lends to its flows. */
export interface Realm {
  /** Takes an error that left a flow, or one that can no longer change what the peer gets. */
  report(error: unknown): void
}

/** The trip around `trip` in the order of running, which is the order of entering. */
export function aroundOf(trip: Trip): Trip | undefined {
  return trip.via ?? trip.outer
}
