import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../../pipes/http.ts'
import { pipe } from '../../../src/pipe.ts'
import { stack } from '../../../src/stack.ts'
import { CODE, FLAG, FRAME, Frames, frame, number, request } from '../../frames.ts'
import { Http2Client, http2Answer } from '../../http2.ts'
import { type HttpPipe, type Served, sends, serve, serveHttp } from '../../wire.ts'

const page = 'Γειά σου, 你好, שלום 😀'
const bytes = Uint8Array.of(0, 1, 254, 255)
const long = Buffer.alloc(3_000_000, 'x')
const [a, b] = ['a'.repeat(400_000), 'b'.repeat(400_000)]

async function* later(...chunks: readonly (string | Uint8Array)[]) {
  for (const chunk of chunks) {
    await turn()
    yield chunk
  }
}

describe('a whole response in HTTP/2', () => {
  const bodies: [name: string, pipe: HttpPipe, expected: Uint8Array | string][] = [
    ['a returned value', () => page, page],
    ['a returned value that comes later', async () => page, page],
    ['one write of text', ({ write }) => write(page), page],
    ['one write of bytes', ({ write }) => write(bytes), bytes],
    ['a body of text', sends({ body: () => page }), page],
    ['an array of text and bytes', sends({ body: () => ['ä', bytes] }), Buffer.concat([Buffer.from('ä'), bytes])],
    ['nothing', () => {}, ''],
    ['more than a slice', sends({ body: () => long }), long],
    ['a long text', () => 'ä'.repeat(1_000_000), 'ä'.repeat(1_000_000)],
    ['text in long pieces', sends({ body: () => [a, b, 'ä'] }), `${a}${b}ä`],
  ]
  for (const [name, below, expected] of bodies) {
    it(`has its Content-Length and its Date: ${name}`, async () => {
      const reply = await http2Answer(below)
      assert.equal(reply.status, 200)
      assert.equal(reply.code, CODE.NO_ERROR)
      assert.ok(reply.body.equals(Buffer.from(expected)))
      assert.equal(reply.headers['content-length'], String(reply.body.length))
      assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8')
      assert.match(String(reply.headers.date), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      assert.deepEqual(reply.errors, [])
    })

    it(`has no body for HEAD, and the head of GET: ${name}`, async () => {
      const head = await http2Answer(below, 'HEAD')
      const get = await http2Answer(below)
      assert.equal(head.body.length, 0)
      assert.equal(head.code, CODE.NO_ERROR)
      assert.deepEqual({ ...head.headers, date: '' }, { ...get.headers, date: '' })
    })
  }

  for (const status of ['204 No Content', '304 Not Modified', '205 Reset Content']) {
    for (const [name, body] of [
      ['text', () => 'ignored'],
      ['a stream', () => later('a', 'b')],
    ] as const) {
      it(`has no body with ${status}: ${name}`, async () => {
        const reply = await http2Answer(sends({ status, body }))
        assert.equal(String(reply.status), status.slice(0, 3))
        assert.equal(reply.body.length, 0)
        assert.equal(reply.code, CODE.NO_ERROR)
        assert.equal(reply.headers['content-length'], status.startsWith('205') ? '0' : undefined)
        assert.deepEqual(reply.errors, [])
      })
    }
  }

  it('is refused where a 205 has a length, and may say that it has none', async () => {
    const reset = (length: string) =>
      sends({ status: '205 Reset Content', headers: [['Content-Length', length]], body: () => 'abc' })
    assert.equal((await http2Answer(reset('3'))).status, 500)
    const { status, headers } = await http2Answer(reset('0'))
    assert.deepEqual([status, headers['content-length']], [205, '0'])
  })

  it('ends with its head where it is empty, and resets nothing', async () => {
    await using served = await serveHttp(() => '')
    using frames = await Frames.open(served.address)
    frames.ask(1).ask(3, request('/', 'HEAD'))
    await frames.over(1)
    await frames.over(3)
    await frames.settle()
    for (const stream of [1, 3]) {
      assert.deepEqual(
        frames.of(stream).map(({ type, flags }) => [type, flags]),
        [[FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM]],
      )
    }
  })

  it('says in the signal, in environ and in the connection what it is', async () => {
    const seen: unknown[] = []
    await using served = await serveHttp(({ environ, signal, connection }) => {
      seen.push(environ['wsgi.url_scheme'], environ.REMOTE_ADDR, signal.aborted, connection.kind)
    })
    using client = new Http2Client(served.url)
    await client.ask()
    assert.deepEqual(seen, ['http', '127.0.0.1', false, 'stream'])
  })
})

describe('deferred functions in HTTP/2', () => {
  const whole: [name: string, pipe: HttpPipe][] = [
    ['a whole response', () => Buffer.alloc(100_000).toString()],
    ['a streamed response', sends({ body: () => later('a'.repeat(50_000), 'b'.repeat(50_000)) })],
  ]
  for (const [name, below] of whole) {
    it(`run after the last byte, when pipes have left: ${name}`, async () => {
      const order: string[] = []
      const outer = pipe(
        'outer',
        (bag) => {
          bag.defer(() => order.push('deferred'))
        },
        () => order.push('left'),
      )
      await using served: Served = await serve(stack(http(), outer, below))
      using frames = await Frames.open(served.address)
      frames.ask(1)
      await frames.wire.until(() => frames.data(1).length >= 65_535)
      await frames.settle()
      assert.deepEqual(order, ['left'])
      const more = frame(FRAME.WINDOW_UPDATE, 0, 1, number(200_000))
      frames.send(more, frame(FRAME.WINDOW_UPDATE, 0, 0, number(200_000)))
      await frames.over(1)
      await frames.settle()
      assert.deepEqual(order, ['left', 'deferred'])
    })
  }
})
