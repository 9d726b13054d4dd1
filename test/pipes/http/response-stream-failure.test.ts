import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { UsageError } from '../../../src/errors.ts'
import { answer, ask, type HttpPipe, sends, serveHttp, Wire } from '../../wire.ts'

const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

async function* later(...chunks: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  for (const chunk of chunks) {
    await turn()
    yield chunk
  }
}

describe('a response that fails in pieces', () => {
  const broken = new Error('broken')

  it('is a 500 where no byte has left, and the connection goes on', async () => {
    const ways: HttpPipe[] = [
      sends({
        body: async function* () {
          await Promise.reject(broken)
          yield 'never'
        },
      }),
      sends({
        body: async function* () {
          yield 'lost'
          throw broken
        },
      }),
      sends({
        body: function* () {
          yield 'lost'
          throw broken
        },
      }),
      sends({ body: () => Promise.reject(broken) }),
    ]
    for (const way of ways) {
      await using served = await serveHttp((bag) =>
        bag.environ.PATH_INFO === '/2' ? 'second' : (way as (bag: object) => unknown)(bag),
      )
      using wire = await Wire.open(served.address)
      assert.equal((await wire.send(ask()).reply()).status, 500)
      assert.equal((await wire.send(ask('GET /2')).reply()).body.toString(), 'second')
      assert.doesNotMatch(wire.text(), /lost/)
      assert.deepEqual(served.errors, [broken])
    }
  })

  it('is cut where bytes have left, so that the peer sees it', async () => {
    for (const version of ['1.1', '1.0']) {
      await using served = await serveHttp(
        sends({
          body: async function* () {
            yield 'left'
            await turn()
            await turn()
            throw broken
          },
        }),
      )
      using wire = await Wire.open(served.address)
      wire.send(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`)
      const how = await wire.closed()
      // Where the end of the connection is the end of the body, only a reset tells that it is not.
      if (version === '1.0') assert.equal(how, 'broken')
      assert.match(wire.text(), /left/)
      assert.doesNotMatch(wire.text(), /\r\n0\r\n|500/)
      assert.deepEqual(served.errors, [broken])
    }
  })

  it('is cut where a flow fails after it wrote', async () => {
    await using served = await serveHttp(async ({ write }) => {
      await write('left')
      await write('too')
      await turn()
      throw broken
    })
    using wire = await Wire.open(served.address)
    wire.send(ask())
    await wire.closed()
    assert.match(wire.text(), /lefttoo\r\n$/)
    assert.deepEqual(served.errors, [broken])
  })

  for (const [name, length, wrong] of [
    ['longer', '3', 'longer'],
    ['shorter', '9', 'ended after'],
  ] as const) {
    it(`is refused where it is ${name} than its Content-Length: 500 before the first byte, cut after it`, async () => {
      const headers: [string, string][] = [['Content-Length', length]]
      let closed = false
      const before = await answer(sends({ headers, body: () => ['ab', 'cd'].values() }))
      assert.equal(before.status, 500)
      assert.ok(has('HEADER_BAD')(before.errors[0]))
      await using served = await serveHttp(
        sends({
          headers,
          body: async function* () {
            try {
              yield* later('ab', 'cd')
              await turn()
            } finally {
              closed = true
            }
          },
        }),
      )
      using wire = await Wire.open(served.address)
      wire.send(ask())
      await wire.closed()
      assert.match(wire.text(), /\r\n\r\nab/)
      assert.ok(wire.text().length - wire.text().indexOf('\r\n\r\n') - 4 <= Number(length))
      assert.match(String(served.errors[0]), new RegExp(wrong))
      assert.equal(closed, true)
    })
  }

  it('is closed where a chunk is no chunk', async () => {
    let closed = false
    const reply = await answer(
      sends({
        body: function* () {
          try {
            yield 7
          } finally {
            closed = true
          }
        },
      }),
    )
    assert.equal(reply.status, 500)
    assert.ok(has('FORMAT_MISMATCH')(reply.errors[0]))
    assert.equal(closed, true)
  })
})
