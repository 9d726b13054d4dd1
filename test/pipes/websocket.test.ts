import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocket as UndiciWebSocket } from 'undici'
import { WebSocket } from 'ws'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { router } from '../../pipes/router.ts'
import { set } from '../../pipes/set.ts'
import { type WebsocketMarbles, type WebsocketOptions, websocket } from '../../pipes/websocket.ts'
import { connect, part, pipe, type Raw, stack, UsageError } from '../../src/index.ts'
import { ACCEPT, closeFrame, frame, handshake, hear, OP, RawWebsocket } from '../websocket-frames.ts'
import { ask, freshName, serve, Wire } from '../wire.ts'

const echo = async ({ read, write }: Raw) => {
  for await (const message of read()) await write(message)
}
const echoing = (options?: WebsocketOptions) => stack(http(), websocket(options), echo)
const methods = { add: (a: number, b: number) => a + b, text: (text: string) => text }
const site = stack(
  http(),
  router({
    '/live': part(websocket(), json(), jsonrpc(methods)),
    '/': () => 'a page',
    '/mount/**': router({ '/live': part(websocket(), echo) }),
  }),
)
const toWs = (address: string) => address.replace(/^tcp/, 'ws')

describe('websocket()', () => {
  it('answers the handshake of RFC 6455', async () => {
    await using served = await serve(echoing())
    using raw = await RawWebsocket.open(served.address)
    assert.equal(
      raw.head,
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n\r\n`,
    )
  })

  it('runs the rest of the stack on messages: text is sent as text, bytes as binary', async () => {
    const connections: unknown[] = []
    const talk = async ({ connection, read, write }: WebsocketMarbles) => {
      connections.push([connection.kind, connection.protocol])
      for await (const message of read()) {
        await write(message)
        await write(String(message))
      }
    }
    await using served = await serve(stack(http(), websocket(), talk))
    using raw = await RawWebsocket.open(served.address)
    raw.send(frame(OP.TEXT, 'Γειά 😀'), frame(OP.BINARY, Buffer.of(0xff)), frame(OP.TEXT))
    const frames: string[] = []
    while (frames.length < 6) frames.push(await raw.shown())
    assert.deepEqual(frames, ['2 Γειά 😀', '1 Γειά 😀', '2 \ufffd', '1 \ufffd', '2 ', '1 '])
    raw.send(closeFrame(1000))
    assert.equal(await raw.shown(), '8 1000')
    assert.equal(await raw.wire.closed(), 'end')
    assert.deepEqual(connections, [['message', undefined]])
    assert.deepEqual(served.errors, [])
  })

  it("speaks with undici's WebSocket, as browsers have it", async () => {
    await using served = await serve(site)
    const socket = new UndiciWebSocket(`${toWs(served.address)}/live`)
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const answered = new Promise<unknown>((resolve) => socket.addEventListener('message', ({ data }) => resolve(data)))
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] }))
    assert.deepEqual(JSON.parse(String(await answered)), { jsonrpc: '2.0', id: 1, result: 3 })
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
    socket.close(4001, 'enough')
    assert.equal(await closed, 4001)
  })

  it('takes the connection over behind requests, and only there', async () => {
    await using served = await serve(site)
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('GET /')).reply()).body.toString(), 'a page')
    assert.equal((await wire.send(ask('GET /live')).reply()).status, 426)
    wire.send(handshake('/live'))
    await wire.sees('101 Switching Protocols')
    wire.send(frame(OP.TEXT, '{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}'))
    await wire.sees('"result":3')
    // What comes now is no request any more.
    wire.send(ask('GET /'))
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.text().match(/HTTP\/1\.1 /g)?.length, 3)
  })

  it('waits for the answers before it to leave', async () => {
    const long = 'x'.repeat(3_000_000)
    const app = stack(http(), router({ '/long': () => long, '/live': part(websocket(), echo) }))
    // In memory, where no kernel takes more than is read.
    await using served = await serve(app, freshName())
    using wire = await Wire.open(served.address)
    wire.send(ask('GET /long') + handshake('/live'))
    assert.equal((await wire.reply()).body.length, long.length)
    await wire.sees('101 Switching Protocols')
    assert.match(wire.rest(), /^HTTP\/1\.1 101 /)
  })

  it('is found below mounts and other pipes that change the environ', async () => {
    await using served = await serve(site)
    using raw = await RawWebsocket.open(served.address, '/mount/live')
    assert.equal(await raw.send(frame(OP.TEXT, 'hello')).shown(), '2 hello')
  })

  it('serves on memory:// as well', async () => {
    await using served = await serve(echoing(), freshName())
    using raw = await RawWebsocket.open(served.address)
    assert.equal(await raw.send(frame(OP.BINARY, 'hello')).shown(), '2 hello')
    assert.deepEqual(await raw.send(closeFrame(1000)).toEnd(false), ['8 1000', 'end'])
  })

  it('gives one stack to tcp:// and ws://', async () => {
    const { line } = await import('../../pipes/line.ts')
    const worker = part(line(), json(), jsonrpc(methods))
    const client = stack(line(), json(), jsonrpc.client<typeof methods>())
    await using bare = await serve(worker)
    await using web = await serve(stack(http(), websocket(), worker))
    for (const address of [bare.address, toWs(web.address)]) {
      await using bag = await connect(address, client)
      const sums = Array.from({ length: 100 }, (_, index) => bag.rpc.call('add', index, 1))
      assert.deepEqual(
        await Promise.all(sums),
        Array.from({ length: 100 }, (_, index) => index + 1),
      )
      const long = 'é'.repeat(200_000)
      assert.equal(await bag.rpc.call('text', long), long)
    }
    assert.deepEqual([...bare.errors, ...web.errors], [])
  })

  it('chooses the sub-protocol that it likes best', async () => {
    const told = ({ connection, write }: WebsocketMarbles) => write(String(connection.protocol))
    await using served = await serve(stack(http(), websocket({ protocols: ['chat.v2', 'chat.v1'] }), told))
    for (const [offered, expected] of [
      [['chat.v1', 'chat.v2'], 'chat.v2'],
      [['other', 'chat.v1'], 'chat.v1'],
      [[], 'undefined'],
    ] as const) {
      const socket = new WebSocket(toWs(served.address), [...offered])
      assert.deepEqual(await hear(socket), [`text ${expected}`, '1000'])
      assert.equal(socket.protocol, expected === 'undefined' ? '' : expected)
    }
  })

  it('ignores sub-protocols where it is told of none', async () => {
    await using served = await serve(echoing())
    using raw = await RawWebsocket.open(served.address, '/', handshake('/', 'Sec-WebSocket-Protocol: a, b\r\n'))
    assert.doesNotMatch(raw.head, /Sec-WebSocket-Protocol/i)
  })

  it('compresses where that is wanted by both, and not by default', async () => {
    for (const [deflate, extensions] of [
      [false, ''],
      [true, 'permessage-deflate'],
    ] as const) {
      await using served = await serve(echoing({ deflate }))
      const socket = new WebSocket(toWs(served.address))
      await once(socket, 'open')
      assert.equal(socket.extensions, extensions)
      const text = 'long '.repeat(50_000)
      for (let index = 0; index < 3; index++) socket.send(text)
      for (let index = 0; index < 3; index++) assert.equal(String((await once(socket, 'message'))[0]), text)
      socket.close()
      await once(socket, 'close')
    }
  })

  it('reads the offer of a compression that is none', async () => {
    await using served = await serve(echoing({ deflate: true }))
    using wire = await Wire.open(served.address)
    wire.send(handshake('/', 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n'))
    assert.equal((await wire.reply()).status, 400)
    assert.equal(await wire.closed(), 'end')
    assert.deepEqual(served.errors, [])
  })

  it('leaves the pipes above it when the connection is over, told of the error', async () => {
    const left: unknown[] = []
    const resource = pipe(
      'resource',
      () => 'open',
      (_bag, error) => void left.push(error),
    )
    const failing = new Error('as asked')
    const fails = async ({ read }: Raw) => {
      for await (const message of read()) if (String(message) === 'fail') throw failing
    }
    await using served = await serve(stack(http(), resource, websocket(), fails))
    const well = new WebSocket(toWs(served.address))
    await once(well, 'open')
    well.close()
    await once(well, 'close')
    const badly = new WebSocket(toWs(served.address))
    await once(badly, 'open')
    badly.send('fail')
    assert.deepEqual(await hear(badly), ['1011'])
    assert.deepEqual(left, [undefined, failing])
    assert.deepEqual(served.errors, [failing])
  })

  it('sees what stands above it, and its write is for messages alone', async () => {
    const thrown: unknown[] = []
    const tells = async ({ name, write }: { name: string } & WebsocketMarbles) => {
      await write(name)
      try {
        // @ts-expect-error a value is for json()
        await write({})
      } catch (error) {
        thrown.push(error)
      }
    }
    await using served = await serve(
      stack(
        http(),
        set('name', () => 'Ada'),
        websocket(),
        tells,
      ),
    )
    assert.deepEqual(await hear(new WebSocket(toWs(served.address))), ['text Ada', '1000'])
    assert.ok(thrown[0] instanceof UsageError && thrown[0].code === 'WRITE_VALUE')
  })
})

describe('the options of websocket()', () => {
  it('are checked when it is built', () => {
    const wrong: object[] = [
      { origin: [] },
      { origins: 'https://a.example' },
      { origins: ['https://a.example/'] },
      { origins: ['https://A.example'] },
      { origins: ['a.example'] },
      { origins: ['*'] },
      { protocols: [] },
      { protocols: 'chat' },
      { protocols: ['a', 'a'] },
      { protocols: ['a b'] },
      { maxBytes: 0 },
      { pingMs: 1.5 },
      { deflate: 1 },
    ]
    for (const options of wrong) {
      const build = () => websocket(options)
      assert.throws(
        build,
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD',
        JSON.stringify(options),
      )
    }
    websocket({ origins: ['https://a.example:8443', 'null', 'http://[::1]'], protocols: ['a', 'b.1'] })
  })
})
