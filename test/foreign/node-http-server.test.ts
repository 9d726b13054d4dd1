// http.client() against servers of node:http, which nobody here has written.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { describe, it } from 'node:test'
import { HttpStatusError, http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { Certificates, withoutOpenssl } from '../certificate.ts'
import { open } from '../http-client.ts'
import { freshPath } from '../transports/socket-path.ts'

interface Foreign extends AsyncDisposable {
  readonly server: Server
  readonly address: string
  /** Connections that were made. */
  readonly sockets: Socket[]
}

async function foreign(listener: RequestListener, where: 'tcp' | 'ipc' = 'tcp', given?: Server): Promise<Foreign> {
  const server = given ?? createServer()
  server.on('request', listener)
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  const path = freshPath()
  if (where === 'ipc') server.listen(path)
  else server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const scheme = given === undefined ? 'tcp' : 'tls'
  const port = () => (server.address() as AddressInfo).port
  return {
    server,
    address: where === 'ipc' ? `ipc://${path}` : `${scheme}://127.0.0.1:${port()}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A service of JSON-RPC in ten lines. */
const service: RequestListener = async (request, response) => {
  let text = ''
  for await (const chunk of request) text += chunk
  const { id, method, params } = JSON.parse(text)
  if (id === undefined) return response.writeHead(204).end()
  const known = method === 'add'
  const answer = known ? { result: params[0] + params[1] } : { error: { code: -32601, message: 'no such method' } }
  response.writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' })
  return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
}

describe('a server of node:http', () => {
  for (const where of ['tcp', 'ipc'] as const) {
    it(`answers calls of JSON-RPC over ${where}, on one connection that is kept`, async () => {
      await using there = await foreign(service, where)
      await using bag = await connect(there.address, stack(http.client({ path: '/rpc', maxConnections: 1 }), json()))
      for (const [id, params] of [
        [1, [1, 2]],
        [2, [20, 30]],
      ] as const) {
        await bag.write({ jsonrpc: '2.0', method: 'note' })
        await bag.write({ jsonrpc: '2.0', id, method: 'add', params })
        for await (const value of bag.read()) {
          assert.deepEqual(value, { jsonrpc: '2.0', id, result: params[0] + params[1] })
          break
        }
      }
      assert.equal(there.sockets.length, 1)
    })
  }

  it('that answers an error with 404 has its error delivered', async () => {
    await using there = await foreign(service)
    await using client = await open(there.address)
    client.listen()
    const outcome = await client.ask('{"jsonrpc":"2.0","id":7,"method":"sub","params":[]}')
    assert.ok(outcome !== 'over' && outcome.error instanceof HttpStatusError)
    assert.deepEqual(client.messages, ['{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no such method"}}'])
  })

  it('is asked over several connections at the same time', async () => {
    let most = 0
    let running = 0
    await using there = await foreign(async (request, response) => {
      most = Math.max(most, ++running)
      for await (const _ of request);
      await new Promise((resolve) => setImmediate(resolve))
      running--
      response.end(request.url)
    })
    await using bag = await connect(there.address, stack(http.client({ maxConnections: 4 })))
    for (let i = 0; i < 100; i++) void bag.write('x')
    let got = 0
    for await (const _ of bag.read()) if (++got === 100) break
    assert.equal(there.sockets.length, 4)
    assert.ok(most > 1 && most <= 4, String(most))
  })

  for (const reconnect of [false, true]) {
    it(`may close idle connections: nobody notices (${reconnect ? 'with' : 'without'} reconnect)`, async () => {
      await using there = await foreign((_request, response) => response.end('there'))
      const states: string[] = []
      const options = { reconnect, onState: (state: string) => states.push(state) }
      await using bag = await connect(there.address, stack(http.client()), options)
      for (let i = 0; i < 3; i++) {
        await bag.write('x')
        for await (const message of bag.read()) {
          assert.equal(String(message), 'there')
          break
        }
        const socket = there.sockets.at(-1)
        assert.ok(socket !== undefined)
        const closed = once(socket, 'close')
        there.server.closeIdleConnections()
        await closed
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.equal(bag.signal.aborted, false)
      assert.equal(there.sockets.length, 3)
      assert.deepEqual(states, ['connecting', 'open'])
    })
  }

  it('may send interim answers, early hints and trailers', async () => {
    await using there = await foreign((_request, response) => {
      response.writeContinue()
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.writeProcessing()
      response.writeHead(200, { Trailer: 'X-Sum' })
      response.write('a')
      setImmediate(() => {
        response.addTrailers({ 'X-Sum': '1' })
        response.end('b')
      })
    })
    await using client = await open(there.address)
    client.listen()
    assert.deepEqual([await client.ask('x'), await client.ask('x')], ['over', 'over'])
    assert.deepEqual([client.messages, there.sockets.length], [['ab', 'ab'], 1])
  })

  it('may close after each answer, or speak of the end of a body by it', async () => {
    await using there = await foreign((request, response) => {
      response.shouldKeepAlive = false
      if (request.url === '/close') response.useChunkedEncodingByDefault = false
      response.write('a')
      setImmediate(() => response.end('b'))
    })
    for (const path of ['/close', '/chunked']) {
      await using client = await open(there.address, { path })
      client.listen()
      assert.deepEqual([await client.ask('x'), await client.ask('x')], ['over', 'over'])
      assert.deepEqual(client.messages, ['ab', 'ab'])
    }
    assert.equal(there.sockets.length, 4)
  })

  it('gets long bodies and Host as it wants them', async () => {
    const seen: unknown[] = []
    await using there = await foreign(async (request, response) => {
      let size = 0
      for await (const chunk of request) size += chunk.length
      seen.push([request.method, request.headers.host, request.headers['content-length'], size])
      response.end()
    })
    const local = there.address.replace('127.0.0.1', 'localhost')
    await using bag = await connect(local, stack(http.client({ method: 'PATCH' })))
    await bag.write(Buffer.alloc(3_000_000))
    await bag.connection.close()
    assert.deepEqual(seen, [['PATCH', local.replace('tcp://', ''), '3000000', 3_000_000]])
  })

  it('over tls is asked the same', { skip: withoutOpenssl() }, async () => {
    using files = new Certificates()
    const { cert, key } = files.issue('a')
    const options = { cert: readFileSync(cert), key: readFileSync(key), ALPNProtocols: ['http/1.1'] }
    await using there = await foreign(service, 'tcp', createTlsServer(options))
    const address = `${there.address}?ca=${files.authority.cert}`
    await using bag = await connect(address, stack(http.client(), json()))
    for (let id = 1; id <= 3; id++) void bag.write({ jsonrpc: '2.0', id, method: 'add', params: [id, 1] })
    const got = new Map<number, unknown>()
    for await (const value of bag.read()) {
      const { id, result } = value as { id: number; result: unknown }
      got.set(id, result)
      if (got.size === 3) break
    }
    assert.deepEqual([got.get(1), got.get(2), got.get(3)], [2, 3, 4])
  })
})
