import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { type LintOptions, lintAll } from '../../pipes/lint.ts'
import { router } from '../../pipes/router.ts'
import { alias, HeaderList, lazy, type Pipe, part, pipe, type Raw, run, stack } from '../../src/index.ts'
import { wellFormed } from '../../src/psgi/surrogates.ts'
import { client, request } from '../../src/testing.ts'
import { told } from './lint-told.ts'

const linted = async (app: Pipe<Raw, object>, line = 'GET /', options: LintOptions = {}) =>
  request(lintAll(app, options), line)

describe('lintAll()', () => {
  it('names the pipe, also in routes, aliases and lazy pipes', async () => {
    const spoil = (name: string): Pipe<HttpMarbles, object> => ({
      name,
      enter({ response }) {
        response.status = 'OK'
      },
    })
    const owned = pipe('own', ({ response }: HttpMarbles) => {
      response.status = 'OK'
    })
    const app = stack(
      http(),
      lazy(
        pipe('late', ({ response }: HttpMarbles) => {
          response.status = 'OK'
        }),
      ),
      router({
        '/route': part(spoil('inner'), () => ''),
        '/alias': part(alias(owned, { own: 'other' }), () => ''),
        '/lazy': part(async (bag) => void (await bag.enter('late'))),
      }),
    )
    for (const [path, name] of [
      ['route', 'inner'],
      ['alias', 'own'],
      ['lazy', 'late'],
    ]) {
      assert.deepEqual(told((await linted(app, `GET /${path}`)).errors), [`R3 ${name}`], path)
    }
  })

  it('blames the pipe that changed the attribute last, though another comes after it', async () => {
    const culprit = pipe('culprit', ({ response }: HttpMarbles) => {
      response.body = ['four']
      response.header_list = new HeaderList([
        ['Content-Type', 'text/plain'],
        ['Content-Length', '5'],
      ])
    })
    const app = stack(
      http(),
      pipe(
        'outer',
        () => 0,
        () => {},
      ),
      culprit,
      pipe('inner', () => 0),
    )
    assert.deepEqual(told((await linted(app)).errors), ['A8 culprit'])
  })

  it('F4: names a through pipe that does not wait for what it runs', async () => {
    const hasty: Pipe = {
      name: 'hasty',
      through(_, next) {
        void next({})
      },
    }
    const app = stack(http(), hasty, async () => {
      await null
    })
    assert.deepEqual(told((await linted(app)).errors), ['F4 hasty'])
  })

  it('F5, F6: names a pipe whose marbles are not those that it declares', async () => {
    const forgets = { name: 'forgets', through: (_: object, next: (marbles: object) => unknown) => next({ extra: 1 }) }
    const lacks = {
      name: 'lacks',
      adds: ['extra'],
      through: (_: object, next: (marbles: object) => unknown) => next({}),
    }
    const writes = (bag: object) => {
      Reflect.set(bag, 'extra', 1)
    }
    assert.deepEqual(told((await linted(stack(http(), forgets as Pipe))).errors), ['F5 forgets'])
    assert.deepEqual(told((await linted(stack(http(), lacks as Pipe))).errors), ['F6 lacks'])
    assert.deepEqual(told((await linted(stack(http(), writes, () => ''))).errors), ['F5 writes'])
  })

  it('F1 to F3: a runner that leaves out of order, twice or without the error would be found', async () => {
    const { verbsAround } = await import('../../pipes/lint/each.ts')
    const { tripOf } = await import('../../src/flow-bag.ts')
    const broken: string[] = []
    const attempt = (call: () => unknown) => {
      try {
        call()
      } catch (error) {
        broken.push(...told([error]))
      }
    }
    const made = (name: string) => verbsAround('throw', { name, enter: () => 0, leave: () => {} }, false)
    await run(
      part((bag) => {
        const flow = tripOf(bag).bag
        const [a, b] = [made('a'), made('b')]
        a.enter?.(flow)
        b.enter?.(flow)
        attempt(() => a.leave?.(flow, undefined))
        attempt(() => a.leave?.(flow, undefined))
        attempt(() => b.leave?.(flow, new Error('boom')))
        a.enter?.(flow)
        attempt(() => a.leave?.(flow, undefined))
      }),
    )
    assert.deepEqual(broken, ['F1 a', 'F2 a', 'F3 a'])
  })

  it('changes nothing about a stack that keeps the rules', async () => {
    const lines: string[] = []
    const app = stack(
      { name: 'pool', open: () => lines.push('open'), close: () => lines.push('close') },
      http(),
      pipe(
        'db',
        () => 'db',
        (_, error) => void lines.push(`leave ${error}`),
      ),
      ({ db }) => `${db}`,
    )
    const answer = await linted(app)
    assert.equal(answer.text(), 'db')
    assert.equal(answer.header('content-length'), '2')
    assert.deepEqual(answer.errors, [])
    assert.deepEqual(lines, ['open', 'leave undefined', 'close'])
  })

  it('finds nothing to complain of in what http() makes of any request', async () => {
    await using app = await client(lintAll(stack(http(), ({ environ }) => environ.PATH_INFO)))
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,9}$/)
    const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((any) => encodeURIComponent(wellFormed(any)))
    const value = fc.stringMatching(/^[!-~\xa0-\xff]{0,20}$/)
    const method = fc.constantFrom('GET', 'PUT', 'M-SEARCH')
    await fc.assert(
      fc.asyncProperty(method, fc.array(text), text, token, value, async (method, path, query, name, value) => {
        await app.request(`${method} /${path.join('/')}?${query}`, { headers: { [`X-${name}`]: value } })
        assert.deepEqual(told(app.errors), [])
      }),
      { numRuns: 50 },
    )
  })
})
