import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { H3, readBody } from 'h3'
import { Hono } from 'hono'
import { type FetchApp, fetchApp } from '../../pipes/fetch-app.ts'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { router } from '../../pipes/router.ts'
import { HeaderList, Input, PeerError, part, stack, UsageError } from '../../src/index.ts'
import { request } from '../../src/testing.ts'
import { Gate } from '../gate.ts'
import { header } from '../replies.ts'
import { answer, ask, freshName, serveHttp, Wire } from '../wire.ts'

const get = (app: FetchApp, line = 'GET /', fields = '', body = '') => answer(fetchApp(app), ask(line, fields, body))

describe('what fetchApp() hosts', () => {
  const hono = new Hono()
    .get('/users/:id', (c) => c.json({ id: c.req.param('id'), q: c.req.query('q') }))
    .post('/upper', async (c) => c.text((await c.req.text()).toUpperCase(), 201))
    .get('/env', (c) => c.text(`${Object.hasOwn(c.env ?? {}, 'x')} ${Reflect.get(c.env ?? {}, 'environ').SCRIPT_NAME}`))
    .get('/fails', () => {
      throw new Error('boom')
    })
  hono.onError((_error, c) => c.text('failed', 500))
  const h3 = new H3()
    .get('/users/:id', (event) => ({ id: event.context.params?.id }))
    .post('/json', async (event) => readBody(event))

  it('may be Hono', async () => {
    const reply = await get(hono, 'GET /users/7?q=%C3%BC')
    assert.deepEqual(JSON.parse(reply.body.toString()), { id: '7', q: 'ü' })
    assert.equal(header(reply, 'content-type'), 'application/json')
    const posted = await get(hono, 'POST /upper', 'Content-Length: 3\r\n', 'abc')
    assert.deepEqual([posted.status, posted.body.toString()], [201, 'ABC'])
    assert.equal((await get(hono, 'GET /nowhere')).status, 404)
    assert.equal((await get(hono, 'GET /fails')).status, 500)
  })

  it('may be h3', async () => {
    assert.equal((await get(h3, 'GET /users/7')).body.toString().replaceAll(/\s/g, ''), '{"id":"7"}')
    const fields = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
    const posted = await get(h3, 'POST /json', fields, '7\r\n{"a":1}\r\n0\r\n\r\n')
    assert.deepEqual(JSON.parse(posted.body.toString()), { a: 1 })
  })

  it('may be mounted, and finds the bag', async () => {
    const mounted = router<HttpMarbles>({ '/über/**': fetchApp(hono) })
    const reply = await answer(mounted, ask('GET /%C3%BCber/users/a%2Fb'))
    assert.deepEqual(JSON.parse(reply.body.toString()), { id: 'a/b' })
    assert.equal((await answer(mounted, ask('GET /%C3%BCber/env'))).body.toString(), 'false /über')
  })

  it('is something with fetch', () => {
    for (const bad of [undefined, null, 'app', {}]) {
      assert.throws(() => Reflect.apply(fetchApp, undefined, [bad]), isUsage('OPTION_BAD'))
    }
  })

  it('gives a Response', async () => {
    for (const bad of [undefined, 'text', {}]) {
      const reply = await answer(Reflect.apply(fetchApp, undefined, [() => bad]))
      assert.equal(reply.status, 500)
      assert.ok(isUsage('WRITE_VALUE')(reply.errors[0]))
    }
  })
})

function isUsage(code: string): (error: unknown) => boolean {
  return (error) => error instanceof UsageError && error.code === code && error.pipe === 'fetchApp'
}

describe('the Request', () => {
  const echo = (request: Request) =>
    Response.json({ url: request.url, method: request.method, headers: [...request.headers] })

  it('says what was sent', async () => {
    const reply = await get(echo, 'OPTIONS /a%2fb//c?d=%20', 'X-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n')
    assert.deepEqual(JSON.parse(reply.body.toString()), {
      url: 'http://a/a%2fb//c?d=%20',
      method: 'OPTIONS',
      headers: [
        ['cookie', 'a=1; b=2'],
        ['host', 'a'],
        ['x-a', '1, 2'],
      ],
    })
  })

  it('has the path that a pipe above has put there', async () => {
    const rewrite = ({ environ }: HttpMarbles) => {
      environ.PATH_INFO = '/grüße/100%?'
    }
    const reply = await request(stack(http(), part(rewrite, fetchApp(echo))), 'GET /a')
    assert.equal(JSON.parse(reply.text()).url, 'http://localhost/gr%C3%BC%C3%9Fe/100%25%3F')
  })

  it('is none for methods and hosts that it cannot say', async () => {
    assert.equal((await get(echo, 'TRACE /')).status, 501)
    const bad = await answer(fetchApp(echo), 'GET / HTTP/1.1\r\nHost: 1.2.3.4.5\r\n\r\n')
    assert.equal(bad.status, 400)
    assert.ok(bad.errors[0] instanceof PeerError)
  })
})

describe('the Response', () => {
  it('keeps every Set-Cookie, and what pipes above have set', async () => {
    const above = ({ response }: HttpMarbles) => {
      response.header_list = new HeaderList([
        ['Content-Type', 'text/html'],
        ['X-Frame-Options', 'DENY'],
        ['X-A', 'above'],
        ['Set-Cookie', 'session=1'],
      ])
    }
    const app = () => {
      const headers = new Headers({ 'X-A': 'app', Connection: 'close', 'Transfer-Encoding': 'gzip' })
      headers.append('Set-Cookie', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
      headers.append('Set-Cookie', 'b=2')
      return new Response(null, { status: 207, statusText: 'Many', headers })
    }
    const reply = await answer(part(above, fetchApp(app)))
    assert.equal(`${reply.status} ${reply.reason}`, '207 Many')
    const lines = reply.headers.filter(([name]) => !/^(?:date|content-length)$/i.test(name))
    assert.deepEqual(
      lines.map((line) => line.join('=')),
      [
        'X-Frame-Options=DENY',
        'Set-Cookie=session=1',
        'set-cookie=a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        'set-cookie=b=2',
        'x-a=app',
      ],
    )
  })

  it('has no body for HEAD, and its body is cancelled', async () => {
    const cancelled = new Gate<unknown>()
    const app = () =>
      new Response(new ReadableStream({ cancel: (reason) => cancelled.open(reason) }, { highWaterMark: 0 }))
    assert.equal((await get(app, 'HEAD /')).framing, 'none')
    await cancelled.opened
  })

  it('is cut where its body fails', async () => {
    let count = 0
    const body = () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (count++ === 0) return controller.enqueue(Buffer.from('a'))
          // The first chunk is to leave before.
          await new Promise((resolve) => setImmediate(resolve))
          controller.error(new Error('torn'))
        },
      })
    await using served = await serveHttp(
      fetchApp(() => new Response(body())),
      {},
      freshName(),
    )
    using wire = await Wire.open(served.address)
    await wire.send(ask()).closed()
    assert.ok(!wire.text().includes('\r\n0\r\n'))
    assert.match(String(served.errors[0]), /torn/)
  })
})

describe('bodies', () => {
  it('are streamed both ways at once', async () => {
    const upper = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
    })
    const app = (request: Request) => new Response(request.body?.pipeThrough(upper))
    await using served = await serveHttp(fetchApp(app), {}, freshName())
    using wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n'))
    await wire.sees('\r\nABC\r\n')
    wire.send('3\r\ndef\r\n')
    await wire.sees('\r\nDEF\r\n')
    assert.equal((await wire.send('0\r\n\r\n').reply()).body.toString(), 'ABCDEF')
  })

  it('are made no faster than they are taken', async () => {
    let made = 0
    const [asked, cancelled] = [new Gate(), new Gate()]
    const body = () =>
      new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            if (made++ > 0) asked.open()
            // A turn for each, so that what is asked for is asked by who reads.
            await new Promise((resolve) => setImmediate(resolve))
            controller.enqueue(new Uint8Array(65_536))
          },
          cancel: () => cancelled.open(),
        },
        { highWaterMark: 0 },
      )
    await using served = await serveHttp(fetchApp(() => new Response(body())))
    using wire = await Wire.open(served.address)
    wire.socket?.pause()
    wire.send(ask())
    await asked.opened
    let before = -1
    for (let turn = 0; turn < 100_000 && before !== made; turn += 100) {
      before = made
      for (let count = 0; count < 100; count++) await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(before, made)
    wire.destroy()
    await cancelled.opened
  })

  it('are not read before somebody asks', async () => {
    let wanted = 0
    const watch = ({ environ }: HttpMarbles) => {
      environ['wsgi.input'] = new Input({ wanted: () => wanted++, enough() {} })
    }
    const app = async (request: Request) => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
      return new Response(`${wanted} ${request.body !== null}`)
    }
    const reply = await answer(part(watch, fetchApp(app)), ask('POST /', 'Content-Length: 3\r\n', 'abc'))
    assert.equal(reply.body.toString(), '0 true')
  })

  it('end with the peer: the signal fires', async () => {
    const [begun, aborted] = [new Gate(), new Gate()]
    const app = (request: Request) => {
      request.signal.addEventListener('abort', () => aborted.open())
      begun.open()
      return new Promise<Response>((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason))
      })
    }
    await using served = await serveHttp(fetchApp(app), {}, freshName())
    const wire = await Wire.open(served.address)
    wire.send(ask())
    await begun.opened
    wire.destroy()
    await aborted.opened
    assert.deepEqual(served.errors, [])
  })

  it('of a request that nobody reads do not hold the connection', async () => {
    await using served = await serveHttp(
      fetchApp(() => new Response('ok')),
      {},
      freshName(),
    )
    using wire = await Wire.open(served.address)
    for (let count = 0; count < 3; count++) {
      const reply = await wire.send(ask('POST /', 'Content-Length: 3\r\n', 'abc')).reply()
      assert.equal(reply.body.toString(), 'ok')
    }
  })
})
