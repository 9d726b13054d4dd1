import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { method } from '../../pipes/method.ts'
import { router } from '../../pipes/router.ts'
import { type Bag, PeerError, type Pipe, part, run, stack, UsageError } from '../../src/index.ts'
import { type Asking, ask, environFor } from './asking.ts'

const refused = (build: () => unknown, message: string, code = 'ROUTE_BAD') =>
  assert.throws(build, (error) => error instanceof UsageError && error.code === code && error.message.includes(message))

const app: Pipe<Asking, {}> = method<Asking>({
  GET: () => 'get',
  POST: part(
    () => 'one',
    () => 'two',
  ),
  'x-own': () => 'own',
})

describe('the part of a method', () => {
  const cases: Record<string, string> = { GET: 'get', POST: 'one two', HEAD: 'get', 'x-own': 'own' }
  for (const [name, text] of Object.entries(cases)) {
    it(`runs for ${name}`, async () => {
      assert.deepEqual((await ask(app, `${name} /`)).text, text)
    })
  }

  it('runs for HEAD and OPTIONS where the table has them', async () => {
    const own = method<Asking>({ GET: () => 'get', HEAD: () => 'head', OPTIONS: () => 'options' })
    assert.equal((await ask(own, 'HEAD /')).text, 'head')
    assert.equal((await ask(own, 'OPTIONS /')).text, 'options')
  })

  it('has the rest of the stack inside it', async () => {
    const lines: string[] = []
    const outer = { name: 'outer', enter: () => lines.push('+outer'), leave: () => lines.push('-outer') }
    await ask(
      part(method<Asking>({ GET: outer }), () => void lines.push('rest')),
      'GET /',
    )
    assert.deepEqual(lines, ['+outer', 'rest', '-outer'])
  })

  it('sees the route above it', async () => {
    const routed = router<Asking>({ '/users/:id': method({ DELETE: ({ route }) => `delete ${route.params.id}` }) })
    assert.equal((await ask(routed, 'DELETE /users/7')).text, 'delete 7')
  })

  it('makes no promise where no pipe makes one', async () => {
    const given: unknown[] = []
    const spy: typeof app = {
      ...app,
      through: (bag, next, choose) => {
        given.push(app.through?.(bag, next, choose))
      },
    }
    await ask(spy, 'GET /')
    await ask(spy, 'PUT /')
    assert.deepEqual(given, [undefined, undefined])
  })
})

describe('other methods', () => {
  for (const name of ['PUT', 'get', 'X-OWN', '__proto__', 'constructor']) {
    it(`are answered 405 with Allow: ${name}`, async () => {
      const { text, status, headers, body } = await ask(
        part(app, () => 'rest'),
        `${name} /`,
      )
      assert.deepEqual([text, status, body], ['', '405 Method Not Allowed', ['Method Not Allowed\n']])
      assert.deepEqual(headers, [
        ['Allow', 'GET, HEAD, POST, x-own, OPTIONS'],
        ['Content-Type', 'text/plain; charset=utf-8'],
      ])
    })
  }

  it('are answered 204 with Allow when they are OPTIONS', async () => {
    const { status, headers, body } = await ask(app, 'OPTIONS /')
    assert.deepEqual([status, headers, body], ['204 No Content', [['Allow', 'GET, HEAD, POST, x-own, OPTIONS']], []])
  })

  it('do not bring HEAD along where there is no GET', async () => {
    const { status, headers } = await ask(method<Asking>({ POST: () => 'post' }), 'HEAD /')
    assert.deepEqual([status, headers[0]], ['405 Method Not Allowed', ['Allow', 'POST, OPTIONS']])
  })

  it('fail where there is no response to answer with', async () => {
    await assert.rejects(run(method({ GET: () => undefined }), { environ: environFor('PUT /x') }), (error) => {
      assert.ok(error instanceof PeerError)
      assert.deepEqual([error.code, error.status, error.pipe], ['ROUTE_MISSING', 405, 'method'])
      assert.equal(error.message, 'method() has no route for "PUT" "/x"; there are: GET, HEAD, OPTIONS')
      return true
    })
  })
})

describe('a table that cannot be', () => {
  const build =
    (table: unknown): (() => unknown) =>
    () =>
      Reflect.apply(method, undefined, [table])

  it('is refused for what is no method', () => {
    refused(build({ '': app }), '"": a method is a token')
    refused(build({ 'GET POST': app }), '"GET POST": a method is a token')
    refused(build({ Get: app }), '"Get": methods are case-sensitive: write GET')
  })

  it('is refused when it is empty or none', () => {
    refused(build({}), 'a table without methods')
    refused(build([app]), 'a table without methods')
    refused(build(undefined), 'method() got undefined')
  })

  it('is refused for a part that is none', () => {
    refused(build({ GET: 7 }), 'method() got 7 at "GET"', 'NOT_A_PIPE')
  })

  it('is refused below no environ when the stack is built', () => {
    const typeless: unknown = method({ GET: (_: Bag) => undefined })
    refused(() => stack(typeless as Pipe), 'needs marble "environ"', 'MARBLE_MISSING')
  })
})
