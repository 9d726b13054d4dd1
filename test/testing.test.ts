import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../pipes/http.ts'
import { stack } from '../src/index.ts'
import { HeaderList } from '../src/psgi/header-list.ts'
import { client, request, trace } from '../src/testing.ts'

/** Lets every promise that can settle now do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Sends the body back as it comes. */
const echo = stack(http(), ({ environ, response }) => {
  response.header_list = new HeaderList([['Content-Type', environ.CONTENT_TYPE ?? 'none/none']])
  response.body = environ['wsgi.input']
})

describe('request', () => {
  it('serves one request through a stack', async () => {
    const app = stack(http(), ({ environ }) => `Grüße, ${environ.REQUEST_METHOD} ${environ.PATH_INFO}`)
    const answer = await request(app, 'GET /users/7')
    assert.equal(answer.status, 200)
    assert.equal(answer.reason, 'OK')
    assert.equal(answer.text(), 'Grüße, GET /users/7')
    assert.deepEqual(answer.body, new Uint8Array(Buffer.from('Grüße, GET /users/7')))
    assert.deepEqual(answer.errors, [])
  })

  it('gives the header lines as sent: order, spelling and repeated ones', async () => {
    const app = stack(http(), ({ response }) => {
      response.status = '404 Nicht da'
      response.header_list = new HeaderList([
        ['x-ONE', '1'],
        ['Date', 'never'],
        ['X-One', '2'],
        ['Content-Type', 'text/plain'],
      ])
    })
    const answer = await request(app, 'GET /')
    assert.deepEqual(answer.headers, [
      ['x-ONE', '1'],
      ['Date', 'never'],
      ['X-One', '2'],
      ['Content-Type', 'text/plain'],
      ['Content-Length', '0'],
    ])
    assert.equal(answer.reason, 'Nicht da')
    assert.equal(answer.header('X-one'), '1, 2')
    assert.equal(answer.header('x-two'), undefined)
  })

  it('reads text in the charset of its Content-Type, and JSON', async () => {
    const app = (type: string, body: string) =>
      stack(http(), ({ response }) => {
        response.header_list = new HeaderList([['Content-Type', type]])
        response.body = [body]
      })
    const japanese = await request(app('text/plain; charset=shift_jis', 'こんにちは'), 'GET /')
    assert.equal(japanese.body.byteLength, 10)
    assert.equal(japanese.text(), 'こんにちは')
    assert.deepEqual((await request(app('application/json', '{"a":["ü"]}'), 'GET /')).json(), { a: ['ü'] })
    await assert.rejects(
      request(app('application/json', '{'), 'GET /').then((answer) => answer.json()),
      SyntaxError,
    )
  })

  it('falls back to UTF-8 for a charset that nobody knows', async () => {
    const app = stack(http(), ({ response }) => {
      response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=klingon']])
      response.body = [Buffer.from('ü')]
    })
    assert.equal((await request(app, 'GET /')).text(), 'ü')
  })

  it('sends the target and the Host that the line names, and says when it is https', async () => {
    const app = stack(http(), ({ environ }) =>
      [environ['wsgi.url_scheme'], environ.HTTP_HOST, environ.REQUEST_URI, environ.QUERY_STRING].join(' '),
    )
    const table: [string, string][] = [
      ['GET /a?b=c', 'http localhost /a?b=c b=c'],
      ['GET http://example.com', 'http example.com / '],
      ['GET https://example.com:8443/x?y//z', 'https example.com:8443 /x?y//z y//z'],
      ['GET https://[::1]?q', 'https [::1] /?q q'],
      ['GET https://bücher.example/ß%20', 'https xn--bcher-kva.example /%C3%9F%20 '],
      ['OPTIONS *', 'http localhost * '],
      ['GET //a/../b', 'http localhost //a/../b '],
    ]
    for (const [line, seen] of table) assert.equal((await request(app, line)).text(), seen, line)
    assert.equal((await request(app, 'GET /', { headers: { host: 'mine' } })).text(), 'http mine / ')
  })

  it('sends headers of every form', async () => {
    const app = stack(http(), ({ environ }) => `${environ.HTTP_X_A}; ${environ.HTTP_COOKIE}`)
    for (const headers of [
      { 'X-A': ['1', '2'], Cookie: 'c' },
      [
        ['x-a', '1'],
        ['X-A', '2'],
        ['cookie', 'c'],
      ] as [string, string][],
      new Headers([
        ['x-a', '1'],
        ['x-a', '2'],
        ['cookie', 'c'],
      ]),
      new Map([
        ['x-a', '1, 2'],
        ['cookie', 'c'],
      ]),
    ]) {
      assert.equal((await request(app, 'GET /', { headers })).text(), '1, 2; c')
    }
  })

  it('sends bodies of every form, each with its type', async () => {
    async function* chunks() {
      yield 'Grü'
      yield new Uint8Array(0)
      yield Buffer.from('ße')
    }
    const form = new FormData()
    form.set('a', 'ü')
    const table: [NonNullable<Parameters<typeof request>[2]>['body'], string, string | RegExp][] = [
      ['Grüße', 'none/none', 'Grüße'],
      ['', 'none/none', ''],
      [Buffer.from('Grüße'), 'none/none', 'Grüße'],
      [new Uint16Array([0x4241]), 'none/none', 'AB'],
      [new TextEncoder().encode('AB').buffer, 'none/none', 'AB'],
      [chunks(), 'none/none', 'Grüße'],
      [new Blob(['AB'], { type: 'text/x' }), 'text/x', 'AB'],
      [new URLSearchParams({ a: 'ü b' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=%C3%BC+b'],
      [form, 'multipart/form-data; boundary=', /name="a"\r\n\r\nü\r\n/],
      [{ a: ['ü'] }, 'application/json', '{"a":["ü"]}'],
      [[1, null], 'application/json', '[1,null]'],
      [new Date(0), 'application/json', '"1970-01-01T00:00:00.000Z"'],
    ]
    for (const [body, type, text] of table) {
      const answer = await request(echo, 'POST /', { body })
      assert.ok(answer.header('content-type')?.startsWith(type), `${answer.header('content-type')} is not ${type}`)
      if (typeof text === 'string') assert.equal(answer.text(), text)
      else assert.match(answer.text(), text)
    }
    const own = await request(echo, 'POST /', { body: { a: 1 }, headers: { 'content-type': 'application/ld+json' } })
    assert.equal(own.header('content-type'), 'application/ld+json')
  })

  it('says that there is no body where a server would expect one', async () => {
    const app = stack(http(), ({ environ }) => String(environ.CONTENT_LENGTH))
    assert.equal((await request(app, 'POST /')).text(), '0')
    assert.equal((await request(app, 'GET /')).text(), 'undefined')
  })

  it('gives an answer without a body where there is none', async () => {
    const app = stack(http(), ({ environ, response }) => {
      response.status = environ.PATH_INFO === '/' ? '200 OK' : `${environ.PATH_INFO.slice(1)} `
      response.body = environ.PATH_INFO === '/' ? ['text'] : []
      if (environ.PATH_INFO !== '/') response.header_list = new HeaderList()
    })
    const head = await request(app, 'HEAD /')
    assert.equal(head.header('content-length'), '4')
    for (const answer of [head, await request(app, 'GET /204'), await request(app, 'GET /304')]) {
      assert.equal(answer.body.byteLength, 0)
    }
  })

  it('answers 500 for an error that nobody recovered, and keeps the error', async (t) => {
    const stderr = t.mock.method(process.stderr, 'write', () => true)
    const boom = new Error('boom')
    const app = stack(http(), () => {
      throw boom
    })
    const answer = await request(app, 'GET /')
    stderr.mock.restore()
    assert.equal(answer.status, 500)
    assert.deepEqual(answer.errors, [boom])
    assert.equal(stderr.mock.callCount(), 0)
  })

  it('keeps errors that came after the answer too', async () => {
    const late = new Error('late')
    const app = stack(http(), (bag) => {
      bag.defer(async () => {
        await settled()
        throw late
      })
      return 'fine'
    })
    const answer = await request(app, 'GET /')
    assert.equal(answer.text(), 'fine')
    assert.deepEqual(answer.errors, [late])
  })

  it('rejects where the answer breaks off, with the reason', async () => {
    const boom = new Error('boom')
    const app = stack(http(), ({ response }) => {
      response.body = (async function* () {
        yield 'first'
        await settled()
        await settled()
        throw boom
      })()
    })
    await assert.rejects(request(app, 'GET /long'), (error: Error & { code?: string }) => {
      assert.equal(error.name, 'PeerError')
      assert.equal(error.code, 'CONNECTION_CLOSED')
      assert.match(error.message, /^GET \/long: the connection ended in the chunked body$/)
      assert.equal(error.cause, boom)
      return true
    })
  })

  it('rejects where what answers does not speak HTTP', async () => {
    const raw = stack(() => 'hello\r\n')
    await assert.rejects(request(raw, 'GET /'), {
      name: 'PeerError',
      code: 'HEAD_BAD',
      message:
        'GET /: the answer begins with "hello\\r", which is no status line (RFC 9112 §4). Is http() in the stack?',
    })
    await assert.rejects(
      request(
        stack(() => undefined),
        'GET /',
      ),
      { code: 'CONNECTION_CLOSED', message: 'GET /: the connection ended in the head of the answer' },
    )
  })

  it('rejects where bytes come after the end of the answer', async () => {
    const raw = stack(async ({ write }) => {
      await write('HTTP/1.1 204 No Content\r\n\r\nmore')
    })
    await assert.rejects(request(raw, 'GET /'), {
      code: 'BODY_BAD',
      message: 'GET /: bytes came after the end of the answer',
    })
  })

  it('refuses what is no request before it opens a pipe', async () => {
    let opened = 0
    const app = stack({ name: 'pool', open: () => void opened++ }, http(), () => '')
    const line = (given: unknown) => request(app, given as string)
    for (const given of [
      '',
      'GET',
      '/',
      'GET /a b',
      'GET /#a',
      'GET x',
      'get /',
      'G@T /',
      'GET *',
      'GET ftp://a/',
      'GET http:///a',
      'GET https://user@host/',
      'GET / HTTP/1.1',
      'GET /\r\nX: y',
      'CONNECT host',
      7,
      undefined,
    ]) {
      await assert.rejects(line(given), { name: 'UsageError', code: 'OPTION_BAD' }, String(given))
    }
    for (const headers of [
      { 'a b': '1' },
      { a: 'b\r\nc' },
      { a: '€' },
      { 'Content-Length': '1' },
      [['transfer-encoding', 'chunked']] as [string, string][],
      7 as unknown as Headers,
    ]) {
      await assert.rejects(request(app, 'GET /', { headers }), { name: 'UsageError', code: 'HEADER_BAD' })
    }
    for (const body of [null, 7, true, new Map(), new Set(), [].values(), { toJSON: () => undefined }]) {
      const bad = request(app, 'POST /', { body: body as object })
      await assert.rejects(bad, { name: 'UsageError', code: 'OPTION_BAD' })
    }
    assert.equal(opened, 0)
  })

  it('opens the pipes before and closes them after, also where it rejects', async () => {
    const seen: string[] = []
    const pool = { name: 'pool', open: () => void seen.push('open'), close: () => void seen.push('close') }
    await request(
      stack(pool, http(), () => void seen.push('request')),
      'GET /',
    )
    assert.deepEqual(seen.splice(0), ['open', 'request', 'close'])
    await assert.rejects(
      request(
        stack(pool, () => undefined),
        'GET /',
      ),
    )
    assert.deepEqual(seen, ['open', 'close'])
  })

  it('rejects with what open and close throw', async () => {
    const fails = () => {
      throw new Error('boom')
    }
    await assert.rejects(request(stack({ name: 'a', open: fails }, http()), 'GET /'), { message: 'boom' })
    await assert.rejects(request(stack({ name: 'a', close: fails }, http()), 'GET /'), { message: 'boom' })
    const both = stack({ name: 'a', close: fails }, () => undefined)
    await assert.rejects(request(both, 'GET /'), (error: Error & { code?: string; suppressed?: Error }) => {
      assert.equal(error.code, 'CONNECTION_CLOSED')
      assert.equal(error.suppressed?.message, 'boom')
      return true
    })
  })

  it('waits for the last deferred function before it closes the pipes', async () => {
    const seen: string[] = []
    const app = stack({ name: 'pool', close: () => void seen.push('close') }, (bag) => {
      bag.defer(async () => {
        await settled()
        await settled()
        seen.push('deferred')
      })
      return 'HTTP/1.1 204 No Content\r\n\r\n'
    })
    await request(app, 'GET /')
    assert.deepEqual(seen, ['deferred', 'close'])
  })
})

describe('the body of a request', () => {
  const megabytes = Buffer.alloc(4 << 20, 'abcdefg')

  it('may be longer than every buffer, and the answer too', async () => {
    const answer = await request(echo, 'POST /', { body: megabytes })
    assert.ok(megabytes.equals(answer.body))
  })

  it('is sent no faster than it is read', async () => {
    let given = 0
    let read = () => {}
    const wanted = new Promise<void>((resolve) => {
      read = resolve
    })
    const app = stack(http(), async ({ environ }) => {
      await wanted
      return String((await environ['wsgi.input'].text({ maxBytes: 1 << 30 })).length)
    })
    async function* body() {
      for (; given < 1_000; given++) yield 'x'.repeat(10_000)
    }
    const pending = request(app, 'POST /', { body: body() })
    for (let turn = 0; turn < 200; turn++) await settled()
    assert.ok(given > 0 && given < 50, `${given} chunks of 10 kB were given before one was read`)
    read()
    assert.equal((await pending).text(), '10000000')
  })

  it('waits for 100 (Continue) where it says so', async () => {
    let asked = false
    const app = stack(http(), async ({ environ }) => {
      await settled()
      const before = asked
      return `${before} ${await environ['wsgi.input'].text()}`
    })
    async function* body() {
      asked = true
      yield 'body'
    }
    const headers = { Expect: '100-continue' }
    assert.equal((await request(app, 'POST /', { headers, body: body() })).text(), 'false body')
    assert.equal((await request(app, 'POST /', { body: body() })).text(), 'true body')
  })

  it('is not sent where the answer comes instead of 100 (Continue)', async () => {
    let asked = false
    async function* body() {
      asked = true
      yield 'body'
    }
    const app = stack(http(), () => 'no, thank you')
    const answer = await request(app, 'POST /', { headers: { Expect: '100-continue' }, body: body() })
    assert.equal(answer.text(), 'no, thank you')
    assert.equal(asked, false)
  })

  it('need not be read to its end', async () => {
    let returned = false
    async function* endless() {
      try {
        for (;;) yield 'x'.repeat(10_000)
      } finally {
        returned = true
      }
    }
    const app = stack(http(), () => 'enough')
    assert.equal((await request(app, 'POST /', { body: endless() })).text(), 'enough')
    await settled()
    assert.equal(returned, true)
  })

  it('rejects with what its iterable throws, and the stack sees the peer go', async () => {
    const boom = new Error('boom')
    async function* body() {
      yield 'half'
      throw boom
    }
    let met: unknown
    const app = stack(http(), async ({ environ }) => {
      met = await environ['wsgi.input'].text().catch((error) => error)
    })
    await assert.rejects(request(app, 'POST /', { body: body() }), boom)
    await settled()
    assert.equal((met as { code?: string }).code, 'CONNECTION_CLOSED')
    async function* wrong() {
      yield 7 as unknown as string
    }
    await assert.rejects(request(echo, 'POST /', { body: wrong() }), {
      code: 'OPTION_BAD',
      message: 'the body of a request() gave a value of type number. Its chunks are strings and Uint8Arrays.',
    })
  })
})

describe('the signal of a request', () => {
  it('cuts the connection, as a client that goes away', async () => {
    const controller = new AbortController()
    let gone: unknown
    const app = stack(http(), async (bag) => {
      const fired = new Promise((resolve) => bag.signal.addEventListener('abort', resolve))
      controller.abort(new Error('bored'))
      await fired
      gone = bag.signal.aborted
    })
    await assert.rejects(request(app, 'GET /', { signal: controller.signal }), { message: 'bored' })
    assert.equal(gone, true)
  })

  it('sends nothing once it has fired', async () => {
    let served = false
    const app = stack(http(), () => {
      served = true
    })
    await assert.rejects(request(app, 'GET /', { signal: AbortSignal.abort(new Error('bored')) }), { message: 'bored' })
    assert.equal(served, false)
  })
})

describe('client', () => {
  it('opens the pipes once and keeps the connection for requests that follow each other', async () => {
    const t = trace()
    const pool = { name: 'pool', open: () => void t.lines.push('open'), close: () => void t.lines.push('close') }
    const app = await client(stack(pool, t.pipe('peer'), http(), t.pipe('request')))
    for (const line of ['GET /', 'POST /', 'HEAD /']) await app.request(line)
    await app.close()
    const each = ['+request', '-request']
    assert.deepEqual(t.lines, ['open', '+peer', ...each, ...each, ...each, '-peer', 'close'])
  })

  it('makes another connection where one cannot go on', async () => {
    const t = trace()
    const app = await client(
      stack(t.pipe('peer'), http(), ({ environ, response }) => {
        if (environ.PATH_INFO === '/close') response.header_list = new HeaderList([['Connection', 'close']])
      }),
    )
    await app.request('GET /close')
    await app.request('GET /')
    await app.request('GET https://example.com/')
    await app.request('POST /', { body: Buffer.alloc(1 << 20) })
    await app.request('GET /')
    await app.close()
    // GET /, then POST / on the second; the https one has its own; the last one a new one, since the POST was not read.
    assert.equal(t.lines.filter((line) => line === '+peer').length, 4)
  })

  it('makes another connection after one whose peer said that it closes', async () => {
    const t = trace()
    const closing = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
    const app = await client(
      stack(t.pipe('peer'), async ({ read, write }) => {
        for await (const _ of read()) await write(closing)
      }),
    )
    await app.request('GET /')
    await app.request('GET /')
    await app.close()
    assert.deepEqual(t.lines.sort(), ['+peer', '+peer', '-peer', '-peer'])
  })

  it('makes another connection after one whose request was answered before it was sent', async () => {
    const app = await client(stack(http(), () => 'enough'))
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    async function* body() {
      yield 'half'
      await ended
      yield 'of it'
    }
    assert.equal((await app.request('POST /', { body: body() })).text(), 'enough')
    assert.equal((await app.request('GET /')).text(), 'enough')
    end()
    await app.close()
  })

  it('sends requests at the same time on connections of their own', async () => {
    let waiting = 0
    let all = () => {}
    const both = new Promise<void>((resolve) => {
      all = resolve
    })
    const app = await client(
      stack(http(), async ({ environ }) => {
        if (++waiting === 2) all()
        await both
        return environ.PATH_INFO
      }),
    )
    const answers = await Promise.all([app.request('GET /1'), app.request('GET /2')])
    assert.deepEqual(
      answers.map((answer) => answer.text()),
      ['/1', '/2'],
    )
    await app.close()
  })

  it('keeps the errors of each request, and all of them', async () => {
    const app = await client(
      stack(http(), ({ environ }) => {
        if (environ.PATH_INFO !== '/') throw environ.PATH_INFO
      }),
    )
    const answers = [await app.request('GET /a'), await app.request('GET /'), await app.request('GET /b')]
    await app.close()
    assert.deepEqual(
      answers.map(({ errors }) => errors),
      [['/a'], [], ['/b']],
    )
    assert.deepEqual(app.errors, ['/a', '/b'])
  })

  it('goes on after a request that broke off', async () => {
    const app = await client(
      stack(http(), ({ environ, response }) => {
        if (environ.PATH_INFO === '/') return
        response.header_list = new HeaderList([['Content-Length', '10']])
        response.body = (async function* () {
          yield 'short'
          await settled()
        })()
      }),
    )
    await assert.rejects(app.request('GET /short'), { code: 'CONNECTION_CLOSED' })
    assert.equal((await app.request('GET /')).status, 200)
    await app.close()
  })

  it('is closed by await using, and refuses requests after that', async () => {
    const seen: string[] = []
    const app = await client(stack({ name: 'pool', close: () => void seen.push('close') }, http()))
    await app[Symbol.asyncDispose]()
    await app.close()
    assert.deepEqual(seen, ['close'])
    await assert.rejects(app.request('GET /'), { name: 'UsageError', code: 'OPTION_BAD' })
  })

  it('refuses what is no stack', async () => {
    await assert.rejects(client(undefined as never), { code: 'NOT_A_PIPE' })
    const needy = { name: 'needy', needs: ['environ'], enter: () => 1 }
    await assert.rejects(client(needy), { code: 'MARBLE_MISSING' })
  })
})
