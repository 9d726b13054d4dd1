// Compiles a stack, once: pipes become segments, each an array of functions to enter and one to leave, and a class of bags.
// A segment ends at a through pipe; what stands below that is the next segment. Every refusal of a stack happens here.

import { UsageError } from './errors.ts'
import { LAID, OUTER, REAL, SEGMENT, TARGET } from './fields.ts'
import { runRest, throughPipe } from './flow.ts'
import { FlowBag, type FlowBagClass, read } from './flow-bag.ts'
import { checkPipe, flatten, type Item, type RuntimePipe, realName } from './items.ts'
import { enterPipe, leavePipe, stepPipe } from './stages.ts'

/** A pipe at its place: with its aliases, and the bag as it sees it. */
export interface Placed {
  readonly pipe: RuntimePipe
  readonly view: (bag: FlowBag) => FlowBag
}

/** Pipes that are entered one after the other with one bag. */
export interface Segment {
  readonly Bag: FlowBagClass
  /** Enter pipe i. What is returned must be awaited, unless it is undefined. */
  readonly enters: readonly ((bag: FlowBag) => unknown)[]
  readonly leaves: readonly (((bag: FlowBag, error: unknown) => unknown) | undefined)[]
  /** The pipes' names, for errors. */
  readonly pipes: readonly string[]
  /** All marbles that can be in this segment's bag. */
  readonly names: readonly string[]
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

/** May be laid anew over those of outer pipes (rule 1). */
const OVERLAID: ReadonlySet<string> = new Set(['read', 'write'])

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
  const segment = compileSegment(flatten(pipe), { owners, lazies: new Map() }, laid, { members, complete })
  return { segment, members: [...members] }
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
  const enters: ((bag: FlowBag) => unknown)[] = []
  const leaves: (((bag: FlowBag, error: unknown) => unknown) | undefined)[] = []
  const pipes: string[] = []
  const Bag = bagClass(scope, laid)
  for (const [index, item] of items.entries()) {
    const { pipe } = item
    if (pipe.open !== undefined || pipe.close !== undefined) build.members.add(pipe)
    checkNeeds(item, owners, build)
    const above = [...owners.keys()]
    if (item.lazy) {
      checkLazy(pipe)
      const name = claim(item, pipe.name, owners)
      lazies.set(name, { pipe, view: viewer(item, [...above, name]) })
      continue
    }
    const position = pipes.push(pipe.name) - 1
    if (pipe.through !== undefined) {
      const rest = items.slice(index + 1)
      const adds = lays(item, pipe.adds)
      const inner = new Map(owners)
      for (const [, own] of adds) claim(item, own, inner)
      const inside = compileSegment(rest, { owners: inner, lazies }, adds, build)
      const parts = compileParts(item, { owners, lazies }, rest.length === 0 ? undefined : Bag, inside, build)
      enters[position] = throughPipe(pipe, viewer(item, above), { rest: inside, parts })
      leaves[position] = undefined
      break
    }
    if (pipe.enter === undefined && pipe.step === undefined && pipe.leave === undefined) {
      // Only opened and closed.
      pipes.pop()
      continue
    }
    const marble = pipe.enter === undefined ? undefined : claim(item, pipe.name, owners)
    const view = viewer(item, marble === undefined ? above : [...above, marble])
    enters[position] = pipe.step === undefined ? enterPipe(pipe, marble, view) : stepPipe(pipe.step, view)
    leaves[position] = pipe.leave === undefined ? undefined : leavePipe(pipe, view)
  }
  const segment: Segment = { Bag, enters, leaves, pipes, names: [...owners.keys(), ...lazies.keys()], lazies }
  Object.defineProperty(Bag.prototype, SEGMENT, { value: segment })
  return segment
}

/** The parts that a through pipe chooses from, each with the rest of the stack at its end. */
function compileParts(
  item: Item,
  scope: Scope,
  home: FlowBagClass | undefined,
  rest: Segment,
  build: Build,
): ReadonlyMap<string, Segment> | undefined {
  const { parts, partsAdd = [] } = item.pipe
  if (parts === undefined) return undefined
  const laid = lays(item, partsAdd)
  const choices = new Map<string, Segment>()
  for (const [label, part] of Object.entries(parts)) {
    const owners = new Map(scope.owners)
    // A router inside a router lays its own route over the outer one.
    for (const [name, own] of laid) if (owners.get(name) !== item.pipe.name) claim(item, own, owners)
    checkPipe(part, `${item.pipe.name}() got`, `at ${JSON.stringify(label)}. Was a factory not called?`)
    const items: Item[] = flatten(part).map((inner) => ({ ...inner, renames: [...inner.renames, ...item.renames] }))
    // The rest of the stack is entered inside the chosen part, from the bag that the choosing pipe itself has.
    if (home !== undefined) items.push(resumeItem((bag) => runRest(homeOf(bag, home), rest)))
    choices.set(label, compileSegment(items, { owners, lazies: scope.lazies }, laid, build))
  }
  return choices
}

function resumeItem(resume: (bag: FlowBag) => unknown): Item {
  return { pipe: { name: 'rest', step: resume }, renames: [], lazy: false }
}

function homeOf(bag: FlowBag, home: FlowBagClass): FlowBag {
  let at = bag
  while (!(at instanceof home)) at = at[OUTER] ?? at
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
    throw new UsageError(
      'MARBLE_TWICE',
      `pipe ${JSON.stringify(pipe)} adds marble ${JSON.stringify(name)}, but ${owner === 'the transport' ? owner : `pipe ${JSON.stringify(owner)}`} above it already does. Use alias() to rename one.`,
      { pipe, marble: name },
    )
  }
  owners.set(name, pipe)
  return name
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

// ---- bags and views --------------------------------------------------------------------------------------------------

/** The class of a segment's bags: what is above it is read through the outer bag, what is laid over it from `next(marbles)`. */
function bagClass(scope: Scope, laid: readonly (readonly [string, string])[]): FlowBagClass {
  class SegmentBag extends FlowBag {}
  const own = new Map(laid)
  for (const name of scope.owners.keys()) {
    const key = own.get(name)
    const get =
      key === undefined
        ? function (this: FlowBag): unknown {
            const outer = this[OUTER]
            return outer === undefined ? undefined : read(outer, name)
          }
        : function (this: FlowBag): unknown {
            const marbles = this[LAID]
            return marbles === undefined ? undefined : Reflect.get(marbles, key)
          }
    Object.defineProperty(SegmentBag.prototype, name, { get, enumerable: true, configurable: true })
  }
  return SegmentBag
}

/** How the pipe sees the bag: as it is, or, under aliases, through a view with the pipe's own names. */
function viewer(item: Item, names: readonly string[]): (bag: FlowBag) => FlowBag {
  if (item.renames.length === 0) return (bag) => bag
  class View {
    constructor(bag: FlowBag) {
      Object.defineProperty(this, TARGET, { value: bag })
    }
  }
  Object.setPrototypeOf(View.prototype, FlowBag.prototype)
  const known = new Set(names)
  const owns = new Set([...names, ...item.renames.flatMap(({ map }) => Object.keys(map))])
  for (const own of owns) {
    const name = realName(item.renames, own)
    if (!known.has(name)) continue
    Object.defineProperty(View.prototype, own, {
      get(this: FlowBag): unknown {
        return read(this[TARGET] ?? this, name)
      },
      set(this: FlowBag, value: unknown) {
        Reflect.set(this[TARGET] ?? this, name, value)
      },
      enumerable: true,
      configurable: true,
    })
  }
  Object.defineProperty(View.prototype, REAL, { value: (own: string) => realName(item.renames, own) })
  Object.defineProperty(View.prototype, SEGMENT, { value: { names: [...owns] } })
  return (bag) => new View(bag) as unknown as FlowBag
}
