import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { http } from '../../pipes/http.ts'
import { type RouteMarbles, router } from '../../pipes/router.ts'
import { type Bag, HeaderList, listen, PeerError, part, pipe, ResponseMarble, run, stack } from '../../src/index.ts'
import { type Asking, ask } from './asking.ts'
import { table, tell, where } from './router/telling.ts'

describe('a router', () => {
  const all = [
    '/**',
    '/users/**',
    '/users/**:rest',
    '/users/:id',
    '/users/me',
    '/users/:id/posts',
    '/users/me/:what',
    '/',
  ]
  const wanted: Record<string, string> = {
    '/': '/ {}',
    '/nothing/here': '/** {}',
    '/users': '/users/** {}',
    '/users/': '/users/** {}',
    '/users/7': '/users/:id {"id":"7"}',
    '/users/me': '/users/me {}',
    '/users/7/posts': '/users/:id/posts {"id":"7"}',
    '/users/me/posts': '/users/me/:what {"what":"posts"}',
    '/users/7/x/y': '/users/**:rest {"rest":"7/x/y"}',
    '/users/7/': '/users/**:rest {"rest":"7/"}',
  }

  for (const [path, told] of Object.entries(wanted)) {
    it(`takes the most specific route for ${path}`, async () => {
      assert.equal((await ask(table(...all), `GET ${path}`)).text, told)
    })
  }

  it('does not look at the order of the table', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), async (patterns) => {
        for (const [path, told] of Object.entries(wanted)) {
          assert.equal((await ask(table(...patterns), `GET ${path}`)).text, told)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('takes functions, pipes, parts and other routers as routes', async () => {
    const app = router<Asking>({
      '/function': () => 'function',
      '/pipe': { name: 'p', enter: ({ write }) => write('pipe') },
      '/part': part(
        pipe('mine', () => 'part'),
        ({ mine }) => mine,
      ),
      '/router/**': router({ '/x': () => 'router' }),
    })
    assert.equal((await ask(app, 'GET /function')).text, 'function')
    assert.equal((await ask(app, 'GET /pipe')).text, 'pipe')
    assert.equal((await ask(app, 'GET /part')).text, 'part')
    assert.equal((await ask(app, 'GET /router/x')).text, 'router')
  })

  it('runs the rest of the stack inside the route, which does not see the route', async () => {
    const lines: string[] = []
    const outer = { name: 'outer', enter: () => lines.push('+outer'), leave: () => lines.push('-outer') }
    const app = part(router<Asking>({ '/:x': outer }), (bag) => lines.push(`rest ${'route' in bag}`))
    await ask(app, 'GET /a')
    assert.deepEqual(lines, ['+outer', 'rest false', '-outer'])
  })

  it('makes no promise where no pipe makes one', async () => {
    const given: unknown[] = []
    const inner = router<Asking>({ '/x': () => undefined, '/:y/z': () => undefined, '/m/**': () => undefined })
    const spy: typeof inner = {
      ...inner,
      through: (bag, next, choose) => {
        given.push(inner.through?.(bag, next, choose))
      },
    }
    for (const path of ['/x', '/a/z', '/m/n', '/none']) await ask(spy, `GET ${path}`)
    assert.deepEqual(given, [undefined, undefined, undefined, undefined])
  })
})

describe('without a route', () => {
  it('answers 404 and does not enter the rest of the stack', async () => {
    const entered: string[] = []
    const { status, headers, body } = await ask(
      part(table('/x'), () => void entered.push('rest')),
      'GET /<y>',
    )
    assert.equal(status, '404 Not Found')
    assert.deepEqual(headers, [['Content-Type', 'text/plain; charset=utf-8']])
    assert.deepEqual(body, ['Not Found\n'])
    assert.deepEqual(entered, [])
  })

  it('keeps the header lines of the pipes above', async () => {
    const response = new ResponseMarble()
    response.header_list = new HeaderList([
      ['content-type', 'text/html'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ])
    const { headers } = await ask(table('/x'), 'GET /y', response)
    const cookies = [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]
    assert.deepEqual(headers, [...cookies, ['Content-Type', 'text/plain; charset=utf-8']])
  })

  it('enters `otherwise`, and the rest of the stack inside it', async () => {
    const app = part(
      router<Asking>({ '/x': tell }, { otherwise: ({ environ }) => `no ${environ.PATH_INFO}` }),
      () => 'rest',
    )
    const { text, status } = await ask(app, 'GET /y')
    assert.deepEqual([text, status], ['no /y rest', '200 OK'])
  })

  it('leaves the marbles of an outer router to `otherwise`', async () => {
    const inner = router<Asking & RouteMarbles>({ '/x/**': tell }, { otherwise: part(where, tell) })
    const { text } = await ask(router<Asking>({ '/out/**': inner }), 'GET /out/y')
    assert.equal(text, '/out|/y /out/** {}')
  })

  it('fails where there is no response to answer with', async () => {
    const by = { by: ({ name }: { name: string }) => name }
    await assert.rejects(run(router<{ name: string }>({ ping: tell }, by), { name: 'pong\n' }), (error) => {
      assert.ok(error instanceof PeerError)
      assert.deepEqual([error.code, error.status, error.pipe], ['ROUTE_MISSING', 404, 'router'])
      assert.equal(error.message, 'router() has no route for "pong\\n"')
      return true
    })
  })
})

describe('each', () => {
  const lines: string[] = []
  const session = {
    name: 'session',
    enter: ({ route }: Bag<RouteMarbles>) => {
      lines.push(`+${route.path}`)
      return 'anna'
    },
    leave: () => void lines.push('-'),
    open: () => void lines.push('open'),
  }
  const app = router<Asking, { session: string }>(
    {
      '/x': ({ session }) => `x ${session}`,
      'GET /y': ({ session }) => `y ${session}`,
      '/z': part((bag: Bag<Asking & { session: string }>) => bag.session),
    },
    { each: session },
  )

  it('is entered before the route and left after it, and opened once', async () => {
    lines.length = 0
    assert.equal((await ask(app, 'GET /x')).text, 'x anna')
    assert.deepEqual(lines, ['open', '+/x', '-'])
  })

  it('is not entered without a route', async () => {
    lines.length = 0
    assert.equal((await ask(app, 'GET /none')).status, '404 Not Found')
    assert.equal((await ask(app, 'POST /y')).status, '405 Method Not Allowed')
    assert.deepEqual(lines, ['open', 'open'])
  })
})

it('routes requests over a connection', async () => {
  const app = stack(
    http(),
    router({
      'GET /users/:id': ({ route }) => `user ${route.params.id}`,
      '/api/**': router({
        '/': () => 'api',
        '/items/:item': ({ route, environ }) => `${route.params.item} ${environ.SCRIPT_NAME}`,
      }),
    }),
  )
  const listener = await listen('tcp://127.0.0.1:0', app)
  const { port } = new URL(listener.address.replace('tcp:', 'http:'))
  const get = (method: string, path: string) =>
    new Promise<string>((resolve, reject) => {
      const outgoing = request({ port, method, path, agent: false }, (incoming) => {
        let text = `${incoming.statusCode} ${incoming.headers.allow ?? '-'} `
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        incoming.on('end', () => resolve(text))
      })
      outgoing.on('error', reject).end()
    })
  try {
    assert.equal(await get('GET', '/users/%C3%A9%20%25'), '200 - user é %')
    assert.equal(await get('HEAD', '/users/7'), '200 - ')
    assert.equal(await get('DELETE', '/users/7'), '405 GET, HEAD, OPTIONS Method Not Allowed\n')
    assert.equal(await get('OPTIONS', '/users/7'), '204 GET, HEAD, OPTIONS ')
    assert.equal(await get('OPTIONS', '*'), '404 - Not Found\n')
    // An encoded slash is a slash, as in CGI: PATH_INFO is decoded before it is matched.
    assert.equal(await get('GET', '/users/a%2Fb'), '404 - Not Found\n')
    assert.equal(await get('GET', '/api'), '200 - api')
    assert.equal(await get('GET', '/api/items/x%2520y?q'), '200 - x%20y /api')
    assert.equal(await get('GET', '/api/none'), '404 - Not Found\n')
  } finally {
    await listener.close()
  }
})
