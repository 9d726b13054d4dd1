import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { Departures } from '../../src/websocket/departures.ts'
import { KEY } from '../websocket-frames.ts'

/** A stream that keeps how long each write was, and takes them one by one. */
class Taking extends Duplex {
  readonly writes: number[] = []
  readonly taken: (() => void)[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#take(chunk.length, done)
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: () => void): void {
    this.#take(
      chunks.reduce((sum, { chunk }) => sum + chunk.length, 0),
      done,
    )
  }

  #take(length: number, done: () => void): void {
    this.writes.push(length)
    this.taken.push(done)
  }

  /** Takes all that there is. */
  async takeAll(): Promise<void> {
    for (let done = this.taken.shift(); done !== undefined; done = this.taken.shift()) {
      done()
      await new Promise(process.nextTick)
    }
  }
}

async function made(serves = false): Promise<{ stream: Taking; socket: WebSocket; departures: Departures }> {
  const stream = new Taking()
  const request = new IncomingMessage(new Socket())
  request.method = 'GET'
  request.headers = { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': KEY }
  const socket = await new Promise<WebSocket>((resolve) =>
    new WebSocketServer({ noServer: true }).handleUpgrade(request, stream, Buffer.alloc(0), resolve),
  )
  await stream.takeAll()
  stream.writes.length = 0
  return { stream, socket, departures: new Departures(socket, stream, () => {}, serves) }
}
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve))

for (const serves of [false, true])
  describe(`what leaves by WebSocket, ${serves ? 'framed here' : 'framed by ws'}`, () => {
    it('leaves together at the end of the tick', async () => {
      const { stream, departures } = await made(serves)
      for (let at = 0; at < 10; at++) assert.equal(departures.send('hello'), true)
      assert.deepEqual(stream.writes, [])
      await tick()
      assert.deepEqual(stream.writes, [70])
    })

    it('leaves once 16 messages are together', async () => {
      const { stream, departures } = await made(serves)
      for (let at = 0; at < 20; at++) departures.send('hello')
      assert.deepEqual(stream.writes, [16 * 7])
      await stream.takeAll()
      assert.deepEqual(stream.writes, [16 * 7, 4 * 7])
    })

    it('asks to stop above 64 KiB, until that has left', async () => {
      const { stream, departures } = await made(serves)
      assert.equal(departures.send(Buffer.alloc(65_000)), true)
      assert.equal(departures.send(Buffer.alloc(65_000)), false)
      assert.equal(departures.drained(), false)
      assert.equal(departures.send('more'), false)
      await stream.takeAll()
      assert.equal(departures.drained(), true)
      assert.equal(departures.drained(), false)
      assert.equal(departures.send('more'), true)
    })

    it('is nothing after the end', async () => {
      const { socket, departures } = await made(serves)
      socket.close()
      const { size } = departures
      for (let at = 0; at < 10; at++) assert.equal(departures.send(Buffer.alloc(100_000)), true)
      assert.equal(departures.open, false)
      assert.equal(departures.size, size)
      socket.terminate()
    })
  })

describe('frames made here', () => {
  it('stand among those of ws in the order in which they were sent, and count as unsent', async () => {
    const { stream, socket, departures } = await made(true)
    const bytes: Buffer[] = []
    stream._write = (chunk, _encoding, done) => {
      bytes.push(chunk)
      done()
    }
    stream._writev = (chunks, done) => {
      bytes.push(...chunks.map(({ chunk }) => chunk))
      done()
    }
    departures.send('first')
    socket.ping('ping')
    departures.send(Buffer.from('bytes'))
    departures.send('last')
    assert.equal(departures.size, 7 + 6 + 7 + 6)
    await tick()
    assert.equal(departures.size, 0)
    const shown = Buffer.concat(bytes).toString('latin1')
    assert.equal(shown, '\x81\x05first\x89\x04ping\x82\x05bytes\x81\x04last')
    socket.terminate()
  })
})
