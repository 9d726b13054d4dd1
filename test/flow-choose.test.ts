// Parts that are chosen: as a stretch of the flow, or as flows of their own.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnyPipe, alias, type Bag, type Choose, type Next, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, messageOf, settled, Trace } from './tracing.ts'

/** Runs its parts as calls: flows of their own, apart from the rest of the stack. */
function calls(
  // biome-ignore lint/suspicious/noExplicitAny: what a part adds stays in it.
  parts: Readonly<Record<string, AnyPipe<{ call: number }, any>>>,
  through: (choose: Choose, next: Next<{}>) => unknown,
): Pipe<{}, {}> {
  return {
    name: 'calls',
    parts,
    partsAdd: ['call'],
    partsApart: true,
    through: async (_bag, next, choose) => void (await through(choose, next)),
  }
}

describe('a part that is chosen with a terminal', () => {
  it('is a flow of its own: its end comes when its pipes have left, and its error stays in it', async () => {
    const t = new Trace()
    const end = (error: unknown) => t.note(error === undefined ? 'end' : `end(${messageOf(error)})`)
    const bad = part(t.pipe('b'), failing('boom'))
    await run(
      part(
        t.pipe('outer'),
        calls({ a: t.pipe('a'), bad }, async (choose) => {
          await choose('a', { call: 1 }, end)
          await choose('bad', { call: 2 }, end)
        }),
      ),
    )
    assert.equal(`${t}`, '+outer +a -a end +b -b(boom) end(boom) -outer')
  })

  it('gets the marbles that are laid over, and its terminal gets them too', async () => {
    const seen: unknown[] = []
    const laid = { call: 7 }
    const one: Pipe<{}, {}> = calls({ a: ({ call }) => void seen.push(call) }, (choose) =>
      choose('a', laid, (_error, marbles) => void seen.push(marbles)),
    )
    await run(one)
    assert.deepEqual(seen, [7, laid])
    assert.equal(seen[1], laid)
  })

  it('has deferred functions and a signal of its own', async () => {
    const t = new Trace()
    const controller = new AbortController()
    const signals: AbortSignal[] = []
    const step = ({ defer, signal }: Bag<{ call: number }>) => {
      defer(() => t.note('deferred'))
      signals.push(signal)
    }
    const outer = (bag: Bag) => void signals.push(bag.signal)
    const laid = { call: 1, signal: controller.signal }
    await run(
      part(
        outer,
        calls({ a: step }, (choose) => choose('a', laid, () => t.note('end'))),
        () => t.note('rest'),
      ),
    )
    assert.equal(`${t}`, 'end deferred')
    const [outerSignal, signal] = signals
    assert.notEqual(signal, outerSignal)
  })

  it('is interrupted by itself', async () => {
    const t = new Trace()
    const a = part(
      t.step('stop', (bag) => bag.interrupt()),
      t.step('never'),
    )
    await run(
      part(
        calls({ a }, async (choose, next) => {
          await choose('a', { call: 1 }, () => t.note('end'))
          await next({})
        }),
        t.step('rest'),
      ),
    )
    assert.equal(`${t}`, 'stop end rest')
  })
})

describe('parts that stand apart', () => {
  it('do not run the rest of the stack, which next() runs', async () => {
    const t = new Trace()
    const each = calls({ a: t.step('a') }, async (choose, next) => {
      await Promise.all([next({}), choose('a', { call: 1 }, () => {}), choose('a', { call: 2 }, () => {})])
    })
    await run(part(each, t.slow('rest')))
    assert.equal(`${t}`, 'a a +rest -rest')
  })

  it('may add a marble that the rest adds too: they share no flow', async () => {
    const db = pipe('db', () => 1)
    const seen: unknown[] = []
    const each = calls({ a: part(db, ({ db }) => void seen.push(db)) }, (choose) => choose('a', { call: 1 }, () => {}))
    await run(part(each, db))
    assert.deepEqual(seen, [1])
  })

  it('see their marbles under an alias', async () => {
    const seen: unknown[] = []
    const each = alias(
      calls({ a: ({ call }) => void seen.push(call) }, (choose) => choose('a', { call: 3 }, () => {})),
      { call: 'job' },
    )
    await run(each)
    await settled()
    assert.deepEqual(seen, [3])
  })
})
