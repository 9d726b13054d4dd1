import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PREFACE } from '../../../pipes/http/preface.ts'
import { http } from '../../../pipes/http.ts'
import type { Raw } from '../../../src/net/connection.ts'
import type { Pipe } from '../../../src/pipe.ts'
import { stack } from '../../../src/stack.ts'
import { begin, FLAG, FRAME, Frames, frame, request, settings } from '../../frames.ts'
import { ask, freshName, type HttpPipe, serve, serveHttp, Wire } from '../../wire.ts'
import { testTable } from '../../wire-table.ts'

const says: HttpPipe = ({ environ }) => `${environ.SERVER_PROTOCOL} ${environ.PATH_INFO}`
/** All that a client sends for one request. */
const HELLO = Buffer.concat([PREFACE, settings()])

/** Sends bytes in pieces, and then a request for /last. Gives what the server says to it. */
async function lastOf(address: string, pieces: readonly Uint8Array[]): Promise<string> {
  using frames = await Frames.open(address, Buffer.alloc(0))
  for (const piece of pieces) if (piece.length > 0) frames.wire.send(piece)
  frames.ask(1, request('/last'))
  await frames.over(1)
  assert.equal(frames.all[0]?.type, FRAME.SETTINGS)
  return frames.data(1).toString()
}

describe('the preface of HTTP/2', () => {
  for (const [name, address] of [
    ['TCP', undefined],
    ['memory', freshName()],
  ] as const) {
    it(`begins a session over ${name}, read whole`, async () => {
      await using served = await serveHttp(says, {}, address)
      assert.equal(await lastOf(served.address, [HELLO]), 'HTTP/2.0 /last')
      assert.deepEqual(served.errors, [])
    })

    it(`begins a session over ${name}, byte by byte`, async () => {
      await using served = await serveHttp(says, {}, address)
      const bytes = [...HELLO].map((byte) => Buffer.of(byte))
      assert.equal(await lastOf(served.address, bytes), 'HTTP/2.0 /last')
    })
  }

  it('begins a session, cut at every position', async () => {
    await using served = await serveHttp(says, {}, freshName())
    const cuts = Array.from(HELLO.keys(), (at) => [HELLO.subarray(0, at), HELLO.subarray(at)])
    const answers = await Promise.all(cuts.map((pieces) => lastOf(served.address, pieces)))
    assert.deepEqual([...new Set(answers)], ['HTTP/2.0 /last'])
  })

  it('hands over what came with it, also where that is more than a head may be', async () => {
    await using served = await serveHttp(async ({ environ }) => String((await environ['wsgi.input'].read()).byteLength))
    using frames = await Frames.open(served.address, Buffer.alloc(0))
    const body = Array.from({ length: 4 }, () => frame(FRAME.DATA, 0, 1, Buffer.alloc(15_000)))
    frames.send(HELLO, begin(1, request('/', 'POST'), false), ...body, frame(FRAME.DATA, FLAG.END_STREAM, 1))
    await frames.over(1)
    assert.equal(frames.data(1).toString(), '60000')
  })

  it('is followed by garbage: the peer is told, the connection ends, and others are served', async () => {
    await using served = await serveHttp(says, { idleTimeoutMs: 100 })
    using frames = await Frames.open(served.address, Buffer.concat([PREFACE, Buffer.from('garbage'.repeat(20))]))
    assert.equal(await frames.wire.closed(), 'end')
    assert.notEqual(frames.goaway, undefined)
    assert.equal(await lastOf(served.address, [HELLO]), 'HTTP/2.0 /last')
    assert.deepEqual(served.errors, [])
  })

  it('is followed by something other than SETTINGS: the connection ends', async () => {
    await using served = await serveHttp(says, { idleTimeoutMs: 100 })
    using frames = await Frames.open(served.address, PREFACE)
    frames.ask(1)
    assert.equal(await frames.wire.closed(), 'end')
    assert.notEqual(frames.goaway, 0)
    assert.equal(frames.status(1), undefined)
  })

  it('that stops in the middle is answered 408', async () => {
    await using served = await serveHttp(says, { headTimeoutMs: 100 })
    for (const size of [2, 10, PREFACE.length - 1]) {
      using wire = await Wire.open(served.address)
      const reply = await wire.send(PREFACE.subarray(0, size)).reply()
      assert.equal(reply.status, 408, String(size))
      assert.equal(await wire.closed(), 'end')
    }
  })

  it('is none behind another request', async () => {
    await using served = await serveHttp(says)
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('GET /first')).reply()).body.toString(), 'HTTP/1.1 /first')
    assert.equal((await wire.send(HELLO).reply()).status, 505)
    assert.equal(await wire.closed(), 'end')
  })

  it('cannot be spoken through a pipe that lays its own read and write over the connection', async () => {
    const same: Pipe<Raw, Pick<Raw, 'read' | 'write'>> = {
      name: 'same',
      adds: ['read', 'write'],
      through: (bag, next) => next({ read: () => bag.read(), write: (chunk) => bag.write(chunk) }),
    }
    await using served = await serve(stack(same, http(), says))
    using wire = await Wire.open(served.address)
    wire.send(HELLO)
    await wire.closed()
    using other = await Wire.open(served.address)
    assert.equal((await other.send(ask('GET /other')).reply()).body.toString(), 'HTTP/1.1 /other')
  })
})

testTable('what begins like the preface of HTTP/2', [
  { name: 'PRI with another end', bytes: 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', status: 505 },
  { name: 'PRI with a field', bytes: 'PRI * HTTP/2.0\r\nHost: a\r\n\r\n', status: 505 },
  { name: 'PRI of another version', bytes: 'PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n', status: 505 },
  { name: 'PRI in HTTP/1.1', bytes: 'PRI * HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
  { name: 'pri', bytes: 'pri * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 505 },
  {
    name: 'a line end before it',
    bytes: '\r\nPRI /x HTTP/1.1\r\nHost: a\r\n\r\n',
    status: 200,
    saw: { method: 'PRI' },
  },
  {
    name: 'a method PRI',
    bytes: 'PRI /x HTTP/1.1\r\nHost: a\r\n\r\n',
    status: 200,
    saw: { method: 'PRI', path: '/x' },
  },
  { name: 'PRINT', bytes: 'PRINT /x HTTP/1.1\r\nHost: a\r\n\r\n', status: 200, saw: { method: 'PRINT' } },
  { name: 'PR', bytes: 'PR /x HTTP/1.1\r\nHost: a\r\n\r\n', status: 200, saw: { method: 'PR' } },
  { name: 'P', bytes: 'P /x HTTP/1.1\r\nHost: a\r\n\r\n', status: 200, saw: { method: 'P' } },
  {
    name: 'PUT',
    bytes: 'PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx',
    status: 200,
    saw: { method: 'PUT', body: 'x' },
  },
  { name: 'PATCH', bytes: 'PATCH /x HTTP/1.1\r\nHost: a\r\n\r\n', status: 200, saw: { method: 'PATCH' } },
  { name: 'a preface behind a request', bytes: `GET / HTTP/1.1\r\nHost: a\r\n\r\n${PREFACE}`, status: [200, 505] },
])
