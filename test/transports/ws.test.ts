import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { WebSocketServer } from 'ws'
import { http } from '../../pipes/http.ts'
import { router } from '../../pipes/router.ts'
import { type WebsocketMarbles, type WebsocketOptions, websocket } from '../../pipes/websocket.ts'
import { connect, listen, PeerError, part, stack, UsageError } from '../../src/index.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { Gate } from '../gate.ts'
import { serve } from '../wire.ts'

const client = stack(() => {})
const toWs = (address: string) => address.replace(/^tcp/, 'ws')
const has = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof UsageError && error.code === code && message.test(error.message)

type Told = { environ: Environ } & WebsocketMarbles
/** Says what it was asked, and what it is sent. */
const tells = async ({ environ, connection, read, write }: Told) => {
  await write(JSON.stringify([environ.REQUEST_URI, connection.protocol, environ.HTTP_ORIGIN, environ.HTTP_X_FIELD]))
  for await (const message of read()) await write(message)
}
const app = (options?: WebsocketOptions) => stack(http(), websocket(options), tells)

/** What is heard first, and after a message. */
async function heard(address: string): Promise<[unknown, string]> {
  await using bag = await connect(address, client)
  await bag.write('hello')
  const all: string[] = []
  for await (const message of bag.read()) if (all.push(String(message)) === 2) break
  return [JSON.parse(all[0] ?? ''), all[1] ?? '']
}

/** A server that says `answer` to whatever it is sent, if anything. */
async function answering(answer: string | undefined): Promise<AsyncDisposable & { address: string }> {
  const sockets = new Set<{ destroy(): void }>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', () => answer !== undefined && socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return {
    address: `ws://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('ws://', () => {
  it('opens a connection of messages, at a path with a query', async () => {
    await using served = await serve(app())
    await using bag = await connect(`${toWs(served.address)}/a/b?room=7&ca=x`, client)
    assert.equal(bag.connection.kind, 'message')
    assert.equal(bag.connection.remote, served.address)
    for await (const message of bag.read()) {
      assert.deepEqual(JSON.parse(String(message)), ['/a/b?room=7&ca=x', null, null, null])
      break
    }
  })

  it('sends sub-protocols, header fields and an origin, as it is told behind "#"', async () => {
    await using served = await serve(app({ protocols: ['b'], origins: ['https://a.example'] }))
    const more = 'protocol=a,b&origin=https://a.example&header=X-Field:%20one&header=X-Field:two'
    assert.deepEqual(await heard(`${toWs(served.address)}/#${more}`), [
      ['/', 'b', 'https://a.example', 'one, two'],
      'hello',
    ])
  })

  it('gives text as bytes, in the order in which it came, from the very first', async () => {
    const many = ({ write }: WebsocketMarbles) => {
      for (let at = 0; at < 100; at++) void write(at % 2 === 0 ? String(at) : Buffer.from(String(at)))
    }
    await using served = await serve(stack(http(), websocket(), many))
    await using bag = await connect(toWs(served.address), client)
    const all: string[] = []
    for await (const message of bag.read()) all.push(String(message))
    assert.deepEqual(
      all,
      Array.from({ length: 100 }, (_, at) => String(at)),
    )
  })

  it('speaks to the server of ws, and says 1000 when the bag is disposed of', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const bound = server.address()
    const closes: number[] = []
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      socket.on('close', (code) => closes.push(code))
    })
    {
      await using bag = await connect(`ws://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`, client)
      await bag.write('x'.repeat(500_000))
      for await (const message of bag.read()) {
        assert.equal(message.byteLength, 500_000)
        break
      }
    }
    await new Promise((resolve) => server.close(resolve))
    assert.deepEqual(closes, [1000])
  })

  it('throws what the peer closed it with, unless that is a good-bye', async () => {
    const codes = { well: 1000, app: 4000 }
    const app = stack(
      http(),
      router({
        '/well': part(websocket(), ({ connection }: WebsocketMarbles) => connection.close(codes.well)),
        '/app': part(websocket(), ({ connection }: WebsocketMarbles) => connection.close(codes.app, 'no')),
        '/fails': part(websocket(), () => Promise.reject(new Error('secret'))),
      }),
    )
    await using served = await serve(app)
    const end = async (path: string) => {
      const bag = await connect(`${toWs(served.address)}${path}`, client)
      try {
        for await (const _ of bag.read());
        return 'well'
      } catch (error) {
        assert.ok(error instanceof PeerError && error.code === 'CONNECTION_CLOSED')
        return error.message.replace(/.* broke: /, '')
      } finally {
        await bag[Symbol.asyncDispose]()
      }
    }
    assert.equal(await end('/well'), 'well')
    assert.equal(await end('/app'), 'the peer closed it with 4000 "no"')
    assert.equal(await end('/fails'), 'the peer closed it with 1011')
  })

  it('closes with 1009 on a message over maxBytes', async () => {
    const ended = new Gate()
    const thrown: unknown[] = []
    const sends = async ({ read, write }: WebsocketMarbles) => {
      await write('x'.repeat(101))
      try {
        for await (const _ of read());
      } catch (error) {
        thrown.push(error)
      }
      ended.open()
    }
    await using served = await serve(stack(http(), websocket(), sends))
    await using bag = await connect(`${toWs(served.address)}#maxBytes=100`, client)
    const reading = async () => {
      for await (const _ of bag.read());
    }
    await assert.rejects(reading, (error) => error instanceof PeerError && error.code === 'MESSAGE_TOO_LONG')
    await ended.opened
    assert.match(String(thrown[0]), /closed it with 1009/)
  })

  it('connects again where that is wanted', async () => {
    const again = new Gate()
    let opened = 0
    await using served = await serve(
      stack(http(), websocket(), ({ connection }: WebsocketMarbles) => connection.close()),
    )
    await using _bag = await connect(toWs(served.address), client, {
      reconnect: { minMs: 1 },
      onState: (state) => {
        if (state === 'open' && ++opened === 3) again.open()
      },
    })
    await again.opened
  })

  const refusals: [name: string, answer: string, message: RegExp][] = [
    ['404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', /: the server answered 404 Not Found\.$/],
    ['200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', /: the server answered 200 OK\.$/],
    ['302', 'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n', /answered 302 Found\.$/],
    ['101 with a wrong accept', `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`, /Accept/],
    ['nonsense', 'nonsense\r\n\r\n', /: Parse Error/],
    ['nothing, and is gone', '', /: socket hang up\.$/],
  ]
  for (const [name, answer, message] of refusals) {
    it(`is refused where the server answers ${name}`, async () => {
      await using server = await answering(answer)
      await assert.rejects(connect(`${server.address}/#header=X-Secret:1`, client), (error) => {
        assert.ok(has('ADDRESS_UNREACHABLE', message)(error), String(error))
        assert.doesNotMatch(String(error), /Secret/)
        return true
      })
    })
  }

  it('gives up where the server does not answer in time, and when it is told so', async () => {
    await using server = await answering(undefined)
    await assert.rejects(
      connect(server.address, client, { timeoutMs: 1 }),
      has('ADDRESS_UNREACHABLE', /longer than 1 ms/),
    )
    const reason = new Error('enough')
    const controller = new AbortController()
    const connecting = connect(server.address, client, { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await assert.rejects(connecting, (error) => error === reason)
  })

  it('is refused where nobody listens', async () => {
    await assert.rejects(
      connect('ws://127.0.0.1:1', client),
      has('ADDRESS_UNREACHABLE', /to ws:\/\/127\.0\.0\.1:1: nobody/),
    )
  })

  it('is for connect alone', async () => {
    for (const address of ['ws://127.0.0.1:0', 'wss://127.0.0.1:0', 'ws+ipc://x.sock']) {
      await assert.rejects(listen(address, app()), has('ADDRESS_BAD', /Listen on tcp:\/\/.*http\(\) and websocket\(\)/))
    }
  })
})

describe('wss://', { skip: withoutOpenssl() }, () => {
  it('verifies the server as tls:// does', async () => {
    using files = new Certificates()
    await using served = await serve(app(), tlsAddress(files.issue('server')))
    const to = served.address.replace(/^tls/, 'wss').replace(/\?.*/, '')
    const trusted = `ca=${files.authority.cert}`
    assert.deepEqual(await heard(`${to}/x?y#${trusted}`), [['/x?y', null, null, null], 'hello'])
    assert.deepEqual((await heard(`${to}#${trusted}&servername=localhost`))[1], 'hello')
    await assert.rejects(connect(to, client), has('ADDRESS_UNREACHABLE', /to wss:.*(?:self-signed|unable to)/))
    const other = connect(`${to}#${trusted}&servername=b.example`, client)
    await assert.rejects(other, has('ADDRESS_UNREACHABLE', /altnames/))
    await assert.rejects(connect(`${to}#ca=no-such-file`, client), has('ADDRESS_BAD', /ca file/))
  })
})

describe('ws+ipc://', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pipestack-ws-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('opens a WebSocket over a Unix socket', async () => {
    await using _served = await serve(app(), `ipc://${folder}/app.sock`)
    assert.deepEqual(await heard(`ws+ipc://${folder}/app.sock:/live?x=1#header=X-Field:a`), [
      ['/live?x=1', null, null, 'a'],
      'hello',
    ])
    assert.deepEqual(await heard(`ws+ipc://${folder}/app.sock`), [['/', null, null, null], 'hello'])
  })
})
