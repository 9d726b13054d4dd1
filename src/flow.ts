// The flow: pipes are entered in order and left in reverse, each exactly once, told of the error (DESIGN.md section 4).
//
// Everything stays synchronous until the first promise: the loops are left for their async twins there, and not before.

import type { Segment } from './compile.ts'
import { noteFailure } from './failure.ts'
import { ENDED, FAILED, INNER_FAILED, INTERRUPTED, LEAVING, LEFT, RECOVERED, STOPPED, TRIP } from './fields.ts'
import { type FlowBag, isThenable } from './flow-bag.ts'
import type { RuntimePipe } from './items.ts'
import { endLate, type LateEntry } from './late.ts'
import type { Enter, View } from './stages.ts'
import { hang } from './suppressed.ts'
import { aroundOf, Trip } from './trip.ts'

type Later = Promise<void> | undefined

/** Runs a bag through its segment, there and back. Never throws: how it went stands in the bag's flags. */
export function travel(trip: Trip): Later {
  const { enters } = trip.segment
  let index = 0
  try {
    while (index < enters.length) {
      const pending = enters[index]?.(trip.bag)
      if (pending !== undefined) return travelOn(trip, index, pending)
      trip.count = ++index
      if (isStopped(trip)) break
    }
  } catch (error) {
    fail(trip, error, index, 'enter')
  }
  return unwind(trip)
}

async function travelOn(trip: Trip, from: number, first: unknown): Promise<void> {
  const { enters } = trip.segment
  let index = from
  try {
    await first
    trip.count = ++index
    while (index < enters.length && !isStopped(trip)) {
      const pending = enters[index]?.(trip.bag)
      if (pending !== undefined) await pending
      trip.count = ++index
    }
  } catch (error) {
    fail(trip, error, index, 'enter')
  }
  const pending = unwind(trip)
  if (pending !== undefined) await pending
}

/** Whether interrupt() was called: on this trip, or on one of the same flow that it runs in. */
function isStopped(trip: Trip): boolean {
  return (trip.root.flags & INTERRUPTED) !== 0 && isInsideStopped(trip)
}

function isInsideStopped(trip: Trip): boolean {
  let at = trip
  while ((at.flags & STOPPED) === 0) {
    if (at.root === at) return false
    at = aroundOf(at) ?? at.root
  }
  return true
}

function unwind(trip: Trip): Later {
  const { leaves } = trip.segment
  const flags = trip.flags | LEAVING
  // Recovered inside a through pipe: it does not leave the flow, but rule 4 holds out here too.
  trip.flags = (flags & (INNER_FAILED | FAILED)) === INNER_FAILED ? flags | FAILED | RECOVERED : flags
  if (trip.late !== undefined) return unwindOn(trip, trip.count, undefined)
  for (let index = trip.count - 1; index >= 0; index--) {
    const leave = leaves[index]
    if (leave === undefined) continue
    try {
      const pending = leave(trip.bag, trip.error)
      if (isThenable(pending)) return unwindOn(trip, index, pending)
    } catch (error) {
      failLeaving(trip, error, index)
    }
  }
  return undefined
}

/** Leaves the pipes below `count`, and the lazy ones among them, once `first` (the leave of pipe `count`) is done. */
async function unwindOn(trip: Trip, count: number, first: PromiseLike<unknown> | undefined): Promise<void> {
  const { leaves } = trip.segment
  if (first !== undefined) {
    try {
      await first
    } catch (error) {
      failLeaving(trip, error, count)
    }
  }
  for (let index = count; index >= 0; index--) {
    // Lazy pipes that were entered after pipe index - 1 are left before it.
    for (let late = endLate(trip, index); late !== undefined; late = endLate(trip, index)) await leaveLate(trip, late)
    const leave = leaves[index - 1]
    if (leave === undefined) continue
    try {
      await leave(trip.bag, trip.error)
    } catch (error) {
      failLeaving(trip, error, index - 1)
    }
  }
}

async function leaveLate(trip: Trip, late: LateEntry): Promise<void> {
  try {
    if (!late.entered) await late.settling
    if (late.entered) await late.leave(trip.error)
    // Its enter failed, and whoever asked may not wait for it any more, since the flow has failed elsewhere: it hangs on that
    // error. In a flow without one it stays with who asked; where that is nobody, it is an unhandled rejection like any other.
    else if ((trip.flags & FAILED) !== 0) await late.promise
  } catch (error) {
    failLeaving(trip, error, late.name)
  }
}

// ---- errors ----------------------------------------------------------------------------------------------------------

function fail(trip: Trip, thrown: unknown, index: number, stage: 'enter' | 'leave'): void {
  trip.error = noteFailure(thrown, trip.segment.pipes[index], stage)
  trip.flags |= FAILED
}

function failLeaving(trip: Trip, thrown: unknown, pipe: number | string): void {
  const error = noteFailure(thrown, typeof pipe === 'string' ? pipe : trip.segment.pipes[pipe], 'leave')
  trip.error = (trip.flags & FAILED) === 0 ? error : hang(trip.error, error)
  // Whoever recovered did not know of this one: it leaves the flow.
  trip.flags = (trip.flags | FAILED) & ~RECOVERED
}

/** Whether the bag's flow has an error that nobody recovered. */
function isLost(trip: Trip): boolean {
  return (trip.flags & (FAILED | RECOVERED)) === FAILED
}

// ---- through pipes ---------------------------------------------------------------------------------------------------

/** What a through pipe can run: the rest of the stack, and its parts by label. */
export interface Inside {
  readonly rest: Segment
  readonly parts: ReadonlyMap<string, Segment> | undefined
}

/** The end of a flow: told of the error that nobody recovered, and whether deferred functions wait for it. */
export type Terminal = (error: unknown, marbles: object | undefined, deferred: boolean) => unknown

/** `{ name, through }`: runs the rest of the stack, or one of its parts, as often as it likes. */
export function throughPipe(pipe: RuntimePipe, view: View, { rest, parts }: Inside): Enter {
  return (bag) => {
    const trip = bag[TRIP]
    const next = (marbles?: object, terminal?: Terminal) =>
      terminal === undefined ? runInside(trip, rest, marbles) : runFlow(trip, rest, marbles, terminal)
    const choose = (label: string, marbles?: object, terminal?: Terminal) => {
      const part = partOf(pipe, parts, label)
      return terminal === undefined ? runInside(trip, part, marbles) : runFlow(trip, part, marbles, terminal)
    }
    const pending = pipe.through?.(view(bag), next, choose)
    return isThenable(pending) ? pending : undefined
  }
}

function partOf(pipe: RuntimePipe, parts: ReadonlyMap<string, Segment> | undefined, label: string): Segment {
  const part = parts?.get(label)
  if (part === undefined) throw new Error(`pipe "${pipe.name}" chose part "${label}", which it does not have`)
  return part
}

/** The rest of a stack, run inside a chosen part: it sees the marbles of `home`, and the part is left after it. */
export function runRest(trip: Trip, home: Trip, rest: Segment): Later {
  const inner = new Trip(rest, home, undefined, trip.root)
  inner.via = trip
  return travelInside(trip, inner)
}

function runInside(trip: Trip, segment: Segment, marbles: object | undefined): Later {
  return isStopped(trip) ? undefined : travelInside(trip, new Trip(segment, trip, marbles, trip.root))
}

/** A part of the same flow: what nobody recovered is thrown; what was recovered still reaches the leaves outside. */
function travelInside(trip: Trip, inner: Trip): Later {
  const pending = travel(inner)
  if (pending !== undefined) return pending.then(() => comeBack(trip, inner))
  comeBack(trip, inner)
  return undefined
}

function comeBack(trip: Trip, inner: Trip): void {
  inner.flags |= LEFT
  if (isLost(inner)) throw inner.error
  if ((inner.flags & FAILED) === 0) return
  trip.error = (trip.flags & INNER_FAILED) === 0 ? inner.error : hang(trip.error, inner.error)
  trip.flags |= INNER_FAILED
}

// ---- whole flows -----------------------------------------------------------------------------------------------------

/** A flow of its own, from its first pipe to its last deferred function. Throws what the terminal or the deferred throw. */
export function runFlow(
  outer: Trip | undefined,
  segment: Segment,
  marbles: object | undefined,
  terminal: Terminal,
): Later {
  return endFlow(new Trip(segment, outer, marbles, undefined), terminal)
}

/** Runs a bag that begins a flow. See {@link runFlow}. */
export function endFlow(trip: Trip, terminal: Terminal): Later {
  const pending = travel(trip)
  if (pending !== undefined) return pending.then(() => finish(trip, terminal))
  return finish(trip, terminal)
}

function finish(trip: Trip, terminal: Terminal): Later {
  let pending: unknown
  trip.flags |= LEFT
  try {
    pending = terminal(isLost(trip) ? trip.error : undefined, trip.laid, trip.deferred !== undefined)
  } catch (error) {
    return finishOn(trip, Promise.reject(error))
  }
  if (isThenable(pending) || trip.deferred !== undefined || trip.signal !== undefined) return finishOn(trip, pending)
  trip.flags |= ENDED
  return undefined
}

async function finishOn(trip: Trip, terminal: unknown): Promise<void> {
  let failed = false
  let first: unknown
  const failWith = (error: unknown) => {
    first = failed ? hang(first, error) : error
    failed = true
  }
  try {
    await terminal
  } catch (error) {
    failWith(noteFailure(error, undefined, 'end'))
  }
  for (let release = trip.deferred?.pop(); release !== undefined; release = trip.deferred?.pop()) {
    try {
      await release()
    } catch (error) {
      failWith(noteFailure(error, undefined, 'deferred'))
    }
  }
  trip.flags |= ENDED
  trip.signal?.release()
  if (failed) throw first
}

/** A flow without a connection. Gives the bag back; throws the error that nobody recovered. */
export async function runAlone(segment: Segment, marbles: object | undefined): Promise<FlowBag> {
  const trip = new Trip(segment, undefined, marbles, undefined)
  await endFlow(trip, (error) => {
    if (error !== undefined) throw error
  })
  return trip.bag
}
