import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RouteMarbles, router } from '../../../pipes/router.ts'
import { type Bag, PeerError, run, UsageError } from '../../../src/index.ts'
import { type Asking, ask, environFor } from '../asking.ts'
import { tell, where } from './telling.ts'

describe('methods in the table', () => {
  const app = router<Asking>({
    'GET /users/:id': tell,
    'PUT /users/:name': tell,
    'GET /all': () => 'get',
    'HEAD /all': () => 'head',
    'OPTIONS /all': () => 'options',
    'POST /mine': () => 'post',
    '/mine': () => 'any',
    'GET /users/me': () => 'me',
    'patch-x /users/me': () => 'own method',
    'patch-x /own/:id': tell,
    'HEAD /own/:id': () => 'own head',
    'GET /own/:name': tell,
    'HEAD /early': () => 'early head',
    'GET /early': () => 'late get',
    'GET /deep/**': where,
  })
  const cases: Record<string, string> = {
    'GET /users/7': '/users/:id {"id":"7"}',
    'HEAD /users/7': '/users/:id {"id":"7"}',
    'PUT /users/7': '/users/:name {"name":"7"}',
    'PUT /users/me': '/users/:name {"name":"me"}',
    'GET /users/me': 'me',
    'patch-x /users/me': 'own method',
    'HEAD /all': 'head',
    'HEAD /early': 'early head',
    'HEAD /own/7': 'own head',
    'patch-x /own/7': '/own/:id {"id":"7"}',
    'OPTIONS /all': 'options',
    'POST /mine': 'post',
    'DELETE /mine': 'any',
    'GET /deep/er': '/deep|/er',
  }
  for (const [line, text] of Object.entries(cases)) {
    it(`finds the route of ${line}`, async () => {
      assert.equal((await ask(app, line)).text, text)
    })
  }

  const others: Record<string, [status: string, allow: string | undefined]> = {
    'POST /users/7': ['405 Method Not Allowed', 'GET, HEAD, PUT, OPTIONS'],
    'POST /users/me': ['405 Method Not Allowed', 'GET, HEAD, PUT, patch-x, OPTIONS'],
    'PATCH-X /own/7': ['405 Method Not Allowed', 'GET, HEAD, patch-x, OPTIONS'],
    'PATCH-X /users/me': ['405 Method Not Allowed', 'GET, HEAD, PUT, patch-x, OPTIONS'],
    'get /all': ['405 Method Not Allowed', 'GET, HEAD, OPTIONS'],
    '__proto__ /all': ['405 Method Not Allowed', 'GET, HEAD, OPTIONS'],
    'OPTIONS /users/7': ['204 No Content', 'GET, HEAD, PUT, OPTIONS'],
    'POST /none': ['404 Not Found', undefined],
    'OPTIONS /none': ['404 Not Found', undefined],
  }
  for (const [line, [status, allow]] of Object.entries(others)) {
    it(`answers ${line} with ${status}`, async () => {
      const asked = await ask(app, line)
      assert.equal(asked.status, status)
      assert.deepEqual(
        asked.headers.filter(([name]) => name === 'Allow'),
        allow === undefined ? [] : [['Allow', allow]],
      )
    })
  }

  it('sends no Content-Type with a 204', async () => {
    const { headers, body } = await ask(app, 'OPTIONS /users/7')
    assert.deepEqual([headers, body], [[['Allow', 'GET, HEAD, PUT, OPTIONS']], []])
  })

  it('enters `otherwise` for a 404, not for a 405', async () => {
    const both = router<Asking>({ 'GET /x': tell }, { otherwise: () => 'otherwise' })
    assert.equal((await ask(both, 'GET /y')).text, 'otherwise')
    assert.equal((await ask(both, 'POST /x')).status, '405 Method Not Allowed')
  })

  it('fails with a 405 where there is no response to answer with', async () => {
    await assert.rejects(
      run(router({ 'GET /x': tell }), { environ: environFor('POST /x') }),
      (error) => error instanceof PeerError && error.status === 405 && error.message.includes('GET, HEAD, OPTIONS'),
    )
  })
})

describe('by', () => {
  const message = (type: unknown) => ({ message: { type } }) as { message: { type: string } }
  const told: string[] = []
  const note = ({ route }: Bag<RouteMarbles>) => void told.push(tell({ route } as Bag<RouteMarbles>))
  const app = router<{ message: { type: string } }>(
    [
      [/^job\.(?<id>\d+)(?:\.(?<part>\w+))?$/, note],
      [/^job\./, note],
      [/^user/, note],
      ['job.7', note],
      ['user/:id', note],
      ['/rooted', note],
      ['user.get', note],
    ],
    { by: ({ message }) => message.type },
  )
  const cases: Record<string, string> = {
    'job.8': '/^job\\.(?<id>\\d+)(?:\\.(?<part>\\w+))?$/ {"id":"8"}',
    'job.8.x': '/^job\\.(?<id>\\d+)(?:\\.(?<part>\\w+))?$/ {"id":"8","part":"x"}',
    'job.x': '/^job\\./ {}',
    'job.7': 'job.7 {}',
    'user/7': 'user/:id {"id":"7"}',
    '/rooted': '/rooted {}',
    'user.get': 'user.get {}',
  }
  for (const [type, line] of Object.entries(cases)) {
    it(`finds the route of ${type}, by text before RegExp, those in their order`, async () => {
      told.length = 0
      await run(app, message(type))
      assert.deepEqual(told, [line])
    })
  }

  it('has no parameter for a named group that took nothing', async () => {
    const seen: string[] = []
    const app = router<Asking>([[/^(?<a>x)?(?<b>y)$/, ({ route }) => void seen.push(...Object.keys(route.params))]])
    await ask(app, 'GET y')
    assert.deepEqual(seen, ['b'])
  })

  it('takes a slash in front for part of the value', async () => {
    for (const type of ['/user/7', 'rooted', '/job.7', '']) {
      await assert.rejects(run(app, message(type)), (error) => error instanceof PeerError && error.status === 404)
    }
  })

  it('mounts nothing', async () => {
    const app = router<Asking>({ '/a/**': where }, { by: ({ environ }) => environ.PATH_INFO })
    assert.equal((await ask(app, 'GET /a/b')).text, '|/a/b')
  })

  it('is refused when it gives no string', async () => {
    for (const [type, found] of [
      [undefined, 'undefined'],
      [7, 'a number'],
      [Promise.resolve('x'), 'a Promise object'],
    ]) {
      await assert.rejects(
        run(app, message(type)),
        (error) =>
          error instanceof UsageError && error.code === 'OPTION_BAD' && error.message.includes(`${found}. Let by`),
      )
    }
  })
})
