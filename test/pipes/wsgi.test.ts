import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HttpMarbles } from '../../pipes/http.ts'
import { router } from '../../pipes/router.ts'
import { type StartResponse, type WsgiApp, wsgi } from '../../pipes/wsgi.ts'
import { Gate } from '../gate.ts'
import { header } from '../replies.ts'
import { answer, ask, freshName, serveHttp, Wire } from '../wire.ts'
import { get, gives, isUsage, ok, TYPE, untyped } from './wsgi/applications.ts'

describe('an application', () => {
  it('gives an array, a generator or an async generator', async () => {
    const bodies: (() => Iterable<string | Uint8Array> | AsyncIterable<string>)[] = [
      () => ['Grü', Buffer.from('ße')],
      () => [Buffer.from('Grüße')],
      function* () {
        yield ''
        yield* ['Grü', 'ße']
      },
      async function* () {
        yield* ['', 'Grü', 'ße']
      },
    ]
    for (const body of bodies) {
      for (const app of [
        (start: StartResponse) => gives(ok(start), body()),
        async (start: StartResponse) => gives(ok(start), body()),
      ]) {
        const reply = await get((_environ, start) => app(start))
        assert.deepEqual([reply.status, reply.body.toString(), reply.errors], [200, 'Grüße', []])
        assert.deepEqual(header(reply, 'content-type'), TYPE[1])
      }
    }
    assert.equal((await get((_environ, start) => gives(ok(start), ['ab', 'c']))).framing, 'length')
    assert.equal((await get((_environ, start) => gives(ok(start), []))).body.length, 0)
  })

  it('may begin its response in a generator', async () => {
    const reply = await get(function* (environ, start) {
      start('207 Many', [TYPE, ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']])
      yield environ.REQUEST_METHOD
    })
    assert.deepEqual([reply.status, reply.reason, reply.body.toString()], [207, 'Many', 'GET'])
    assert.equal(reply.headers.filter(([name]) => name === 'Set-Cookie').length, 2)
  })

  it('is mounted', async () => {
    const app: WsgiApp = ({ SCRIPT_NAME, PATH_INFO, QUERY_STRING }, start) => {
      ok(start)
      return [JSON.stringify([SCRIPT_NAME, PATH_INFO, QUERY_STRING])]
    }
    const mounted = router<HttpMarbles>({ '/a/**': wsgi(wsgi.validator(app)) })
    assert.deepEqual(JSON.parse((await answer(mounted, ask('GET /a/b%20c?d'))).body.toString()), ['/a', '/b c', 'd'])
    assert.deepEqual(JSON.parse((await answer(mounted, ask('GET /a'))).body.toString()), ['/a', '', ''])
  })

  it('writes, and what it returns comes after that', async () => {
    const [written, more] = [new Gate(), new Gate()]
    const app: WsgiApp = async (_environ, start) => {
      const write = ok(start)
      await write('')
      await write('one ')
      written.open()
      await more.opened
      await write('two ')
      return ['three']
    }
    await using served = await serveHttp(wsgi(app), {}, freshName())
    using wire = await Wire.open(served.address)
    wire.send(ask())
    await written.opened
    await wire.sees('one ')
    more.open()
    assert.equal((await wire.reply()).body.toString(), 'one two three')
  })

  it('reads its body while it writes', async () => {
    await using served = await serveHttp(
      wsgi(async function* (environ, start) {
        ok(start)
        for await (const chunk of environ['wsgi.input']) yield Buffer.from(chunk).toString().toUpperCase()
      }),
      {},
      freshName(),
    )
    using wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n'))
    await wire.sees('\r\nABC\r\n')
    assert.equal((await wire.send('3\r\ndef\r\n0\r\n\r\n').reply()).body.toString(), 'ABCDEF')
  })

  it('is a function', () => {
    for (const bad of [undefined, {}, 'app']) {
      assert.throws(() => Reflect.apply(wsgi, undefined, [bad]), isUsage('OPTION_BAD'))
    }
  })
})

describe('start_response()', () => {
  it('may say something else before the first chunk that is not empty', async () => {
    const reply = await get(function* (_environ, start) {
      ok(start, ['X-A', '1'])
      yield ''
      start('503 Busy', [TYPE], new Error('boom'))
      yield 'busy'
    })
    assert.deepEqual(
      [reply.status, header(reply, 'x-a'), reply.body.toString(), reply.errors],
      [503, undefined, 'busy', []],
    )
  })

  it('throws what it is given after that, and the connection is cut', async () => {
    const goOn = new Gate()
    await using served = await serveHttp(
      wsgi(async function* (_environ, start) {
        ok(start)
        yield 'a'
        await goOn.opened
        start('500 Oh', [TYPE], new Error('boom'))
        yield 'b'
      }),
      {},
      freshName(),
    )
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('\r\na\r\n')
    goOn.open()
    await wire.closed()
    assert.ok(!wire.text().includes('\r\n0\r\n'))
    assert.match(String(served.errors[0]), /boom/)
  })

  const cases: [name: string, code: string, words: RegExp, app: WsgiApp][] = [
    ['is called once', 'WSGI_BAD', /twice/, (_environ, start) => gives([ok(start), ok(start)], [])],
    ['is called', 'WSGI_BAD', /without a call of start_response/, () => ['a']],
    ['is called also without a body', 'WSGI_BAD', /without a call of start_response/, () => []],
    [
      'takes no fields of the connection',
      'HEADER_BAD',
      /Connection/,
      (_environ, start) => gives(ok(start, ['Connection', 'close']), []),
    ],
    [
      'takes pairs',
      'HEADER_BAD',
      /pair/,
      (_environ, start) => gives(Reflect.apply(start, undefined, ['200 OK', ['a']]), []),
    ],
    ['takes a status', 'STATUS_BAD', /OK/, (_environ, start) => gives(start('OK', [TYPE]), ['a'])],
  ]
  for (const [name, code, words, app] of cases) {
    it(name, async () => {
      const reply = await get(app)
      assert.equal(reply.status, 500)
      assert.ok(isUsage(code, words)(reply.errors[0]), String(reply.errors[0]))
    })
  }
})

describe('what an application gives', () => {
  for (const bad of ['text', Buffer.from('bytes'), undefined, 7, {}]) {
    it(`is no ${Object.prototype.toString.call(bad)}`, async () => {
      const reply = await get((_environ, start) => gives(ok(start), untyped(bad)))
      assert.equal(reply.status, 500)
      assert.ok(isUsage('WSGI_BAD', /iterable/)(reply.errors[0]))
    })
  }

  it('is chunks', async () => {
    const reply = await get((_environ, start) => gives(ok(start), untyped(new Set([7]))))
    assert.equal(reply.status, 500)
    assert.ok(isUsage('FORMAT_MISMATCH')(reply.errors[0]))
  })

  it('is as long as Content-Length says', async () => {
    for (const body of ['abc', 'a']) {
      const reply = await get((_environ, start) => gives(ok(start, ['Content-Length', '2']), [body]))
      assert.equal(reply.status, 500)
      assert.ok(isUsage('HEADER_BAD')(reply.errors[0]))
      await using served = await serveHttp(
        wsgi(async function* (_environ, start) {
          ok(start, ['Content-Length', '2'])
          yield body.slice(0, 1)
          await new Promise((resolve) => setImmediate(resolve))
          yield body.slice(1)
        }),
        {},
        freshName(),
      )
      using wire = await Wire.open(served.address)
      await wire.send(ask()).closed()
      assert.ok(wire.text().endsWith('\r\n\r\na'))
      assert.ok(isUsage('HEADER_BAD')(served.errors[0]))
    }
  })
})
