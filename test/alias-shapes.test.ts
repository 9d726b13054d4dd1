// alias() of through pipes, parts and lazy pipes.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias, lazy, type Pipe, part, pipe, run } from '../src/index.ts'
import { router, Trace, through } from './tracing.ts'

interface Writes {
  write(value: unknown): void
}

describe('alias() of other shapes', () => {
  it('lays the marbles of a through pipe under the new names', async () => {
    const lays: Pipe<{}, { a: number }> = { name: 'lays', adds: ['a'], through: (_bag, next) => next({ a: 1 }) }
    const seen: unknown[] = []
    await run(
      part(
        alias(lays, { a: 'b' }),
        (bag) => void seen.push(bag.b),
        through('in', (next) => next()),
        (bag) => void seen.push(bag.b),
      ),
    )
    assert.deepEqual(seen, [1, 1])
  })

  it('does not let a through pipe lay a write over another marble under a new name', async () => {
    const written: unknown[] = []
    const line: Pipe<Writes, Writes> = {
      name: 'line',
      adds: ['write'],
      through: (bag, next) => next({ write: (value) => bag.write(`line ${value}`) }),
    }
    const out = { out: (value: unknown) => void written.push(value) }
    const aliased: Pipe<{ out: Writes['write'] }, { out: Writes['write'] }> = alias(line, { write: 'out' })
    await run(
      part(aliased, (bag) => bag.out('step')),
      out,
    ).catch((error) => written.push(error.code))
    assert.deepEqual(written, ['MARBLE_TWICE'])
  })

  it('renames for every pipe of a part, each what it needs and adds', async () => {
    const inner = part(
      pipe('a', () => 1),
      pipe('b', ({ a }: { a: number }) => a + 1),
      ({ a, b }) => assert.deepEqual([a, b], [1, 2]),
    )
    const bag = await run(
      part(
        pipe('a', () => 'other'),
        alias(inner, { a: 'x' }),
        ({ a, x }) => assert.deepEqual([a, x], ['other', 1]),
      ),
    )
    assert.equal(bag.b, 2)
  })

  it('renames inside the parts of a router, beside a marble of the old name', async () => {
    const seen: unknown[] = []
    const sees = ({ db }: { db: string }) => void seen.push(db)
    const inside = router({
      '/': part(
        pipe('db', () => 'inner'),
        sees,
      ),
    })
    await run(
      part(
        pipe('db', () => 'outer'),
        alias(inside as Pipe<{}, { db: string }>, { db: 'pg' }),
        sees,
      ),
    )
    assert.deepEqual(seen, ['inner', 'outer'])
  })

  it('renames what a router lays over the bag for its parts', async () => {
    const seen: unknown[] = []
    const sees = (bag: object) => void seen.push(Reflect.get(bag, 'route'))
    const routes: Pipe<{}, { route: string }> = {
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
    await run(
      part(
        pipe('route', () => 'other'),
        alias(routes, { route: 'path' }),
        sees,
      ),
    )
    assert.deepEqual(seen, ['R', 'R', 'other'])
  })

  it('adds up: the outer renames what the inner one gave', async () => {
    const twice = alias(
      alias(
        pipe(
          'a',
          () => 1,
          ({ a }) => assert.equal(a, 1),
        ),
        { a: 'b' },
      ),
      { b: 'c' },
    )
    const bag = await run(part(twice))
    assert.equal(bag.c, 1)
  })

  it('around a lazy pipe renames what it is asked for by', async () => {
    const t = new Trace()
    const asks = alias(lazy(t.pipe('db')), { db: 'pg' })
    await run(part(asks, async (bag) => t.note(await bag.enter('pg'))))
    assert.equal(`${t}`, '+db db -db')
  })

  it('inside of lazy() does the same', async () => {
    const t = new Trace()
    const asks = lazy(alias(t.pipe('db'), { db: 'pg' }))
    await run(part(asks, async (bag) => t.note(await bag.enter('pg'))))
    assert.equal(`${t}`, '+db db -db')
  })

  it('lets an aliased pipe ask for a lazy one by its own name', async () => {
    const t = new Trace()
    const asks = part(async (bag: { enter(name: 'db'): Promise<string> }) => t.note(await bag.enter('db')))
    await run(part(lazy(alias(t.pipe('db'), { db: 'pg' })), alias(asks, { db: 'pg' })))
    assert.equal(`${t}`, '+db db -db')
  })

  it('lets a lazy pipe see its marbles in its leave', async () => {
    const seen: unknown[] = []
    const db = pipe(
      'db',
      (bag: { url: string }) => `at ${bag.url}`,
      ({ db, url }) => void seen.push(db, url),
    )
    await run(
      part(
        pipe('address', () => 'x'),
        alias(lazy(db), { db: 'pg', url: 'address' }),
        (bag) => bag.enter('pg'),
      ),
    )
    assert.deepEqual(seen, ['at x', 'x'])
  })
})
