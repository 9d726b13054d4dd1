import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { begin, CODE, FLAG, FRAME, Frames, fieldBlock, frame, number, request, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client } from '../../http2.ts'
import { waiting } from '../../waiting.ts'
import { serveHttp } from '../../wire.ts'

/** Odd numbers: the streams of a client. */
const streams = (count: number) => Array.from({ length: count }, (_, at) => 2 * at + 1)

describe('a hostile peer of HTTP/2', () => {
  it('that resets each request as soon as it runs is stopped, and few of them run at once (CVE-2023-44487)', async () => {
    const { counts, goOn, below } = waiting()
    await using served = await serveHttp(below, { idleTimeoutMs: 1_000 })
    using frames = await Frames.open(served.address)
    for (const stream of streams(5_000)) {
      frames.ask(stream)
      // A peer that is still sending may lose the GOAWAY.
      const ended = await frames.settle().then(
        () => frames.goaway !== undefined,
        () => true,
      )
      if (ended) break
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

  it('that breaks a request in the same breath as it begins it has none that runs', async () => {
    const { counts, below } = waiting()
    await using served = await serveHttp(below)
    using frames = await Frames.open(served.address)
    const short: [string, string][] = [['content-length', '1']]
    frames.send(begin(1, request('/', 'POST', short), false), frame(FRAME.DATA, FLAG.END_STREAM, 1, 'abc'))
    const broken = await frames.broken(1)
    assert.ok(
      [CODE.PROTOCOL_ERROR, CODE.INTERNAL_ERROR].some((code) => code === broken),
      String(broken),
    )
    if (frames.goaway === undefined) await frames.settle()
    assert.equal(counts.begun, 0)
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
      // A peer that is still sending may lose it.
      await frames.sees(FRAME.GOAWAY, 0).catch(() => {})
      assert.notEqual(frames.goaway, CODE.NO_ERROR)
      goOn.open()
      await frames.wire.closed()
      assert.equal(counts.begun, 1)
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
