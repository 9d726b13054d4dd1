// The flow: pipes are entered in order and left in reverse, each exactly once, told of the error (DESIGN.md section 4).
//
// Everything stays synchronous until the first promise: the loops are left for their async twins there, and not before.

import type { Segment } from './compile.ts'
import { noteFailure } from './failure.ts'
import {
  COUNT,
  DEFERRED,
  ENDED,
  ERROR,
  FAILED,
  FLAGS,
  INNER_FAILED,
  INTERRUPTED,
  LAID,
  LATE,
  LEAVING,
  LEFT,
  RECOVERED,
  ROOT,
  SEGMENT,
  SIGNAL,
  STOPPED,
  VIA,
} from './fields.ts'
import { aroundOf, type FlowBag, isThenable } from './flow-bag.ts'
import type { RuntimePipe } from './items.ts'
import { endLate, type LateEntry } from './late.ts'
import type { Enter, View } from './stages.ts'
import { hang } from './suppressed.ts'

type Later = Promise<void> | undefined

/** Runs a bag through its segment, there and back. Never throws: how it went stands in the bag's flags. */
export function travel(bag: FlowBag): Later {
  const { enters } = bag[SEGMENT]
  let index = 0
  try {
    while (index < enters.length) {
      const pending = enters[index]?.(bag)
      if (pending !== undefined) return travelOn(bag, index, pending)
      bag[COUNT] = ++index
      if (isStopped(bag)) break
    }
  } catch (error) {
    fail(bag, error, index, 'enter')
  }
  return unwind(bag)
}

async function travelOn(bag: FlowBag, from: number, first: unknown): Promise<void> {
  const { enters } = bag[SEGMENT]
  let index = from
  try {
    await first
    bag[COUNT] = ++index
    while (index < enters.length && !isStopped(bag)) {
      const pending = enters[index]?.(bag)
      if (pending !== undefined) await pending
      bag[COUNT] = ++index
    }
  } catch (error) {
    fail(bag, error, index, 'enter')
  }
  const pending = unwind(bag)
  if (pending !== undefined) await pending
}

/** Whether interrupt() was called: on this bag, or on one of the same flow that it runs in. */
function isStopped(bag: FlowBag): boolean {
  return (bag[ROOT][FLAGS] & INTERRUPTED) !== 0 && isInsideStopped(bag)
}

function isInsideStopped(bag: FlowBag): boolean {
  let at = bag
  while ((at[FLAGS] & STOPPED) === 0) {
    if (at[ROOT] === at) return false
    at = aroundOf(at) ?? at[ROOT]
  }
  return true
}

function unwind(bag: FlowBag): Later {
  const { leaves } = bag[SEGMENT]
  const flags = bag[FLAGS] | LEAVING
  // Recovered inside a through pipe: it does not leave the flow, but rule 4 holds out here too.
  bag[FLAGS] = (flags & (INNER_FAILED | FAILED)) === INNER_FAILED ? flags | FAILED | RECOVERED : flags
  if (bag[LATE] !== undefined) return unwindOn(bag, bag[COUNT], undefined)
  for (let index = bag[COUNT] - 1; index >= 0; index--) {
    const leave = leaves[index]
    if (leave === undefined) continue
    try {
      const pending = leave(bag, bag[ERROR])
      if (isThenable(pending)) return unwindOn(bag, index, pending)
    } catch (error) {
      failLeaving(bag, error, index)
    }
  }
  return undefined
}

/** Leaves the pipes below `count`, and the lazy ones among them, once `first` (the leave of pipe `count`) is done. */
async function unwindOn(bag: FlowBag, count: number, first: PromiseLike<unknown> | undefined): Promise<void> {
  const { leaves } = bag[SEGMENT]
  if (first !== undefined) {
    try {
      await first
    } catch (error) {
      failLeaving(bag, error, count)
    }
  }
  for (let index = count; index >= 0; index--) {
    // Lazy pipes that were entered after pipe index - 1 are left before it.
    for (let late = endLate(bag, index); late !== undefined; late = endLate(bag, index)) await leaveLate(bag, late)
    const leave = leaves[index - 1]
    if (leave === undefined) continue
    try {
      await leave(bag, bag[ERROR])
    } catch (error) {
      failLeaving(bag, error, index - 1)
    }
  }
}

async function leaveLate(bag: FlowBag, late: LateEntry): Promise<void> {
  try {
    if (!late.entered) await late.settling
    if (late.entered) await late.leave(bag[ERROR])
    // Its enter failed, and whoever asked may not wait for it any more, since the flow has failed elsewhere: it hangs on that
    // error. In a flow without one it stays with who asked; where that is nobody, it is an unhandled rejection like any other.
    else if ((bag[FLAGS] & FAILED) !== 0) await late.promise
  } catch (error) {
    failLeaving(bag, error, late.name)
  }
}

// ---- errors ----------------------------------------------------------------------------------------------------------

function fail(bag: FlowBag, thrown: unknown, index: number, stage: 'enter' | 'leave'): void {
  bag[ERROR] = noteFailure(thrown, bag[SEGMENT].pipes[index], stage)
  bag[FLAGS] |= FAILED
}

function failLeaving(bag: FlowBag, thrown: unknown, pipe: number | string): void {
  const error = noteFailure(thrown, typeof pipe === 'string' ? pipe : bag[SEGMENT].pipes[pipe], 'leave')
  bag[ERROR] = (bag[FLAGS] & FAILED) === 0 ? error : hang(bag[ERROR], error)
  // Whoever recovered did not know of this one: it leaves the flow.
  bag[FLAGS] = (bag[FLAGS] | FAILED) & ~RECOVERED
}

/** Whether the bag's flow has an error that nobody recovered. */
function isLost(bag: FlowBag): boolean {
  return (bag[FLAGS] & (FAILED | RECOVERED)) === FAILED
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
    const next = (marbles?: object, terminal?: Terminal) =>
      terminal === undefined ? runInside(bag, rest, marbles) : runFlow(bag, rest, marbles, terminal)
    const choose = (label: string, marbles?: object) => runInside(bag, partOf(pipe, parts, label), marbles)
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
export function runRest(bag: FlowBag, home: FlowBag, rest: Segment): Later {
  const inner = new rest.Bag(home, undefined, bag[ROOT])
  inner[VIA] = bag
  return travelInside(bag, inner)
}

function runInside(bag: FlowBag, segment: Segment, marbles: object | undefined): Later {
  return isStopped(bag) ? undefined : travelInside(bag, new segment.Bag(bag, marbles, bag[ROOT]))
}

/** A part of the same flow: what nobody recovered is thrown; what was recovered still reaches the leaves outside. */
function travelInside(bag: FlowBag, inner: FlowBag): Later {
  const pending = travel(inner)
  if (pending !== undefined) return pending.then(() => comeBack(bag, inner))
  comeBack(bag, inner)
  return undefined
}

function comeBack(bag: FlowBag, inner: FlowBag): void {
  inner[FLAGS] |= LEFT
  if (isLost(inner)) throw inner[ERROR]
  if ((inner[FLAGS] & FAILED) === 0) return
  bag[ERROR] = (bag[FLAGS] & INNER_FAILED) === 0 ? inner[ERROR] : hang(bag[ERROR], inner[ERROR])
  bag[FLAGS] |= INNER_FAILED
}

// ---- whole flows -----------------------------------------------------------------------------------------------------

/** A flow of its own, from its first pipe to its last deferred function. Throws what the terminal or the deferred throw. */
export function runFlow(
  outer: FlowBag | undefined,
  segment: Segment,
  marbles: object | undefined,
  terminal: Terminal,
): Later {
  return endFlow(new segment.Bag(outer, marbles, undefined), terminal)
}

/** Runs a bag that begins a flow. See {@link runFlow}. */
export function endFlow(bag: FlowBag, terminal: Terminal): Later {
  const pending = travel(bag)
  if (pending !== undefined) return pending.then(() => finish(bag, terminal))
  return finish(bag, terminal)
}

function finish(bag: FlowBag, terminal: Terminal): Later {
  let pending: unknown
  bag[FLAGS] |= LEFT
  try {
    pending = terminal(isLost(bag) ? bag[ERROR] : undefined, bag[LAID], bag[DEFERRED] !== undefined)
  } catch (error) {
    return finishOn(bag, Promise.reject(error))
  }
  if (isThenable(pending) || bag[DEFERRED] !== undefined || bag[SIGNAL] !== undefined) return finishOn(bag, pending)
  bag[FLAGS] |= ENDED
  return undefined
}

async function finishOn(bag: FlowBag, terminal: unknown): Promise<void> {
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
  for (let release = bag[DEFERRED]?.pop(); release !== undefined; release = bag[DEFERRED]?.pop()) {
    try {
      await release()
    } catch (error) {
      failWith(noteFailure(error, undefined, 'deferred'))
    }
  }
  bag[FLAGS] |= ENDED
  bag[SIGNAL]?.release()
  if (failed) throw first
}

/** A flow without a connection. Gives the bag back; throws the error that nobody recovered. */
export async function runAlone(segment: Segment, marbles: object | undefined): Promise<FlowBag> {
  const bag = new segment.Bag(undefined, marbles, undefined)
  await endFlow(bag, (error) => {
    if (error !== undefined) throw error
  })
  return bag
}
