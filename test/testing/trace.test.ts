import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { alias, failureOf, lazy, type Pipe, part, pipe, run, stack } from '../../src/index.ts'
import { client, request, trace } from '../../src/testing.ts'

const boom = () => {
  throw new Error('boom')
}

describe('trace', () => {
  it('makes pipes that write down when they are entered and left', async () => {
    const t = trace()
    await request(stack(http(), t.pipe('a'), t.pipe('b')), 'GET /')
    assert.deepEqual(t.lines, ['+a', '+b', '-b', '-a'])
  })

  it('writes the error that a pipe is told of, and where it came from', async () => {
    const t = trace()
    await request(
      stack(
        http(),
        t.pipe('a'),
        t.pipe('b', () => 1, boom),
        t.pipe('c'),
        t.pipe('d', boom),
      ),
      'GET /',
    )
    assert.deepEqual(t.lines, [
      '+a',
      '+b',
      '+c',
      '!d Error: boom',
      '-c Error: boom',
      '-b Error: boom',
      '-a Error: boom',
    ])
  })

  it('makes pipes with a marble and verbs of their own', async () => {
    const t = trace()
    let left: unknown
    const b = t.pipe(
      'b',
      async ({ a }: { a: number }) => a + 1,
      (bag, error) => {
        left = bag.b
        if (error !== undefined) bag.recover()
      },
    )
    await run(
      part(
        t.pipe('a', () => 1),
        b,
        boom,
      ),
    )
    assert.equal(left, 2)
    assert.deepEqual(t.lines, ['+a', '+b', '-b Error: boom', '-a Error: boom'])
  })

  it('observes pipes as they are, in a part', async () => {
    let opened = 0
    class Pool {
      readonly name = 'pool'
      readonly #secret = 'secret'
      open() {
        opened++
      }
      enter() {
        return this.#secret
      }
    }
    const db = pipe('db', async ({ pool }: { pool: string }) => `${pool}!`)
    const seen = trace(new Pool() as Pipe<{}, { pool: string }>, db)
    const answer = await request(
      stack(http(), seen, ({ db, pool }) => `${pool} ${db}`),
      'GET /',
    )
    assert.equal(answer.text(), 'secret secret!')
    assert.deepEqual(seen.lines, ['+pool', '+db', '-db', '-pool'])
    assert.equal(opened, 1)
  })

  it('observes a whole stack: steps, through pipes, nested parts, routes, aliased and lazy pipes', async () => {
    const a = pipe('a', () => 'a')
    const router: Pipe<{}, {}> = {
      name: 'router',
      parts: { '/': part(a, function home() {}) },
      through: (_bag, _next, choose) => choose('/'),
    }
    const seen = trace(
      stack(
        http(),
        alias(
          pipe('b', () => 'b'),
          { b: 'c' },
        ),
        lazy(pipe('later', () => 'later')),
        part(router),
        async (bag) => `${bag.c} ${await bag.enter('later')}`,
      ),
    )
    const answer = await request(seen, 'GET /')
    assert.equal(answer.text(), 'b later')
    assert.deepEqual(seen.lines, [
      '+http',
      '+b',
      '+router',
      '+a',
      '+home',
      '+later',
      '+step',
      '-later',
      '-a',
      '-router',
      '-b',
      '-http',
    ])
  })

  it('leaves errors their place', async () => {
    const error = await run(
      trace(function home() {
        boom()
      }),
    ).catch((thrown) => thrown)
    assert.deepEqual(failureOf(error), { pipe: 'home', stage: 'enter' })
  })

  it('writes the error that goes through a through pipe', async () => {
    const seen = trace(
      part(
        { name: 'outer', through: (_bag, next) => next({}) },
        { name: 'inner', through: async (_bag, next) => next({}) },
        boom,
      ),
    )
    await assert.rejects(run(seen), { message: 'boom' })
    assert.deepEqual(seen.lines, ['+outer', '+inner', '!boom Error: boom', '-inner Error: boom', '-outer Error: boom'])
  })

  it('keeps synchronous pipes synchronous', async () => {
    let pending: unknown = 'not run'
    const outer: Pipe<{}, {}> = {
      name: 'outer',
      through(_bag, next) {
        pending = next({})
        return pending as undefined
      },
    }
    const inner: Pipe<{}, {}> = { name: 'inner', through: (_bag, next) => next({}) }
    const a = pipe('a', () => 1)
    await run(part(outer, trace(a, inner), () => undefined))
    assert.equal(pending, undefined)
  })

  it('opens a pipe once that stands in two places', async () => {
    let opened = 0
    const pool = { name: 'pool', open: () => void opened++, enter: () => 1 }
    const router: Pipe<{}, {}> = {
      name: 'router',
      parts: { a: part(pool), b: part(pool) },
      through: (_bag, _next, choose) => choose('a'),
    }
    await run(trace(router))
    assert.equal(opened, 1)
  })

  it('can be emptied between requests', async () => {
    const t = trace()
    const app = await client(stack(http(), t.pipe('a')))
    await app.request('GET /')
    t.lines.length = 0
    await app.request('GET /')
    await app.close()
    assert.deepEqual(t.lines, ['+a', '-a'])
  })

  it('refuses what is no pipe', () => {
    assert.throws(() => trace(pipe('a', boom), undefined as never), {
      code: 'NOT_A_PIPE',
      message: 'trace() got undefined at position 2. Was a factory not called?',
    })
  })
})
