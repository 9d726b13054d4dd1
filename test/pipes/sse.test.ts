import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { sse } from '../../pipes/sse.ts'
import { pipe, stack, UsageError } from '../../src/index.ts'
import { client } from '../../src/testing.ts'
import { isPeer } from '../framing.ts'
import { Gate } from '../gate.ts'
import { Http2Client } from '../http2.ts'
import { header } from '../replies.ts'
import { ask, serve, Wire } from '../wire.ts'
import { dataOf, served } from './sse/streaming.ts'

describe('sse()', () => {
  it('makes an event of each message, and says so in the head', async () => {
    const app = served(async ({ write, sse }) => {
      await write('a')
      await write('b\nc')
      await sse.send({ data: 'd', id: '7', event: 'tick' })
    })
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    const reply = await wire.send(ask()).reply()
    assert.equal(reply.status, 200)
    assert.equal(reply.framing, 'chunked')
    assert.deepEqual(
      ['content-type', 'cache-control', 'x-accel-buffering'].map((name) => header(reply, name)),
      ['text/event-stream', 'no-store, no-transform', 'no'],
    )
    assert.equal(reply.body.toString(), 'retry: 2000\n\ndata: a\n\ndata: b\ndata: c\n\nid: 7\nevent: tick\ndata: d\n\n')
    // The connection goes on.
    assert.equal((await wire.send(ask()).reply()).status, 200)
    assert.deepEqual(server.errors, [])
  })

  it('sends the head at once, and each event in the tick in which it is written', async () => {
    const [first, second] = [new Gate(), new Gate()]
    const app = served(async ({ write }) => {
      await first.opened
      void write('a')
      void write('b')
      await second.opened
    })
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    await wire.send(ask()).sees('retry: 2000')
    first.open()
    await wire.sees('data: a\n\ndata: b\n\n')
    second.open()
    const { chunks } = await wire.reply()
    assert.deepEqual(chunks.map(String), ['retry: 2000\n\n', 'data: a\n\ndata: b\n\n'])
  })

  it('stands above json()', async () => {
    const app = stack(http(), sse(), json(), async ({ write, sse }) => {
      await write({ lines: 'a\nb' })
      await write('Ω')
      return { last: sse.lastEventId }
    })
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    const reply = await wire.send(ask('GET /', 'Last-Event-ID: x-1\r\n')).reply()
    assert.deepEqual(dataOf(reply), ['{"lines":"a\\nb"}', '"Ω"', '{"last":"x-1"}'])
  })

  it('refuses bytes, and what is no event', async () => {
    const seen: unknown[] = []
    const app = served(async ({ write, sse }) => {
      for (const attempt of [() => write(Buffer.from('a')), () => sse.send({ data: 'a', id: '\n' })]) {
        try {
          await attempt()
        } catch (error) {
          seen.push(error instanceof UsageError && error.code)
        }
      }
    })
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    await wire.send(ask()).reply()
    assert.deepEqual(seen, ['WRITE_VALUE', 'WRITE_VALUE'])
  })

  it('is left like any other pipe, and its deferred functions run', async () => {
    const order: string[] = []
    const app = stack(
      http(),
      pipe(
        'db',
        () => order.push('enter'),
        (_bag, error) => void order.push(`leave ${String(error)}`),
      ),
      sse(),
      ({ defer }) => {
        defer(() => order.push('deferred'))
        return 'last'
      },
    )
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    assert.deepEqual(dataOf(await wire.send(ask()).reply()), ['last'])
    assert.deepEqual(order, ['enter', 'deferred', 'leave undefined'])
  })

  it('an error below cuts the stream, and is told to the pipes above', async () => {
    const told: unknown[] = []
    const app = stack(
      http(),
      pipe(
        'db',
        () => 1,
        (_bag, error) => void told.push(error),
      ),
      sse(),
      async ({ write }) => {
        await write('a')
        throw new Error('broken')
      },
    )
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    await wire.send(ask()).closed()
    assert.ok(!wire.text().includes('0\r\n\r\n'))
    assert.deepEqual([told, server.errors].map(String), ['Error: broken', 'Error: broken'])
  })

  it('speaks HTTP/1.0, where the end of the connection ends the stream', async () => {
    await using server = await serve(served(() => 'a'))
    using wire = await Wire.open(server.address)
    wire.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n')
    await wire.closed()
    const reply = await wire.reply()
    assert.equal(reply.framing, 'close')
    assert.deepEqual(dataOf(reply), ['a'])
  })

  it('speaks HTTP/2; a stream that is reset ends the flow, and the others go on', async () => {
    const [ended, goOn] = [new Gate<unknown>(), new Gate()]
    const app = served(async ({ environ, write, signal }) => {
      if (environ.QUERY_STRING === 'reset') {
        await write('a')
        signal.addEventListener('abort', () => ended.open(signal.reason), { once: true })
        await ended.opened
        return
      }
      await goOn.opened
      await write('b')
    })
    await using server = await serve(app)
    using http2 = new Http2Client(server.url)
    const other = http2.ask()
    const stream = http2.open({ ':path': '/?reset' })
    stream.once('data', () => stream.close())
    assert.ok(isPeer('CONNECTION_CLOSED')(await ended.opened))
    goOn.open()
    const reply = await other
    assert.equal(reply.headers['content-type'], 'text/event-stream')
    assert.deepEqual(dataOf(reply), ['b'])
    assert.deepEqual(server.errors, [])
  })

  describe('what it does not serve', () => {
    const app = served(() => 'a')
    const cases: readonly (readonly [string, Record<string, string>, number])[] = [
      ['GET /', { Accept: 'text/html' }, 406],
      ['GET /', { Accept: '*/*' }, 200],
      ['HEAD /', {}, 200],
      ['PUT /', {}, 405],
      ['DELETE /', {}, 405],
      ['OPTIONS /', {}, 204],
      ['POST /', {}, 404],
      ['POST /?stream=nope', {}, 404],
    ]
    for (const [line, headers, status] of cases) {
      it(`${line} ${JSON.stringify(headers)} is ${status}`, async () => {
        await using served = await client(app)
        const answer = await served.request(line, { headers })
        assert.equal(answer.status, status)
        if (status === 405) assert.equal(answer.header('allow'), 'GET, HEAD, POST, OPTIONS')
        if (line === 'HEAD /') assert.equal(answer.header('content-type'), 'text/event-stream')
        assert.deepEqual(answer.errors, [])
      })
    }
  })

  it('has a most of streams; when one ends there is room again', async () => {
    const goOn = new Gate()
    await using server = await serve(served(() => goOn.opened, { maxStreams: 1 }))
    using first = await Wire.open(server.address)
    await first.send(ask()).sees('retry')
    using second = await Wire.open(server.address)
    const refused = await second.send(ask()).reply()
    assert.deepEqual([refused.status, header(refused, 'retry-after')], [503, '1'])
    goOn.open()
    await first.reply()
    assert.equal((await second.send(ask()).reply()).status, 200)
  })

  it('sends comments where there are no events', async () => {
    const goOn = new Gate()
    await using server = await serve(served(() => goOn.opened, { heartbeatMs: 1 }))
    using wire = await Wire.open(server.address)
    await wire.send(ask()).until(() => wire.text().split('\n:\n\n').length > 2, 'two comments')
    goOn.open()
    assert.deepEqual(dataOf(await wire.reply()), [])
  })

  const bad: readonly [string, object][] = [
    ['an unknown option', { post: true }],
    ['a zero', { heartbeatMs: 0 }],
    ['a text', { maxBytes: '1' }],
  ]
  for (const [what, options] of bad) {
    it(`refuses ${what} when it is built`, () => {
      assert.throws(
        () => sse(options),
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD',
      )
    })
  }
})
