// Entering a lazy pipe: once, when somebody asks; left with the run that asked.

import type { Placed } from './compile.ts'
import { quote, UsageError } from './errors.ts'
import { noteFailure } from './failure.ts'
import { ASKER, LEAVING, REAL, TRIP } from './fields.ts'
import type { FlowBag } from './flow-bag.ts'
import { aroundOf, type Trip } from './trip.ts'

/** The verb `enter(name)`. `view` is the bag, or what an aliased or lazy pipe sees of it. */
export function enterLazy(view: FlowBag, name: string): Promise<unknown> {
  try {
    const trip = view[TRIP]
    const asker = view[ASKER]
    const real = view[REAL]?.(name) ?? name
    const found = find(trip, real)
    const entry = found ?? create(trip, real)
    if (asker !== undefined) wish(asker, entry)
    // Started after the wish is written down: its own enter may ask for the asker, and that is the cycle to find.
    if (found === undefined) entry.settling = entry.start()
    return entry.promise
  } catch (error) {
    return Promise.reject(error)
  }
}

function find(trip: Trip, name: string): LateEntry | undefined {
  for (let at: Trip | undefined = trip; at !== undefined; at = aroundOf(at)) {
    const entry = at.late?.find((late) => late.name === name)
    if (entry !== undefined) return entry
  }
  return undefined
}

function create(trip: Trip, name: string): LateEntry {
  const { lazies } = trip.segment
  const lazy = lazies.get(name)
  if (lazy === undefined) {
    const names = [...lazies.keys()].map((known) => JSON.stringify(known)).join(', ')
    throw new UsageError(
      'LAZY_UNKNOWN',
      `enter(${quote(name)}) found no lazy pipe of that name. ${names === '' ? 'There is none above; put lazy(…) into the stack.' : `There are: ${names}.`}`,
      { marble: name },
    )
  }
  if ((trip.flags & LEAVING) !== 0) {
    throw new UsageError(
      'FLOW_LEAVING',
      `enter(${quote(name)}) was called after the flow began to leave, so nobody would leave the pipe. Enter it before.`,
      { marble: name },
    )
  }
  return new LateEntry(trip, name, lazy)
}

/** A lazy pipe that was asked for: on the list of the bag that asked until it is left, or its enter has failed. */
export class LateEntry {
  /** The marble's name. */
  readonly name: string
  /** The bag as the lazy pipe sees it: a view of its own, so that what it asks for in its enter is known to be its wish. */
  readonly view: FlowBag
  readonly promise: Promise<unknown>
  /** The lazy pipes that this one waits for. */
  readonly waitsFor: Set<LateEntry> = new Set()
  /** Resolves when it is entered, or its enter has failed; never rejects. */
  settling: Promise<void> | undefined
  entered = false
  failed = false
  /** How many pipes of the run had been entered when this one was: it is left before them. */
  at = 0
  readonly #trip: Trip
  readonly #lazy: Placed
  #settle: [resolve: (marble: unknown) => void, reject: (error: unknown) => void] | undefined

  constructor(trip: Trip, name: string, lazy: Placed) {
    this.name = name
    this.#trip = trip
    this.#lazy = lazy
    this.promise = new Promise((...settle) => {
      this.#settle = settle
    })
    const view: FlowBag = Object.create(lazy.view(trip.bag))
    Object.defineProperty(view, ASKER, { value: this })
    this.view = view
    trip.late ??= []
    trip.late.push(this)
  }

  async start(): Promise<void> {
    const trip = this.#trip
    try {
      const marble = await this.#lazy.pipe.enter?.(this.view)
      Reflect.defineProperty(trip.bag, this.name, {
        value: marble,
        enumerable: true,
        configurable: true,
        writable: true,
      })
      this.at = trip.count
      this.entered = true
      // Ordered by when they were entered, not by when they were asked for: one that asked for another stands above it.
      this.forget()
      trip.late?.push(this)
      this.#settle?.[0](marble)
    } catch (error) {
      // Not entered, so not left; who asks again tries again.
      this.failed = true
      this.forget()
      this.#settle?.[1](noteFailure(error, this.name, 'enter'))
    }
  }

  /** Leaves the lazy pipe, if it has a leave. */
  leave(error: unknown): unknown {
    this.forget()
    return this.#lazy.pipe.leave?.(this.view, error)
  }

  forget(): void {
    const late = this.#trip.late
    const index = late?.indexOf(this) ?? -1
    if (index >= 0) late?.splice(index, 1)
  }
}

/** Writes down that `asker` waits for `entry`; refuses a wish that could never be granted. */
function wish(asker: LateEntry, entry: LateEntry): void {
  if (reaches(entry, asker)) throw cycle(entry, asker)
  asker.waitsFor.add(entry)
}

/** Whether `from` waits, directly or through others, for `to`. */
function reaches(from: LateEntry, to: LateEntry): boolean {
  if (from.entered || from.failed) return false
  if (from === to) return true
  for (const other of from.waitsFor) if (reaches(other, to)) return true
  return false
}

function cycle(from: LateEntry, to: LateEntry): UsageError {
  const path = [to.name]
  for (let at: LateEntry | undefined = from; at !== undefined && at !== to; ) {
    path.push(at.name)
    at = [...at.waitsFor].find((other) => reaches(other, to))
  }
  path.push(to.name)
  return new UsageError(
    'LAZY_CYCLE',
    `lazy pipes wait for each other: ${path.join(' → ')}. Let one of them be entered by an eager pipe, or join them.`,
    { pipe: to.name, marble: from.name },
  )
}

/** The next lazy pipe of `trip` to leave before its pipe `count` - 1 is left: the one entered last. */
export function endLate(trip: Trip, count: number): LateEntry | undefined {
  const late = trip.late
  // Those on their way in come first: they are entered later than all others.
  const last = late?.find((entry) => !entry.entered) ?? late?.at(-1)
  return last !== undefined && (!last.entered || last.at >= count) ? last : undefined
}
