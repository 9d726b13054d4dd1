import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { router } from '../../../pipes/router.ts'
import { type Pipe, stack, UsageError } from '../../../src/index.ts'
import { type Asking, ask } from '../asking.ts'
import { table, tell } from './telling.ts'

const refused = (build: () => unknown, message: string, code = 'ROUTE_BAD') =>
  assert.throws(build, (error) => error instanceof UsageError && error.code === code && error.message.includes(message))

describe('matching is exact', () => {
  const cases: [pattern: string, path: string, told: string | undefined][] = [
    ['/users', '/users/', undefined],
    ['/users/', '/users', undefined],
    ['/users/', '/users/', '/users/ {}'],
    ['/users/:id', '/users/7/', undefined],
    ['/users/:id/', '/users/7', undefined],
    ['/users/:id/', '/users/7/', '/users/:id/ {"id":"7"}'],
    ['/users/:id', '/users/', undefined],
    ['/users/:id', '/users//', undefined],
    ['/users/:id', '//users/7', undefined],
    ['/users/:id', '/users//7', undefined],
    ['/users/:id', '/Users/7', undefined],
    ['/users/:id', '/users/.', '/users/:id {"id":"."}'],
    ['/a/:b', '/a/./b', undefined],
    ['/files/**:path', '/files', undefined],
    ['/files/**:path', '/files/', undefined],
    ['/files/**:path', '/files/a/b', '/files/**:path {"path":"a/b"}'],
    ['/files/**:path', '/files/a/', '/files/**:path {"path":"a/"}'],
    ['/files/**:path', '/files/a//b', undefined],
    ['/files/**:path', '/files/../etc', '/files/**:path {"path":"../etc"}'],
    ['/files/**', '/filesystem', undefined],
    ['/**:all', '/', undefined],
    ['/**:all', '/a', '/**:all {"all":"a"}'],
    ['/**', '*', undefined],
    ['/:a/:b/**:c', '/1/2/3/4', '/:a/:b/**:c {"a":"1","b":"2","c":"3/4"}'],
    ['/Ελλάδα/:city', '/Ελλάδα/Αθήνα', '/Ελλάδα/:city {"city":"Αθήνα"}'],
    ['/a b/:c', '/a b/50%', '/a b/:c {"c":"50%"}'],
    ['/a b/:c', '/a%20b/x', undefined],
    ['/éa/:c', '/\u0e9a/x', undefined],
    ['/100%/:c', '/100%/x', '/100%/:c {"c":"x"}'],
    ['/c++/:c', '/c++/x y', '/c++/:c {"c":"x y"}'],
    ['/v1:batch/:c', '/v1:batch/x', '/v1:batch/:c {"c":"x"}'],
    ['/v1:batch', '/v1:batch', '/v1:batch {}'],
    ['/🦊/:c', '/🦊/\ud83e', '/🦊/:c {"c":"\\ud83e"}'],
    ['/\ufffd/:c', '/\ufffd/x', '/\ufffd/:c {"c":"x"}'],
    ['/x/:c', '/x/\n', '/x/:c {"c":"\\n"}'],
  ]
  for (const [pattern, path, told] of cases) {
    it(`${JSON.stringify(pattern)} ${told === undefined ? 'leaves' : 'takes'} ${JSON.stringify(path)}`, async () => {
      const { text, status } = await ask(table(pattern), `GET ${path}`)
      assert.deepEqual([text, status], told === undefined ? ['', '404 Not Found'] : [told, '200 OK'])
    })
  }

  it('gives every parameter back as it stands in the path', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('/'))
    await fc.assert(
      fc.asyncProperty(segment, segment, fc.array(segment, { minLength: 1 }), async (a, b, rest) => {
        const seen: unknown[] = []
        const app = router<Asking>([['/ä/:a/:b/**:rest', ({ route }) => void seen.push({ ...route.params })]])
        await ask(app, `GET /ä/${a}/${b}/${rest.join('/')}`)
        assert.deepEqual(seen, [{ a, b, rest: rest.join('/') }])
      }),
    )
  })

  it('takes __proto__ for a name like any other', async () => {
    const app = router<Asking>([
      ['/p/:__proto__', ({ route }) => `${Object.keys(route.params)} ${Reflect.get(route.params, '__proto__')}`],
      ['/__proto__', () => 'literal'],
      ['/constructor/:x', tell],
      [/^\/r(?<__proto__>.)$/, ({ route }) => `${Object.keys(route.params)}`],
    ])
    assert.equal((await ask(app, 'GET /p/polluted')).text, '__proto__ polluted')
    assert.equal((await ask(app, 'GET /p/__proto__')).text, '__proto__ __proto__')
    assert.equal((await ask(app, 'GET /__proto__')).text, 'literal')
    assert.equal((await ask(app, 'GET /rx')).text, '__proto__')
    assert.equal((await ask(app, 'GET /constructor/__proto__')).text, '/constructor/:x {"x":"__proto__"}')
    assert.equal((await ask(app, 'GET /toString')).status, '404 Not Found')
    assert.equal('polluted' in {}, false)
  })

  it('takes a literal __proto__ where `by` is no path', async () => {
    const app = router<Asking>([['__proto__', () => 'it']], { by: ({ environ }) => environ.PATH_INFO })
    assert.equal((await ask(app, 'GET __proto__')).text, 'it')
  })
})

describe('a table that cannot be', () => {
  const bad: Record<string, string> = {
    users: 'a path begins with "/"',
    'GET  /users': 'a path begins with "/"',
    ' /users': 'a path begins with "/"',
    'get /users': 'methods are case-sensitive: write GET',
    'G(T /users': 'a method is a token',
    '/a//b': 'an empty segment',
    '/a/../b': 'dot segments',
    '/./a': 'dot segments',
    '/caf%C3%A9': 'percent-decoded',
    '/users/:': 'is no parameter',
    '/users/:1': 'is no parameter',
    '/users/:id?': 'is no parameter',
    '/users/:id.json': 'is no parameter',
    '/:a/:a': 'two parameters named "a"',
    '/:a/**:a': 'two parameters named "a"',
    '/**/x': 'stands at the end',
    '/**x': 'is no parameter',
    '/x/***': 'is no parameter',
    '/*': '"*" has no meaning',
    '/users/(\\d+)': '"(" has no meaning',
    '/book{s}': '"{" has no meaning',
    '/a?b': '"?" has no meaning',
  }
  for (const [pattern, message] of Object.entries(bad)) {
    it(`is refused for ${pattern}`, () => refused(() => table(pattern), message))
  }

  const twice: [string, string][] = [
    ['/a', '/a'],
    ['/a/:b', '/a/:c'],
    ['/a/**:b', '/a/**:c'],
    ['GET /a/:b', 'GET /a/:c'],
    ['/é/:b', '/é/:c'],
  ]
  for (const [one, other] of twice) {
    it(`is refused for ${one} beside ${other}`, () => refused(() => table(one, other), JSON.stringify(other)))
  }

  it('is not refused for routes that only overlap', () => {
    table('/a', '/a/', 'GET /a', 'POST /a', '/:a', '/**', '/**:a', 'get-x /a')
  })

  it('is refused when it is empty or none', () => {
    refused(() => router({}), 'a table without routes')
    refused(() => router([]), 'a table without routes')
    refused(() => Reflect.apply(router, undefined, [undefined]), 'undefined instead of a table')
    refused(() => Reflect.apply(router, undefined, [['/a', tell]]), 'a string at position 1')
    refused(() => Reflect.apply(router, undefined, [[[7, tell]]]), 'at position 1')
  })

  it('is refused for a route that is no pipe', () => {
    refused(
      () => Reflect.apply(router, undefined, [{ '/a': undefined }]),
      'router() got undefined at "/a"',
      'NOT_A_PIPE',
    )
  })

  it('is refused for a RegExp that remembers where it was, or stands there twice', () => {
    refused(() => router([[/x/g, tell]]), 'the flag g or y')
    refused(() => router([[/x/y, tell]]), 'the flag g or y')
    refused(
      () =>
        router([
          [/x/, tell],
          [/x/, tell],
        ]),
      'stands in the table twice',
    )
  })

  it('is refused for options that are none', () => {
    const build = (options: object) => () => Reflect.apply(router, undefined, [{ '/a': tell }, options])
    refused(build({ By: () => 'x' }), 'no option "By"', 'OPTION_BAD')
    refused(build({ by: 'path' }), 'a function as by, not a string', 'OPTION_BAD')
    refused(build({ each: 7 }), 'router() got 7 as each', 'NOT_A_PIPE')
    refused(build({ otherwise: {} }), 'as otherwise', 'NOT_A_PIPE')
  })

  it('is refused below no environ when the stack is built', () => {
    refused(() => stack(Reflect.apply(table, undefined, ['/a']) as Pipe), 'needs marble "environ"', 'MARBLE_MISSING')
    stack(router({ a: () => undefined }, { by: () => 'a' }))
  })
})
