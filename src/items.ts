// What stands in a stack, flattened: nested stacks and parts are taken apart, aliases are handed down to the pipes in them.

import { UsageError } from './errors.ts'
import type { FlowBag } from './flow-bag.ts'

/** Set on what stack(), part() and alias() return: the pipes inside. */
export const INSIDE: unique symbol = Symbol.for('pipestack.inside')
/** Set on what alias() returns: the pipe's own names, each with its name in the bag. */
export const RENAMES: unique symbol = Symbol.for('pipestack.renames')
/** Set on what lazy() returns: the pipe to enter when it is asked for. */
export const LAZY: unique symbol = Symbol.for('pipestack.lazy')

/** A pipe as the compiler of stacks sees it, whatever made it. */
export interface RuntimePipe {
  readonly name: string
  readonly step?: ((bag: FlowBag) => unknown) | undefined
  enter?(bag: FlowBag): unknown
  leave?(bag: FlowBag, error: unknown): unknown
  through?(bag: FlowBag, next: unknown, choose: unknown): unknown
  open?(): unknown
  close?(): unknown
  readonly adds?: readonly string[] | undefined
  readonly needs?: readonly string[] | undefined
  readonly parts?: Readonly<Record<string, unknown>> | undefined
  readonly partsAdd?: readonly string[] | undefined
  readonly partsApart?: boolean | undefined
  readonly protocols?: readonly string[] | undefined
  readonly [INSIDE]?: readonly unknown[]
  readonly [RENAMES]?: Readonly<Record<string, string>>
  readonly [LAZY]?: unknown
}

/** An alias() around a pipe, and all the marbles that are added inside it. */
export interface Renames {
  readonly map: Readonly<Record<string, string>>
  readonly adds: ReadonlySet<string>
}

/** A pipe at its place in a flattened stack. */
export interface Item {
  readonly pipe: RuntimePipe
  /** The aliases around it, innermost first. */
  readonly renames: readonly Renames[]
  readonly lazy: boolean
}

/** What the pipe's `own` name is called in the bag. */
export function realName(renames: readonly Renames[], own: string): string {
  let name = own
  for (const { map } of renames) name = Object.hasOwn(map, name) ? (map[name] ?? name) : name
  return name
}

/** The pipes of `pipe` in order. */
export function flatten(pipe: unknown): Item[] {
  if (typeof pipe === 'function') {
    const step = pipe as (bag: FlowBag) => unknown
    return [{ pipe: { name: step.name === '' ? 'step' : step.name, step }, renames: [], lazy: false }]
  }
  const known = pipe as RuntimePipe
  if (known[LAZY] !== undefined) return flatten(known[LAZY]).map((item) => ({ ...item, lazy: true }))
  const inside = known[INSIDE]
  if (inside === undefined) return [{ pipe: known, renames: [], lazy: false }]
  const items = inside.flatMap(flatten)
  return known[RENAMES] === undefined ? items : renamed(items, known[RENAMES])
}

/** The same items under one more alias. */
function renamed(items: readonly Item[], map: Readonly<Record<string, string>>): Item[] {
  const adds = new Set(items.flatMap((item) => [...marblesOf(item), ...laidForParts(item)]))
  return items.map((item) => ({ ...item, renames: [...item.renames, { map, adds }] }))
}

/** The marbles that a pipe adds, also in its parts, but not those that it lays over the bag for a part. */
export function marblesOf(item: Item): string[] {
  const { pipe, renames } = item
  const own = pipe.through !== undefined ? (pipe.adds ?? []) : pipe.enter === undefined ? [] : [pipe.name]
  return [...own, ...partsOf(pipe).flatMap(marblesOf)].map((name) => realName(renames, name))
}

/** The marbles that a pipe lays over the bag for its parts, and those that pipes in its parts lay for theirs. */
function laidForParts({ pipe, renames }: Item): string[] {
  return [...(pipe.partsAdd ?? []), ...partsOf(pipe).flatMap(laidForParts)].map((name) => realName(renames, name))
}

/** The pipes in the parts of a pipe. What is not a pipe is refused elsewhere, where its label is known. */
function partsOf({ parts = {} }: RuntimePipe): Item[] {
  return Object.values(parts).flatMap((part) => (wrongWith(part) === undefined ? flatten(part) : []))
}

/**
 * Refuses what is not a pipe.
 *
 * @param where how the message begins: `stack() got`
 */
export function checkPipe(value: unknown, where: string, place: string): void {
  const wrong = wrongWith(value)
  if (wrong !== undefined) throw new UsageError('NOT_A_PIPE', `${where} ${wrong} ${place}`)
}

function wrongWith(value: unknown): string | undefined {
  if (typeof value === 'function') return undefined
  if (value === null || typeof value !== 'object') return String(value)
  if (isThenable(value)) return 'a promise (is an await missing?)'
  const pipe = value as Partial<RuntimePipe>
  if (pipe[INSIDE] !== undefined || pipe[LAZY] !== undefined) return undefined
  if (typeof pipe.name !== 'string' || pipe.name === '') return `${describe(value)} without a name`
  const verbs = ['enter', 'leave', 'through', 'open', 'close'] as const
  for (const verb of verbs) {
    if (pipe[verb] !== undefined && typeof pipe[verb] !== 'function') {
      return `pipe ${JSON.stringify(pipe.name)} whose ${verb} is no function`
    }
  }
  if (pipe.through !== undefined && (pipe.enter !== undefined || pipe.leave !== undefined)) {
    return `pipe ${JSON.stringify(pipe.name)} with both through and enter or leave`
  }
  if (!verbs.some((verb) => pipe[verb] !== undefined)) {
    return `${describe(value)} with none of enter, leave, through, open and close`
  }
  return undefined
}

function isThenable(value: object): boolean {
  return typeof Reflect.get(value, 'then') === 'function'
}

function describe(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? `an object of class ${name}` : 'an object'
}
