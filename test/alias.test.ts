// alias(): the pipe sees its own names, the bag has the others.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { alias, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, Trace, through } from './tracing.ts'

describe('alias() of a pipe with enter', () => {
  it('puts its marble under the new name, and gives it under its own in enter and leave', async () => {
    const seen: unknown[] = []
    const db = pipe(
      'db',
      () => 1,
      ({ db }) => void seen.push(db),
    )
    await run(part(alias(db, { db: 'pg' }), (bag) => void seen.push(bag.pg, 'db' in bag)))
    assert.deepEqual(seen, [1, false, 1])
  })

  it('gives it what it needs under its own names', async () => {
    const greets = pipe('greeting', ({ user }: { user: string }) => `Hello, ${user}`)
    const bag = await run(
      part(
        pipe('account', () => 'Ada'),
        alias(greets, { user: 'account' }),
      ),
    )
    assert.equal(bag.greeting, 'Hello, Ada')
  })

  it('leaves room for two of the same', async () => {
    const db = (name: string) => pipe('db', () => name)
    const bag = await run(part(alias(db('one'), { db: 'first' }), alias(db('two'), { db: 'second' })))
    assert.deepEqual([bag.first, bag.second], ['one', 'two'])
  })

  it('swaps names', async () => {
    const pairs = pipe('out', ({ a, b }: { a: number; b: number }) => [a, b])
    const bag = await run(
      part(
        pipe('a', () => 1),
        pipe('b', () => 2),
        alias(pairs, { a: 'b', b: 'a' }),
      ),
    )
    assert.deepEqual(bag.out, [2, 1])
  })

  it('hides a marble above that has the own name of one it renames', async () => {
    const needs = pipe('out', ({ user }: { user: string }) => user)
    const bag = await run(
      part(
        pipe('user', () => 'wrong'),
        pipe('account', () => 'right'),
        alias(needs, { user: 'account' }),
      ),
    )
    assert.equal(bag.out, 'right')
  })

  it('shows what is not renamed as it is', async () => {
    const needs = pipe('out', (bag: { a: number; b: number }) => [bag.a, bag.b])
    const bag = await run(
      part(
        pipe('a', () => 1),
        pipe('x', () => 2),
        alias(needs, { b: 'x' }),
      ),
    )
    assert.deepEqual(bag.out, [1, 2])
  })

  it('tells its leave of the error and lets it recover', async () => {
    const t = new Trace()
    await run(part(alias(t.pipe('page', { leave: (bag) => bag.recover() }), { page: 'p' }), failing('E')))
    assert.equal(`${t}`, '+page -page(E)')
  })

  it('gives enter and leave the same bag, so that it can be the key of a WeakMap', async () => {
    const bags: object[] = []
    const keeps: Pipe<{}, { a: number }> = {
      name: 'a',
      enter: (bag) => bags.push(bag),
      leave: (bag) => bags.push(bag),
    }
    await run(part(alias(keeps, { a: 'b' })))
    await run(part(alias(keeps, { a: 'b' })))
    assert.equal(bags[0], bags[1])
    assert.notEqual(bags[1], bags[2])
  })

  it('passes an assignment on to the bag, under the new name', async () => {
    const sets: Pipe<{ a: number }, {}> = {
      name: 'sets',
      enter: (bag) => {
        bag.a = 2
      },
    }
    const bag = await run(
      part(
        pipe('x', () => 1),
        alias(sets, { a: 'x' }) as Pipe<{ x: number }, {}>,
      ),
    )
    assert.equal(bag.x, 2)
  })

  it('refuses an assignment where there would be none without it', async () => {
    const sets: Pipe<{ a: number }, {}> = {
      name: 'sets',
      enter: (bag) => {
        bag.a = 2
      },
    }
    const inside = (pipe: Pipe<{ a: number }, {}>) =>
      run(
        part(
          through('in', (next) => next()),
          pipe,
        ),
        { a: 1 },
      )
    await assert.rejects(inside(sets), TypeError)
    await assert.rejects(
      run(
        part(
          through('in', (next) => next()),
          alias(sets, { a: 'x' }),
        ),
        { x: 1 },
      ),
      TypeError,
    )
  })

  it('shows its own names in a console', async () => {
    let shown = ''
    const shows = pipe('mine', (bag) => {
      shown = inspect(bag)
    })
    await run(
      part(
        pipe('a', () => 1),
        alias(shows, { mine: 'yours' }),
      ),
    )
    assert.equal(shown, 'Bag { a: 1, mine: undefined }')
    await run(
      alias(
        part(
          shows,
          pipe('below', () => 1),
        ),
        { below: 'b' },
      ),
    )
    assert.equal(shown, 'Bag { mine: undefined }')
  })
})

describe('flows without an alias', () => {
  it('are given the bag itself, not a view of it', async () => {
    const bags: object[] = []
    const keeps = (bag: object) => void bags.push(bag)
    const bag = await run(part(keeps, { name: 'a', enter: keeps, leave: keeps }, part(keeps)))
    assert.ok(bags.length === 4 && bags.every((other) => other === bag))
  })

  it('are given it also beside a pipe that has one', async () => {
    const bags: object[] = []
    const keeps = (bag: object) => void bags.push(bag)
    const bag = await run(part(keeps, alias(pipe('a', keeps), { a: 'b' }), keeps))
    assert.equal(bags[0], bag)
    assert.notEqual(bags[1], bag)
    assert.equal(bags[2], bag)
  })
})
