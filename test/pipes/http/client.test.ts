import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type HttpClientOptions, HttpStatusError, http } from '../../../pipes/http.ts'
import { json } from '../../../pipes/json.ts'
import { jsonrpc } from '../../../pipes/jsonrpc.ts'
import { method } from '../../../pipes/method.ts'
import { router } from '../../../pipes/router.ts'
import { UsageError } from '../../../src/errors.ts'
import { watchClock } from '../../../src/net/clock.ts'
import { connect } from '../../../src/net/connect.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { part, stack } from '../../../src/stack.ts'
import { Certificates, tlsAddress, withoutOpenssl } from '../../certificate.ts'
import { firstPeer, open, reply, scripted } from '../../http-client.ts'
import { freshPath } from '../../transports/socket-path.ts'
import { freshName, type HttpPipe, serve, serveHttp } from '../../wire.ts'

/** Answers with what it was asked. */
const echo: HttpPipe = async ({ environ, response }) => {
  response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=utf-8']])
  const { REQUEST_METHOD, REQUEST_URI, HTTP_HOST, CONTENT_TYPE = '', HTTP_ACCEPT } = environ
  return [REQUEST_METHOD, REQUEST_URI, HTTP_HOST, CONTENT_TYPE, HTTP_ACCEPT, await environ['wsgi.input'].text()].join(
    '|',
  )
}

describe('http.client()', () => {
  describe('asks http()', () => {
    const addresses: readonly (readonly [string, () => string, string])[] = [
      ['tcp', () => 'tcp://127.0.0.1:0', '127.0.0.1:'],
      ['ipc', () => `ipc://${freshPath()}`, 'localhost'],
      ['memory', freshName, 'localhost'],
    ]
    for (const [name, address, host] of addresses) {
      it(`over ${name}`, async () => {
        await using served = await serveHttp(echo, {}, address())
        await using client = await open(served.address, { path: '/a?b=c' })
        client.listen()
        assert.equal(await client.ask('Grüße, 你好'), 'over')
        assert.equal(await client.ask(Buffer.alloc(100_000, 'x')), 'over')
        assert.equal(await client.ask('y'.repeat(100_000)), 'over')
        assert.equal(await client.ask(), 'over')
        const shown = host.endsWith(':') ? served.address.replace('tcp://', '') : host
        const line = `POST|/a?b=c|${shown}||*/*|`
        assert.deepEqual(client.messages, [
          `${line}Grüße, 你好`,
          line + 'x'.repeat(100_000),
          line + 'y'.repeat(100_000),
          line,
        ])
        assert.deepEqual(served.errors, [])
      })
    }

    it('with what it is told: method, path, header fields, type', async () => {
      const seen: unknown[] = []
      const see: HttpPipe = ({ environ }) => {
        const { REQUEST_METHOD, CONTENT_TYPE, HTTP_AUTHORIZATION, HTTP_TRACEPARENT, HTTP_X_A, HTTP_HOST } = environ
        seen.push([REQUEST_METHOD, CONTENT_TYPE, HTTP_AUTHORIZATION, HTTP_TRACEPARENT, HTTP_X_A, HTTP_HOST])
      }
      await using served = await serveHttp(see)
      const headers = { Authorization: 'Bearer x', 'X-A': '1', host: 'example.com' }
      await using client = await open(served.address, { method: 'PUT', type: 'a/b', headers })
      client.listen()
      assert.equal(await client.ask('x', { traceparent: '00-1', 'x-a': '2' }), 'over')
      client.connection.contentType = 'c/d'
      assert.equal(await client.ask('x'), 'over')
      assert.deepEqual(seen, [
        ['PUT', 'a/b', 'Bearer x', '00-1', '2', 'example.com'],
        ['PUT', 'a/b', 'Bearer x', undefined, '1', 'example.com'],
      ])
      assert.throws(() => client.post('x', { headers: { a: 'b\r\nc: d' } }), { code: 'HEADER_BAD' })
      assert.throws(() => client.post('x', { headers: { 'content-length': '1' } }), { code: 'HEADER_BAD' })
    })

    it('without a body, by GET and HEAD', async () => {
      await using served = await serveHttp(({ environ }) => `${environ.REQUEST_METHOD}|${environ.CONTENT_LENGTH}`)
      for (const [method, expected] of [
        ['GET', ['GET|']],
        ['HEAD', []],
        ['POST', ['POST|0']],
      ] as const) {
        await using client = await open(served.address, { method })
        client.listen()
        assert.equal(await client.ask(), 'over')
        assert.equal(await client.ask(), 'over')
        assert.deepEqual(
          client.messages.map((message) => message.replace('undefined', '')),
          [...expected, ...expected],
        )
      }
    })

    it('and gets long and streamed answers whole', async () => {
      const long = 'z'.repeat(1_000_000)
      await using served = await serveHttp(async ({ write, environ }) => {
        if (environ.PATH_INFO !== '/streamed') return long
        for (let i = 0; i < 10; i++) await write(long.slice(0, 100_000))
        return undefined
      })
      for (const path of ['/', '/streamed']) {
        await using client = await open(served.address, { path })
        client.listen()
        assert.equal(await client.ask('x'), 'over')
        assert.deepEqual(client.messages, [long])
      }
    })

    it('many at the same time, each answered once', async () => {
      await using served = await serveHttp(async ({ environ }) => {
        const text = await environ['wsgi.input'].text()
        if (Number(text) % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
        return text
      })
      await using client = await open(served.address)
      client.listen()
      const numbers = Array.from({ length: 500 }, (_, i) => String(i))
      const outcomes = await Promise.all(numbers.map((number) => client.ask(number)))
      assert.ok(outcomes.every((outcome) => outcome === 'over'))
      assert.deepEqual(
        client.messages.map(Number).sort((a, b) => a - b),
        numbers.map(Number),
      )
    })
  })

  describe('over tls', { skip: withoutOpenssl() }, () => {
    let files: Certificates
    before(() => {
      files = new Certificates()
    })
    after(() => files[Symbol.dispose]())

    it('speaks HTTP/1.1, whatever the server likes best', async () => {
      await using served = await serveHttp(({ environ }) => environ.SERVER_PROTOCOL, {}, tlsAddress(files.issue('a')))
      const address = `${served.address}?ca=${files.authority.cert}`
      await using bag = await connect(address, stack(http.client({ method: 'GET' })))
      await bag.write('')
      for await (const message of bag.read()) {
        assert.equal(String(message), 'HTTP/1.1')
        break
      }
    })
  })

  describe('below connect()', () => {
    it('is read and written as any connection of messages', async () => {
      await using served = await serveHttp(echo)
      await using bag = await connect(served.address, stack(http.client({ path: '/x' })))
      assert.equal(bag.connection.kind, 'message')
      const got: string[] = []
      void bag.write('one')
      void bag.write('two')
      for await (const message of bag.read()) {
        got.push(String(message).split('|').at(-1) ?? '')
        if (got.length === 2) break
      }
      assert.deepEqual(got.sort(), ['one', 'two'])
      assert.throws(() => bag.write(5 as never), { code: 'WRITE_VALUE' })
    })

    it('says of a refusal where it is read', async () => {
      await using served = await serveHttp(({ response }) => {
        response.status = '404 Not Found'
        return 'no such thing'
      })
      await using bag = await connect(served.address, stack(http.client()))
      await bag.write('x')
      await assert.rejects(
        async () => {
          for await (const _ of bag.read()) assert.fail()
        },
        (error) => error instanceof HttpStatusError && error.answer.status === 404,
      )
    })

    it('carries values of json(), whose Content-Type it sends', async () => {
      await using served = await serveHttp(
        async ({ environ, response }) => {
          response.header_list = new HeaderList([['Content-Type', 'application/json']])
          const { CONTENT_TYPE, HTTP_ACCEPT } = environ
          return JSON.stringify({ CONTENT_TYPE, HTTP_ACCEPT, got: await environ['wsgi.input'].json() })
        },
        {},
        `ipc://${freshPath()}`,
      )
      await using bag = await connect(served.address, stack(http.client({ path: '/api' }), json()))
      await bag.write({ a: ['你好'] })
      for await (const value of bag.read()) {
        assert.deepEqual(value, {
          CONTENT_TYPE: 'application/json',
          HTTP_ACCEPT: 'application/json, text/event-stream',
          got: { a: ['你好'] },
        })
        break
      }
    })
  })

  it('carries calls of jsonrpc.client()', async () => {
    const table = { add: async (a: number, b: number) => a + b }
    const server = stack(http(), router({ '/service/api': method({ POST: part(json(), jsonrpc(table)) }) }))
    await using served = await serve(server, `ipc://${freshPath()}`)
    const call = (path: string) => stack(http.client({ path }), json(), jsonrpc.client<typeof table>())
    await using bag = await connect(served.address, call('/service/api'))
    const sums = Array.from({ length: 50 }, (_, i) => bag.rpc.call('add', i, 1))
    assert.deepEqual(
      await Promise.all(sums),
      sums.map((_, i) => i + 1),
    )
    await bag.rpc.notify('add', 1, 2)
    await using lost = await connect(served.address, call('/wrong'))
    await assert.rejects(
      async () => lost.rpc.call('add', 1, 2),
      (error) => error instanceof HttpStatusError && error.answer.status === 404,
    )
  })

  it('gives nothing of an answer without content', async () => {
    const answers = ['HTTP/1.1 204 No Content\r\n\r\n', reply('', '202 Accepted'), reply('')]
    await using server = await scripted((peer, count) => peer.send(answers[count - 1] ?? ''))
    await using client = await open(server.address)
    client.listen()
    for (const _ of answers) assert.equal(await client.ask('x'), 'over')
    assert.deepEqual(client.messages, [])
  })

  it('gives events as they come', async () => {
    const head =
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
    await using server = await scripted((peer) => peer.send(head + chunk('id: 1\ndata:\n\n') + chunk('data: on')))
    await using client = await open(server.address, { timeoutMs: 1_000 })
    client.listen()
    let over = false
    const outcome = client.ask('x').then((how) => {
      over = true
      return how
    })
    const peer = await firstPeer(server)
    await peer.asked(1)
    peer.send(chunk('e\n\ndata: two\n\n'))
    assert.deepEqual(await client.got(2), ['one', 'two'])
    assert.equal(over, false)
    // A stream of events may be quiet for longer than an answer may take.
    const since = performance.now()
    await new Promise<void>((resolve) => {
      const stop = watchClock((now) => {
        if (now < since + 1_500) return
        stop()
        resolve()
      })
    })
    peer.send(`${chunk('event: x\ndata: three\n\ndata: four\n')}0\r\n\r\n`)
    assert.equal(await outcome, 'over')
    assert.deepEqual(client.messages, ['one', 'two', 'three'])
  })

  it('refuses options that it does not know or that are out of range', () => {
    const wrong: readonly object[] = [
      { paht: '/' },
      { method: 'get' },
      { method: 'G T' },
      { method: 'CONNECT' },
      { method: 'TRACE' },
      { path: 'x' },
      { path: '' },
      { path: '/a b' },
      { path: '/ü' },
      { path: '/a#b' },
      { path: '/a\r\nX: y' },
      { path: '*' },
      { maxConnections: 0 },
      { timeoutMs: -1 },
      { maxBytes: 1.5 },
    ]
    for (const options of wrong) {
      const isRefused = (error: unknown) => error instanceof UsageError && error.code === 'OPTION_BAD'
      assert.throws(() => http.client(options as HttpClientOptions), isRefused, JSON.stringify(options))
    }
    for (const options of [{ headers: { 'a b': '' } }, { headers: { te: 'x' } }, { type: 'a\nb' }]) {
      assert.throws(() => http.client(options), { code: 'HEADER_BAD' })
    }
    assert.ok(http.client({ method: 'OPTIONS', path: '*' }))
  })
})
