// The bag as a flow runs on it. One subclass for each segment of a stack adds accessors for the marbles (see compile.ts),
// so a bag costs one small object, whatever it inherits (HOT_PATH.md: environ and bag).

import type { Segment } from './compile.ts'
import { UsageError } from './errors.ts'
import {
  ASKER,
  COUNT,
  DEFERRED,
  ENDED,
  ERROR,
  FAILED,
  FLAGS,
  INTERRUPTED,
  LAID,
  LATE,
  LEAVING,
  LEFT,
  OUTER,
  REAL,
  REALM,
  RECOVERED,
  ROOT,
  SEGMENT,
  SIGNAL,
  STOPPED,
  TARGET,
  VIA,
} from './fields.ts'
import { enterLazy, type LateEntry } from './late.ts'
import { type FlowSignal, signalOf } from './signal.ts'

type InspectFunction = (value: unknown, options: object) => string

/** A bag at run time. */
export interface FlowBag {
  /** The bag of the through pipe that this one runs in, if any. */
  readonly [OUTER]: FlowBag | undefined
  /** What that pipe laid over it: `next(marbles)`. */
  readonly [LAID]: object | undefined
  /** On the bag of what stands below a pipe with parts: the bag of the chosen part, inside which it runs. */
  [VIA]?: FlowBag
  /** The first bag of this flow; itself where a flow begins. */
  readonly [ROOT]: FlowBag
  [FLAGS]: number
  /** How many pipes of the segment are entered. */
  [COUNT]: number
  [ERROR]: unknown
  /** Lazy pipes asked for from this bag. */
  [LATE]: LateEntry[] | undefined
  /** On the first bag of a flow: what is to run at its end, and its signal. */
  [DEFERRED]: (() => unknown)[] | undefined
  [SIGNAL]: FlowSignal | undefined
  /** On the outermost bag: what a listener lends to its flows. */
  [REALM]?: Realm
  /** On the prototype: the compiled segment. */
  readonly [SEGMENT]: Segment
  /** In views (aliases, lazy pipes): the bag they look at. */
  readonly [TARGET]?: FlowBag
  /** In the view of an aliased pipe: what its own names are called in the bag. */
  readonly [REAL]?: (name: string) => string
  /** In the view of a lazy pipe that is being entered: its entry. */
  readonly [ASKER]?: LateEntry
}

/** A class of bags; the base of those that compile.ts makes for each segment. */
export interface FlowBagClass {
  new (outer: FlowBag | undefined, laid: object | undefined, root: FlowBag | undefined): FlowBag
  readonly prototype: FlowBag
}

class BaseBag {
  declare [OUTER]: FlowBag | undefined
  declare [LAID]: object | undefined
  declare [ROOT]: FlowBag
  declare [FLAGS]: number
  declare [COUNT]: number
  declare [ERROR]: unknown
  declare [LATE]: LateEntry[] | undefined
  declare [DEFERRED]: (() => unknown)[] | undefined
  declare [SIGNAL]: FlowSignal | undefined
  declare readonly [SEGMENT]: Segment

  constructor(outer: FlowBag | undefined, laid: object | undefined, root: FlowBag | undefined) {
    this[OUTER] = outer
    this[LAID] = laid
    this[ROOT] = root ?? this
    this[FLAGS] = 0
    this[COUNT] = 0
    this[ERROR] = undefined
    this[LATE] = undefined
    this[DEFERRED] = undefined
    this[SIGNAL] = undefined
  }

  // The verbs are getters, not methods: taken out of the bag they still know it, and they cost nothing until asked for.

  get interrupt(): () => void {
    const bag = targetOf(this)
    return () => {
      bag[FLAGS] |= STOPPED
      bag[ROOT][FLAGS] |= INTERRUPTED
    }
  }

  get recover(): () => void {
    const bag = targetOf(this)
    return () => {
      if ((bag[FLAGS] & (LEAVING | FAILED | LEFT)) !== (LEAVING | FAILED)) {
        throw new UsageError(
          'RECOVER_WITHOUT_ERROR',
          'recover() was called where there is no error. Call it in a leave that was given one.',
        )
      }
      bag[FLAGS] |= RECOVERED
    }
  }

  get defer(): (release: () => unknown) => void {
    const root = targetOf(this)[ROOT]
    return (release) => {
      if (typeof release !== 'function') {
        throw new UsageError('OPTION_BAD', `defer() takes a function, not ${typeof release}.`)
      }
      // After the end there is nothing left to wait for.
      if ((root[FLAGS] & ENDED) !== 0) release()
      else if (root[DEFERRED] === undefined) root[DEFERRED] = [release]
      else root[DEFERRED].push(release)
    }
  }

  get signal(): AbortSignal {
    return signalOf(targetOf(this))
  }

  get enter(): (name: string) => Promise<unknown> {
    return (name) => enterLazy(this, name)
  }

  /** Shows the marbles in a console, not the machinery. */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: unknown, options: object, inspect: InspectFunction): string {
    const marbles: Record<string, unknown> = {}
    for (const name of this[SEGMENT].names) if (name in this) marbles[name] = read(this, name)
    return `Bag ${inspect(marbles, { ...options, depth: 1 })}`
  }
}

/** The base of all bags. */
export const FlowBag: FlowBagClass = BaseBag

/** What a listener (or connect, or run) lends to its flows. */
export interface Realm {
  /** Takes an error that left a flow, or one that can no longer change what the peer gets. */
  report(error: unknown): void
}

/** The bag that a view looks at; a bag is its own. */
export function targetOf(bag: FlowBag): FlowBag {
  return bag[TARGET] ?? bag
}

/** The bag around `bag` in the order of running, which is the order of entering. */
export function aroundOf(bag: FlowBag): FlowBag | undefined {
  return bag[VIA] ?? bag[OUTER]
}

/** The marble of a name that is known only at run time. */
export function read(bag: object, name: string): unknown {
  // Not Reflect.get: that is a call, this is an inline cache.
  return (bag as Readonly<Record<string, unknown>>)[name]
}

/** Whether `value` must be awaited. Functions may be marbles, and thenable ones are awaited too. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
