import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../pipes/http.ts'
import { UsageError } from '../../src/errors.ts'
import type { Raw } from '../../src/net/connection.ts'
import { listen } from '../../src/net/listen.ts'
import { type AnyPipe, pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { header } from '../replies.ts'
import { freshPath } from '../transports/socket-path.ts'
import { ask, freshName, serve, serveHttp, Wire } from '../wire.ts'

const echo: AnyPipe<Raw, unknown> = async ({ read, write }) => {
  for await (const message of read()) await write(message)
}
const hello = stack(http(), () => 'hello')
const addresses = () => ['tcp://127.0.0.1:0', `ipc://${freshPath()}`, freshName()]
const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

describe('a listener', () => {
  it('serves the same stack at any address', async () => {
    for (const address of addresses()) {
      await using served = await serve(hello, address)
      using wire = await Wire.open(served.address)
      assert.equal((await wire.send(ask()).reply()).body.toString(), 'hello')
    }
  })

  it('serves several addresses at once, and names them all', async () => {
    const given = addresses()
    await using listener = await listen(given, hello)
    assert.equal(listener.addresses.length, 3)
    assert.equal(listener.address, listener.addresses[0])
    assert.match(listener.address, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/)
    assert.deepEqual(listener.addresses.slice(1), given.slice(1))
    for (const address of listener.addresses) {
      using wire = await Wire.open(address)
      assert.equal((await wire.send(ask()).reply()).body.toString(), 'hello')
    }
  })

  it('binds none of its addresses where one cannot be bound', async () => {
    const name = freshName()
    const path = freshPath()
    const order: string[] = []
    const watched = stack(
      { name: 'pool', open: () => void order.push('open'), close: () => void order.push('close') },
      echo,
    )
    await using other = await serve(hello)
    await assert.rejects(listen([name, `ipc://${path}`, other.address], watched), has('PORT_TAKEN'))
    assert.deepEqual(order, ['open', 'close'])
    assert.equal(existsSync(path), false)
    await using again = await serve(hello, name)
    assert.equal(again.address, name)
  })

  it('opens no pipe where an address is no address', async () => {
    const watched = stack({ name: 'pool', open: () => assert.fail('it is opened') }, echo)
    await assert.rejects(listen(['tcp://127.0.0.1:0', 'nonsense'], watched), has('ADDRESS_BAD'))
  })

  it('wants an address', async () => {
    await assert.rejects(listen([], hello), has('ADDRESS_BAD'))
  })

  it('echoes bytes by a raw stack, over any transport', async () => {
    for (const address of addresses()) {
      await using served = await serve(stack(echo), address)
      using wire = await Wire.open(served.address)
      const sent = Buffer.alloc(300_000, 'message ')
      wire.send(sent)
      await wire.until(() => wire.received.length === sent.length)
      assert.deepEqual(wire.received, sent)
      wire.send('more')
      await wire.until(() => wire.received.length === sent.length + 4)
      if (wire.socket !== undefined) assert.equal(await wire.end().closed(), 'end')
    }
  })

  it('closes a raw connection whose flow fails, and tells onError', async () => {
    const broken = new Error('broken')
    for (const address of addresses()) {
      await using served = await serve(
        stack(() => Promise.reject(broken)),
        address,
      )
      using wire = await Wire.open(served.address)
      assert.equal(await wire.closed(), 'end')
      while (served.errors.length === 0) await turn()
      assert.deepEqual(served.errors, [broken])
    }
  })

  it('sends what is still to be sent before it closes a connection', async () => {
    for (const address of addresses()) {
      await using served = await serve(
        stack(({ write }) => void write(Buffer.alloc(2_000_000))),
        address,
      )
      using wire = await Wire.open(served.address)
      assert.equal(await wire.closed(), 'end')
      assert.equal(wire.received.length, 2_000_000)
    }
  })

  it('goes on where onError throws', async (t) => {
    const printed = t.mock.method(console, 'error', () => {})
    const onError = () => {
      throw new Error('worse')
    }
    await using listener = await listen(
      'tcp://127.0.0.1:0',
      stack(http(), () => Promise.reject(new Error('bad'))),
      { onError },
    )
    using wire = await Wire.open(listener.address)
    assert.equal((await wire.send(ask()).reply()).status, 500)
    assert.equal((await wire.send(ask()).reply()).status, 500)
    assert.equal(printed.mock.callCount(), 4)
  })
})

describe('the end of a listener', () => {
  it('closes idle connections at once', async () => {
    for (const address of addresses()) {
      await using served = await serve(hello, address)
      using used = await Wire.open(served.address)
      using unused = await Wire.open(served.address)
      await used.send(ask()).reply()
      await served.listener.close({ graceMs: 60_000 })
      assert.equal(await used.closed(), 'end')
      assert.equal(await unused.closed(), 'end')
    }
  })

  it('finishes the request under way, which says that it is the last', async () => {
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let begun = false
    await using served = await serveHttp(async () => {
      begun = true
      await held
      return 'finished'
    })
    using wire = await Wire.open(served.address)
    wire.send(ask())
    while (!begun) await turn()
    const closed = served.listener.close({ graceMs: 60_000 })
    for (let count = 0; count < 5; count++) await turn()
    wire.send(ask())
    go()
    const reply = await wire.reply()
    assert.equal(reply.body.toString(), 'finished')
    assert.equal(header(reply, 'connection'), 'close')
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.rest(), '')
    await closed
  })

  it('finishes a response that is under way, and the body that it is waiting for', async () => {
    await using served = await serveHttp(async ({ read, write }) => {
      for await (const chunk of read()) await write(chunk)
    })
    using wire = await Wire.open(served.address)
    await wire.send(ask('POST /', 'Content-Length: 9\r\n', 'abc')).sees('')
    await turn()
    const closed = served.listener.close({ graceMs: 60_000 })
    await turn()
    wire.send('def')
    await turn()
    wire.send('ghi')
    assert.equal((await wire.reply()).body.toString(), 'abcdefghi')
    await closed
  })

  it('cuts what takes longer than the grace, and fires its signal', async () => {
    let fired = false
    await using served = await serveHttp(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      fired = true
    })
    using wire = await Wire.open(served.address)
    wire.send(ask())
    await turn()
    await served.listener.close({ graceMs: 50 })
    await wire.closed()
    assert.equal(wire.text(), '')
    assert.equal(fired, true)
  })

  it('does not wait for ever for a flow that never ends', { timeout: 10_000 }, async () => {
    const stuck = () => new Promise<undefined>(() => {})
    const order: string[] = []
    const pool = { name: 'pool', close: () => void order.push('pool closed') }
    for (const each of [stack(pool, stuck), stack(pool, http(), stuck)]) {
      await using served = await serve(each)
      using wire = await Wire.open(served.address)
      wire.send(ask())
      await turn()
      await served.listener.close({ graceMs: 10 })
      await wire.closed()
    }
    assert.deepEqual(order, ['pool closed', 'pool closed'])
  })

  it('comes after the pipes of all flows have left, also of those whose peer is gone', async () => {
    const order: string[] = []
    const pool = { name: 'pool', open: () => void order.push('open'), close: () => void order.push('close') }
    const user = pipe(
      'user',
      () => 0,
      async () => {
        for (let count = 0; count < 10; count++) await turn()
        order.push('leave')
      },
    )
    let begun = false
    await using served = await serve(
      stack(pool, http(), user, async ({ signal }) => {
        begun = true
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      }),
    )
    using wire = await Wire.open(served.address)
    wire.send(ask())
    while (!begun) await turn()
    wire.destroy()
    for (let count = 0; count < 3; count++) await turn()
    await served.listener.close({ graceMs: 60_000 })
    assert.deepEqual(order, ['open', 'leave', 'close'])
  })

  it('is the same promise for all who ask', async () => {
    const { listener } = await serve(hello)
    assert.equal(listener.close(), listener.close())
    await listener[Symbol.asyncDispose]()
  })

  it('is the end of accepting', async () => {
    for (const address of addresses()) {
      const { listener } = await serve(hello, address)
      await listener.close()
      await assert.rejects(Wire.open(listener.address))
      await using again = await serve(hello, listener.address)
      assert.equal(again.address, listener.address)
    }
  })

  it('comes at the end of its scope', async () => {
    let address = ''
    {
      await using listener = await listen('tcp://127.0.0.1:0', hello)
      address = listener.address
    }
    await assert.rejects(Wire.open(address))
  })

  it('rejects with what a pipe throws when it is closed', async () => {
    const broken = new Error('broken')
    const { listener } = await serve(stack({ name: 'pool', close: () => Promise.reject(broken) }, echo))
    await assert.rejects(listener.close(), broken)
  })
})
