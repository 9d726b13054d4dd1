// The bag: what it shows, what can be taken out of it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { type Bag, lazy, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, router, Trace, through } from './tracing.ts'

describe('a bag', () => {
  it('gives its verbs away: they still know it', async () => {
    const t = new Trace()
    const page: Pipe<{}, {}> = {
      name: 'page',
      enter: ({ defer }) => defer(() => t.note('deferred')),
      leave: ({ recover }) => recover(),
    }
    const stops = ({ interrupt }: Bag) => interrupt()
    await run(part(page, failing('E')))
    await run(part(stops, t.step('unreached')))
    assert.equal(`${t}`, 'deferred')
  })

  it('shows its marbles in a console, not the machinery', async () => {
    const bag = await run(
      part(
        pipe('a', () => 1),
        pipe('b', () => ({ deep: { deeper: {} } })),
      ),
    )
    assert.equal(inspect(bag), 'Bag { a: 1, b: { deep: [Object] } }')
  })

  it('shows those above it, and those laid over it, too', async () => {
    let shown = ''
    const lays: Pipe<{}, { b: number }> = { name: 'lays', adds: ['b'], through: (_bag, next) => next({ b: 2 }) }
    const shows = (bag: object) => {
      shown = inspect(bag)
    }
    await run(
      part(
        pipe('a', () => 1),
        lays,
        lazy(pipe('c', () => 3)),
        shows,
      ),
    )
    assert.equal(shown, 'Bag { a: 1, b: 2 }')
  })

  it('lists its marbles for `in` and has none of its machinery among the keys', async () => {
    const bag = await run(
      part(
        pipe('a', () => 1),
        pipe('b', () => undefined),
      ),
    )
    assert.deepEqual(Object.keys(bag), ['a', 'b'])
    assert.ok('a' in bag && 'b' in bag && !('c' in bag))
  })

  it('keeps a marble that is a function, and one that is falsy', async () => {
    const f = () => 1
    const bag = await run(
      part(
        pipe('f', () => f),
        pipe('n', () => null),
        pipe('z', () => 0),
        pipe('u', () => undefined),
      ),
    )
    assert.deepEqual([bag.f, bag.n, bag.z, bag.u], [f, null, 0, undefined])
  })

  it('awaits a thenable marble, also a function with a then', async () => {
    // biome-ignore lint/suspicious/noThenProperty: query builders are like this.
    const query: unknown = Object.assign(() => 1, { then: (resolve: (rows: string) => void) => resolve('rows') })
    const bag = await run(part(pipe('rows', () => query)))
    assert.equal(bag.rows, 'rows')
  })

  it('is one for all pipes of a run, so that its marbles can be changed from below', async () => {
    const changes = (bag: { a: number }) => {
      bag.a++
    }
    const bag = await run(
      part(
        pipe('a', () => 1),
        changes,
        part(changes),
      ),
    )
    assert.equal(bag.a, 3)
  })
})

describe('next(marbles)', () => {
  const lays: Pipe<{}, { a: number }> = { name: 'lays', adds: ['a'], through: (_bag, next) => next({ a: 1 }) }

  it('is seen by all that stands below, in nested runs too', async () => {
    const seen: number[] = []
    const sees = (bag: { a: number }) => void seen.push(bag.a)
    await run(
      part(
        lays,
        sees,
        through('in', (next) => next()),
        sees,
        router({ '/': part(sees) }),
      ),
    )
    assert.deepEqual(seen, [1, 1, 1])
  })

  it('is not seen above', async () => {
    const bag = await run(
      part(
        pipe('x', () => 1),
        lays,
      ),
    )
    assert.equal(inspect(bag), 'Bag { x: 1 }')
  })

  it('may read its marbles only when they are asked for', async () => {
    const t = new Trace()
    const late: Pipe<{}, { a: number }> = {
      name: 'late',
      adds: ['a'],
      through: (_bag, next) =>
        next({
          get a() {
            t.note('asked')
            return 1
          },
        }),
    }
    await run(part(late, t.step('before'), ({ a }) => t.note(`${a}`)))
    assert.equal(`${t}`, 'before asked 1')
  })

  it('lays other marbles for each run', async () => {
    const seen: number[] = []
    const each: Pipe<{}, { a: number }> = {
      name: 'each',
      adds: ['a'],
      through: async (_bag, next) => {
        for (const a of [1, 2]) await next({ a })
      },
    }
    await run(part(each, ({ a }) => void seen.push(a)))
    assert.deepEqual(seen, [1, 2])
  })

  it('may be called by no one: what stands below is not entered', async () => {
    const t = new Trace()
    await run(
      part(
        t.pipe('a'),
        through('wall', () => {}),
        t.step('unreached'),
      ),
    )
    assert.equal(`${t}`, '+a -a')
  })
})

describe('choose(label, marbles)', () => {
  const parts = (t: Trace) => ({ '/a': part(t.pipe('a')), '/b': t.step('b') })

  it('runs the part of that label, as often as it is called', async () => {
    const t = new Trace()
    const all = router(parts(t), async (choose) => {
      for (const label of ['/b', '/a', '/b']) await choose(label)
    })
    await run(part(t.pipe('x'), all, t.pipe('y')))
    assert.equal(`${t}`, '+x b +y -y +a +y -y -a b +y -y -x')
  })

  it('lays marbles for the part, which the rest of the stack does not see', async () => {
    const seen: unknown[] = []
    const sees = (bag: object) => void seen.push(Reflect.get(bag, 'route'))
    const routes: Pipe<{}, {}> = {
      name: 'router',
      parts: {
        '/': part(
          sees,
          through('in', (next) => next()),
          sees,
        ),
      },
      partsAdd: ['route'],
      through: (_bag, _next, choose) => choose('/', { route: 'R' }),
    }
    await run(part(routes, sees))
    assert.deepEqual(seen, ['R', 'R', undefined])
  })

  it('lets a router in a part lay its own route over the outer one', async () => {
    const seen: unknown[] = []
    const sees = (bag: object) => void seen.push(Reflect.get(bag, 'route'))
    const routes = (route: string, inside: Pipe<{}, {}>): Pipe<{}, {}> => ({
      name: 'router',
      parts: { '/': inside },
      partsAdd: ['route'],
      through: (_bag, _next, choose) => choose('/', { route }),
    })
    await run(routes('outer', part(sees, routes('inner', part(sees)), sees)))
    assert.deepEqual(seen, ['outer', 'inner', 'outer'])
  })

  it('refuses a label that there is not', async () => {
    const t = new Trace()
    const wrong = router(parts(t), (choose) => choose('/c'))
    await assert.rejects(run(part(t.pipe('x'), wrong)), {
      message: 'pipe "router" chose part "/c", which it does not have',
    })
    assert.match(`${t}`, /^\+x -x\(pipe "router"/)
  })

  it('and next() may both be called by one pipe', async () => {
    const t = new Trace()
    const either: Pipe<{}, {}> = {
      name: 'either',
      parts: { '/': t.step('part') },
      through: async (_bag, next, choose) => {
        await next({})
        await choose('/')
      },
    }
    await run(part(either, t.step('rest')))
    assert.equal(`${t}`, 'rest part rest')
  })
})
