// What must happen to a random stack, as a plain recursive program: no promises, no arrays of functions, no flags.

import { type Act, type Call, marbleOf, type Node } from './stacks.ts'

/** An error in the model: a name, and those that hang on it. */
class Failure {
  readonly hung: Failure[] = []
  readonly label: string

  constructor(label: string) {
    this.label = label
  }

  hang(later: Failure): Failure {
    if (later !== this) this.hung.push(later)
    return this
  }

  all(): string[] {
    return [this.label, ...this.hung.flatMap((failure) => failure.all())]
  }
}

/** The pipes that one next() enters. */
class Run {
  readonly around: Run | undefined
  readonly flow: Flow
  readonly entered: { lazy: string | undefined; leave(error: Failure | undefined): void }[] = []
  stopped = false
  leaving = false
  failure: Failure | undefined
  recovered = false
  /** Recovered in a run inside. */
  inside: Failure | undefined

  constructor(around: Run | undefined, flow: Flow) {
    this.around = around
    this.flow = flow
  }
}

class Flow {
  readonly deferred: (() => void)[] = []
}

export interface Outcome {
  readonly trace: string[]
  /** The error that leaves the whole, if any. */
  readonly error: string | undefined
  /** Errors that somebody recovered, caught or took. */
  readonly dealtWith: ReadonlySet<string>
}

/** A chosen part goes on with the rest of the stack. */
type Entry = Node | { kind: 'rest'; nodes: Entry[] }
type Through = Extract<Node, { calls: Call[] }>

export function model(nodes: Node[]): Outcome {
  const trace: string[] = []
  const dealtWith = new Set<string>()
  const counts = new Map<string, number>()

  const fail = (label: string): never => {
    const count = (counts.get(label) ?? 0) + 1
    counts.set(label, count)
    throw new Failure(`${label}#${count}`)
  }
  const dealWith = (failure: Failure) => {
    for (const label of failure.all()) dealtWith.add(label)
  }

  /** Runs the entries there and back. What nobody recovered is thrown; what was recovered is told to the run around. */
  function travel(entries: Entry[], run: Run): void {
    const left = attempt(() => enterAll(entries, run))
    run.leaving = true
    run.failure = left ?? run.inside
    run.recovered = left === undefined && run.inside !== undefined
    for (let last = run.entered.pop(); last !== undefined; last = run.entered.pop()) {
      const { leave } = last
      const failure = attempt(() => leave(run.failure))
      if (failure === undefined) continue
      run.failure = run.failure === undefined ? failure : run.failure.hang(failure)
      run.recovered = false
    }
    if (run.failure !== undefined && !run.recovered) throw run.failure
    if (run.failure !== undefined) dealWith(run.failure)
  }

  function enterAll(entries: Entry[], run: Run): void {
    for (const [index, entry] of entries.entries()) {
      if (isStopped(run)) return
      if (entry.kind === 'rest') inside(entry.nodes, run)
      else if (entry.kind === 'pipe') enter(entry, run)
      else if (entry.kind === 'step') step(entry, run)
      else if (entry.kind === 'through' || entry.kind === 'server' || entry.kind === 'router') {
        pass(entry, entries.slice(index + 1), run)
        return
      }
    }
  }

  const isStopped = (run: Run): boolean =>
    run.stopped || (run.around !== undefined && run.around.flow === run.flow && isStopped(run.around))

  function inside(entries: Entry[], around: Run): void {
    if (isStopped(around)) return
    const run = new Run(around, around.flow)
    travel(entries, run)
    if (run.failure !== undefined) around.inside = around.inside?.hang(run.failure) ?? run.failure
  }

  function step({ id, act }: Extract<Node, { kind: 'step' }>, run: Run): void {
    trace.push(id)
    perform(id, act, run)
  }

  function enter({ kind, id, alias, enter, leave }: Extract<Node, { enter: Act }>, run: Run): void {
    perform(`+${id}`, enter, run)
    trace.push(`+${id}`)
    run.entered.push({
      lazy: kind === 'lazy' ? marbleOf({ id, alias }) : undefined,
      leave(error) {
        if (leave === undefined) return
        trace.push(`-${id}(${error?.label ?? ''})`)
        perform(`-${id}`, leave, run)
      },
    })
  }

  function perform(label: string, act: Act, run: Run): void {
    if (act.ask !== undefined) ask(act.ask, run)
    if (act.defer !== undefined) defer(`~${label}`, act.defer, run.flow)
    if (act.interrupt) run.stopped = true
    if (act.recover && run.failure === undefined) throw new Failure('RECOVER_WITHOUT_ERROR')
    if (act.recover) run.recovered = true
    if (act.throws) fail(label)
  }

  function ask(name: string, run: Run): void {
    for (let at: Run | undefined = run; at !== undefined; at = at.around) {
      if (at.entered.some(({ lazy }) => lazy === name)) return
    }
    if (run.leaving) throw new Failure('FLOW_LEAVING')
    enter(lazies.get(name) ?? fail('no such lazy pipe'), run)
  }

  function defer(label: string, how: Act['defer'], flow: Flow): void {
    flow.deferred.push(() => {
      trace.push(label)
      if (how === 'nest') defer(`~${label}`, 'well', flow)
      if (how === 'throw') fail(label)
    })
  }

  function pass(node: Through, rest: Entry[], run: Run): void {
    for (const call of node.calls) {
      const failure = attempt(() => callOnce(node, call, rest, run))
      if (failure === undefined) continue
      if (!call.caught) throw failure
      dealWith(failure)
    }
    if (node.kind !== 'server' && node.throws) fail(node.id)
  }

  function callOnce(node: Through, { label }: Call, rest: Entry[], run: Run): void {
    if (node.kind === 'server') whole(rest, run, node.id, node.terminal)
    else if (node.kind === 'through') inside(rest, run)
    else inside([...flat(node.parts[label] ?? []), { kind: 'rest', nodes: rest }], run)
  }

  function whole(entries: Entry[], around: Run | undefined, id: string, terminal: string): void {
    const flow = new Flow()
    const lost = attempt(() => travel(entries, new Run(around, flow)))
    trace.push(`end ${id}(${lost?.label ?? ''})`)
    if (lost !== undefined && terminal !== 'rethrow') dealWith(lost)
    let failure = terminal === 'throw' ? attempt(() => fail(`end ${id}`)) : terminal === 'rethrow' ? lost : undefined
    for (let next = flow.deferred.pop(); next !== undefined; next = flow.deferred.pop()) {
      const later = attempt(next)
      if (later !== undefined) failure = failure?.hang(later) ?? later
    }
    if (failure !== undefined) throw failure
  }

  const lazies = new Map<string, Extract<Node, { enter: Act }>>()
  const find = (nodes: Node[]): void => {
    for (const node of nodes) {
      if (node.kind === 'lazy') lazies.set(marbleOf(node), node)
      if (node.kind === 'part') find(node.nodes)
      if (node.kind === 'router') Object.values(node.parts).forEach(find)
    }
  }
  find(nodes)
  const failure = attempt(() => whole(flat(nodes), undefined, 'run', 'rethrow'))
  return { trace, error: failure?.label, dealtWith }
}

const flat = (nodes: Node[]): Node[] => nodes.flatMap((node) => (node.kind === 'part' ? flat(node.nodes) : [node]))

function attempt(run: () => void): Failure | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  return undefined
}
