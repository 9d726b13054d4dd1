// How a WebSocket ends, and what its flow and its peer are told of that.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { router } from '../../pipes/router.ts'
import { type WebsocketMarbles, websocket } from '../../pipes/websocket.ts'
import { PeerError, part, pipe, type Raw, stack, UsageError } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { closeFrame, frame, hear, OP, RawWebsocket } from '../websocket-frames.ts'
import { serve } from '../wire.ts'

const echo = async ({ read, write }: Raw) => {
  for await (const message of read()) await write(message)
}
const echoing = () => stack(http(), websocket(), echo)
const toWs = (address: string) => address.replace(/^tcp/, 'ws')

describe('the end of a websocket()', () => {
  const codes: [name: string, below: (bag: WebsocketMarbles) => unknown, close: string][] = [
    ['a flow that ends well', () => {}, '8 1000'],
    ['a step that gives a value', () => 'value', '1 value'],
    ['an error', () => Promise.reject(new Error('secret')), '8 1011'],
    ['an error of the peer', () => Promise.reject(new PeerError('TIMEOUT', 'too slow')), '8 1008 too slow'],
    ['a bad message', () => Promise.reject(new PeerError('MESSAGE_BAD', 'no JSON')), '8 1007 no JSON'],
    ['a message too long', () => Promise.reject(new PeerError('MESSAGE_TOO_LONG', 'long')), '8 1009 long'],
    ['close()', ({ connection }) => connection.close(), '8 1000'],
    ['close() with a code', ({ connection }) => connection.close(4000, 'née'), '8 4000 née'],
  ]
  for (const [name, below, close] of codes) {
    it(`is ${JSON.stringify(close)} for ${name}`, async () => {
      await using served = await serve(stack(http(), websocket(), below))
      using raw = await RawWebsocket.open(served.address)
      assert.equal(await raw.shown(), close)
      raw.send(closeFrame(1000))
      assert.equal(await raw.wire.closed(), 'end')
    })
  }

  it('refuses codes that are not for applications, and long reasons', async () => {
    const errors: unknown[] = []
    const closes = async ({ connection }: WebsocketMarbles) => {
      for (const [code, reason] of [[1005], [1006], [2999], [5000], [1.5], [3000, 'é'.repeat(62)]] as const) {
        try {
          await connection.close(code, reason)
        } catch (error) {
          errors.push(error instanceof UsageError && error.code)
        }
      }
    }
    await using served = await serve(stack(http(), websocket(), closes))
    using raw = await RawWebsocket.open(served.address)
    assert.equal(await raw.shown(), '8 1000')
    assert.deepEqual(errors, Array(6).fill('OPTION_BAD'))
  })

  it('sends what was written before', async () => {
    const writes = ({ write }: Raw) => {
      for (let index = 0; index < 100; index++) void write(String(index))
    }
    await using served = await serve(stack(http(), websocket(), writes))
    const heard = await hear(new WebSocket(toWs(served.address)))
    assert.deepEqual(heard, [...Array.from({ length: 100 }, (_, index) => `text ${index}`), '1000'])
  })

  it('of a listener is 1001 for all: who reads ends well, who only writes is closed at once', async () => {
    const [ready, over] = [new Gate(), new Gate()]
    const left: unknown[] = []
    const resource = pipe(
      'resource',
      () => 1,
      (_bag, error) => void left.push(error),
    )
    const waits = async ({ signal }: { signal: AbortSignal }) => {
      ready.open()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      over.open()
    }
    const app = stack(
      http(),
      resource,
      router({ '/reads': part(websocket(), echo), '/waits': part(websocket(), waits) }),
    )
    await using served = await serve(app)
    const sockets = ['/reads', '/waits'].map((path) => new WebSocket(toWs(served.address) + path))
    const heard = Promise.all(sockets.map(hear))
    await Promise.all(sockets.map((socket) => once(socket, 'open')))
    sockets[0]?.send('hello')
    await once(sockets[0] ?? assert.fail(), 'message')
    await ready.opened
    await served.listener.close()
    assert.deepEqual(await heard, [['binary hello', '1001'], ['1001']])
    await over.opened
    assert.deepEqual(left, [undefined, undefined])
    assert.deepEqual(served.errors, [])
  })

  it('lets calls finish that are under way when the listener closes', async () => {
    const [begun, goOn] = [new Gate(), new Gate()]
    const slow = {
      async slow() {
        begun.open()
        await goOn.opened
        return 'done'
      },
    }
    await using served = await serve(stack(http(), websocket(), json(), jsonrpc(slow)))
    const socket = new WebSocket(toWs(served.address))
    await once(socket, 'open')
    const heard = hear(socket)
    socket.send('{"jsonrpc":"2.0","id":1,"method":"slow"}')
    await begun.opened
    const closed = served.listener.close()
    goOn.open()
    await closed
    assert.deepEqual(await heard, ['text {"jsonrpc":"2.0","result":"done","id":1}', '1001'])
  })

  it('cuts who does not answer the close frame, after the grace', async () => {
    await using served = await serve(echoing())
    using raw = await RawWebsocket.open(served.address)
    await raw.send(frame(OP.TEXT, 'x')).shown()
    await served.listener.close({ graceMs: 1 })
    assert.equal((await raw.toEnd(false))[0], '8 1001')
  })

  it("fires the flow's signal when the peer is gone, and is no error to report", async () => {
    const [fired, thrown] = [new Gate(), new Gate()]
    const errors: unknown[] = []
    const waits = async ({ signal, read, write }: Raw & { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => fired.open())
      try {
        for await (const message of read()) await write(message)
      } catch (error) {
        errors.push(error)
        thrown.open()
        throw error
      }
    }
    await using served = await serve(stack(http(), websocket(), waits))
    using raw = await RawWebsocket.open(served.address)
    await raw.send(frame(OP.TEXT, 'x')).shown()
    raw.wire.destroy()
    await fired.opened
    await thrown.opened
    assert.ok(errors[0] instanceof PeerError && errors[0].code === 'CONNECTION_CLOSED')
    await served.listener.close()
    assert.deepEqual(served.errors, [])
  })

  it('makes a write fail that comes after it', async () => {
    const [closed, over] = [new Gate(), new Gate()]
    const errors: unknown[] = []
    const writes = async ({ connection, write }: WebsocketMarbles) => {
      await connection.close()
      closed.open()
      try {
        await write('late')
      } catch (error) {
        errors.push(error instanceof PeerError && error.code)
      }
      over.open()
    }
    await using served = await serve(stack(http(), websocket(), writes))
    using raw = await RawWebsocket.open(served.address)
    assert.deepEqual(await raw.toEnd(), ['8 1000', 'end'])
    await over.opened
    assert.deepEqual(errors, ['CONNECTION_CLOSED'])
  })
})
