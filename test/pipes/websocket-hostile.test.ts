// Peers that do not keep to RFC 6455, or keep to it in a way that nobody would.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { type WebsocketOptions, websocket } from '../../pipes/websocket.ts'
import { PeerError, pipe, type Raw, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { closeFrame, frame, handshake, OP, RawWebsocket } from '../websocket-frames.ts'
import { freshName, serve, Wire } from '../wire.ts'

const echo = async ({ read, write }: Raw) => {
  for await (const message of read()) await write(message)
}
const echoing = (options?: WebsocketOptions) => serve(stack(http(), websocket(options), echo))

/** What is sent back, up to the end, and the codes of the errors. */
async function met(frames: readonly Buffer[], options: WebsocketOptions = { maxBytes: 1_000 }): Promise<unknown[]> {
  await using served = await echoing(options)
  using raw = await RawWebsocket.open(served.address)
  raw.send(...frames)
  const heard = await raw.toEnd()
  await served.listener.close()
  return [...heard.slice(0, -1), ...served.errors.map((error) => (error instanceof PeerError ? error.code : error))]
}

describe('a peer of websocket() that sends', () => {
  const BAD = 'MESSAGE_BAD'
  const LONG = 'MESSAGE_TOO_LONG'
  const table: [name: string, frames: Buffer[], heard: unknown[]][] = [
    ['an unmasked frame', [frame(OP.TEXT, 'x', { masked: false })], ['8 1002', BAD]],
    ['RSV1 without compression', [frame(OP.TEXT, 'x', { reserved: 4 })], ['8 1002', BAD]],
    ['RSV2', [frame(OP.TEXT, 'x', { reserved: 2 })], ['8 1002', BAD]],
    ['RSV3', [frame(OP.BINARY, 'x', { reserved: 1 })], ['8 1002', BAD]],
    ['an unknown opcode', [frame(3, 'x')], ['8 1002', BAD]],
    ['an unknown control opcode', [frame(11, 'x')], ['8 1002', BAD]],
    ['a continuation of nothing', [frame(OP.MORE, 'x')], ['8 1002', BAD]],
    ['a message within another', [frame(OP.TEXT, 'x', { fin: false }), frame(OP.TEXT, 'y')], ['8 1002', BAD]],
    ['a ping in pieces', [frame(OP.PING, 'x', { fin: false })], ['8 1002', BAD]],
    ['a ping of 126 bytes', [frame(OP.PING, 'x'.repeat(126))], ['8 1002', BAD]],
    ['a close frame of one byte', [frame(OP.CLOSE, 'x')], ['8 1002', BAD]],
    ['a close frame with a code that is none', [closeFrame(1005)], ['8 1002', BAD]],
    ['a close frame with a reason that is no UTF-8', [closeFrame(1000, Buffer.of(0xff))], ['8 1007', BAD]],
    ['text that is no UTF-8', [frame(OP.TEXT, Buffer.of(0xc3, 0x28))], ['8 1007', BAD]],
    ['a character cut off', [frame(OP.TEXT, Buffer.of(0xc3))], ['8 1007', BAD]],
    ['a lone surrogate', [frame(OP.TEXT, Buffer.of(0xed, 0xa0, 0x80))], ['8 1007', BAD]],
    ['a message over the limit', [frame(OP.BINARY, Buffer.alloc(1_001))], ['8 1009', LONG]],
    ['the head of a message over the limit', [frame(OP.BINARY, 'x', { length: 1_001 })], ['8 1009', LONG]],
    ['a length of 2^63', [frame(OP.BINARY, 'x', { length: 2n ** 63n })], ['8 1009', LONG]],
    ['a length of 2^64-1', [frame(OP.BINARY, 'x', { length: 2n ** 64n - 1n })], ['8 1009', LONG]],
    [
      'pieces that are together over the limit',
      [frame(OP.TEXT, 'x'.repeat(600), { fin: false }), frame(OP.MORE, 'x'.repeat(600))],
      ['8 1009', LONG],
    ],
    [
      'empty pieces without end',
      [frame(OP.TEXT, '', { fin: false }), ...Array(20_000).fill(frame(OP.MORE, '', { fin: false }))],
      ['8 1008', LONG],
    ],
  ]
  for (const [name, frames, heard] of table) {
    it(`${name} is told ${heard[0]}`, async () => {
      assert.deepEqual(await met(frames), heard)
    })
  }

  const harmless: [name: string, frames: Buffer[], heard: string][] = [
    ['a message in pieces', [frame(OP.TEXT, 'Γε'.slice(0, 1), { fin: false }), frame(OP.MORE, 'ειά')], '2 Γειά'],
    [
      'a character in two pieces',
      [frame(OP.TEXT, Buffer.of(0xce), { fin: false }), frame(OP.MORE, Buffer.of(0x93))],
      '2 Γ',
    ],
    ['a message of exactly the limit', [frame(OP.BINARY, 'x'.repeat(1_000))], `2 ${'x'.repeat(1_000)}`],
    ['an empty message', [frame(OP.BINARY)], '2 '],
    ['a pong that nobody asked for', [frame(OP.PONG, 'x'), frame(OP.TEXT, 'y')], '2 y'],
    ['a ping', [frame(OP.PING, 'x')], '10 x'],
    [
      'a ping within a message',
      [frame(OP.TEXT, 'a', { fin: false }), frame(OP.PING, 'p'), frame(OP.MORE, 'b')],
      '10 p',
    ],
  ]
  for (const [name, frames, heard] of harmless) {
    it(`${name} is understood`, async () => {
      await using served = await echoing({ maxBytes: 1_000 })
      using raw = await RawWebsocket.open(served.address)
      assert.equal(await raw.send(...frames).shown(), heard)
    })
  }

  it('a flood of pings and reads nothing is cut', async () => {
    await using served = await echoing()
    using raw = await RawWebsocket.open(served.address)
    raw.wire.socket?.pause()
    raw.send(...Array(100_000).fill(frame(OP.PING, 'x'.repeat(125))))
    raw.wire.socket?.resume()
    await raw.wire.closed()
  })

  it('its close frame before it is answered has an error thrown, and none reported', async () => {
    const thrown: unknown[] = []
    const over = new Gate()
    const answers = async (bag: Raw) => {
      await echo(bag).catch((error) => {
        thrown.push(error instanceof PeerError && error.code)
        throw error
      })
    }
    const notes = pipe(
      'notes',
      () => 1,
      () => over.open(),
    )
    await using served = await serve(stack(http(), notes, websocket(), answers))
    using raw = await RawWebsocket.open(served.address)
    assert.deepEqual(await raw.send(frame(OP.TEXT, 'x'), closeFrame(1000)).toEnd(false), ['8 1000', 'end'])
    await over.opened
    await served.listener.close()
    assert.deepEqual([thrown, served.errors], [['CONNECTION_CLOSED'], []])
  })

  it('what is behind its close frame is not heard', async () => {
    const heard: string[] = []
    const over = new Gate()
    const reads = async ({ read }: Raw) => {
      for await (const message of read()) heard.push(String(message))
      over.open()
    }
    await using served = await serve(stack(http(), websocket(), reads))
    using raw = await RawWebsocket.open(served.address)
    raw.send(frame(OP.TEXT, 'before'), closeFrame(1000), frame(OP.TEXT, 'behind'))
    await over.opened
    assert.deepEqual(heard, ['before'])
    assert.deepEqual(served.errors, [])
  })

  it('codes of an application ends the flow in error, and nothing is reported', async () => {
    const errors: unknown[] = []
    const over = new Gate()
    const reads = async ({ read }: Raw) => {
      try {
        for await (const _ of read());
      } catch (error) {
        errors.push(error)
        throw error
      } finally {
        over.open()
      }
    }
    await using served = await serve(stack(http(), websocket(), reads))
    using raw = await RawWebsocket.open(served.address)
    assert.deepEqual(await raw.send(closeFrame(4002, 'no "more"')).toEnd(false), ['8 4002 no "more"', 'end'])
    await over.opened
    assert.match(String(errors[0]), /CONNECTION_CLOSED|broke: the peer closed it with 4002 "no \\"more\\""/)
    await served.listener.close()
    assert.deepEqual(served.errors, [])
  })
})

describe('a connection by WebSocket that is torn', () => {
  const bytes = Buffer.concat([
    Buffer.from(handshake('/'), 'latin1'),
    frame(OP.TEXT, 'one', { fin: false }),
    frame(OP.PING, 'p'),
    frame(OP.MORE, ' two'),
    frame(OP.BINARY, 'x'.repeat(130)),
    closeFrame(1000, 'good-bye'),
  ])

  it('ends its flow at every position, and leaves nothing behind', async () => {
    let flows = 0
    let ended = 0
    const counts = async (bag: Raw) => {
      flows++
      try {
        await echo(bag)
      } finally {
        ended++
      }
    }
    const served = await serve(stack(http(), websocket(), counts), freshName())
    const head = handshake('/').length
    for (let at = 0; at <= bytes.length; at++) {
      const wire = await Wire.open(served.address)
      wire.send(bytes.subarray(0, Math.min(at, head)))
      if (at > head) {
        await wire.sees('\r\n\r\n')
        wire.send(bytes.subarray(head, at))
      }
      if (at % 2 === 0) wire.destroy()
      else wire.end()
      await wire.closed()
    }
    await served.listener.close()
    assert.equal(ended, flows)
    assert.ok(flows >= bytes.length - head, String(flows))
    assert.deepEqual(served.errors, [])
  })

  it('is understood however it is cut', async () => {
    const head = handshake('/').length
    for (let at = head + 1; at < bytes.length; at += 3) {
      await using served = await serve(stack(http(), websocket(), echo), freshName())
      using raw = await RawWebsocket.open(served.address)
      raw.wire.send(bytes.subarray(head, at))
      await new Promise(setImmediate)
      raw.wire.send(bytes.subarray(at))
      const heard = (await raw.toEnd(false)).slice(0, -1)
      assert.equal(heard[0], '10 p')
      assert.equal(heard.at(-1), '8 1000 good-bye')
    }
  })
})
