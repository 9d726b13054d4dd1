// Many peers, slow ones, and those that are silently gone.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { http } from '../../pipes/http.ts'
import { type WebsocketMarbles, websocket } from '../../pipes/websocket.ts'
import { type Raw, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { frame, OP, RawWebsocket } from '../websocket-frames.ts'
import { serve } from '../wire.ts'

const CLIENTS = 1_000
const toWs = (address: string) => address.replace(/^tcp/, 'ws')
const echo = async ({ read, write }: Raw) => {
  for await (const message of read()) await write(message)
}

describe('websocket()', () => {
  it(`serves ${CLIENTS} clients at once, and each gets what is its own, in order`, async () => {
    await using served = await serve(stack(http(), websocket(), echo))
    const sockets = Array.from({ length: CLIENTS }, () => new WebSocket(toWs(served.address)))
    await Promise.all(sockets.map((socket) => once(socket, 'open')))
    const all = sockets.map(
      (socket, index) =>
        new Promise<void>((resolve) => {
          let next = 0
          socket.on('message', (data) => {
            assert.equal(String(data), `${index}:${next++}`)
            if (next === 10) resolve()
          })
        }),
    )
    for (const [index, socket] of sockets.entries()) for (let at = 0; at < 10; at++) socket.send(`${index}:${at}`)
    await Promise.all(all)
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
    await served.listener.close({ graceMs: 20_000 })
    assert.deepEqual(new Set((await closed).map(([code]) => code)), new Set([1001]))
    assert.deepEqual(served.errors, [])
  })

  it('holds back who writes to a peer that does not read, and goes on when it does', async () => {
    const TOTAL = 400
    const blocked = new Gate()
    let written = 0
    let most = 0
    const floods = async ({ connection, write }: WebsocketMarbles) => {
      for (; written < TOTAL; written++) {
        const pending = write('x'.repeat(50_000))
        const unsent = Number(Reflect.get(connection, 'unsent'))
        most = Math.max(most, unsent)
        if (unsent > 65_536) blocked.open()
        await pending
      }
    }
    await using served = await serve(stack(http(), websocket(), floods))
    const socket = new WebSocket(toWs(served.address))
    let got = 0
    socket.on('message', () => got++)
    await once(socket, 'open')
    socket.pause()
    await blocked.opened
    const atBlock = written
    socket.resume()
    await once(socket, 'close')
    assert.equal(got, TOTAL)
    assert.ok(atBlock < TOTAL, 'it was held back')
    assert.ok(most < 65_536 + 2 * 50_100, `${most} bytes were held`)
  })

  it('reads no more than it is asked to, and loses nothing', async () => {
    const goOn = new Gate()
    let heard = 0
    const slow = async ({ read }: Raw) => {
      for await (const _ of read()) {
        if (heard++ === 0) await goOn.opened
      }
    }
    await using served = await serve(stack(http(), websocket(), slow))
    const socket = new WebSocket(toWs(served.address))
    await once(socket, 'open')
    for (let at = 0; at < 600; at++) socket.send(Buffer.alloc(50_000))
    // As much leaves as the kernel takes, and not the rest: it is not read.
    let left = -1
    for (let still = 0; still < 100; still++) {
      await new Promise(setImmediate)
      if (left !== socket.bufferedAmount) still = 0
      left = socket.bufferedAmount
    }
    assert.ok(left > 0, `all but ${left} bytes were read`)
    assert.equal(heard, 1)
    goOn.open()
    socket.close()
    await once(socket, 'close')
    await served.listener.close()
    assert.equal(heard, 600)
  })

  it('cuts a peer that answers no ping, and keeps who does', async () => {
    await using served = await serve(stack(http(), websocket({ pingMs: 1 }), echo))
    using dead = await RawWebsocket.open(served.address)
    const alive = new WebSocket(toWs(served.address))
    await once(alive, 'open')
    assert.deepEqual((await dead.toEnd()).slice(0, 1), ['9 '])
    await once(alive, 'ping')
    alive.send('still here')
    await once(alive, 'message')
    alive.close()
    await once(alive, 'close')
    assert.deepEqual(served.errors, [])
  })

  it('does not take a peer for dead that is only slow: its bytes are a sign of life', async () => {
    await using served = await serve(stack(http(), websocket({ pingMs: 1 }), echo))
    using raw = await RawWebsocket.open(served.address)
    const long = frame(OP.BINARY, Buffer.alloc(1_000))
    // One byte behind each ping, of a frame that a pong could not interrupt.
    for (let at = 0; at < 5; at++) {
      raw.send(long.subarray(at, at + 1))
      assert.equal(await raw.shown(), '9 ')
    }
    raw.send(long.subarray(5))
    while ((await raw.frame()).opcode !== OP.BINARY);
  })

  it('cuts a peer that takes nothing', async () => {
    const thrown = new Gate()
    const floods = async ({ write }: Raw) => {
      try {
        for (;;) await write('x'.repeat(50_000))
      } catch (error) {
        thrown.open()
        throw error
      }
    }
    await using served = await serve(stack(http({ idleTimeoutMs: 300 }), websocket(), floods))
    const socket = new WebSocket(toWs(served.address))
    await once(socket, 'open')
    socket.pause()
    await thrown.opened
    socket.terminate()
    assert.deepEqual(served.errors, [])
  })

  it('sends what is written within a tick together', async () => {
    const writes = async ({ write, read }: Raw) => {
      for await (const _ of read()) for (let at = 0; at < 10; at++) void write('hello')
    }
    await using served = await serve(stack(http(), websocket(), writes))
    using raw = await RawWebsocket.open(served.address)
    let chunks = 0
    raw.wire.socket?.on('data', () => chunks++)
    raw.send(frame(OP.TEXT, 'go'))
    for (let at = 0; at < 10; at++) assert.equal(await raw.shown(), '1 hello')
    assert.equal(chunks, 1)
  })
})
