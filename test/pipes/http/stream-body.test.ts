import assert from 'node:assert/strict'
import { getDefaultHighWaterMark } from 'node:stream'
import { describe, it } from 'node:test'
import { PeerError } from '../../../src/errors.ts'
import { CODE, FLAG, FRAME, Frames, fieldBlock, frame, number, request } from '../../frames.ts'
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

describe('the body of a request in HTTP/2', () => {
  for (const size of [0, 1, 65_535, 65_536, 1_000_000]) {
    it(`is read whole and as a stream: ${size} bytes`, async () => {
      const body = Buffer.alloc(size, 'abc')
      for (const below of [reads, echo]) {
        await using served = await serveHttp(below)
        using client = new Http2Client(served.url)
        for (const headers of [post, { ...post, 'content-length': size }, { ...post, ':method': 'GET' }]) {
          const reply = await client.ask(headers, body)
          assert.ok(reply.body.equals(body))
          assert.equal(reply.code, CODE.NO_ERROR)
        }
        assert.deepEqual(served.errors, [])
      }
    })
  }

  it('is empty where the head ends the stream', async () => {
    await using served = await serveHttp(reads)
    using client = new Http2Client(served.url)
    assert.equal((await client.ask(post)).body.length, 0)
  })

  it('has its length and type in environ', async () => {
    await using served = await serveHttp(({ environ }) => `${environ.CONTENT_LENGTH} ${environ.CONTENT_TYPE}`)
    using client = new Http2Client(served.url)
    const reply = await client.ask({ ...post, 'content-length': 3, 'content-type': 'text/plain' }, 'abc')
    assert.equal(reply.body.toString(), '3 text/plain')
  })

  it('makes the peer wait while nobody reads it', async () => {
    const gate = new Gate()
    await using served = await serveHttp(async ({ read }) => {
      await gate.opened
      let size = 0
      for await (const chunk of read()) size += chunk.byteLength
      return String(size)
    })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'POST'), false)
    const windows = () =>
      frames
        .of(1)
        .filter(({ type }) => type === FRAME.WINDOW_UPDATE)
        .reduce((sum, { body }) => sum + body.readUInt32BE(), 65_535)
    let sent = 0
    // All that the windows allow: wsgi.input and the stream hold some of it, and no more is asked for.
    for (let before = -1; before !== sent; ) {
      before = sent
      while (sent + 15_000 <= windows()) {
        frames.send(data(1, Buffer.alloc(15_000)))
        sent += 15_000
      }
      await frames.settle()
    }
    assert.ok(sent <= 2 * 65_536 + getDefaultHighWaterMark(false) + 15_000, String(sent))
    // Others on the connection do not suffer.
    frames.ask(3, request('/', 'POST'), false).send(data(3, 'abc', true))
    gate.open()
    await frames.over(3)
    assert.equal(frames.data(3).toString(), '3')
    await frames.wire.until(() => windows() > sent + 15_000)
    frames.send(data(1, Buffer.alloc(15_000), true))
    await frames.over(1)
    assert.equal(frames.data(1).toString(), String(sent + 15_000))
  })

  it('has the trailers behind it, apart from the header fields', async () => {
    await using served = await serveHttp(async ({ environ }) => {
      const input = environ['wsgi.input']
      assert.deepEqual(input.trailers, [])
      const text = await input.text()
      return JSON.stringify([text, input.trailers, environ.HTTP_X_SUM])
    })
    using frames = await Frames.open(served.address)
    const trailers = fieldBlock([
      ['x-sum', '1'],
      ['x-sum', '2'],
      ['x-other', ''],
    ])
    frames.ask(1, request('/', 'POST'), false).send(data(1, 'abc'))
    frames.send(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, trailers))
    await frames.over(1)
    assert.deepEqual(JSON.parse(frames.data(1).toString()), [
      'abc',
      [
        ['x-sum', '1'],
        ['x-sum', '2'],
        ['x-other', ''],
      ],
      null,
    ])
  })

  const LONGER = 'that is longer than its Content-Length'
  const broken: [name: string, fields: [string, string][], ...Uint8Array[]][] = [
    [LONGER, [['content-length', '2']], data(1, 'abc', true)],
    ['that is shorter than its Content-Length', [['content-length', '5']], data(1, 'abc', true)],
    [
      'with a pseudo-header field in its trailers',
      [],
      data(1, 'abc'),
      frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, fieldBlock([[':path', '/']])),
    ],
    ['that is cut off', [], data(1, 'abc'), frame(FRAME.RST_STREAM, 0, 1, number(CODE.CANCEL))],
  ]
  for (const [name, fields, ...frames] of broken) {
    it(`fails ${name}: what came before is read, then an error, and the connection goes on`, async () => {
      const failure = new Gate<unknown>()
      const begun = new Gate()
      await using served = await serveHttp(async ({ environ }) => {
        if (environ.PATH_INFO === '/next') return 'next'
        begun.open()
        await environ['wsgi.input'].read().then(() => failure.open('nothing'), failure.open)
        return 'late'
      })
      using client = await Frames.open(served.address)
      client.ask(1, request('/', 'POST', fields), false)
      await begun.opened
      client.send(...frames)
      const error = await failure.opened
      assert.ok(error instanceof PeerError && error.code === 'CONNECTION_CLOSED', String(error))
      assert.equal(client.status(1), undefined)
      // A newer nghttp2 ends the connection where there is more of a body than was announced.
      const ends = name === LONGER && (await client.broken(1)) !== CODE.PROTOCOL_ERROR
      using next = ends ? await Frames.open(served.address) : client
      next.ask(3, request('/next'))
      await next.over(3)
      assert.equal(next.data(3).toString(), 'next')
      assert.deepEqual(served.errors, [])
    })
  }

  it('that is too long for who reads it is answered 413, and the peer is told to stop', async () => {
    await using served = await serveHttp(reads)
    using client = new Http2Client(served.url)
    const stream = client.open(post, false)
    const reply = replyOf(stream)
    stream.write(Buffer.alloc(3_000_000))
    const { status, code } = await reply
    assert.equal(status, 413)
    assert.equal(code, CODE.NO_ERROR)
    assert.equal((await client.ask()).status, 200)
  })

  it('is waited for by nobody who does not read it', async () => {
    const gate = new Gate()
    await using served = await serveHttp(
      async ({ environ }) => {
        const input = environ['wsgi.input']
        await input.read(10)
        await gate.opened
        return String((await input.read()).byteLength)
      },
      { idleTimeoutMs: 100 },
    )
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'POST'), false)
    for (let sent = 0; sent < 5; sent++) frames.send(data(1, Buffer.alloc(14_000)))
    using idle = await Frames.open(served.address)
    await idle.wire.closed()
    gate.open()
    await frames.wire.until(() => frames.of(1).some(({ type }) => type === FRAME.WINDOW_UPDATE))
    frames.send(data(1, Buffer.alloc(14_000), true))
    await frames.over(1)
    assert.equal(frames.data(1).toString(), String(6 * 14_000 - 10))
  })

  it('that stops to come is answered 408', async () => {
    await using served = await serveHttp(reads, { idleTimeoutMs: 100 })
    using client = new Http2Client(served.url)
    const stream = client.open(post, false)
    stream.write('abc')
    const { status, code } = await replyOf(stream)
    assert.equal(status, 408)
    assert.equal(code, CODE.NO_ERROR)
  })
})

describe('the body of a request in HTTP/2 that nobody reads', () => {
  for (const method of ['POST', 'HEAD']) {
    it(`keeps no answer back; the peer is told that it need not send it, and its stream is freed: ${method}`, async () => {
      await using served = await serveHttp(() => 'done')
      using frames = await Frames.open(served.address)
      // More in sum than the window of the connection, and more streams than may be open at once.
      for (let stream = 1; stream < 401; stream += 2) {
        frames.ask(stream, request('/', method), false).send(data(stream, Buffer.alloc(1_000)))
        assert.equal((await frames.over(stream)).reset, undefined)
        assert.equal(frames.status(stream), 200)
        const { body } = await frames.sees(FRAME.RST_STREAM, stream)
        assert.equal(body.readUInt32BE(), CODE.NO_ERROR)
      }
      assert.equal(frames.goaway, undefined)
      assert.deepEqual(served.errors, [])
    })
  }

  it('is not reset where it came whole', async () => {
    const gate = new Gate()
    await using served = await serveHttp(async ({ environ }) => {
      await gate.opened
      return environ.QUERY_STRING
    })
    using frames = await Frames.open(served.address)
    const streams = Array.from({ length: 100 }, (_, at) => 2 * at + 1)
    for (const id of streams) {
      frames.ask(id, request(id < 100 ? '/' : '/?x', 'POST'), false).send(data(id, Buffer.alloc(100), true))
    }
    await frames.settle()
    gate.open()
    for (const id of streams) assert.equal((await frames.over(id)).reset, undefined)
    await frames.settle()
    assert.ok(frames.all.every(({ type }) => type !== FRAME.RST_STREAM))
  })

  it('is an error for who reads it after the response', async () => {
    const failure = new Gate<unknown>()
    await using served = await serveHttp(({ environ, defer }) => {
      defer(() => environ['wsgi.input'].read().then(() => failure.open('nothing'), failure.open))
      return 'done'
    })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'POST'), false).send(data(1, 'abc'))
    const error = await failure.opened
    assert.ok(error instanceof PeerError && error.code === 'CONNECTION_CLOSED')
  })
})
