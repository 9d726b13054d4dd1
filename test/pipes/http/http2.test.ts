import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../../pipes/http.ts'
import { pipe } from '../../../src/pipe.ts'
import { stack } from '../../../src/stack.ts'
import { begin, CODE, FLAG, FRAME, Frames, fieldBlock, frame, number, request, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client } from '../../http2.ts'
import { type HttpPipe, serve, serveHttp } from '../../wire.ts'

/** A flow that waits, and the gates to see and to end it. */
function waiting() {
  const [begun, goOn] = [new Gate(), new Gate()]
  const counts = { begun: 0, running: 0, most: 0, aborted: 0 }
  const below: HttpPipe = async ({ signal }) => {
    counts.begun++
    counts.most = Math.max(counts.most, ++counts.running)
    signal.addEventListener('abort', () => counts.aborted++)
    begun.open()
    await goOn.opened
    counts.running--
    return 'late'
  }
  return { begun, goOn, counts, below }
}

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
    const { begun, goOn, below } = waiting()
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

  it('does not come while a flow is under way, however long it takes', async () => {
    const { begun, goOn, below } = waiting()
    await using served = await serveHttp(below, { idleTimeoutMs: 100 })
    using busy = await Frames.open(served.address)
    using idle = await Frames.open(served.address)
    busy.ask(1)
    await begun.opened
    assert.equal(await idle.wire.closed(), 'end')
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

describe('a hostile peer of HTTP/2', () => {
  it('that resets each request as soon as it runs is stopped, and few of them run at once (CVE-2023-44487)', async () => {
    const { counts, goOn, below } = waiting()
    await using served = await serveHttp(below, { idleTimeoutMs: 100 })
    using frames = await Frames.open(served.address)
    for (const stream of streams(5_000)) {
      frames.ask(stream)
      await frames.settle()
      if (frames.goaway !== undefined) break
      frames.reset(stream)
    }
    await frames.wire.closed()
    assert.equal(counts.most, 256)
    assert.equal(counts.begun, 256)
    assert.ok(
      frames.all.some(({ type, body }) => type === FRAME.RST_STREAM && body.readUInt32BE() === CODE.REFUSED_STREAM),
    )
    using client = new Http2Client(served.url)
    goOn.open()
    assert.equal((await client.ask()).status, 200)
  })

  it('that resets thousands of requests in one breath is stopped after about a thousand', async () => {
    let begun = 0
    const below = () => {
      begun++
      return 'x'
    }
    await using served = await serveHttp(below, { idleTimeoutMs: 100 })
    using frames = await Frames.open(served.address)
    const flood = streams(20_000).flatMap((id) => [begin(id), frame(FRAME.RST_STREAM, 0, id, number(CODE.CANCEL))])
    frames.send(...flood)
    await frames.wire.closed()
    assert.ok(begun < 2_500, String(begun))
    using client = new Http2Client(served.url)
    assert.equal((await client.ask()).status, 200)
  })

  const floods: [name: string, flood: () => Buffer][] = [
    ['CONTINUATION', () => frame(FRAME.CONTINUATION, 0, 1, fieldBlock([['x-a', 'x'.repeat(1_000)]]))],
    ['garbage', () => Buffer.from('garbage, '.repeat(10))],
    ['DATA of streams that do not exist', () => frame(FRAME.DATA, 0, 99, 'abc')],
    ['WINDOW_UPDATE by nothing', () => frame(FRAME.WINDOW_UPDATE, 0, 0, number(0))],
    ['streams of a server', () => begin(2)],
    [
      'broken field blocks',
      () => frame(FRAME.HEADERS, FLAG.END_HEADERS, 5, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    ],
  ]
  for (const [name, one] of floods) {
    it(`that sends ${name} loses its connection, and nobody else does`, async () => {
      const { begun, goOn, counts, below } = waiting()
      await using served = await serveHttp(below, { idleTimeoutMs: 100 })
      using frames = await Frames.open(served.address)
      frames.ask(1)
      await begun.opened
      if (name === 'CONTINUATION') frames.send(frame(FRAME.HEADERS, 0, 3, fieldBlock(request())))
      frames.send(...Array.from({ length: 500 }, one))
      goOn.open()
      await frames.wire.closed()
      assert.notEqual(frames.goaway, CODE.NO_ERROR)
      assert.equal(counts.begun, 1)
      assert.equal(frames.status(1), undefined)
      using client = new Http2Client(served.url)
      assert.equal((await client.ask()).status, 200)
      assert.deepEqual(served.errors, [])
    })
  }

  for (const [name, one] of [
    ['PING', frame(FRAME.PING, 0, 0, '12345678')],
    ['SETTINGS', settings([[4, 65_535]])],
    ['empty DATA', frame(FRAME.DATA, 0, 1)],
  ] as const) {
    it(`that sends ${name} without end and reads nothing is cut`, async () => {
      const { begun, goOn, below } = waiting()
      await using served = await serveHttp(below, { idleTimeoutMs: 100 })
      using frames = await Frames.open(served.address)
      frames.ask(1, request('/', 'POST'), false)
      await begun.opened
      const { socket } = frames.wire
      socket?.pause()
      const block = Buffer.concat(Array.from({ length: 10_000 }, () => one))
      while (socket?.destroyed === false) {
        const more = new Gate()
        socket.write(block, () => more.open())
        await more.opened
      }
      using client = new Http2Client(served.url)
      goOn.open()
      assert.equal((await client.ask()).status, 200)
      assert.deepEqual(served.errors, [])
    })
  }
})
