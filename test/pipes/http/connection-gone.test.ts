import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { PeerError } from '../../../src/errors.ts'
import { parseAddress } from '../../../src/net/address.ts'
import type { DrivenConnection } from '../../../src/net/connection.ts'
import { memory } from '../../../src/transports/memory.ts'
import { ask, freshName, sends, serveHttp, Wire } from '../../wire.ts'

const ways: [name: string, leave: (wire: Wire) => void][] = [
  ['closes', (wire) => wire.destroy()],
  ['resets', (wire) => wire.socket?.resetAndDestroy()],
]

async function until(done: () => boolean): Promise<void> {
  while (!done()) await turn()
}

for (const [name, leave] of ways) {
  describe(`a peer that ${name}`, { timeout: 10_000 }, () => {
    it('fires the signal of the request under way', async () => {
      let begun = false
      let fired = false
      await using served = await serveHttp(async ({ signal }) => {
        begun = true
        await new Promise((gone) => signal.addEventListener('abort', gone))
        fired = true
      })
      using wire = await Wire.open(served.address)
      wire.send(ask())
      await until(() => begun)
      leave(wire)
      await until(() => fired)
      assert.deepEqual(served.errors, [])
    })

    it('fires it also after a long body was read', async () => {
      let read = false
      let fired = false
      await using served = await serveHttp(async ({ environ, signal }) => {
        // All of it is there before anybody reads: that is when a connection is paused.
        for (let count = 0; count < 50; count++) await turn()
        await environ['wsgi.input'].text()
        read = true
        await new Promise((gone) => signal.addEventListener('abort', gone))
        fired = true
      })
      using wire = await Wire.open(served.address)
      wire.send(ask('POST /', 'Content-Length: 100000\r\n', 'x'.repeat(100_000)))
      await until(() => read)
      // The end is behind something that a paused connection would not look at.
      wire.send(ask())
      await turn()
      leave(wire)
      await until(() => fired)
    })

    it('ends the generator of the response: return() reaches it', async () => {
      let given = 0
      let closed = 0
      await using served = await serveHttp(
        sends({
          body: async function* () {
            try {
              for (;;) {
                yield `${given++}\n`
                await turn()
              }
            } finally {
              closed++
            }
          },
        }),
      )
      using wire = await Wire.open(served.address)
      await wire.send(ask()).sees('5\n')
      leave(wire)
      await until(() => closed > 0)
      const last = given
      for (let count = 0; count < 5; count++) await turn()
      assert.equal(given, last)
      assert.equal(closed, 1)
      assert.deepEqual(served.errors, [])
    })

    it('ends a generator that waits for it to read', async () => {
      let closed = 0
      await using served = await serveHttp(
        sends({
          body: async function* () {
            try {
              for (;;) yield Buffer.alloc(50_000)
            } finally {
              closed++
            }
          },
        }),
      )
      using wire = await Wire.open(served.address)
      await wire.send(ask()).sees('\0')
      wire.socket?.pause()
      for (let count = 0; count < 20; count++) await turn()
      leave(wire)
      await until(() => closed > 0)
      assert.deepEqual(served.errors, [])
    })

    it('never has a body opened that would begin after it is gone', async () => {
      let begun = false
      let closed = 0
      let over = false
      const body = {
        [Symbol.asyncIterator]: () => body,
        next: () => assert.fail('it is read'),
        return: async () => closed++,
      }
      await using served = await serveHttp(async ({ connection, response, defer }) => {
        begun = true
        defer(() => {
          over = true
        })
        await (connection as DrivenConnection).closed
        response.body = body as unknown as AsyncIterable<string>
      })
      using wire = await Wire.open(served.address)
      wire.send(ask())
      await until(() => begun)
      wire.socket?.resetAndDestroy()
      await until(() => over)
      assert.equal(closed, 1)
      assert.deepEqual(served.errors, [])
    })

    it('leaves every pipe and runs every deferred function all the same', async () => {
      let deferred = 0
      await using served = await serveHttp(async ({ defer, write }) => {
        defer(() => deferred++)
        await write('a')
        await write('b')
        await turn()
      })
      for (let count = 0; count < 20; count++) {
        using wire = await Wire.open(served.address)
        wire.send(ask())
        for (let turns = 0; turns < count % 5; turns++) await turn()
        leave(wire)
      }
      using last = await Wire.open(served.address)
      await last.send(ask()).reply()
      const before = deferred
      assert.ok(before > 0)
      await served.listener.close()
      assert.deepEqual(served.errors, [])
    })
  })
}

describe('a peer that resets at any point', () => {
  it('leaves every flow at its end, nothing open, and no error but that it is gone', { timeout: 20_000 }, async () => {
    let begun = 0
    let ended = 0
    await using served = await serveHttp(async ({ environ, write, defer }) => {
      begun++
      defer(() => ended++)
      for await (const chunk of environ['wsgi.input']) await write(chunk)
      await write('end')
    })
    const bytes =
      ask('POST /', 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX: y\r\n\r\n') + ask()
    for (let length = 1; length <= bytes.length; length++) {
      using wire = await Wire.open(served.address)
      wire.send(bytes.slice(0, length))
      for (let turns = 0; turns < length % 4; turns++) await turn()
      wire.socket?.resetAndDestroy()
    }
    await served.listener.close({ graceMs: 10_000 })
    assert.ok(begun > 0)
    assert.equal(ended, begun)
    for (const error of served.errors) assert.equal((error as PeerError).code, 'CONNECTION_CLOSED')
  })
})

describe('a peer that stays', () => {
  it('never fires the signal of a request that has ended', async () => {
    let fired = 0
    await using served = await serveHttp(({ signal }) => {
      signal.addEventListener('abort', () => fired++)
      return 'fine'
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask()).reply()
    await wire.send(ask('GET /', 'Connection: close\r\n')).reply()
    await served.listener.close()
    assert.equal(fired, 0)
  })
})

describe('a peer that does not read', () => {
  it('holds the body back: what waits for it is bounded', async () => {
    let given = 0
    let most = 0
    let connection: DrivenConnection | undefined
    await using served = await serveHttp(
      (bag) => {
        connection = bag.connection as DrivenConnection
        bag.response.body = (async function* () {
          for (;;) {
            yield 'ä'.repeat(5_000)
            given += 10_000
            most = Math.max(most, connection?.unsent ?? 0)
          }
        })()
      },
      {},
      freshName(),
    )
    const peer = await memory.connect(parseAddress(served.address), { protocols: [], signal: undefined })
    peer.send(ask())
    for (let count = 0; count < 100; count++) await turn()
    assert.ok(given > 0)
    assert.ok(given < 400_000, `${given} bytes were made for nobody`)
    assert.ok(most < 200_000, `${most} bytes waited`)
    peer.destroy()
  })

  it('holds write() back', async () => {
    let given = 0
    await using served = await serveHttp(
      async ({ write }) => {
        for (;;) {
          await write('x'.repeat(10_000))
          given += 10_000
        }
      },
      {},
      freshName(),
    )
    const peer = await memory.connect(parseAddress(served.address), { protocols: [], signal: undefined })
    peer.send(ask())
    for (let count = 0; count < 100; count++) await turn()
    assert.ok(given > 0 && given < 400_000, `${given} bytes were written for nobody`)
    peer.destroy()
  })

  it('is held back over TCP too, and goes on where it left off', async () => {
    let connection: DrivenConnection | undefined
    let most = 0
    const chunks = 2_000
    await using served = await serveHttp((bag) => {
      connection = bag.connection as DrivenConnection
      bag.response.body = (function* () {
        for (let at = 0; at < chunks; at++) {
          most = Math.max(most, connection?.unsent ?? 0)
          yield Buffer.alloc(10_000, String(at % 10))
        }
      })()
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask()).sees('0000')
    wire.socket?.pause()
    for (let count = 0; count < 100; count++) await turn()
    assert.ok((connection?.unsent ?? 0) > 0, 'it is held back')
    wire.socket?.resume()
    const { body } = await wire.reply()
    assert.equal(body.length, chunks * 10_000)
    for (let at = 0; at < chunks; at++) assert.equal(body[at * 10_000], 48 + (at % 10))
    assert.ok(most < 200_000, `${most} bytes waited`)
  })
})
