// Random stacks, as plain trees: what each pipe does when it is entered, left, run. The model and the builder read them.

import fc from 'fast-check'

/** What a stage does, in this order. */
export interface Act {
  /** Enters a lazy pipe above, and waits for it. */
  ask: string | undefined
  /** `nest`: defers a function that defers another. */
  defer: 'well' | 'throw' | 'nest' | undefined
  interrupt: boolean
  recover: boolean
  throws: boolean
}

/** How a through pipe calls next(), or chooses: letting an error pass, or catching it. */
export interface Call {
  caught: boolean
  label: string
}

export type Node =
  | { kind: 'pipe' | 'lazy'; id: string; alias: boolean; slow: boolean; enter: Act; leave: Act | undefined }
  | { kind: 'step'; id: string; slow: boolean; act: Act }
  | { kind: 'part'; nodes: Node[] }
  | { kind: 'through'; id: string; slow: boolean; calls: Call[]; throws: boolean }
  | { kind: 'server'; id: string; slow: boolean; calls: Call[]; terminal: 'take' | 'rethrow' | 'throw' }
  | { kind: 'router'; id: string; slow: boolean; calls: Call[]; throws: boolean; parts: Record<string, Node[]> }

/** The name of a lazy pipe for those who ask. */
export function marbleOf({ id, alias }: { id: string; alias: boolean }): string {
  return alias ? `${id}_alias` : id
}

const rare = fc.integer({ min: 0, max: 15 }).map((n) => n === 15)
const slow = fc.boolean()
const none = fc.constant(undefined)

// Which lazy pipe is asked for is known only where it stands: a number until then.
const act = fc.record({
  ask: fc.oneof({ weight: 2, arbitrary: none }, { weight: 1, arbitrary: fc.nat(5).map(String) }),
  defer: fc.oneof(
    { weight: 8, arbitrary: none },
    { weight: 1, arbitrary: fc.constantFrom('well', 'well', 'nest', 'nest', 'throw') },
  ),
  interrupt: rare,
  recover: fc.constant(false),
  throws: rare,
}) as fc.Arbitrary<Act>
const leave = fc.tuple(act, rare, fc.boolean()).map(([act, recover, there]) => {
  return there ? { ...act, recover } : undefined
})
const call = fc.record({ caught: fc.boolean(), label: fc.constantFrom('a', 'b') })
const calls = fc.oneof(fc.tuple(call), fc.array(call, { maxLength: 2 }))
const id = fc.constant('')

const { node } = fc.letrec<{ node: Node; nodes: Node[] }>((tie) => ({
  nodes: fc.array(tie('node'), { minLength: 2, maxLength: 7, size: 'max', depthIdentifier: 'nodes' }),
  node: fc.oneof(
    { depthIdentifier: 'nodes', maxDepth: 4 },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('pipe'), id, alias: rare, slow, enter: act, leave }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('step'), id, slow, act }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('lazy'), id, alias: rare, slow, enter: act, leave }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('part'), nodes: tie('nodes') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('through'), id, slow, calls, throws: rare }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('server'),
        id,
        slow,
        calls,
        terminal: fc.constantFrom('take', 'rethrow', 'throw'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('router'),
        id,
        slow,
        calls,
        throws: rare,
        parts: fc.record({ a: tie('nodes'), b: tie('nodes') }),
      }),
    },
  ) as fc.Arbitrary<Node>,
}))

const whole = fc.array(node, { minLength: 3, maxLength: 8, size: 'max' })

/** Stacks in which every pipe has a name of its own, and asks only for lazy pipes above it. */
export const stacks: fc.Arbitrary<Node[]> = whole.map((nodes) => {
  let count = 0
  const named = (nodes: Node[], lazies: string[]): Node[] => nodes.map((node) => nameOne(node, lazies))
  const settle = <A extends Act | undefined>(act: A, lazies: string[]): A =>
    act?.ask === undefined ? act : { ...act, ask: lazies[Number(act.ask) % lazies.length] }
  const nameOne = (node: Node, lazies: string[]): Node => {
    if (node.kind === 'part') return { ...node, nodes: named(node.nodes, lazies) }
    const id = `${node.kind}${++count}`
    if (node.kind === 'step') return { ...node, id, act: settle(node.act, lazies) }
    if (node.kind === 'router') {
      const parts = Object.entries(node.parts).map(([label, nodes]) => [label, named(nodes, [...lazies])])
      return { ...node, id, parts: Object.fromEntries(parts) }
    }
    if (node.kind !== 'pipe' && node.kind !== 'lazy') return { ...node, id }
    const made = { ...node, id, enter: settle(node.enter, lazies), leave: settle(node.leave, lazies) }
    if (node.kind === 'lazy') lazies.push(marbleOf(made))
    return made
  }
  return named(nodes, [])
})
