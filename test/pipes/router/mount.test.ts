import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { router } from '../../../pipes/router.ts'
import { alias, type Bag, part, ResponseMarble, run, stack, UsageError } from '../../../src/index.ts'
import { type Asking, ask, environFor } from '../asking.ts'
import { tell, where } from './telling.ts'

describe('mounting', () => {
  const cases: [pattern: string, path: string, told: string][] = [
    ['/admin/**', '/admin', '/admin|'],
    ['/admin/**', '/admin/', '/admin|/'],
    ['/admin/**', '/admin//x/', '/admin|//x/'],
    ['/t/:tenant/**', '/t/é/x/y', '/t/é|/x/y'],
    ['/**', '/', '|/'],
    ['/**', '/x', '|/x'],
    ['/ü/**', '/ü/x', '/ü|/x'],
  ]
  for (const [pattern, path, told] of cases) {
    it(`${pattern} cuts ${JSON.stringify(path)} into ${told}`, async () => {
      assert.equal((await ask(router<Asking>([[pattern, where]]), `GET ${path}`)).text, told)
    })
  }

  it('keeps SCRIPT_NAME and PATH_INFO together the same, however deep', async () => {
    const segment = fc.constantFrom('a', 'b', 'é', '..')
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { minLength: 2, maxLength: 6 }), fc.boolean(), async (segments, slash) => {
        const path = `/${segments.join('/')}${slash ? '/' : ''}`
        const app = router<Asking>([['/:a/**', router<Asking>([['/:b/**', router<Asking>([['/**', where]])]])]])
        const [script = '', rest = ''] = (await ask(app, `GET ${path}`)).text.split('|')
        assert.equal(script, `/${segments.slice(0, 2).join('/')}`)
        assert.equal(script + rest, path)
      }),
    )
  })

  it('leaves the environ outside as it is, and the one inside to the part', async () => {
    const seen: string[] = []
    const outside = { name: 'outside', enter: () => undefined, leave: (bag: Bag<Asking>) => void seen.push(where(bag)) }
    const inside = ({ environ }: Bag<Asking>) => {
      environ.PATH_INFO = '/changed'
    }
    const app = part(outside, router<Asking>({ '/m/**': part(inside, where), '/plain': where }), (bag) => where(bag))
    const { text, environ } = await ask(app, 'GET /m/x')
    assert.equal(text, '/m|/changed |/m/x')
    assert.deepEqual(seen, ['|/m/x'])
    assert.equal(environ.PATH_INFO, '/m/x')
  })

  it('leaves everything else in the environ as it is', async () => {
    const environ = environFor('GET /m/x')
    const seen: object[] = []
    const app = router<Asking>({ '/m/**': (bag) => void seen.push(bag.environ) })
    await run(app, { environ, response: new ResponseMarble(), write: () => undefined })
    assert.deepEqual(seen, [{ ...environ, SCRIPT_NAME: '/m', PATH_INFO: '/x' }])
  })

  it('copies the environ for no other route', async () => {
    const environ = environFor('GET /plain')
    const seen: unknown[] = []
    const app = router<Asking>({ '/m/**': where, '/plain': ({ environ }) => void seen.push(environ) })
    await run(app, { environ, response: new ResponseMarble(), write: () => undefined })
    assert.equal(seen[0], environ)
  })

  it('works under aliases', async () => {
    const inner = router<Asking>({ '/x': ({ environ, route }) => `${where({ environ } as Bag<Asking>)} ${route.path}` })
    const app = alias(router<Asking>({ '/m/**': inner }), { environ: 'request', response: 'answer' })
    for (const [line, text, status] of [
      ['GET /m/x', '/m|/x /x', '200 OK'],
      ['GET /y', '', '404 Not Found'],
    ] as const) {
      const written: string[] = []
      const answer = new ResponseMarble()
      await run(app, { request: environFor(line), answer, write: (chunk) => void written.push(chunk) })
      assert.deepEqual([written.join(), answer.status], [text, status])
    }
  })

  it('is what a pipe may do with what it needs, and with nothing else', () => {
    const above = { name: 'above', through: () => undefined, adds: ['environ'] }
    const mounts = { name: 'mounts', through: () => undefined, parts: { x: () => undefined }, partsAdd: ['environ'] }
    stack(above, { ...mounts, needs: ['environ'] })
    assert.throws(
      () => stack(above, mounts),
      (error) => error instanceof UsageError && error.code === 'MARBLE_TWICE' && error.marble === 'environ',
    )
  })

  it('takes the empty path inside for "/", unless a route is for it', async () => {
    const slash = router<Asking>({ '/m/**': router({ '/': () => 'root', '/x': () => 'x' }) })
    assert.equal((await ask(slash, 'GET /m')).text, 'root')
    assert.equal((await ask(slash, 'GET /m/')).text, 'root')
    const both = router<Asking>({ '/m/**': router({ '/': () => 'root', '': () => 'empty' }) })
    assert.equal((await ask(both, 'GET /m')).text, 'empty')
    assert.equal((await ask(both, 'GET /m/')).text, 'root')
    const rest = router<Asking>({ '/m/**': router({ '/**': where }) })
    assert.equal((await ask(rest, 'GET /m')).text, '/m|')
    const paths = router<Asking>({ '/': () => 'root', '/**': () => 'rest' })
    assert.equal((await ask(paths, 'CONNECT ')).status, '404 Not Found')
  })

  it('lays the route of an inner router over the outer one', async () => {
    const app = router<Asking>({ '/t/:tenant/**': part(tell, router({ '/:page': tell })) })
    assert.equal((await ask(app, 'GET /t/a/b')).text, '/t/:tenant/** {"tenant":"a"} /:page {"page":"b"}')
  })
})
