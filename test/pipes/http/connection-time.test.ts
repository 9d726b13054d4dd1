import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { header } from '../../replies.ts'
import { ask, type HttpPipe, sends, serveHttp, Wire } from '../../wire.ts'

// The clock ticks every 250 ms. Nothing here asserts how long something took: what must end ends, what must go on goes on.

const SHORT = 300
const text: HttpPipe = ({ environ }) => environ['wsgi.input'].text()

describe('patience', { concurrency: true, timeout: 20_000 }, () => {
  it('ends with 408 for a head that is never complete', async () => {
    await using served = await serveHttp(text, { headTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    const reply = await wire.send('GET / HTTP/1.1\r\nHost: a\r\n').reply()
    assert.equal(reply.status, 408)
    assert.equal(header(reply, 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
    assert.deepEqual(served.errors, [])
  })

  it('ends with 408 for a head that comes byte by byte', async () => {
    await using served = await serveHttp(text, { headTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    const fields = setInterval(() => wire.send('X: y\r\n'), 30)
    wire.send('GET / HTTP/1.1\r\n')
    assert.equal((await wire.reply()).status, 408)
    clearInterval(fields)
  })

  it('ends with 408 for a second head, as for the first', async () => {
    await using served = await serveHttp(text, { headTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    wire.send(`${ask()}GET`)
    assert.equal((await wire.reply()).status, 200)
    assert.equal((await wire.reply()).status, 408)
  })

  it('ends without a word for a connection that never says anything, and for one that sends empty lines', async () => {
    await using served = await serveHttp(text, { headTimeoutMs: SHORT, idleTimeoutMs: SHORT })
    using silent = await Wire.open(served.address)
    using empty = await Wire.open(served.address)
    const lines = setInterval(() => empty.send('\r\n'), 30)
    for (const wire of [silent, empty]) {
      await wire.closed()
      assert.equal(wire.text(), '')
    }
    clearInterval(lines)
  })

  it('ends without a word for an idle connection', async () => {
    await using served = await serveHttp(text, { idleTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).status, 200)
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
  })

  it('ends with 408 for a body that does not come', async () => {
    await using served = await serveHttp(text, { idleTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('POST /', 'Content-Length: 9\r\n', 'abc')).reply()
    assert.equal(reply.status, 408)
    assert.equal(header(reply, 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
  })

  it('ends without a second answer for a body that nobody waits for', async () => {
    await using served = await serveHttp(() => 'unread', { idleTimeoutMs: SHORT })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('POST /', 'Content-Length: 9\r\n', 'abc')).reply()).status, 200)
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
  })

  it('has no end for a flow that takes its time', async () => {
    await using served = await serveHttp(
      async ({ environ }) => {
        await wait(4 * SHORT)
        return environ['wsgi.input'].text()
      },
      { idleTimeoutMs: SHORT, headTimeoutMs: SHORT },
    )
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).status, 200)
    for (const body of ['abc', 'x'.repeat(300_000)]) {
      const reply = await wire.send(ask('POST /', `Content-Length: ${body.length}\r\n`, body)).reply()
      assert.equal(reply.body.toString(), body)
    }
  })

  it('has no end for a body of which a byte comes now and then', async () => {
    await using served = await serveHttp(text, { idleTimeoutMs: 2 * SHORT })
    using wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Content-Length: 8\r\n'))
    for (const byte of 'patience') {
      await wait(SHORT / 2)
      wire.send(byte)
    }
    assert.equal((await wire.reply()).body.toString(), 'patience')
  })

  it('has no end for a response that comes now and then', async () => {
    await using served = await serveHttp(
      sends({
        body: async function* () {
          for (const byte of 'patience') {
            await wait(SHORT / 2)
            yield byte
          }
        },
      }),
      { idleTimeoutMs: SHORT },
    )
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'patience')
  })

  it('ends for a peer that does not read: the connection is cut, and the body closed', async () => {
    let closed = false
    await using served = await serveHttp(
      sends({
        body: async function* () {
          try {
            for (;;) yield Buffer.alloc(100_000)
          } finally {
            closed = true
          }
        },
      }),
      { idleTimeoutMs: SHORT },
    )
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('\0')
    wire.socket?.pause()
    while (!closed) await wait(10)
    wire.socket?.resume()
    await wire.closed()
    assert.doesNotMatch(wire.text().slice(-10), /\r\n0\r\n\r\n$/)
  })

  it('ends for a peer that does not read what is already complete', async () => {
    for (const fields of ['', 'Connection: close\r\n']) {
      const body = Buffer.alloc(30_000_000)
      let released = false
      await using served = await serveHttp(
        ({ response, defer }) => {
          defer(() => {
            released = true
          })
          response.body = body
        },
        { idleTimeoutMs: SHORT },
      )
      using wire = await Wire.open(served.address)
      await wire.send(ask('GET /', fields)).sees('\0')
      wire.socket?.pause()
      while (!released) await wait(10)
      wire.socket?.resume()
      await wire.closed()
      assert.ok(wire.received.length < body.length)
    }
  })

  it('has no end for a peer that reads slowly, in one long piece or many', async () => {
    const body = Buffer.alloc(25_000_000, 'x')
    const ways = [body, body.toString(), [body.subarray(0, 9), body.subarray(9)]]
    await Promise.all(
      ways.map(async (given) => {
        // Linux lets a sender write again when a third of its buffer is free, which takes a slow reader a while.
        await using served = await serveHttp(sends({ body: () => given }), { idleTimeoutMs: 3 * SHORT })
        using wire = await Wire.open(served.address)
        wire.socket?.on('data', () => {
          wire.socket?.pause()
          setTimeout(() => wire.socket?.resume(), 5)
        })
        const reply = await wire.send(ask('GET /', 'Connection: close\r\n')).reply()
        assert.equal(reply.body.length, body.length)
      }),
    )
  })

  it('has no end for a peer that rests for a while, also if the connection is to be closed', async () => {
    const body = Buffer.alloc(25_000_000, 'x')
    await using served = await serveHttp(sends({ body: () => body }))
    using wire = await Wire.open(served.address)
    await wire.send(ask('GET /', 'Connection: close\r\n')).sees('x')
    wire.socket?.pause()
    await wait(2_500)
    wire.socket?.resume()
    assert.equal((await wire.reply()).body.length, body.length)
    await turn()
  })
})
