import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { type HttpMarbles, http } from '../pipes/http.ts'
import { fetchHandler, nodeListener } from '../src/gateways.ts'
import { HeaderList, type Pipe, pipe, type Raw, stack } from '../src/index.ts'
import { Gate } from './gate.ts'
import { ask, Wire } from './wire.ts'

const where = stack(http(), ({ environ, write }) => {
  const { REMOTE_ADDR, SERVER_PORT, REQUEST_URI, HTTP_HOST } = environ
  return write(JSON.stringify([environ['wsgi.url_scheme'], REMOTE_ADDR, SERVER_PORT, HTTP_HOST, REQUEST_URI]))
})

/** A body that never ends; opens the gates when it is begun, and closed. */
function endless(begun: Gate, closed: Gate): Pipe<Raw> {
  return stack(http(), ({ response }) => {
    response.body = (async function* () {
      try {
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve))
          yield 'x'.repeat(65_536)
          begun.open()
        }
      } finally {
        closed.open()
      }
    })()
  })
}

/** A body that breaks off. */
const torn = stack(http(), ({ response }) => {
  response.body = (async function* () {
    yield 'a'
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error('torn')
  })()
})

/** A pipe that says when it is opened and closed. */
function opening(log: string[], failing = false) {
  return stack(
    http(),
    {
      name: 'opening',
      open() {
        log.push('open')
        if (failing) throw new Error('cannot open')
      },
      enter: () => 'entered',
      close: () => log.push('close'),
    },
    () => 'ok',
  )
}

async function served(listener: RequestListener): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `tcp://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('nodeListener()', () => {
  it('says who is asking', async () => {
    await using listener = nodeListener(where)
    await using server = await served(listener)
    using wire = await Wire.open(server.address)
    const port = server.address.slice(server.address.lastIndexOf(':') + 1)
    for (let count = 0; count < 2; count++) {
      const reply = await wire.send(ask('GET /a%2fb?c')).reply()
      assert.deepEqual(JSON.parse(reply.body.toString()), ['http', '127.0.0.1', port, 'a', '/a%2fb?c'])
    }
  })

  it('sees the whole path, where Express has mounted it', async () => {
    await using listener = nodeListener(where)
    const express = createRequire(import.meta.url)('express')
    await using server = await served(express().use('/new', listener))
    using wire = await Wire.open(server.address)
    const reply = await wire.send(ask('GET /new/b?c')).reply()
    assert.equal(JSON.parse(reply.body.toString())[4], '/new/b?c')
  })

  it('opens the pipes once, and closes them', async () => {
    const log: string[] = []
    const listener = nodeListener(opening(log))
    await using server = await served(listener)
    using wire = await Wire.open(server.address)
    assert.deepEqual(log, [])
    for (let count = 0; count < 3; count++) assert.equal((await wire.send(ask()).reply()).body.toString(), 'ok')
    await listener.close()
    assert.deepEqual(log, ['open', 'close'])
    assert.equal((await wire.send(ask()).reply()).status, 503)
  })

  it('answers 503 where the pipes cannot be opened, and tries again', async () => {
    const [log, errors]: [string[], unknown[]] = [[], []]
    const listener = nodeListener(opening(log, true), { onError: (error) => errors.push(error) })
    await using server = await served(listener)
    using wire = await Wire.open(server.address)
    for (let count = 0; count < 2; count++) assert.equal((await wire.send(ask()).reply()).status, 503)
    assert.equal(log.filter((line) => line === 'open').length, 2)
    assert.match(String(errors[0]), /cannot open/)
    await assert.rejects(listener.open(), /cannot open/)
    await listener.close()
  })

  it('closes the body when the peer is gone', async () => {
    const [begun, closed] = [new Gate(), new Gate()]
    await using listener = nodeListener(endless(begun, closed))
    await using server = await served(listener)
    const wire = await Wire.open(server.address)
    wire.socket?.pause()
    wire.send(ask())
    await begun.opened
    wire.destroy()
    await closed.opened
  })

  it('cuts the connection where the stack does', async () => {
    const errors: unknown[] = []
    await using listener = nodeListener(torn, { onError: (error) => errors.push(error) })
    await using server = await served(listener)
    using wire = await Wire.open(server.address)
    await wire.send(ask()).closed()
    assert.ok(!wire.text().includes('\r\n0\r\n'))
    assert.match(String(errors[0]), /torn/)
  })

  it('sends what is written when it is written, and reads what comes when it comes', async () => {
    const app = stack(http(), ({ response, read }) => {
      response.body = read()
    })
    await using listener = nodeListener(app)
    await using server = await served(listener)
    using wire = await Wire.open(server.address)
    wire.send(ask('POST /', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n'))
    await wire.sees('\r\nabc\r\n')
    wire.send('3\r\ndef\r\n')
    await wire.sees('\r\ndef\r\n')
    assert.equal((await wire.send('0\r\n\r\n').reply()).body.toString(), 'abcdef')
  })

  it('fires the signal when the peer breaks off its body', async () => {
    const [begun, gone] = [new Gate(), new Gate()]
    const waiting = pipe('waiting', async ({ signal }: HttpMarbles & { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => gone.open())
      begun.open()
      await gone.opened
    })
    await using listener = nodeListener(stack(http(), waiting))
    await using server = await served(listener)
    const wire = await Wire.open(server.address)
    wire.send(ask('POST /', 'Content-Length: 9\r\n', 'abc'))
    await begun.opened
    wire.destroy()
    await gone.opened
  })
})

describe('fetchHandler()', () => {
  it('says who is asking, as far as the runtime tells', async () => {
    await using handler = fetchHandler(where)
    const bun = { requestIP: () => ({ address: '::1', port: 7, family: 'IPv6' }) }
    const deno = { remoteAddr: { hostname: '10.0.0.1', port: 7, transport: 'tcp' } }
    for (const [server, address] of [
      [undefined, null],
      [bun, '::1'],
      [deno, '10.0.0.1'],
    ] as const) {
      const response = await handler(new Request('https://example.com/a%2fb?c#d'), server)
      assert.deepEqual(await response.json(), ['https', address, '443', 'example.com', '/a%2fb?c'])
    }
  })

  it('keeps every Set-Cookie', async () => {
    const app = stack(http(), ({ response }) => {
      response.header_list = new HeaderList([
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ])
    })
    await using handler = fetchHandler(app)
    assert.deepEqual((await handler(new Request('http://a/'))).headers.getSetCookie(), ['a=1', 'b=2'])
  })

  it('lets no body stand for a request of its own', async () => {
    let requests = 0
    await using handler = fetchHandler(
      stack(http(), async ({ environ }) => {
        requests++
        return environ['wsgi.input'].text()
      }),
      { onError: () => {} },
    )
    const body = 'aGET /evil HTTP/1.1\r\nHost: a\r\n\r\n'
    const request = new Request('http://a/', { method: 'POST', headers: { 'Content-Length': '1' }, body })
    await assert.rejects(handler(request), /longer than its Content-Length/)
    assert.equal(requests, 1)
  })

  it('closes the body when it is cancelled, or the request is aborted', async () => {
    for (const how of ['cancel', 'abort']) {
      const [begun, closed] = [new Gate(), new Gate()]
      await using handler = fetchHandler(endless(begun, closed))
      const controller = new AbortController()
      const response = await handler(new Request('http://a/', { signal: controller.signal }))
      await begun.opened
      if (how === 'cancel') await response.body?.cancel()
      else controller.abort()
      await closed.opened
    }
  })

  it('has a body that fails where the stack cuts it', async () => {
    await using handler = fetchHandler(torn, { onError: () => {} })
    const response = await handler(new Request('http://a/'))
    await assert.rejects(response.text(), /before its response was complete/)
  })

  it('answers 503 when it is closed', async () => {
    const log: string[] = []
    const handler = fetchHandler(opening(log))
    await handler.open()
    assert.equal(await (await handler(new Request('http://a/'))).text(), 'ok')
    await handler.close()
    assert.deepEqual(log, ['open', 'close'])
    assert.equal((await handler(new Request('http://a/'))).status, 503)
  })
})
