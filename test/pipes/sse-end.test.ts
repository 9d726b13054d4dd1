import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPeer } from '../framing.ts'
import { Gate } from '../gate.ts'
import { ask, serve, Wire } from '../wire.ts'
import { dataOf, opened, served } from './sse/streaming.ts'

describe('sse(), the end', () => {
  it('a peer that goes away ends reading, fires the signal, and is no error', async () => {
    const over = new Gate<readonly unknown[]>()
    const app = served(async ({ read, signal, write }) => {
      for await (const _ of read());
      const late = await Promise.resolve()
        .then(() => write('late'))
        .catch((error: unknown) => error)
      over.open([signal.aborted, late === signal.reason, late])
      throw late
    })
    await using server = await serve(app)
    const { wire } = await opened(server.address)
    wire.destroy()
    const [aborted, isReason, late] = await over.opened
    assert.deepEqual([aborted, isReason], [true, true])
    assert.ok(isPeer('CONNECTION_CLOSED')(late))
    assert.deepEqual(server.errors, [])
  })

  it('a listener that closes ends reading; the stream ends well, so that the peer comes back', async () => {
    const app = served(async ({ read, write }) => {
      for await (const _ of read());
      await write('bye')
    })
    await using server = await serve(app)
    const { wire } = await opened(server.address)
    await server.listener.close()
    const reply = await wire.reply()
    assert.deepEqual(dataOf(reply).slice(1), ['bye'])
    assert.deepEqual(server.errors, [])
  })

  it('a listener that closes fires the signal of whoever only writes', async () => {
    const app = served(async ({ signal }) => {
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    await wire.send(ask()).sees('retry')
    await server.listener.close()
    assert.deepEqual(dataOf(await wire.reply()), [])
    assert.deepEqual(server.errors, [])
  })

  it('a peer that takes nothing costs no more than its buffers, and is cut', async () => {
    const over = new Gate<readonly unknown[]>()
    const message = 'x'.repeat(10_000)
    const app = served(
      async ({ write, connection, signal }) => {
        let most = 0
        try {
          for (;;) {
            const pending = write(message)
            most = Math.max(most, Number(Reflect.get(connection, 'unsent')))
            await pending
          }
        } catch (error) {
          over.open([most, error, signal.aborted])
          throw error
        }
      },
      { stallTimeoutMs: 1 },
    )
    await using server = await serve(app)
    using wire = await Wire.open(server.address)
    wire.socket?.pause()
    wire.send(ask())
    const [most, error, aborted] = await over.opened
    assert.ok(Number(most) < 65_536 + 2 * message.length, `${most} waited`)
    assert.ok(isPeer('CONNECTION_CLOSED')(error))
    assert.equal(aborted, true)
    wire.socket?.resume()
    await wire.closed()
    assert.equal(server.errors.length, 1)
    assert.ok(isPeer('TIMEOUT')(server.errors[0]))
  })
})
