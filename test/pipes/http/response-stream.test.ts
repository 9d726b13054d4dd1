import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { header } from '../../replies.ts'
import { answer, ask, type HttpPipe, sends, serveHttp, Wire } from '../../wire.ts'

/** A promise, and what resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

async function* later(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) {
    await turn()
    yield chunk
  }
}

describe('a response in pieces', () => {
  const kinds: [name: string, pipe: HttpPipe][] = [
    [
      'two writes',
      async ({ write }) => {
        await write('aä')
        await turn()
        await write(Buffer.from('b'))
      },
    ],
    [
      'writes nobody waits for',
      ({ write }) => {
        write('aä')
        write('')
        write('b')
      },
    ],
    ['an async generator', sends({ body: () => later('a', 'ä', '', Buffer.from('b')) })],
    ['a Node stream', sends({ body: () => Readable.from(later('a', 'ä', 'b')) })],
    ['a web stream', sends({ body: () => Readable.toWeb(Readable.from(later(Buffer.from('aä'), Buffer.from('b')))) })],
    [
      'a write and then a body',
      ({ write, response }) => {
        write('aä')
        response.body = ['b']
      },
    ],
    [
      'two writes and then a body',
      ({ write, response }) => {
        write('a')
        write('ä')
        response.body = later('b')
      },
    ],
    ['an array of promises', sends({ body: () => ['a', Promise.resolve('ä'), 'b'] })],
  ]
  for (const [name, below] of kinds) {
    it(`is chunked: ${name}`, async () => {
      const reply = await answer(below)
      assert.equal(reply.framing, 'chunked')
      assert.equal(header(reply, 'transfer-encoding'), 'chunked')
      assert.equal(reply.body.toString(), 'aäb')
      assert.deepEqual(reply.errors, [])
    })

    it(`ends with the connection in HTTP/1.0: ${name}`, async () => {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      const reply = await wire.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n').reply()
      assert.ok(reply.framing === 'close' || reply.framing === 'length')
      assert.equal(header(reply, 'connection'), reply.framing === 'close' ? 'close' : 'keep-alive')
      assert.equal(reply.body.toString(), 'aäb')
    })

    it(`has no body for HEAD, and the next response follows: ${name}`, async () => {
      await using served = await serveHttp(below)
      using wire = await Wire.open(served.address)
      wire.send(ask('HEAD /') + ask('HEAD /2'))
      for (const _ of [1, 2]) assert.equal((await wire.reply('HEAD')).status, 200)
      assert.equal(wire.rest(), '')
    })
  }

  it('has a Content-Length after all where it ends before anything has left', async () => {
    const reply = await answer(sends({ body: () => ['a', 'b'].values() }))
    assert.equal(reply.framing, 'length')
    assert.equal(reply.body.toString(), 'ab')
  })

  it('has the Content-Length that it announced', async () => {
    const reply = await answer(sends({ headers: [['Content-Length', '3']], body: () => later('a', 'ä') }))
    assert.equal(reply.framing, 'length')
    assert.equal(reply.body.toString(), 'aä')
  })

  it('sends each piece before it waits for the next', async () => {
    const { opened, open } = gate()
    await using served = await serveHttp(
      sends({
        body: async function* () {
          yield 'first'
          await opened
          yield 'second'
        },
      }),
    )
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('first')
    open()
    assert.deepEqual((await wire.reply()).chunks.map(String), ['first', 'second'])
  })

  it('joins pieces that are there at once', async () => {
    const reply = await answer(
      sends({
        body: async function* () {
          for (let count = 0; count < 100; count++) yield 'x'.repeat(10)
          await turn()
          yield 'end'
        },
      }),
    )
    assert.equal(reply.body.length, 1_003)
    assert.ok(reply.chunks.length <= 3, `${reply.chunks.length} chunks`)
  })

  it('sends no empty piece, which would end it', async () => {
    const reply = await answer(sends({ body: () => later('a', '', new Uint8Array(0), 'b') }))
    assert.equal(reply.body.toString(), 'ab')
  })

  it('is closed without being read for HEAD and 304', async () => {
    for (const [line, status] of [
      ['HEAD /', '200 OK'],
      ['GET /', '304 Not Modified'],
    ] as const) {
      let closed = 0
      const body = { [Symbol.asyncIterator]: () => assert.fail(), next: () => assert.fail(), return: () => closed++ }
      await answer(sends({ status, body: () => body }), ask(line))
      assert.equal(closed, 1)
    }
  })

  it('does not run a body for HEAD that follows a write', async () => {
    function* endless(): Generator<string> {
      for (let count = 0; count < 1e6; count++) yield 'x'
      assert.fail('it is read to its end')
    }
    const reply = await answer(({ write, response }) => {
      write('a')
      response.body = endless()
    }, ask('HEAD /'))
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.errors, [])
  })

  it('leaves room for other connections, however fast it comes', async () => {
    function* endless(): Generator<string> {
      for (;;) yield 'x'.repeat(10_000)
    }
    await using served = await serveHttp(({ environ, response }) => {
      if (environ.PATH_INFO === '/endless') response.body = endless()
      else return 'small'
    })
    using greedy = await Wire.open(served.address)
    greedy.send(ask('GET /endless'))
    await greedy.sees('xxx')
    using other = await Wire.open(served.address)
    assert.equal((await other.send(ask()).reply()).body.toString(), 'small')
  })
})
