// How one pipe of each shape is entered and left: the functions that a segment's arrays are made of.

import { UsageError } from './errors.ts'
import { type FlowBag, isThenable } from './flow-bag.ts'
import { INSIDE, LAZY, type RuntimePipe } from './items.ts'

/** The bag as a pipe sees it. */
export type View = (bag: FlowBag) => FlowBag
/** Enters a pipe. What is returned must be awaited, unless it is undefined. */
export type Enter = (bag: FlowBag) => PromiseLike<unknown> | undefined
/** Leaves a pipe. What is returned must be awaited, if it is a promise. */
export type Leave = (bag: FlowBag, error: unknown) => unknown

/** `{ name, enter }`: the marble is kept under its name in the bag. */
export function enterPipe(pipe: RuntimePipe, marble: string | undefined, view: View): Enter {
  if (marble === undefined) return () => undefined
  return (bag) => {
    const value = pipe.enter?.(view(bag))
    if (isThenable(value)) return value.then((settled) => keep(bag, marble, settled))
    keep(bag, marble, value)
    return undefined
  }
}

function keep(bag: FlowBag, marble: string, value: unknown): void {
  ;(bag as unknown as Record<string, unknown>)[marble] = value
}

/** `leave(bag, error)`. */
export function leavePipe(pipe: RuntimePipe, view: View): Leave {
  return (bag, error) => pipe.leave?.(view(bag), error)
}

/** A function: what it returns is written. */
export function stepPipe(step: (bag: FlowBag) => unknown, view: View): Enter {
  return (bag) => {
    const seen = view(bag)
    const value = step(seen)
    if (value === undefined) return undefined
    if (isThenable(value)) return value.then((settled) => (settled === undefined ? undefined : give(seen, settled)))
    return give(seen, value)
  }
}

/** Writes a value that a step returned. Without a `write` (in a run() without a connection) there is nowhere to write to. */
function give(bag: FlowBag, value: unknown): PromiseLike<unknown> | undefined {
  if (typeof value === 'object') refusePipe(value)
  // A cast, since read() is slower: every answer passes here, and a load by a name of its own knows the shapes of bags.
  const { write } = bag as { readonly write?: unknown }
  if (typeof write !== 'function') return undefined
  const pending: unknown = write(value)
  return isThenable(pending) ? pending : undefined
}

/** `stack(http)` instead of `stack(http())` is a function like any other, until it returns a pipe. */
function refusePipe(value: object | null): void {
  if (value === null || typeof Reflect.get(value, 'name') !== 'string') return
  const built = INSIDE in value || LAZY in value
  if (
    !built &&
    typeof Reflect.get(value, 'through') !== 'function' &&
    typeof Reflect.get(value, 'enter') !== 'function'
  )
    return
  const name = JSON.stringify(Reflect.get(value, 'name'))
  throw new UsageError('NOT_A_PIPE', `a function pipe returned pipe ${name}. Was a factory not called?`)
}
