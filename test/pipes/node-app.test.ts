import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import type { HttpMarbles } from '../../pipes/http.ts'
import { type NodeApp, nodeApp } from '../../pipes/node-app.ts'
import { router } from '../../pipes/router.ts'
import { HeaderList, part, UsageError } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { header } from '../replies.ts'
import { answer, ask, freshName, serveHttp, Wire } from '../wire.ts'

/** What is used here of Express, whose types are a package of their own. */
interface ExpressResponse extends ServerResponse {
  json(value: unknown): void
  send(value: unknown): void
  status(code: number): ExpressResponse
  cookie(name: string, value: string): ExpressResponse
  redirect(url: string): void
}
interface ExpressRequest extends IncomingMessage {
  params: Record<string, string>
  query: Record<string, string>
  body: unknown
  ip: string
  protocol: string
  originalUrl: string
  baseUrl: string
}
type Handler = (req: ExpressRequest, res: ExpressResponse) => unknown
interface Express {
  (req: IncomingMessage, res: ServerResponse): void
  get(path: string, ...handlers: Handler[]): Express
  post(path: string, ...handlers: Handler[]): Express
  use(...handlers: unknown[]): Express
}
const express: { (): Express; json(): Handler; static(folder: string): Handler } = createRequire(import.meta.url)(
  'express',
)

const get = (app: NodeApp, line = 'GET /', fields = '', body = '') => answer(nodeApp(app), ask(line, fields, body))

describe('Express', () => {
  const app = express()
    .use(express.json())
    .get('/users/:id', (req, res) => res.json({ id: req.params.id, q: req.query.q, protocol: req.protocol }))
    .get('/where', (req, res) => res.json([req.url, req.originalUrl, req.baseUrl]))
    .get('/cookies', (_req, res) => res.cookie('a', '1').cookie('b', '2').status(202).send('set'))
    .get('/away', (_req, res) => res.redirect('/elsewhere'))
    .post('/json', (req, res) => res.send(req.body))
    .use('/files', express.static(import.meta.dirname))

  it('routes, reads and answers', async () => {
    const reply = await get(app, 'GET /users/7?q=%C3%BC')
    assert.deepEqual(JSON.parse(reply.body.toString()), { id: '7', q: 'ü', protocol: 'http' })
    assert.deepEqual([header(reply, 'content-type'), reply.framing], ['application/json; charset=utf-8', 'length'])
    const posted = await get(app, 'POST /json', 'Content-Type: application/json\r\nContent-Length: 7\r\n', '{"a":1}')
    assert.equal(posted.body.toString(), '{"a":1}')
    const cookies = await get(app, 'GET /cookies')
    assert.equal(cookies.status, 202)
    assert.equal(header(cookies, 'set-cookie'), 'a=1; Path=/, b=2; Path=/')
    assert.equal(cookies.headers.filter(([name]) => name.toLowerCase() === 'set-cookie').length, 2)
    assert.deepEqual([(await get(app, 'GET /away')).status, (await get(app, 'GET /nowhere')).status], [302, 404])
    assert.equal((await get(app, 'HEAD /users/7')).framing, 'none')
    const etag = header(reply, 'etag') ?? ''
    assert.equal((await get(app, 'GET /users/7?q=%C3%BC', `If-None-Match: ${etag}\r\n`)).status, 304)
  })

  it('sends files', async () => {
    const reply = await get(app, 'GET /files/node-app.test.js', 'Range: bytes=0-3\r\n')
    assert.deepEqual([reply.status, reply.body.length], [206, 4])
    const whole = await get(app, 'GET /files/node-app.test.js')
    assert.equal(String(whole.body.length), header(whole, 'content-length'))
  })

  it('is mounted', async () => {
    const mounted = router<HttpMarbles>({ '/a b/**': nodeApp(app) })
    const reply = await answer(mounted, ask('GET /a%20b/where?x'))
    assert.deepEqual(JSON.parse(reply.body.toString()), ['/where?x', '/a%20b/where?x', '/a%20b'])
    assert.equal((await answer(mounted, ask('GET /a%20b/files?x'))).status, 301)
  })
})

describe('res', () => {
  it('keeps what pipes above have set, and drops what is about the connection', async () => {
    const above = ({ response }: HttpMarbles) => {
      response.header_list = new HeaderList([
        ['Content-Type', 'text/html'],
        ['X-A', 'above'],
        ['X-B', 'above'],
      ])
    }
    const app: NodeApp = (_req, res) => {
      res.setHeader('X-A', 'set')
      res.writeHead(207, 'Many', { 'X-A': 'app', 'Set-Cookie': ['a=1', 'b=2'], Connection: 'close' }).end('x')
    }
    const reply = await answer(part(above, nodeApp(app)))
    assert.equal(`${reply.status} ${reply.reason}`, '207 Many')
    assert.deepEqual(
      reply.headers.filter(([name]) => name !== 'Date').map((line) => line.join('=')),
      ['X-B=above', 'X-A=app', 'Set-Cookie=a=1', 'Set-Cookie=b=2', 'Content-Length=1'],
    )
  })

  it('takes raw header lines', async () => {
    const reply = await get((_req, res) => res.writeHead(200, ['X-A', '1', 'X-A', '2']).end())
    assert.equal(header(reply, 'x-a'), '1, 2')
  })

  it('sends its head by flushHeaders(), and each chunk when it is written', async () => {
    const [flushed, more] = [new Gate(), new Gate()]
    const app: NodeApp = async (_req, res) => {
      res.setHeader('X-A', '1').flushHeaders()
      await flushed.opened
      res.write('one')
      await more.opened
      res.end('two')
    }
    await using served = await serveHttp(nodeApp(app), {}, freshName())
    using wire = await Wire.open(served.address)
    wire.send(ask())
    flushed.open()
    await wire.sees('\r\none\r\n')
    more.open()
    assert.equal((await wire.reply()).body.toString(), 'onetwo')
  })

  it('tells when all has left, and that it is closed', async () => {
    const [finished, closed] = [new Gate(), new Gate()]
    const seen: unknown[] = []
    const reply = await get((_req, res) => {
      res.on('finish', () => finished.open()).on('close', () => closed.open())
      res.write('a', () => seen.push('written'))
      res.end('b', () => seen.push('ended', res.writableEnded, res.writableFinished))
    })
    assert.equal(reply.body.toString(), 'ab')
    await finished.opened
    await closed.opened
    assert.deepEqual(seen, ['written', 'ended', true, true])
  })

  it('fails a write after its end', async () => {
    const late = new Gate<unknown>()
    await get((_req, res) => {
      res.end('a')
      res.write('b', (error) => late.open(error))
    })
    assert.match(String(await late.opened), /write after end/)
  })

  it('holds back whoever writes, and lets a pipeline through', async () => {
    let made = 0
    const chunk = Buffer.alloc(60_000, 'x')
    const source = () =>
      new Readable({
        read() {
          this.push(made++ < 100 ? chunk : null)
        },
      })
    const reply = await get((_req, res) => pipeline(source(), res))
    assert.equal(reply.body.length, 6_000_000)
    const [returned, closed] = [new Gate<boolean>(), new Gate()]
    await using served = await serveHttp(
      nodeApp((_req, res) => {
        let more = true
        for (let count = 0; more && count < 10_000; count++) more = res.write(chunk)
        res.on('close', () => closed.open())
        returned.open(more)
      }),
    )
    const wire = await Wire.open(served.address)
    wire.send(ask())
    assert.equal(await returned.opened, false)
    wire.destroy()
    await closed.opened
  })
})

describe('req', () => {
  it('says what was sent', async () => {
    const reply = await get(
      (req, res) => res.end(JSON.stringify([req.method, req.url, req.httpVersion, req.headers])),
      'PATCH /a%2fb//c?d=%20',
      'X-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n',
    )
    const headers = { host: 'a', 'x-a': '1, 2', cookie: 'a=1; b=2' }
    assert.deepEqual(JSON.parse(reply.body.toString()), ['PATCH', '/a%2fb//c?d=%20', '1.1', headers])
  })

  it('is streamed into res', async () => {
    await using served = await serveHttp(
      nodeApp((req, res) => req.pipe(res)),
      {},
      freshName(),
    )
    using wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n'))
    await wire.sees('\r\nabc\r\n')
    wire.send('3\r\ndef\r\n')
    await wire.sees('\r\ndef\r\n')
    assert.equal((await wire.send('0\r\n\r\n').reply()).body.toString(), 'abcdef')
    const length = 1_000_000
    const long = wire.send(ask('POST /', `Content-Length: ${length}\r\n`, 'x'.repeat(length))).reply()
    assert.equal((await long).body.length, length)
  })

  it('fails where the peer breaks off, and nothing is reported', async () => {
    const [begun, failed, closed] = [new Gate(), new Gate<unknown>(), new Gate()]
    const app: NodeApp = (req, res) => {
      req.on('data', () => begun.open()).on('error', (error) => failed.open(error))
      res.on('close', () => closed.open())
    }
    await using served = await serveHttp(nodeApp(app), {}, freshName())
    const wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Content-Length: 9\r\n', 'abc'))
    await begun.opened
    wire.destroy()
    await failed.opened
    await closed.opened
    assert.deepEqual(served.errors, [])
  })
})

describe('errors', () => {
  it('of the application are the flow’s, whether thrown or rejected', async () => {
    const boom = new Error('boom')
    for (const app of [
      () => {
        throw boom
      },
      async () => {
        throw boom
      },
    ]) {
      const reply = await get(app)
      assert.deepEqual([reply.status, reply.errors], [500, [boom]])
    }
  })

  it('after the first byte cut the connection', async () => {
    for (const how of ['throw', 'destroy']) {
      const app: NodeApp = async (_req, res) => {
        res.write('a')
        await once(res, 'sent')
        if (how === 'throw') throw new Error('torn')
        res.destroy(new Error('torn'))
      }
      const seen = new Gate<ServerResponse>()
      await using served = await serveHttp(
        nodeApp((req, res) => {
          seen.open(res)
          return app(req, res)
        }),
        {},
        freshName(),
      )
      using wire = await Wire.open(served.address)
      await wire.send(ask()).sees('\r\na\r\n')
      ;(await seen.opened).emit('sent')
      await wire.closed()
      assert.ok(!wire.text().includes('\r\n0\r\n'))
      assert.match(String(served.errors[0]), /torn/)
    }
  })

  it('are told when it is built', () => {
    for (const bad of [undefined, null, {}, 'app']) {
      assert.throws(
        () => Reflect.apply(nodeApp, undefined, [bad]),
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD',
      )
    }
  })
})
