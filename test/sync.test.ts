// Rule 8 of DESIGN.md section 4: a flow of synchronous pipes makes no promise.

import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, it } from 'node:test'
import { compile } from '../src/compile.ts'
import { runFlow } from '../src/flow.ts'
import { alias, type Bag, lazy, type Pipe, part, pipe } from '../src/index.ts'
import { router, server, Trace, through } from './tracing.ts'

/** How many promises are made while `run` runs. */
function promisesOf(run: () => void): number {
  let made = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made++
    },
  }).enable()
  try {
    run()
  } finally {
    hook.disable()
  }
  return made
}

/** Runs a part as a server pipe does. */
function flow(pipe: Pipe<{}, {}>, terminal: (error: unknown) => unknown = () => {}): unknown {
  return runFlow(undefined, compile(pipe, []).segment, undefined, terminal)
}

const a = pipe(
  'a',
  () => 1,
  () => {},
)
const shapes: Record<string, Pipe<{}, {}>> = {
  'pipes and steps': part(
    a,
    () => {},
    pipe('b', ({ a }: { a: number }) => a),
  ),
  'a through pipe': part(
    a,
    through('in', (next) => next()),
    pipe('b', () => 1),
  ),
  'a router': part(
    a,
    router({
      '/': part(
        pipe('b', () => 1),
        () => {},
      ),
    }),
    pipe('c', () => 1),
  ),
  'a flow in a flow': part(
    a,
    server(new Trace()),
    pipe('b', () => 1),
  ),
  'an alias': part(
    a,
    alias(
      pipe(
        'b',
        () => 1,
        () => {},
      ),
      { b: 'c' },
    ),
  ),
  'a lazy pipe that nobody asks for': part(
    lazy(a),
    pipe('b', () => 1),
  ),
  'an interrupt': part(
    a,
    (bag) => bag.interrupt(),
    () => {},
  ),
  'a value that is written synchronously': part(
    { name: 'write', adds: ['write'], through: (_bag, next) => next({ write: () => {} }) } as Pipe<
      {},
      { write(): void }
    >,
    () => 'text',
  ),
}

describe('rule 8: no promise is made', () => {
  for (const [what, pipe] of Object.entries(shapes)) {
    it(`rule 8: by ${what}`, () => {
      const compiled = compile(pipe, []).segment
      let result: unknown = 'unset'
      const made = promisesOf(() => {
        result = runFlow(undefined, compiled, undefined, () => {})
      })
      assert.equal(result, undefined)
      assert.equal(made, 0)
    })
  }

  it('rule 8: by a flow that fails, and by its leaves', () => {
    const told: unknown[] = []
    const thrown = new Error('E')
    const fails = part(
      pipe(
        'a',
        () => 1,
        (_bag, error) => void told.push(error),
      ),
      () => {
        throw thrown
      },
    )
    assert.equal(
      promisesOf(() => void flow(fails, (error) => void told.push(error))),
      0,
    )
    assert.ok(told.length === 2 && told.every((error) => error === thrown))
  })

  it('rule 8: but by a flow that has one', () => {
    assert.ok(promisesOf(() => void flow(part(a, async () => {}))) > 0)
  })
})

describe('a synchronous flow', () => {
  it('has ended when runFlow() returns, so that what is deferred after runs at once', () => {
    const t = new Trace()
    let kept: Bag | undefined
    flow(
      part(a, (bag) => {
        kept = bag
      }),
    )
    kept?.defer(() => t.note('at once'))
    assert.equal(`${t}`, 'at once')
  })

  it('gives all pipes one bag, whose class is that of its place in the stack', () => {
    const bags: object[] = []
    const keeps = (bag: object) => void bags.push(bag)
    const compiled = compile(part(keeps, { name: 'k', enter: keeps, leave: keeps }, keeps), []).segment
    for (let count = 0; count < 2; count++) runFlow(undefined, compiled, undefined, () => {})
    const [first, second] = [bags.slice(0, 4), bags.slice(4)]
    assert.deepEqual([new Set(first).size, new Set(second).size], [1, 1])
    assert.ok(bags.every((bag) => bag instanceof compiled.Bag))
  })

  it('throws what its terminal throws as a rejection, with what the deferred functions throw hung on it', async () => {
    const ended = flow(
      part((bag) => bag.defer(() => Promise.reject(new Error('D')))),
      () => {
        throw new Error('T')
      },
    )
    await assert.rejects(Promise.resolve(ended), (error: Error & { suppressed?: Error }) => {
      assert.deepEqual([error.message, error.suppressed?.message], ['T', 'D'])
      return true
    })
  })

  it('tells its terminal what was laid over its bag', () => {
    const marbles = { x: 1 }
    const compiled = compile(part(a), ['x']).segment
    const told: unknown[] = []
    runFlow(undefined, compiled, marbles, (_error, laid) => void told.push(laid))
    assert.equal(told[0], marbles)
  })
})
