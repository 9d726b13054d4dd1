import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type HttpMarbles, http } from '../../pipes/http.ts'
import { UsageError } from '../../src/errors.ts'
import { clock, TICK_MS } from '../../src/net/clock.ts'
import type { Raw } from '../../src/net/connection.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { header } from '../replies.ts'
import { ask, freshName, serve, serveHttp, Wire } from '../wire.ts'

describe('http()', () => {
  it('refuses options that are none, or of a wrong kind', () => {
    const isBad = (error: unknown) => error instanceof UsageError && error.code === 'OPTION_BAD'
    assert.throws(() => http({ maxHeaderBytes: 1 } as object), isBad)
    assert.throws(() => http({ toString: 1 } as object), isBad)
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null]) {
      assert.throws(() => http({ maxFields: value as number }), isBad)
    }
    assert.throws(() => http({ debug: 1 as unknown as boolean }), isBad)
  })

  it('takes options that are undefined for their defaults', () => {
    assert.doesNotThrow(() => http({ maxFields: undefined, debug: undefined } as object))
  })

  it('serves several listeners at once, and goes on when one of them closes', async () => {
    const shared = stack(http(), () => 'hello')
    await using first = await serve(shared, freshName())
    await using second = await serve(shared, freshName())
    await first.listener.close()
    using wire = await Wire.open(second.address)
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'hello')
  })

  it('stops the clock with the last listener', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const isGoing = () => {
      clock.now = -1
      t.mock.timers.tick(TICK_MS)
      return clock.now >= 0
    }
    const shared = stack(http(), () => 'hello')
    const first = await serve(shared, freshName())
    const second = await serve(shared, freshName())
    await first.listener.close()
    assert.equal(isGoing(), true)
    await second.listener.close()
    assert.equal(isGoing(), false)
  })

  it('stands below pipes that lay their own read and write over the connection', async () => {
    const shift = (bytes: Uint8Array, by: number) => bytes.map((byte) => byte + by)
    const cipher: Pipe<Raw, Raw> = {
      name: 'cipher',
      adds: ['read', 'write'],
      through: ({ connection, read, write }, next) =>
        next({
          connection,
          async *read() {
            for await (const chunk of read()) yield shift(chunk, 1)
          },
          write: (chunk) => write(shift(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, -1)),
        } as Raw),
    }
    await using served = await serve(
      stack(cipher, http(), async ({ environ }) => `${environ.PATH_INFO} ${await environ['wsgi.input'].text()}`),
    )
    using wire = await Wire.open(served.address)
    const requests = ask('POST /1', 'Content-Length: 3\r\n', 'abc') + ask('GET /2', 'Connection: close\r\n')
    wire.send(shift(Buffer.from(requests), -1))
    assert.equal(await wire.closed(), 'end')
    const text = Buffer.from(shift(wire.received, 1)).toString()
    assert.match(text, /\r\n\r\n\/1 abcHTTP.*Connection: close\r\n\r\n\/2 $/s)
  })

  it('makes no promise for a request whose pipes make none', async () => {
    const two = pipe(
      'two',
      ({ environ }: HttpMarbles) => environ.PATH_INFO.length,
      () => {},
    )
    await using served = await serve(
      stack(http(), two, ({ two, response }) => {
        response.status = '201 Created'
        return `${two}`
      }),
    )
    const counts: number[] = []
    for (const requests of [5, 10, 200]) counts.push(await promisesOf(served.address, requests))
    assert.equal(counts[2], counts[1], `${counts} promises for 5, 10 and 200 requests`)
  })
})

describe('the end of a request', () => {
  it('comes after all pipes have left: then the response is encoded and sent (rule 6)', async () => {
    const seen: string[] = []
    let wire: Wire | undefined
    const outer = pipe(
      'outer',
      (_: HttpMarbles) => 0,
      async ({ response }) => {
        for (let count = 0; count < 5; count++) await turn()
        seen.push(`outer leaves, ${wire?.received.length} bytes have come`)
        response.status = '299 Changed'
      },
    )
    await using served = await serve(stack(http(), outer, ({ write }) => write('text')))
    wire = await Wire.open(served.address)
    const reply = await wire.send(ask()).reply()
    assert.deepEqual(seen, ['outer leaves, 0 bytes have come'])
    assert.equal(`${reply.status} ${reply.reason}`, '299 Changed')
    assert.equal(reply.body.toString(), 'text')
    wire.destroy()
  })

  it('runs deferred functions after the last byte, newest first', async () => {
    const body = Buffer.alloc(30_000_000, 'x')
    const order: string[] = []
    await using served = await serveHttp(({ defer, response }) => {
      defer(() => order.push('first'))
      defer(() => order.push('second'))
      response.body = body
    })
    using wire = await Wire.open(served.address)
    wire.send(ask())
    await wire.until(() => wire.received.length > 0)
    wire.socket?.pause()
    for (let count = 0; count < 50; count++) await turn()
    assert.deepEqual(order, [], 'a peer that does not read has not got the last byte')
    wire.socket?.resume()
    await wire.reply()
    while (order.length < 2) await turn()
    assert.deepEqual(order, ['second', 'first'])
  })

  it('runs deferred functions also where a short response waits behind a long one', { timeout: 5_000 }, async () => {
    let released = 0
    await using served = await serveHttp(
      ({ environ, defer }) => {
        defer(() => released++)
        // Together they are more than a stream holds; the second alone is not.
        return 'x'.repeat(environ.PATH_INFO === '/1' ? 16_200 : 300)
      },
      {},
      freshName(),
    )
    const { parseAddress } = await import('../../src/net/address.ts')
    const { memory } = await import('../../src/transports/memory.ts')
    const peer = await memory.connect(parseAddress(served.address), { protocols: [], signal: undefined })
    peer.send(ask('GET /1'))
    await turn()
    peer.send(ask('GET /2'))
    await turn()
    assert.equal(released, 1)
    peer.take({ data() {}, end() {}, drained() {}, drain() {}, closed() {} })
    while (released < 2) await turn()
    peer.destroy()
  })

  it('keeps what a deferred function throws from the peer, and tells onError', async () => {
    const broken = new Error('broken')
    await using served = await serveHttp(({ defer }) => {
      defer(() => {
        throw broken
      })
      return 'fine'
    })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'fine')
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'fine')
    assert.deepEqual(served.errors, [broken, broken])
  })

  it('is a 500 where a pipe fails to leave (rule 5), and every other pipe is told', async () => {
    const broken = new Error('broken')
    const told: unknown[] = []
    const outer = pipe(
      'outer',
      () => 0,
      (_, error) => void told.push(error),
    )
    const inner = pipe(
      'inner',
      () => 0,
      () => Promise.reject(broken),
    )
    await using served = await serve(stack(http(), outer, inner, () => 'lost'))
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask()).reply()).status, 500)
    assert.deepEqual(told, [broken])
    assert.deepEqual(served.errors, [broken])
  })

  it('leaves what stands above http() after the last request, also when the peer goes away before', async () => {
    const order: string[] = []
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const above = pipe(
      'above',
      (_: Raw) => 0,
      () => void order.push('above leaves'),
    )
    const below = pipe(
      'below',
      (_: HttpMarbles) => 0,
      () => void order.push('below leaves'),
    )
    await using served = await serve(
      stack(above, http(), below, async ({ defer, signal }) => {
        defer(() => order.push('deferred'))
        order.push('begins')
        await new Promise((gone) => signal.addEventListener('abort', gone))
        order.push('peer is gone')
        await held
      }),
    )
    using wire = await Wire.open(served.address)
    wire.send(ask())
    while (!order.includes('begins')) await turn()
    wire.socket?.resetAndDestroy()
    while (!order.includes('peer is gone')) await turn()
    for (let count = 0; count < 5; count++) await turn()
    go()
    while (!order.includes('above leaves')) await turn()
    assert.deepEqual(order, ['begins', 'peer is gone', 'below leaves', 'deferred', 'above leaves'])
  })

  it('is the end of an interrupted flow too', async () => {
    const guard = pipe('guard', ({ environ, response, interrupt }: HttpMarbles & { interrupt(): void }) => {
      if (environ.PATH_INFO !== '/closed') return
      response.status = '403 Forbidden'
      interrupt()
    })
    await using served = await serve(stack(http(), guard, () => 'open'))
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('GET /closed')).reply()
    assert.equal(reply.status, 403)
    assert.equal(header(reply, 'content-length'), '0')
    assert.equal((await wire.send(ask()).reply()).body.toString(), 'open')
  })
})

/** How many promises are made while one connection asks so often, one request after the other. */
function promisesOf(address: string, requests: number): Promise<number> {
  let count = 0
  const watcher = createHook({
    init(_id, type) {
      if (type === 'PROMISE') count++
    },
  })
  return new Promise((resolve, reject) => {
    let left = requests
    const socket = createConnection({ host: '127.0.0.1', port: Number(address.split(':')[2]) })
    const bytes = Buffer.from(ask('GET /path', 'Accept: */*\r\n'))
    socket.on('error', reject)
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', () => {
      if (left === requests) watcher.enable()
      if (--left > 0) socket.write(bytes)
      else {
        watcher.disable()
        socket.destroy()
        resolve(count)
      }
    })
  })
}
