import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../../pipes/http.ts'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { pipe } from '../../../src/pipe.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { stack } from '../../../src/stack.ts'
import { CODE, FLAG, FRAME, Frames, frame, INITIAL_WINDOW_SIZE, number, request, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client, type Http2Reply } from '../../http2.ts'
import { type HttpPipe, type Served, sends, serve, serveHttp } from '../../wire.ts'

const page = 'Γειά σου, 你好, שלום 😀'
const bytes = Uint8Array.of(0, 1, 254, 255)
const long = Buffer.alloc(3_000_000, 'x')
const [a, b] = ['a'.repeat(400_000), 'b'.repeat(400_000)]

/** Serves one pipe, sends it one request over HTTP/2, and gives the reply. */
async function answer(below: HttpPipe, method = 'GET'): Promise<Http2Reply & { errors: readonly unknown[] }> {
  await using served = await serveHttp(below)
  using client = new Http2Client(served.url)
  const reply = await client.ask({ ':method': method })
  // Whatever became of it, the connection goes on.
  assert.ok((await client.ask()).code <= CODE.INTERNAL_ERROR)
  return { ...reply, errors: served.errors }
}

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
      const reply = await answer(below)
      assert.equal(reply.status, 200)
      assert.equal(reply.code, CODE.NO_ERROR)
      assert.ok(reply.body.equals(Buffer.from(expected)))
      assert.equal(reply.headers['content-length'], String(reply.body.length))
      assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8')
      assert.match(String(reply.headers.date), /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
      assert.deepEqual(reply.errors, [])
    })

    it(`has no body for HEAD, and the head of GET: ${name}`, async () => {
      const head = await answer(below, 'HEAD')
      const get = await answer(below)
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
        const reply = await answer(sends({ status, body }))
        assert.equal(String(reply.status), status.slice(0, 3))
        assert.equal(reply.body.length, 0)
        assert.equal(reply.code, CODE.NO_ERROR)
        assert.equal(reply.headers['content-length'], status.startsWith('205') ? '0' : undefined)
        assert.deepEqual(reply.errors, [])
      })
    }
  }

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

describe('a streamed response in HTTP/2', () => {
  it('has no Content-Length, and one where it ends before anything has left', async () => {
    const streamed = await answer(sends({ body: () => later('a', 'ä', bytes) }))
    assert.ok(streamed.body.equals(Buffer.concat([Buffer.from('aä'), bytes])))
    assert.equal(streamed.headers['content-length'], undefined)
    assert.equal(streamed.code, CODE.NO_ERROR)
    const short = await answer(sends({ body: () => ['a', 'b'].values() }))
    assert.equal(short.body.toString(), 'ab')
    assert.equal(short.headers['content-length'], '2')
  })

  it('sends what is written as it is written', async () => {
    const gate = new Gate()
    await using served = await serveHttp(async ({ write, response }) => {
      response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=iso-8859-1']])
      await write('first ')
      await write('sécond')
      await gate.opened
      await write(' third')
    })
    using client = new Http2Client(served.url)
    const stream = client.open()
    const [first] = await once(stream, 'data')
    assert.equal(Buffer.from(first).toString('latin1'), 'first sécond')
    gate.open()
    const [second] = await once(stream, 'data')
    assert.equal(String(second), ' third')
    await once(stream, 'end')
  })

  for (const [name, body, status] of [
    ['throws before its first byte', () => failing(), 500],
    ['throws a PeerError before its first byte', () => failing(undefined, new PeerError('BODY_BAD', 'no')), 400],
  ] as const) {
    it(`is an error page where it ${name}`, async () => {
      const reply = await answer(sends({ body }))
      assert.equal(reply.status, status)
      assert.equal(reply.code, CODE.NO_ERROR)
      // Of both requests.
      assert.equal(reply.errors.length, 2)
    })
  }

  const lengths = (value: number): [string, string][] => [
    ['Content-Type', 'text/plain'],
    ['Content-Length', String(value)],
  ]
  const cut: [name: string, pipe: HttpPipe][] = [
    ['throws behind its first byte', sends({ body: () => failing('a') })],
    ['throws behind many bytes', sends({ body: () => failing('a'.repeat(500_000)) })],
    ['is longer than its Content-Length', sends({ headers: lengths(1), body: () => later('a', 'b') })],
    ['is shorter than its Content-Length', sends({ headers: lengths(9), body: () => later('a', 'b') })],
    [
      'is written and then fails',
      async ({ write }) => {
        await write('a')
        await write('b')
        await turn()
        throw new Error('too late')
      },
    ],
  ]
  for (const [name, below] of cut) {
    it(`is reset, and not ended, where it ${name}`, async () => {
      await using served = await serveHttp(below)
      using frames = await Frames.open(served.address)
      frames.send(settings([[INITIAL_WINDOW_SIZE, 10_000_000]]), frame(FRAME.WINDOW_UPDATE, 0, 0, number(10_000_000)))
      frames.ask(1)
      assert.equal((await frames.over(1)).reset, CODE.INTERNAL_ERROR)
      assert.equal(frames.status(1), 200)
      assert.equal(served.errors.length, 1)
      frames.ask(3)
      await frames.over(3)
    })
  }

  it('is a page of an error where a whole body does not fit its Content-Length', async () => {
    const reply = await answer(sends({ headers: lengths(3), body: () => 'ab' }))
    assert.equal(reply.status, 500)
    assert.ok(reply.errors.every((error) => error instanceof UsageError && error.code === 'HEADER_BAD'))
  })

  for (const [name, body] of [
    ['whole', () => 'x'],
    ['streamed', () => later('a', 'b')],
  ] as const) {
    it(`is reset where node:http2 cannot send its status, and the server lives: ${name}`, async () => {
      const reply = await answer(sends({ status: '600 Odd', body }))
      assert.equal(reply.code, CODE.INTERNAL_ERROR)
      assert.equal(reply.errors.length, 2)
    })
  }

  it('takes no more from its source than a stalled peer takes, and goes on when it reads', async () => {
    let pulled = 0
    for (const body of [
      function* () {
        for (; pulled < 10_000_000; pulled += 10_000) yield 'x'.repeat(10_000)
      },
      async function* () {
        for (; pulled < 10_000_000; pulled += 10_000) yield Buffer.alloc(10_000, 'x')
      },
    ]) {
      pulled = 0
      await using served = await serveHttp(sends({ body }))
      using frames = await Frames.open(served.address)
      frames.ask(1)
      await frames.wire.until(() => frames.data(1).length >= 65_535)
      await frames.settle()
      await frames.settle()
      assert.equal(frames.data(1).length, 65_535)
      assert.ok(pulled <= 500_000, String(pulled))
      const stalled = pulled
      const more = frame(FRAME.WINDOW_UPDATE, 0, 1, number(20_000_000))
      frames.send(more, frame(FRAME.WINDOW_UPDATE, 0, 0, number(20_000_000)))
      await frames.over(1)
      assert.ok(pulled > stalled)
      assert.equal(frames.data(1).length, 10_000_000)
    }
  })

  it('lets write() wait while the peer is stalled', async () => {
    let written = 0
    await using served = await serveHttp(async ({ write }) => {
      for (; written < 1_000_000; written += 10_000) await write(Buffer.alloc(10_000))
    })
    using frames = await Frames.open(served.address)
    frames.ask(1)
    await frames.wire.until(() => frames.data(1).length >= 65_535)
    await frames.settle()
    assert.ok(written <= 300_000, String(written))
    const more = frame(FRAME.WINDOW_UPDATE, 0, 1, number(2_000_000))
    frames.send(more, frame(FRAME.WINDOW_UPDATE, 0, 0, number(2_000_000)))
    await frames.over(1)
    assert.equal(frames.data(1).length, 1_000_000)
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

async function* failing(first?: string, error: Error = new Error('boom')) {
  await turn()
  if (first !== undefined) yield first
  await turn()
  throw error
}
