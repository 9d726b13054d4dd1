import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../pipes/http.ts'
import type { Raw, Sink } from '../../src/net/connection.ts'
import { PulledConnection } from '../../src/net/pulled-connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { ask, type HttpPipe, serve, Wire } from '../wire.ts'

/** Lays read and write of its own over the connection's, which do the same. */
const veil: Pipe<Raw, Raw> = {
  name: 'veil',
  adds: ['read', 'write'],
  through: ({ connection, read, write }, next) =>
    next({
      connection,
      async *read() {
        yield* read()
      },
      write: (chunk) => write(chunk),
    }),
}

const veiled = (below: HttpPipe) => serve(stack(veil, http(), below))

/** A connection over functions, and what its sink was told. */
function pulled(read: () => AsyncIterable<Uint8Array>, write: (chunk: string | Uint8Array) => unknown) {
  const told: string[] = []
  const connection = new PulledConnection({
    connection: { kind: 'stream', remote: 'a', local: 'b' },
    read,
    write,
  } as unknown as Raw)
  const sink: Sink = {
    data: (chunk) => told.push(Buffer.from(chunk).toString()),
    end: () => told.push('end'),
    drained: () => told.push('drained'),
    drain: () => told.push('drain'),
    closed: (error) => told.push(error === undefined ? 'closed' : `closed: ${error.message}`),
  }
  connection.take(sink)
  return { connection, told }
}

const never = () => new Promise<never>(() => {})

/** Reads for ever, and nothing comes. */
async function* silence(): AsyncGenerator<Uint8Array> {
  await never()
  yield Buffer.alloc(0)
}

describe('http() below a pipe that lays its own read and write over the connection', () => {
  it('answers, in order, also in pieces, long ones and after a body', async () => {
    const long = 'x'.repeat(1_000_000)
    await using served = await veiled(async ({ environ, write }) => {
      const body = await environ['wsgi.input'].text()
      if (environ.PATH_INFO === '/long') return long
      await write(environ.PATH_INFO)
      await write(body)
    })
    using wire = await Wire.open(served.address)
    wire.send(
      ask('POST /1', 'Content-Length: 3\r\n', 'abc') + ask('GET /long') + ask('GET /2', 'Connection: close\r\n'),
    )
    const bodies: string[] = []
    for (let count = 0; count < 3; count++) bodies.push((await wire.reply()).body.toString())
    assert.deepEqual(bodies, ['/1abc', long, '/2'])
    assert.equal(await wire.closed(), 'end')
  })

  it('refuses and closes', async () => {
    await using served = await veiled(() => 'x')
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send('nonsense\r\n\r\n').reply()).status, 400)
    assert.equal(await wire.closed(), 'end')
  })

  it('ends the body where the peer goes away', async () => {
    let closed = 0
    await using served = await veiled(({ response }) => {
      response.body = (async function* () {
        try {
          for (;;) {
            yield 'x'
            await turn()
          }
        } finally {
          closed++
        }
      })()
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('x')
    wire.socket?.resetAndDestroy()
    while (closed === 0) await turn()
    await served.listener.close()
    assert.deepEqual(served.errors, [])
  })

  it('closes idle connections when the listener closes', async () => {
    await using served = await veiled(() => 'x')
    using wire = await Wire.open(served.address)
    await wire.send(ask()).reply()
    await served.listener.close({ graceMs: 60_000 })
    assert.equal(await wire.closed(), 'end')
  })
})

describe('a connection over read and write', () => {
  it('tells what came, and the end', async () => {
    const { connection, told } = pulled(
      async function* () {
        yield Buffer.from('a')
        yield Buffer.from('b')
      },
      () => {},
    )
    await turn()
    assert.deepEqual(told, ['a', 'b', 'end'])
    assert.equal(connection.ended, true)
  })

  it('reads no further while it is paused', async () => {
    const { connection, told } = pulled(
      async function* () {
        yield Buffer.from('a')
        yield Buffer.from('b')
      },
      () => {},
    )
    connection.pause()
    await turn()
    assert.deepEqual(told, ['a'])
    connection.resume()
    await turn()
    assert.deepEqual(told, ['a', 'b', 'end'])
  })

  it('writes one piece after the other, text as Latin-1, and says when all is written', async () => {
    const written: string[] = []
    let running = 0
    const { connection, told } = pulled(silence, async (chunk) => {
      assert.equal(++running, 1)
      await turn()
      running--
      written.push(Buffer.from(chunk as Uint8Array).toString('latin1'))
    })
    assert.equal(connection.send('\xe9'), true)
    assert.equal(connection.send(Buffer.alloc(70_000)), false)
    assert.equal(connection.unsent, 70_001)
    await connection.sent()
    assert.deepEqual(
      written.map((each) => each.length),
      [1, 70_000],
    )
    assert.equal(written[0], '\xe9')
    assert.equal(connection.unsent, 0)
    assert.deepEqual(told, ['drained'])
  })

  it('keeps text as it is where it carries messages', async () => {
    const written: unknown[] = []
    const texts: string[] = []
    const bag = {
      connection: { kind: 'stream', remote: 'a', local: 'b' },
      async *read() {
        yield 'ä'
        yield Buffer.from('b')
      },
      write: (message: unknown) => written.push(message),
    } as unknown as Raw
    const connection = new PulledConnection(bag, 'message')
    assert.equal(connection.kind, 'message')
    const nothing = () => {}
    const sink = { data: nothing, end: nothing, drained: nothing, drain: nothing, closed: nothing }
    connection.take({ ...sink, data: (chunk) => texts.push(`bytes ${chunk}`), text: (text) => texts.push(text) })
    connection.send('你')
    await connection.sent()
    await turn()
    assert.deepEqual([written, texts], [['你'], ['ä', 'bytes b']])
  })

  it('is gone where reading or writing fails, once', async () => {
    const broken = new Error('broken')
    const reading = pulled(
      // biome-ignore lint/correctness/useYield: it fails before
      async function* () {
        throw broken
      },
      () => {},
    )
    await turn()
    assert.deepEqual(reading.told, ['closed: broken'])
    const writing = pulled(silence, () => Promise.reject(broken))
    writing.connection.send('a')
    writing.connection.send('b')
    await turn()
    writing.connection.destroy()
    assert.deepEqual(writing.told, ['closed: broken'])
    assert.equal(writing.connection.send('c'), true)
  })
})
