// Compiles a stack, once: pipes become segments, each an array of functions to enter and one to leave, and a class of bags.
// A segment ends at a through pipe; what stands below that is the next segment. Every refusal of a stack happens here.

import { bagClass, viewer } from './bag-shapes.ts'
import { UsageError } from './errors.ts'
import { NAMES, TRIP } from './fields.ts'
import { runRest, throughPipe } from './flow.ts'
import type { FlowBag, FlowBagClass } from './flow-bag.ts'
import { checkPipe, flatten, type Item, marblesOf, type RuntimePipe, realName } from './items.ts'
import { type Enter, enterPipe, type Leave, leavePipe, stepPipe, type View } from './stages.ts'
import type { Trip } from './trip.ts'

/** A pipe at its place: with its aliases, and the bag as it sees it. */
export interface Placed {
  readonly pipe: RuntimePipe
  readonly view: View
}

/** Pipes that are entered one after the other with one bag. */
export interface Segment {
  readonly Bag: FlowBagClass
  readonly enters: readonly Enter[]
  readonly leaves: readonly (Leave | undefined)[]
  /** The pipes' names, for errors. */
  readonly pipes: readonly string[]
  readonly lazies: ReadonlyMap<string, Placed>
}

/** What stands above a pipe: marbles with the pipe that adds each, and lazy pipes. */
export interface Scope {
  readonly owners: ReadonlyMap<string, string>
  readonly lazies: ReadonlyMap<string, Placed>
}

/** A compiled stack: its first segment, and all its pipes in order, each once, to open and close. */
export interface Compiled {
  readonly segment: Segment
  readonly members: readonly RuntimePipe[]
  /** The application protocols that its server pipe speaks. */
  readonly protocols: readonly string[]
}

/** Names that belong to the bag itself, or that would make it something else (`then`: a promise). */
const RESERVED: ReadonlySet<string> = new Set([
  'enter',
  'interrupt',
  'recover',
  'defer',
  'signal',
  'then',
  ...Object.getOwnPropertyNames(Object.prototype),
])

/** May be laid anew over those of outer pipes (rule 1): what is read and written, and the connection that it makes. */
const OVERLAID: ReadonlySet<string> = new Set(['connection', 'read', 'write'])

const SUGGESTIONS: Readonly<Record<string, string>> = { environ: 'http()', response: 'http()', route: 'router()' }

/**
 * Compiles `pipe` as it stands below `names`.
 *
 * @param names the marbles above it
 * @param complete whether that is all there is above: a part on its own cannot know what it will find
 */
export function compile(pipe: unknown, names: readonly string[], complete = true): Compiled {
  const members = new Set<RuntimePipe>()
  const owners = new Map(names.map((name) => [name, 'the transport']))
  const laid = names.map((name) => [name, name] as const)
  const items = flatten(pipe)
  const segment = compileSegment(items, { owners, lazies: new Map() }, laid, { members, complete })
  const protocols = items.find((item) => item.pipe.protocols !== undefined)?.pipe.protocols ?? []
  return { segment, members: [...members], protocols }
}

interface Build {
  readonly members: Set<RuntimePipe>
  readonly complete: boolean
}

/** `laid`: the marbles that the through pipe above lays over the bag, as [name in the bag, the pipe's own name]. */
function compileSegment(
  items: readonly Item[],
  scope: Scope,
  laid: readonly (readonly [string, string])[],
  build: Build,
): Segment {
  const owners = new Map(scope.owners)
  const lazies = new Map(scope.lazies)
  const enters: Enter[] = []
  const leaves: (Leave | undefined)[] = []
  const pipes: string[] = []
  const Bag = bagClass(scope.owners.keys(), laid)
  for (const [index, item] of items.entries()) {
    const { pipe } = item
    if (pipe.open !== undefined || pipe.close !== undefined) build.members.add(pipe)
    checkNeeds(item, owners, build)
    const above = [...owners.keys()]
    if (item.lazy) {
      checkLazy(pipe)
      const name = claim(item, pipe.name, owners)
      lazies.set(name, { pipe, view: viewer(item, [...above, name], pipes.length) })
      continue
    }
    const position = pipes.push(pipe.name) - 1
    if (pipe.through !== undefined) {
      const below = items.slice(index + 1)
      // The parts first: they are entered, and so opened, before what stands below.
      const resume = (bag: FlowBag) => runRest(bag[TRIP], homeOf(bag, Bag), rest)
      const parts = compileParts(item, { owners, lazies }, below, resume, build)
      const adds = lays(item, pipe.adds)
      const inner = new Map(owners)
      for (const [, own] of adds) claim(item, own, inner)
      const rest = compileSegment(below, { owners: inner, lazies }, adds, build)
      enters[position] = throughPipe(pipe, viewer(item, above, position), { rest, parts })
      leaves[position] = undefined
      break
    }
    if (pipe.enter === undefined && pipe.step === undefined && pipe.leave === undefined) {
      // Only opened and closed.
      pipes.pop()
      continue
    }
    const marble = pipe.enter === undefined ? undefined : claim(item, pipe.name, owners)
    const view = viewer(item, marble === undefined ? above : [...above, marble], position)
    enters[position] = pipe.step === undefined ? enterPipe(pipe, marble, view) : stepPipe(pipe.step, view)
    leaves[position] = pipe.leave === undefined ? undefined : leavePipe(pipe, view)
  }
  Object.defineProperty(Bag.prototype, NAMES, { value: [...owners.keys(), ...lazies.keys()] })
  return { Bag, enters, leaves, pipes, lazies }
}

/** The parts that a through pipe chooses from, each with the rest of the stack (what stands `below`) at its end. */
function compileParts(
  item: Item,
  scope: Scope,
  below: readonly Item[],
  resume: (bag: FlowBag) => unknown,
  build: Build,
): ReadonlyMap<string, Segment> | undefined {
  const { name: pipe, parts, partsAdd = [], partsApart = false, needs = [] } = item.pipe
  if (parts === undefined) return undefined
  const laid = lays(item, partsAdd)
  const choices = new Map<string, Segment>()
  for (const [label, part] of Object.entries(parts)) {
    const owners = new Map(scope.owners)
    for (const [name, own] of laid) {
      // A router inside a router lays its own route over the outer one; and what a pipe needs it may lay anew (environ, mounting).
      if (owners.get(name) === pipe || (owners.has(name) && needs.includes(own))) continue
      claim(item, own, owners)
    }
    checkPipe(part, `${pipe}() got`, `at ${JSON.stringify(label)}. Was a factory not called?`)
    const items: Item[] = flatten(part).map((inner) => ({ ...inner, renames: [...inner.renames, ...item.renames] }))
    if (below.length > 0 && !partsApart) {
      refuseShared(items, below)
      // The rest of the stack is entered inside the chosen part, from the bag that the choosing pipe itself has.
      items.push({ pipe: { name: 'rest', step: resume }, renames: [], lazy: false })
    }
    choices.set(label, compileSegment(items, { owners, lazies: scope.lazies }, laid, build))
  }
  return choices
}

/** A part and what stands below it are one flow, though neither sees the marbles of the other. */
function refuseShared(items: readonly Item[], below: readonly Item[]): void {
  const inPart = new Map(items.flatMap((item) => marblesOf(item).map((name) => [name, item.pipe.name] as const)))
  for (const { item, name } of below.flatMap((item) => marblesOf(item).map((name) => ({ item, name })))) {
    const owner = inPart.get(name)
    if (owner !== undefined && !OVERLAID.has(name))
      throw addedTwice(item.pipe.name, name, `pipe ${JSON.stringify(owner)}`)
  }
}

/** The trip of the pipe that chose the part in which `bag` is. */
function homeOf(bag: FlowBag, home: FlowBagClass): Trip {
  let at = bag[TRIP]
  while (!(at.bag instanceof home)) at = at.outer ?? at
  return at
}

/** The marbles that a pipe lays over the bag, as [name in the bag, the pipe's own name]. */
function lays(item: Item, adds: readonly string[] = []): (readonly [string, string])[] {
  return adds.map((own) => [realName(item.renames, own), own])
}

function checkLazy(pipe: RuntimePipe): void {
  if (pipe.enter !== undefined) return
  throw new UsageError(
    'NOT_A_PIPE',
    `lazy() got ${JSON.stringify(pipe.name)}, which has no enter, so there is nothing to enter later.`,
    { pipe: pipe.name },
  )
}

/** Takes the name of a marble for `item`, or refuses. Returns what it is called in the bag. */
function claim(item: Item, own: string, owners: Map<string, string>): string {
  const name = realName(item.renames, own)
  const pipe = item.pipe.name
  if (RESERVED.has(name)) {
    throw new UsageError(
      'NAME_RESERVED',
      `pipe ${JSON.stringify(pipe)} adds marble ${JSON.stringify(name)}, but that name belongs to the bag itself. Use alias() or another name.`,
      { pipe, marble: name },
    )
  }
  const owner = owners.get(name)
  if (owner !== undefined && !(OVERLAID.has(name) && item.pipe.through !== undefined)) {
    throw addedTwice(pipe, name, owner === 'the transport' ? owner : `pipe ${JSON.stringify(owner)}`)
  }
  owners.set(name, pipe)
  return name
}

function addedTwice(pipe: string, marble: string, owner: string): UsageError {
  return new UsageError(
    'MARBLE_TWICE',
    `pipe ${JSON.stringify(pipe)} adds marble ${JSON.stringify(marble)}, but ${owner} above it already does. Use alias() to rename one.`,
    { pipe, marble },
  )
}

function checkNeeds(item: Item, owners: ReadonlyMap<string, string>, build: Build): void {
  if (!build.complete) return
  const { name: pipe, needs = [] } = item.pipe
  for (const own of needs) {
    const marble = realName(item.renames, own)
    if (owners.has(marble)) continue
    throw new UsageError(
      'MARBLE_MISSING',
      `pipe ${JSON.stringify(pipe)} needs marble ${JSON.stringify(marble)}, but no pipe above it adds it. Put ${SUGGESTIONS[marble] ?? 'a pipe that adds it'} above ${pipe}().`,
      { pipe, marble },
    )
  }
  // An alias hits a marble that one of its pipes adds, or one above that one of them may need.
  for (const [level, { map, adds }] of item.renames.entries()) {
    for (const own of Object.keys(map)) {
      const name = realName(item.renames.slice(level), own)
      if (adds.has(own) || owners.has(name)) continue
      throw new UsageError(
        'ALIAS_MISSES',
        `alias() renames marble ${JSON.stringify(own)} to ${JSON.stringify(name)}, but pipe ${JSON.stringify(pipe)} adds no ${JSON.stringify(own)} and no pipe above adds ${JSON.stringify(name)}.`,
        { pipe, marble: own },
      )
    }
  }
}
