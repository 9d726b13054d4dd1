import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { CODE, FLAG, FRAME, Frames, frame, request } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client, replyOf } from '../../http2.ts'
import { type HttpPipe, serveHttp } from '../../wire.ts'

const post = { ':method': 'POST' }
const echo: HttpPipe = ({ read, response }) => {
  response.body = read()
}
const reads: HttpPipe = async ({ environ }) => Buffer.from(await environ['wsgi.input'].read())
const data = (stream: number, body: Uint8Array | string, end = false) =>
  frame(FRAME.DATA, end ? FLAG.END_STREAM : 0, stream, body)

describe('Expect: 100-continue in HTTP/2', () => {
  const expecting = { ...post, expect: '100-continue' }

  it('is answered once somebody reads', async () => {
    await using served = await serveHttp(reads)
    using client = new Http2Client(served.url)
    const stream = client.open(expecting, false)
    const reply = replyOf(stream)
    await once(stream, 'headers')
    stream.end('abc')
    const { status, informed, body } = await reply
    assert.deepEqual([status, informed, body.toString()], [200, [100], 'abc'])
  })

  it('is answered once, though the body comes in parts that are waited for', async () => {
    await using served = await serveHttp(echo)
    using client = new Http2Client(served.url)
    const stream = client.open(expecting, false)
    const reply = replyOf(stream)
    await once(stream, 'headers')
    stream.end(Buffer.alloc(500_000))
    const { informed, body } = await reply
    assert.deepEqual([informed, body.length], [[100], 500_000])
  })

  it('is not answered where nobody reads, and the response comes at once', async () => {
    await using served = await serveHttp(() => 'no')
    using client = new Http2Client(served.url)
    const { status, informed, code } = await replyOf(client.open(expecting, false))
    assert.deepEqual([status, informed, code], [200, [], CODE.NO_ERROR])
  })

  it('is not answered where nobody reads what came all the same, and nothing is reset', async () => {
    const gate = new Gate()
    await using served = await serveHttp(async () => {
      await gate.opened
      return ''
    })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'POST', [['expect', '100-continue']]), false).send(data(1, 'abc', true))
    await frames.settle()
    gate.open()
    await frames.over(1)
    await frames.settle()
    assert.deepEqual(
      frames.of(1).map(({ type }) => type),
      [FRAME.HEADERS],
    )
  })

  it('is not answered where the response has begun', async () => {
    await using served = await serveHttp(async ({ write, environ }) => {
      await write('a')
      await write('b')
      await new Promise((resolve) => setImmediate(resolve))
      return environ['wsgi.input'].text()
    })
    using client = new Http2Client(served.url)
    const stream = client.open(expecting, false)
    const reply = replyOf(stream)
    await once(stream, 'data')
    stream.end('c')
    const { status, informed, body } = await reply
    assert.deepEqual([status, informed, body.toString()], [200, [], 'abc'])
  })

  it('is not answered where the peer did not wait', async () => {
    const gate = new Gate()
    await using served = await serveHttp(async ({ environ }) => {
      await gate.opened
      return environ['wsgi.input'].text()
    })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'POST', [['expect', '100-continue']]), false).send(data(1, 'abc', true))
    frames.ask(3, request('/', 'POST', [['expect', '100-continue']]), false).send(data(3, 'ab'))
    await frames.settle()
    gate.open()
    await frames.over(1)
    frames.send(data(3, 'c', true))
    await frames.over(3)
    for (const stream of [1, 3]) {
      assert.equal(frames.data(stream).toString(), 'abc')
      assert.equal(frames.of(stream).filter(({ type }) => type === FRAME.HEADERS).length, 1)
    }
  })
})
