import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { PeerError, UsageError } from '../../src/errors.ts'
import type { DrivenConnection, Raw, Sink } from '../../src/net/connection.ts'
import { stack } from '../../src/stack.ts'
import { connectionPair } from '../../src/transports/memory.ts'
import { ask, freshName, serve, serveHttp, Wire } from '../wire.ts'

const isGone = (error: unknown) => error instanceof PeerError && error.code === 'CONNECTION_CLOSED'
const deaf: Sink = { data() {}, end() {}, drained() {}, drain() {}, closed() {} }

/** Our side of a TCP connection, and its peer. */
async function dialled() {
  let ours: DrivenConnection | undefined
  let end = () => {}
  const served = await serve(
    stack((bag: Raw) => {
      ours = bag.connection as DrivenConnection
      return new Promise<undefined>((resolve) => {
        end = () => resolve(undefined)
      })
    }),
  )
  const wire = await Wire.open(served.address)
  while (ours === undefined) await turn()
  return {
    ours: ours as DrivenConnection,
    wire,
    async [Symbol.asyncDispose]() {
      end()
      wire.destroy()
      await served.listener.close({ graceMs: 0 })
    },
  }
}

describe('write()', () => {
  it('sends text as UTF-8, and bytes', async () => {
    await using pair = await dialled()
    pair.ours.write('ä')
    pair.ours.write(Uint8Array.of(255))
    await pair.wire.until(() => pair.wire.received.length === 3)
    assert.deepEqual(pair.wire.received, Buffer.of(0xc3, 0xa4, 255))
  })

  it('refuses other values, and says what is missing', () => {
    const [near] = connectionPair('pair')
    for (const value of [7, null, {}, undefined, [1]]) {
      assert.throws(
        () => near.write(value as unknown as string),
        (error) => error instanceof UsageError && error.code === 'WRITE_VALUE' && /json\(\)/.test(error.message),
      )
    }
  })

  it('resolves when more may come', async () => {
    await using pair = await dialled()
    pair.wire.socket?.pause()
    let written = 0
    let going = true
    const writing = (async () => {
      for (; going; written++) await pair.ours.write(Buffer.alloc(100_000))
    })()
    while (pair.ours.unsent === 0) await turn()
    const before = written
    for (let count = 0; count < 20; count++) await turn()
    assert.equal(written, before)
    going = false
    pair.wire.socket?.resume()
    await writing
    assert.equal(written, before + 1)
  })

  it('rejects where the peer goes away while it waits, then throws', async () => {
    await using pair = await dialled()
    pair.wire.socket?.pause()
    const writing = (async () => {
      for (;;) await pair.ours.write(Buffer.alloc(100_000))
    })()
    while (pair.ours.unsent === 0) await turn()
    pair.wire.socket?.resetAndDestroy()
    await assert.rejects(writing, isGone)
    assert.throws(() => pair.ours.write('x'), isGone)
  })

  it('that nobody waits for is no unhandled rejection when the peer goes away', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    {
      await using pair = await dialled()
      pair.wire.socket?.pause()
      while (pair.ours.unsent === 0) void pair.ours.write(Buffer.alloc(1_000_000))
      pair.wire.socket?.resetAndDestroy()
      await pair.ours.closed
    }
    for (let count = 0; count < 5; count++) await turn()
    process.off('unhandledRejection', note)
    assert.deepEqual(unhandled, [])
  })

  it('throws after close()', async () => {
    const [near] = connectionPair('pair')
    void near.close()
    assert.throws(() => near.write('x'), isGone)
  })
})

describe('a connection', () => {
  it('has one reader', () => {
    const [near] = connectionPair('pair')
    near.take(deaf)
    assert.throws(
      () => near.take(deaf),
      (error) => error instanceof UsageError && error.code === 'READ_TWICE',
    )
  })

  it('tells a reader that comes too late that it is gone', async () => {
    const [near] = connectionPair('pair')
    near.destroy()
    await near.closed
    let closed = 0
    near.take({ ...deaf, closed: () => closed++ })
    await turn()
    assert.equal(closed, 1)
  })

  it('fires its signal when it is gone, and has fired for who asks later', async () => {
    await using pair = await dialled()
    const { signal } = pair.ours
    assert.equal(signal.aborted, false)
    pair.wire.socket?.resetAndDestroy()
    // Nobody reads: the end is seen when something is written.
    while (!signal.aborted) {
      if (!pair.ours.ended) pair.ours.send('x')
      await turn()
    }
    assert.ok(isGone(signal.reason))
    assert.equal(pair.ours.signal, signal)
  })

  it('says what has not left, and when it has', async () => {
    for (const size of [1, 100, 300_000, 20_000_000]) {
      await using pair = await dialled()
      pair.wire.socket?.pause()
      // Fills what the kernel holds, so that nothing more leaves.
      while (pair.ours.unsent === 0) pair.ours.send(Buffer.alloc(1_000_000))
      const before = pair.ours.unsent
      pair.ours.send(Buffer.alloc(size))
      assert.equal(pair.ours.unsent, before + size)
      let sent = false
      const sending = pair.ours.sent().then(() => {
        sent = true
      })
      for (let count = 0; count < 10; count++) await turn()
      assert.equal(sent, false)
      pair.wire.socket?.resume()
      await sending
      assert.equal(pair.ours.unsent, 0)
      await pair.ours.sent()
    }
  })

  it('waits for nothing to leave where it is gone', async () => {
    for (const size of [100, 20_000_000]) {
      await using pair = await dialled()
      pair.wire.socket?.pause()
      while (pair.ours.unsent === 0) pair.ours.send(Buffer.alloc(1_000_000))
      pair.ours.send(Buffer.alloc(size))
      const sending = pair.ours.sent()
      pair.ours.destroy()
      await sending
      await pair.ours.sent()
    }
  })

  it('sends the long and the short in order', async () => {
    await using pair = await dialled()
    const { ours, wire } = pair
    wire.socket?.pause()
    ours.send('\xe9')
    ours.cork()
    ours.send(Buffer.alloc(1_000_000, 'a'))
    ours.send('b')
    ours.uncork()
    ours.send('c'.repeat(1_000_000))
    ours.send('d')
    wire.socket?.resume()
    await wire.until(() => wire.received.length === 2_000_003)
    assert.equal(wire.text(), `\xe9${'a'.repeat(1_000_000)}b${'c'.repeat(1_000_000)}d`)
  })

  it('sends all of what is long before it closes', async () => {
    await using pair = await dialled()
    pair.ours.send(Buffer.alloc(20_000_000))
    const closing = pair.ours.close()
    assert.equal(pair.ours.close(), closing)
    assert.equal(await pair.wire.closed(), 'end')
    assert.equal(pair.wire.received.length, 20_000_000)
    await closing
  })

  it('does not lose its last words where the peer has sent more than was read', async () => {
    await using served = await serve(stack(() => 'last words'))
    using wire = await Wire.open(served.address)
    wire.send(Buffer.alloc(1_000_000))
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.text(), 'last words')
  })

  it('tells a reader of an end that came before it read', { timeout: 5_000 }, async () => {
    for (const address of ['tcp://127.0.0.1:0', freshName()]) {
      let ended = 0
      await using served = await serve(
        stack(async ({ read }) => {
          for (let count = 0; count < 10; count++) await turn()
          for await (const _ of read()) assert.fail()
          ended++
        }),
        address,
      )
      using wire = await Wire.open(served.address)
      wire.end()
      await wire.closed()
      await served.listener.close()
      assert.equal(ended, 1)
      assert.deepEqual(served.errors, [])
    }
  })

  it('may be closed by a flow that has still something to say: that is lost, and nothing else', async () => {
    await using served = await serveHttp(({ connection, environ }) => {
      if (environ.PATH_INFO === '/close') void connection.close()
      return 'said'
    })
    using closed = await Wire.open(served.address)
    await closed.send(ask('GET /close')).closed()
    using other = await Wire.open(served.address)
    assert.equal((await other.send(ask()).reply()).body.toString(), 'said')
    await served.listener.close()
    assert.deepEqual(served.errors, [])
  })
})
