import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../../pipes/http.ts'
import { pipe } from '../../../src/pipe.ts'
import { stack } from '../../../src/stack.ts'
import { CODE, FLAG, FRAME, Frames, frame, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client } from '../../http2.ts'
import { waiting } from '../../waiting.ts'
import { serve, serveHttp } from '../../wire.ts'

/** Odd numbers: the streams of a client. */
const streams = (count: number) => Array.from({ length: count }, (_, at) => 2 * at + 1)

describe('a connection of HTTP/2', () => {
  it('carries many requests at once, more than may run, in whatever order they are answered', async () => {
    await using served = await serveHttp(async ({ environ }) => {
      const number = Number(environ.QUERY_STRING)
      for (let turns = number % 7; turns > 0; turns--) await turn()
      return `${number}`.repeat(1_000)
    })
    using client = new Http2Client(served.url)
    const asked = Array.from({ length: 500 }, (_, at) => client.ask({ ':path': `/?${at}` }))
    for (const [at, { body }] of (await Promise.all(asked)).entries()) {
      assert.equal(body.toString(), `${at}`.repeat(1_000))
    }
    assert.deepEqual(served.errors, [])
  })

  it('runs at most 128 requests at the same time, and ends where a peer begins more all the same', async () => {
    const { counts, goOn, below } = waiting()
    await using served = await serveHttp(below)
    using frames = await Frames.open(served.address)
    frames.send(frame(FRAME.SETTINGS, FLAG.ACK, 0))
    const limit = (await frames.sees(FRAME.SETTINGS, 0)).body
    assert.equal(limit.readUInt32BE(limit.indexOf(Buffer.of(0, 3)) + 2), 128)
    for (const stream of streams(128)) frames.ask(stream)
    await frames.settle()
    assert.equal(counts.running, 128)
    for (const stream of streams(300).slice(128)) frames.ask(stream)
    await frames.wire.closed()
    assert.equal(counts.begun, 128)
    goOn.open()
    using client = new Http2Client(served.url)
    assert.equal((await client.ask()).status, 200)
  })

  it('serves the same stack as HTTP/1.1 on the same address', async () => {
    await using served = await serveHttp(({ environ }) => environ.SERVER_PROTOCOL)
    using client = new Http2Client(served.url)
    assert.equal((await client.ask()).body.toString(), 'HTTP/2.0')
    assert.equal(await (await fetch(served.url)).text(), 'HTTP/1.1')
  })

  it('leaves what stands above http() once, when it is gone and its flows have ended', async () => {
    const order: string[] = []
    const { begun, goOn, counts, below } = waiting()
    const left = new Gate()
    const outer = pipe(
      'outer',
      () => {},
      () => {
        order.push('outer')
        left.open()
      },
    )
    const inner = pipe(
      'inner',
      () => {},
      () => {
        order.push('inner')
      },
    )
    await using served = await serve(stack(outer, http(), inner, below))
    const frames = await Frames.open(served.address)
    frames.ask(1).ask(3)
    await begun.opened
    await frames.settle()
    frames.wire.destroy()
    while (counts.aborted < 2) await turn()
    assert.deepEqual(order, [])
    goOn.open()
    await left.opened
    assert.deepEqual(order, ['inner', 'inner', 'outer'])
    assert.deepEqual(served.errors, [])
  })
})

describe('the end of a connection of HTTP/2', () => {
  it('comes after the responses under way where the listener closes, and no request is taken any more', async () => {
    const { begun, goOn, counts, below } = waiting()
    await using served = await serveHttp(below)
    using frames = await Frames.open(served.address)
    frames.ask(1)
    await begun.opened
    const closing = served.listener.close({ graceMs: 60_000 })
    const goaway = await frames.sees(FRAME.GOAWAY, 0)
    assert.deepEqual([goaway.body.readUInt32BE(0), goaway.body.readUInt32BE(4)], [1, CODE.NO_ERROR])
    frames.ask(3)
    await frames.settle()
    goOn.open()
    await frames.over(1)
    assert.equal(frames.data(1).toString(), 'late')
    assert.equal(await frames.wire.closed(), 'end')
    await closing
    assert.equal(counts.begun, 1)
    assert.equal(frames.status(3), undefined)
  })

  it('comes after a streamed response under way, which arrives whole', async () => {
    const [begun, goOn] = [new Gate(), new Gate()]
    await using served = await serveHttp(async ({ write }) => {
      await write('a'.repeat(300_000))
      begun.open()
      await goOn.opened
      await write('b'.repeat(300_000))
    })
    using client = new Http2Client(served.url)
    const reply = client.ask()
    await begun.opened
    const closing = served.listener.close({ graceMs: 60_000 })
    goOn.open()
    const { body, code } = await reply
    assert.deepEqual([body.length, code], [600_000, CODE.NO_ERROR])
    await closing
  })

  it('comes at once where the listener closes and nothing is under way', async () => {
    await using served = await serveHttp(() => 'x')
    using used = await Frames.open(served.address)
    using fresh = await Frames.open(served.address)
    await used.ask(1).over(1)
    await fresh.settle()
    await served.listener.close({ graceMs: 60_000 })
    for (const { wire, goaway } of [used, fresh]) {
      assert.equal(await wire.closed(), 'end')
      assert.equal(goaway, CODE.NO_ERROR)
    }
  })

  it('comes at once where the listener has closed while the preface was coming', async () => {
    await using served = await serveHttp(() => 'x')
    using frames = await Frames.open(served.address, Buffer.from('PRI * HT'))
    using probe = await Frames.open(served.address)
    await probe.settle()
    const closing = served.listener.close({ graceMs: 60_000 })
    await probe.sees(FRAME.GOAWAY, 0)
    frames.send(Buffer.from('TP/2.0\r\n\r\nSM\r\n\r\n'), settings())
    assert.equal(await frames.wire.closed(), 'end')
    await closing
  })

  it('comes when it was idle for as long as may be, also where the peer says nothing but PING', async () => {
    await using served = await serveHttp(() => 'x', { idleTimeoutMs: 100 })
    using used = await Frames.open(served.address)
    using fresh = await Frames.open(served.address)
    await used.ask(1).over(1)
    while (fresh.wire.over === undefined) await fresh.settle().catch(() => {})
    assert.equal(await used.wire.closed(), 'end')
    assert.deepEqual([used.goaway, fresh.goaway], [CODE.NO_ERROR, CODE.NO_ERROR])
  })

  it('does not come while there are requests from time to time, however short they are', async () => {
    await using served = await serveHttp(() => 'x', { idleTimeoutMs: 400 })
    using busy = await Frames.open(served.address)
    using idle = await Frames.open(served.address)
    for (let stream = 1; idle.wire.over === undefined; stream += 2) await busy.ask(stream).over(stream)
    await busy.ask(1_000_001).over(1_000_001)
    assert.equal(busy.goaway, undefined)
  })

  it('does not come while a flow is under way, however long it takes', async () => {
    const { begun, goOn, below } = waiting()
    await using served = await serveHttp(below, { idleTimeoutMs: 100 })
    using busy = await Frames.open(served.address)
    using idle = await Frames.open(served.address)
    busy.ask(1)
    await begun.opened
    assert.equal(await idle.wire.closed(), 'end')
    await busy.settle()
    assert.equal(busy.goaway, undefined)
    goOn.open()
    await busy.over(1)
    assert.equal(busy.data(1).toString(), 'late')
  })

  it('comes also where the peer never ends its side', async () => {
    const left = new Gate()
    const outer = pipe(
      'outer',
      () => {},
      () => left.open(),
    )
    await using served = await serve(stack(outer, http({ idleTimeoutMs: 100 }), () => 'x'))
    using frames = await Frames.open(served.address)
    frames.wire.socket?.removeAllListeners('end')
    await frames.ask(1).over(1)
    await left.opened
  })
})
