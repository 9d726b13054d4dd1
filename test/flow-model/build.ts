// A random stack made of real pipes that write down what happens to them.

import { alias, type Bag, lazy, type Next, type Pipe, part } from '../../src/index.ts'
import { type Act, type Call, marbleOf, type Node } from './stacks.ts'

type Asks = Bag<{ enter(name: string): Promise<unknown> }>
type Through = Extract<Node, { calls: Call[] }>

/** What happened, in the words of the model. */
export class Record {
  readonly trace: string[] = []
  readonly thrown: Map<string, Error> = new Map()
  readonly #counts = new Map<string, number>()
  readonly #labels = new WeakMap<object, string>()

  labelOf(error: unknown): string {
    if (error === undefined) return ''
    const label = this.#labels.get(error as object)
    return label ?? String(Reflect.get(error as object, 'code') ?? error)
  }

  fail(label: string): never {
    const count = (this.#counts.get(label) ?? 0) + 1
    this.#counts.set(label, count)
    const error = new Error(`${label}#${count}`)
    this.#labels.set(error, error.message)
    this.thrown.set(error.message, error)
    throw error
  }
}

export function build(nodes: Node[], record: Record): Pipe<{}, {}> {
  const join = part as unknown as (...pipes: unknown[]) => Pipe<{}, {}>
  const joined = (nodes: Node[]) => join({ name: 'nothing', open() {} }, ...nodes.map(one))

  function one(node: Node): unknown {
    if (node.kind === 'part') return joined(node.nodes)
    if (node.kind === 'step') return step(node)
    return 'calls' in node ? through(node) : entering(node)
  }

  function step({ id, slow, act }: Extract<Node, { kind: 'step' }>): unknown {
    return (bag: Asks) => {
      record.trace.push(id)
      return perform(id, act, slow, bag)
    }
  }

  function entering({ kind, id, alias: renamed, slow, enter, leave }: Extract<Node, { enter: Act }>): unknown {
    const made: Pipe<{}, {}> = {
      name: id,
      enter: (bag) => after(perform(`+${id}`, enter, slow, bag as Asks), () => void record.trace.push(`+${id}`)),
    }
    if (leave !== undefined) {
      made.leave = (bag, error) => {
        record.trace.push(`-${id}(${record.labelOf(error)})`)
        return perform(`-${id}`, leave, slow, bag as Asks)
      }
    }
    const named = renamed ? alias(made, { [id]: marbleOf({ id, alias: true }) }) : made
    return kind === 'lazy' ? lazy(named) : named
  }

  function perform(label: string, act: Act, slow: boolean, bag: Asks): unknown {
    const rest = () => {
      if (act.defer !== undefined) defer(`~${label}`, act.defer, bag)
      if (act.interrupt) bag.interrupt()
      if (act.recover) bag.recover()
      if (act.throws) record.fail(label)
    }
    if (act.ask !== undefined) return bag.enter(act.ask).then(rest)
    return slow ? Promise.resolve().then(rest) : rest()
  }

  function defer(label: string, how: Act['defer'], bag: Bag): void {
    bag.defer(() => {
      record.trace.push(label)
      if (how === 'nest') defer(`~${label}`, 'well', bag)
      if (how === 'throw') record.fail(label)
    })
  }

  function through(node: Through): Pipe<{}, {}> {
    const { id: name, slow, calls } = node
    const parts =
      node.kind === 'router' ? Object.fromEntries(Object.entries(node.parts).map(([l, n]) => [l, joined(n)])) : {}
    return {
      name,
      parts,
      through(_bag, next, choose) {
        const once = ({ label }: Call) => {
          if (node.kind === 'through') return next({})
          return node.kind === 'router' ? choose(label) : next({}, terminal(node, record))
        }
        const end = () => (node.kind !== 'server' && node.throws ? record.fail(name) : undefined)
        return slow ? callSlowly(calls, once, end) : callInTurn(calls, once, end)
      },
    }
  }

  return joined(nodes)
}

function terminal({ id, terminal }: Extract<Node, { kind: 'server' }>, record: Record): Parameters<Next<{}>>[1] {
  return (error) => {
    record.trace.push(`end ${id}(${record.labelOf(error)})`)
    if (terminal === 'throw') record.fail(`end ${id}`)
    if (terminal === 'rethrow' && error !== undefined) throw error
  }
}

async function callSlowly(calls: Call[], once: (call: Call) => unknown, end: () => void): Promise<void> {
  for (const call of calls) {
    try {
      await once(call)
    } catch (error) {
      if (!call.caught) throw error
    }
  }
  end()
}

/** The same, waiting only for what is a promise. */
function callInTurn([call, ...calls]: Call[], once: (call: Call) => unknown, end: () => void): void | Promise<void> {
  if (call === undefined) return end()
  const go = () => callInTurn(calls, once, end)
  const pass = (error: unknown) => {
    if (!call.caught) throw error
  }
  let pending: unknown
  try {
    pending = once(call)
  } catch (error) {
    pass(error)
  }
  return pending instanceof Promise ? pending.then(undefined, pass).then(go) : go()
}

function after(value: unknown, then: () => void): void | Promise<void> {
  return value instanceof Promise ? value.then(then) : then()
}
