import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wsgi } from '../../pipes/wsgi.ts'
import { Gate } from '../gate.ts'
import { ask, freshName, serveHttp, Wire } from '../wire.ts'
import { closing, get, gives, ok } from './wsgi/applications.ts'

describe('close()', () => {
  const cases: [name: string, line: string, chunks: () => Iterable<string> | AsyncIterable<string>, status: number][] =
    [
      ['comes after the last chunk', 'GET /', () => ['a', 'b'], 200],
      ['comes without a chunk', 'GET /', () => [], 200],
      ['comes for HEAD', 'HEAD /', () => ['a', 'b'], 200],
      [
        'comes after an error',
        'GET /',
        // biome-ignore lint/correctness/useYield: it fails before.
        async function* () {
          throw new Error('boom')
        },
        500,
      ],
    ]
  for (const [name, line, chunks, status] of cases) {
    it(`${name}, once`, async () => {
      const log: string[] = []
      const reply = await get((_environ, start) => gives(ok(start), closing(chunks(), log)), line)
      assert.equal(reply.status, status)
      assert.deepEqual(log, ['closed'])
    })
  }

  it('comes where start_response() was not called', async () => {
    const log: string[] = []
    assert.equal((await get(() => closing(['a'], log))).status, 500)
    assert.deepEqual(log, ['closed'])
  })

  it('comes when the peer is gone, also where a chunk never comes', async () => {
    for (const endless of [true, false]) {
      const [begun, closed] = [new Gate(), new Gate()]
      const body = {
        async *[Symbol.asyncIterator]() {
          yield 'a'
          begun.open()
          if (!endless) await new Promise(() => {})
          for (;;) {
            await new Promise((resolve) => setImmediate(resolve))
            yield 'x'.repeat(65_536)
          }
        },
        close: () => closed.open(),
      }
      await using served = await serveHttp(
        wsgi((_environ, start) => gives(ok(start), body)),
        {},
        freshName(),
      )
      const wire = await Wire.open(served.address)
      wire.send(ask())
      await begun.opened
      wire.destroy()
      await closed.opened
      assert.deepEqual(served.errors, [])
    }
  })

  it('comes where the application gives something only when the peer is gone', async () => {
    const [begun, gone, closed] = [new Gate(), new Gate(), new Gate()]
    await using served = await serveHttp(
      wsgi(async (_environ, start) => {
        begun.open()
        await gone.opened
        ok(start)
        return Object.assign(['a'], { close: () => closed.open() })
      }),
      {},
      freshName(),
    )
    const wire = await Wire.open(served.address)
    wire.send(ask())
    await begun.opened
    wire.destroy()
    await wire.closed()
    gone.open()
    await closed.opened
  })

  it('is return() for a generator, after the last byte', async () => {
    const log: string[] = []
    await get(function* (_environ, start) {
      ok(start)
      try {
        yield 'a'
        yield 'b'
      } finally {
        log.push('over')
      }
    }, 'HEAD /')
    assert.deepEqual(log, ['over'])
  })

  it('that fails is reported', async () => {
    const body = Object.assign(['a'], {
      close() {
        throw new Error('boom')
      },
    })
    const reply = await get((_environ, start) => gives(ok(start), body))
    assert.equal(reply.status, 200)
    assert.match(String(reply.errors[0]), /boom/)
  })
})
