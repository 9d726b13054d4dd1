import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HttpMarbles, http } from '../../../pipes/http.ts'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { pipe } from '../../../src/pipe.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { ResponseHeaders } from '../../../src/psgi/response-headers.ts'
import { stack } from '../../../src/stack.ts'
import { header } from '../../replies.ts'
import { answer, ask, type HttpPipe, sends, serve, serveHttp, Wire } from '../../wire.ts'

const page = 'Γειά σου, 你好, שלום 😀'
const bytes = Uint8Array.of(0, 1, 254, 255)
const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

describe('a response whose body is there as a whole', () => {
  const bodies: [name: string, pipe: HttpPipe, expected: Uint8Array | string][] = [
    ['a returned value', () => page, page],
    ['a returned value that comes later', async () => page, page],
    ['one write of text', ({ write }) => write(page), page],
    ['one write of bytes', ({ write }) => write(bytes), bytes],
    ['a body of text', sends({ body: () => page }), page],
    ['a body of bytes', sends({ body: () => bytes }), bytes],
    ['an array of text', sends({ body: () => ['a', '', page] }), `a${page}`],
    ['an array of text and bytes', sends({ body: () => ['ä', bytes] }), Buffer.concat([Buffer.from('ä'), bytes])],
    ['a body that was touched, and nothing', ({ response }) => void response.body, ''],
    ['nothing', () => {}, ''],
    ['an empty write', ({ write }) => write(''), ''],
    ['100 KB of text', () => 'ä'.repeat(50_000), 'ä'.repeat(50_000)],
    ['1 MB of bytes', sends({ body: () => Buffer.alloc(1_000_000, 'x') }), 'x'.repeat(1_000_000)],
  ]
  for (const [name, below, expected] of bodies) {
    it(`has its Content-Length: ${name}`, async () => {
      const reply = await answer(below)
      assert.equal(reply.status, 200)
      assert.equal(reply.framing, 'length')
      assert.deepEqual(reply.body, Buffer.from(expected))
      assert.equal(header(reply, 'content-type'), 'text/html; charset=utf-8')
      assert.match(header(reply, 'date') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      assert.equal(header(reply, 'connection'), undefined)
      assert.deepEqual(reply.errors, [])
    })

    it(`has no body for HEAD, and the head of GET: ${name}`, async () => {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      const head = await wire.send(ask('HEAD /')).reply('HEAD')
      const get = await wire.send(ask('GET /')).reply()
      const lines = (headers: typeof head.headers) => headers.filter(([each]) => each !== 'Date')
      assert.deepEqual(lines(head.headers), lines(get.headers))
      assert.equal(head.status, 200)
    })
  }

  for (const status of ['204 No Content', '304 Not Modified']) {
    it(`has none with ${status}, and says nothing of its length`, async () => {
      await using served = await serveHttp(({ response }) => {
        response.status = status
        return 'ignored'
      })
      using wire = await Wire.open(served.address)
      const reply = await wire.send(ask()).reply()
      assert.equal(`${reply.status} ${reply.reason}`, status)
      assert.equal(header(reply, 'content-length'), undefined)
      assert.equal(header(reply, 'transfer-encoding'), undefined)
      assert.equal(header(reply, 'content-type'), undefined)
      await wire.send(ask('GET /2')).reply()
      assert.equal(wire.rest(), '')
    })
  }
})

describe('header lines', () => {
  it('keep order, spelling and repetition', async () => {
    const lines: [string, string][] = [
      ['x-a', '1'],
      ['Set-Cookie', 'a=1'],
      ['X-A', '2'],
      ['set-cookie', 'b=2'],
      ['Content-Type', 'text/plain'],
    ]
    const reply = await answer(sends({ headers: lines }))
    assert.deepEqual(reply.headers.slice(0, 5), lines)
  })

  it('may hold a Date of their own', async () => {
    const reply = await answer(sends({ headers: [['date', 'today']] }))
    assert.equal(header(reply, 'date'), 'today')
  })

  it('may hold the Content-Length, if it is right', async () => {
    const as =
      (length: string): HttpPipe =>
      ({ response }) => {
        response.header_list = new HeaderList([['content-length', length]])
        return 'abc'
      }
    const right = await answer(as('3'))
    assert.equal(header(right, 'content-length'), '3')
    for (const wrong of ['2', '4']) {
      const reply = await answer(as(wrong))
      assert.equal(reply.status, 500)
      assert.ok(has('HEADER_BAD')(reply.errors[0]))
    }
  })

  const wrong: [string, string, [string, string][]][] = [
    ['Transfer-Encoding', '200 OK', [['Transfer-Encoding', 'chunked']]],
    ['a Content-Length of a 204', '204 No Content', [['Content-Length', '0']]],
    ['a CRLF', '200 OK', [['X', 'a\r\nY: b']]],
    ['a character that Latin-1 would cut to CRLF', '200 OK', [['X', 'a\u010d\u010aY: b']]],
    ['a status below 200', '103 Early Hints', []],
    ['a status with a CRLF', '200 OK\r\nX: y', []],
    ['a status that is none', 'fine', []],
  ]
  for (const [name, status, lines] of wrong) {
    it(`are refused with ${name}, and a 500 is sent in their place`, async () => {
      const reply = await answer(sends({ status, headers: lines }))
      assert.equal(reply.status, 500)
      assert.ok(reply.errors[0] instanceof UsageError)
      assert.equal(reply.errors.length, 1)
      assert.equal(header(reply, 'y'), undefined)
    })
  }
})

describe('an error that nobody recovered', () => {
  it('is a plain 500 page, goes to onError, and the connection goes on', async () => {
    const broken = new Error('secret')
    await using served = await serveHttp(({ environ }) => {
      if (environ.PATH_INFO === '/bad') throw broken
      return 'good'
    })
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('GET /bad')).reply()
    assert.equal(`${reply.status} ${reply.reason}`, '500 Internal Server Error')
    assert.doesNotMatch(reply.body.toString(), /secret/)
    assert.equal(header(reply, 'connection'), undefined)
    assert.deepEqual(served.errors, [broken])
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'good')
  })

  it('has no body for HEAD', async () => {
    const reply = await answer(() => Promise.reject(new Error('x')), ask('HEAD /'))
    assert.equal(reply.status, 500)
    assert.ok(Number(header(reply, 'content-length')) > 0)
  })

  it('is a status of its own where the peer is to blame', async () => {
    const reply = await answer(() => {
      throw new PeerError('BODY_TOO_LONG', '<b>too long</b>', { status: 413 })
    })
    assert.equal(reply.status, 413)
    assert.match(reply.body.toString(), /&lt;b&gt;too long&lt;\/b&gt;/)
  })

  it('is shown under debug', async () => {
    await using served = await serveHttp(() => Promise.reject(new Error('<seen>')), { debug: true })
    using wire = await Wire.open(served.address)
    assert.match((await wire.send(ask()).reply()).body.toString(), /Error: &lt;seen&gt;/)
  })

  it('keeps the header lines that outer pipes have set', async () => {
    const cors = pipe('cors', ({ response }: HttpMarbles) => {
      response.header_list = new ResponseHeaders([
        ['Access-Control-Allow-Origin', '*'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['Content-Type', 'image/png'],
      ])
    })
    await using served = await serve(stack(http(), cors, () => Promise.reject(new Error('x'))))
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask()).reply()
    assert.equal(reply.status, 500)
    assert.equal(header(reply, 'access-control-allow-origin'), '*')
    assert.equal(header(reply, 'set-cookie'), 'a=1, b=2')
    assert.equal(header(reply, 'content-type'), 'text/html; charset=utf-8')
  })

  it('is no error where a pipe recovered, whose response is sent', async () => {
    const guard = pipe(
      'guard',
      (_: HttpMarbles) => 0,
      ({ response, recover }, error) => {
        if (error === undefined) return
        response.status = '503 Try Later'
        response.body = 'later'
        recover()
      },
    )
    await using served = await serve(stack(http(), guard, () => Promise.reject(new Error('x'))))
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask()).reply()
    assert.equal(`${reply.status} ${reply.reason}`, '503 Try Later')
    assert.equal(reply.body.toString(), 'later')
    assert.deepEqual(served.errors, [])
  })

  it('replaces what was written but has not left, and is the only answer', async () => {
    for (const writes of [1, 2, 3]) {
      await using served = await serveHttp(({ write, environ }) => {
        if (environ.PATH_INFO === '/2') return 'second'
        for (let count = 0; count < writes; count++) write('lost')
        throw new Error('x')
      })
      using wire = await Wire.open(served.address)
      assert.equal((await wire.send(ask()).reply()).status, 500)
      assert.equal((await wire.send(ask('GET /2')).reply()).body.toString(), 'second')
      assert.doesNotMatch(wire.text(), /lost/)
    }
  })
})
