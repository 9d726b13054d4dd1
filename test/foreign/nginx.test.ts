import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { forwarded } from '../../pipes/forwarded.ts'
import { http } from '../../pipes/http.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { stack } from '../../src/stack.ts'
import { Gate } from '../gate.ts'
import { freshPath } from '../transports/socket-path.ts'
import { type Served, serve } from '../wire.ts'
import { Nginx, withoutNginx } from './nginx.ts'

const sha1 = (data: string | Uint8Array) => createHash('sha1').update(data).digest('hex')
const page = 'Γειά σου, 你好, שלום 😀'
const BIG = randomBytes(5_000_000)

/** What a test and the application share. */
interface Shared {
  connections: number
  goOn: Gate
  gone: Gate
}

function app(shared: Shared, trust: readonly string[]) {
  return stack(
    // Above http(): once for each connection.
    () => {
      shared.connections++
    },
    http(),
    forwarded({ trust }),
    async ({ environ, response, write, signal, forwarded }) => {
      switch (environ.PATH_INFO) {
        case '/mirror': {
          const body = await environ['wsgi.input'].read(100_000_000)
          const { REQUEST_METHOD, QUERY_STRING, CONTENT_LENGTH = '-', HTTP_TRANSFER_ENCODING = '-' } = environ
          return [REQUEST_METHOD, QUERY_STRING, CONTENT_LENGTH, HTTP_TRANSFER_ENCODING, sha1(body)].join(' ')
        }
        case '/who':
          return [forwarded.remote, forwarded.scheme, forwarded.host, forwarded.by, environ.HTTP_HOST].join(' ')
        case '/version':
          return `${environ.SERVER_PROTOCOL} ${environ.HTTP_CONNECTION}`
        case '/cached':
          response.status = '304 Not Modified'
          response.header_list = new HeaderList([['ETag', '"1"']])
          return
        case '/none':
          response.status = '204 No Content'
          return
        case '/long':
          response.body = (function* () {
            for (let at = 0; at < BIG.length; at += 50_000) yield BIG.subarray(at, at + 50_000)
          })()
          return
        case '/slow':
          await write('first ')
          await write('')
          await shared.goOn.opened
          await write('second')
          return
        case '/cut':
          response.body = (async function* () {
            yield 'half'
            await turn()
            throw new Error('cut')
          })()
          return
        case '/endless':
          signal.addEventListener('abort', () => shared.gone.open())
          response.body = (function* () {
            for (;;) yield 'x'.repeat(10_000)
          })()
          return
        default:
          return page
      }
    },
  )
}

const ways: [name: string, address: () => string, trust: string, by: string][] = [
  ['TCP', () => 'tcp://127.0.0.1:0', '127.0.0.1', '127.0.0.1'],
  ['a Unix socket', () => `ipc://${freshPath()}`, 'unix', 'unix'],
]

for (const [name, address, trust, by] of ways) {
  describe(`nginx before us, over ${name}`, { skip: withoutNginx() }, () => {
    const shared: Shared = { connections: 0, goOn: new Gate(), gone: new Gate() }
    let served: Served
    let nginx: Nginx
    const get = (path: string, options: RequestInit & { duplex?: 'half' } = {}) => fetch(nginx.url + path, options)

    before(async () => {
      served = await serve(app(shared, [trust]), address())
      nginx = await Nginx.before(served.address)
    })
    after(async () => {
      await nginx?.[Symbol.asyncDispose]()
      await served?.[Symbol.asyncDispose]()
    })

    it('gets pages, on few connections', async () => {
      const before = shared.connections
      for (let count = 0; count < 50; count++) {
        const answer = await get('/')
        assert.deepEqual([answer.status, await answer.text()], [200, page])
      }
      assert.ok(shared.connections - before <= 2, `${shared.connections - before} connections`)
      const many = await Promise.all(Array.from({ length: 200 }, () => get('/').then((answer) => answer.text())))
      assert.ok(many.every((text) => text === page))
    })

    it('gets heads, 204 and 304, and goes on with the same connection', async () => {
      await (await get('/')).text()
      const before = shared.connections
      const head = await get('/', { method: 'HEAD' })
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(page)))
      assert.equal(await head.text(), '')
      assert.equal((await get('/none')).status, 204)
      const cached = await get('/cached', { headers: { 'If-None-Match': '"1"' } })
      assert.deepEqual([cached.status, cached.headers.get('etag')], [304, '"1"'])
      assert.equal((await get('/long', { method: 'HEAD' })).status, 200)
      assert.equal(await (await get('/')).text(), page)
      assert.equal(shared.connections, before)
    })

    it('uploads by length and in chunks, in one go and as it comes', async () => {
      const chunks = () =>
        new ReadableStream({
          start(controller) {
            for (let at = 0; at < BIG.length; at += 100_000) controller.enqueue(BIG.subarray(at, at + 100_000))
            controller.close()
          },
        })
      const sum = sha1(BIG)
      const put = (path: string, body: RequestInit['body']) =>
        get(path, { method: 'PUT', body: body ?? null, duplex: 'half' }).then((answer) => answer.text())
      assert.equal(await put('/mirror?x', BIG), `PUT x 5000000 - ${sum}`)
      assert.equal(await put('/as-it-comes/mirror?x', BIG), `PUT x 5000000 - ${sum}`)
      // nginx counts what it holds, and says how long it is.
      assert.equal(await put('/mirror?x', chunks()), `PUT x 5000000 - ${sum}`)
      assert.equal(await put('/as-it-comes/mirror?x', chunks()), `PUT x - chunked ${sum}`)
      assert.equal(await put('/http-1.0/mirror?x', BIG), `PUT x 5000000 - ${sum}`)
    })

    it('gets its answer though nobody reads its upload', async () => {
      for (const path of ['/', '/as-it-comes/']) {
        const answer = await get(path, { method: 'POST', body: BIG.subarray(0, 60_000) })
        assert.equal(await answer.text(), page)
      }
    })

    it('gets long streams, and each chunk when it is written', async () => {
      for (const path of ['/long', '/as-it-comes/long', '/http-1.0/long']) {
        assert.equal(sha1(new Uint8Array(await (await get(path)).arrayBuffer())), sha1(BIG))
      }
      const reader = (await get('/as-it-comes/slow')).body?.getReader()
      assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'first ')
      shared.goOn.open()
      assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), 'second')
      assert.equal((await reader?.read())?.done, true)
    })

    it('speaks HTTP/1.0 too, as it does unless told otherwise', async () => {
      assert.equal(await (await get('/version')).text(), 'HTTP/1.1 undefined')
      assert.equal(await (await get('/http-1.0/version')).text(), 'HTTP/1.0 undefined')
      assert.equal(await (await get('/http-1.0/slow')).text(), 'first second')
    })

    it('tells who asked, in the fields that forwarded() reads, and no client can make them up', async () => {
      const host = new URL(nginx.url).host
      const made = {
        'X-Forwarded-For': '192.0.2.66',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Port': '666',
        Forwarded: 'for=192.0.2.66;host=evil.example;proto=https',
      }
      // From an address that is not that of nginx, and so not trusted. (All of 127/8 is there on Linux.)
      const who = (headers = {}) =>
        new Promise<string>((resolve, reject) => {
          const asked = request(`${nginx.url}/who`, { headers, localAddress: '127.0.0.2' }, (message) => {
            let text = ''
            message.setEncoding('utf8').on('data', (more: string) => {
              text += more
            })
            message.on('end', () => resolve(text))
          })
          asked.on('error', reject).end()
        })
      assert.equal(await who(made), `127.0.0.2 http 127.0.0.1 ${by} ${host}`)
      assert.equal(await who(), `127.0.0.2 http 127.0.0.1 ${by} ${host}`)
    })

    it('complains of nothing so far, and neither do we', () => {
      assert.deepEqual(nginx.complaints, [])
      assert.deepEqual(served.errors, [])
    })

    it('sees a response that is cut, and does not pass it on as a whole one', async () => {
      await assert.rejects(get('/as-it-comes/cut').then((answer) => answer.text()))
      await assert.rejects(get('/cut').then((answer) => answer.text()))
      assert.equal(served.errors.length, 2)
      assert.equal(await (await get('/')).text(), page)
    })

    it('hangs up where its client does, and the flow is told', async () => {
      const giveUp = new AbortController()
      const answer = await get('/as-it-comes/endless', { signal: giveUp.signal })
      await answer.body?.getReader().read()
      giveUp.abort()
      await shared.gone.opened
      assert.equal(await (await get('/')).text(), page)
    })
  })
}
