import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { CODE, FRAME, Frames, frame, INITIAL_WINDOW_SIZE, number, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { Http2Client, http2Answer } from '../../http2.ts'
import { type HttpPipe, sends, serveHttp } from '../../wire.ts'

const bytes = Uint8Array.of(0, 1, 254, 255)

async function* later(...chunks: readonly (string | Uint8Array)[]) {
  for (const chunk of chunks) {
    await turn()
    yield chunk
  }
}

async function* failing(first?: string, error: Error = new Error('boom')) {
  await turn()
  if (first !== undefined) yield first
  await turn()
  throw error
}

describe('a streamed response in HTTP/2', () => {
  it('has no Content-Length, and one where it ends before anything has left', async () => {
    const streamed = await http2Answer(sends({ body: () => later('a', 'ä', bytes) }))
    assert.ok(streamed.body.equals(Buffer.concat([Buffer.from('aä'), bytes])))
    assert.equal(streamed.headers['content-length'], undefined)
    assert.equal(streamed.code, CODE.NO_ERROR)
    const short = await http2Answer(sends({ body: () => ['a', 'b'].values() }))
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
      const reply = await http2Answer(sends({ body }))
      assert.equal(reply.status, status)
      assert.equal(reply.code, CODE.NO_ERROR)
      assert.equal(reply.errors.length, 1)
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
    const reply = await http2Answer(sends({ headers: lengths(3), body: () => 'ab' }))
    assert.equal(reply.status, 500)
    assert.ok(reply.errors.every((error) => error instanceof UsageError && error.code === 'HEADER_BAD'))
  })

  for (const [name, body] of [
    ['whole', () => 'x'],
    ['streamed', () => later('a', 'b')],
  ] as const) {
    it(`is reset where node:http2 cannot send its status, and the server lives: ${name}`, async () => {
      const reply = await http2Answer(sends({ status: '600 Odd', body }))
      assert.equal(reply.code, CODE.INTERNAL_ERROR)
      assert.equal(reply.errors.length, 1)
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

  it('takes no more from its source while a long chunk is under way', async () => {
    let pulled = 0
    const chunks = function* () {
      for (; pulled < 3; pulled++) yield Buffer.alloc(1_000_000)
    }
    await using served = await serveHttp(sends({ body: chunks }))
    using frames = await Frames.open(served.address)
    const more = (size: number) => [
      frame(FRAME.WINDOW_UPDATE, 0, 1, number(size)),
      frame(FRAME.WINDOW_UPDATE, 0, 0, number(size)),
    ]
    await frames.ask(1).sees(FRAME.DATA, 1)
    frames.send(...more(500_000))
    await frames.wire.until(() => frames.data(1).length === 565_535)
    await frames.settle()
    assert.equal(pulled, 0)
    frames.send(...more(3_000_000))
    await frames.over(1)
    assert.equal(frames.data(1).length, 3_000_000)
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
