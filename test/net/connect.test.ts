import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { UsageError } from '../../src/errors.ts'
import { connect } from '../../src/net/connect.ts'
import type { Raw } from '../../src/net/connection.ts'
import { pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { freshName, serve } from '../wire.ts'

const has = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code
const echo = stack(async ({ read, write }) => {
  for await (const bytes of read()) await write(bytes)
})

describe('connect()', () => {
  it('enters the pipes in order, gives the bag, and leaves them in reverse when it is disposed of', async () => {
    await using served = await serve(echo, freshName())
    const order: string[] = []
    const one = {
      ...pipe(
        'one',
        (_: Raw) => order.push('+one') - 1,
        () => void order.push('-one'),
      ),
      open: () => void order.push('open'),
      close: () => void order.push('close'),
    }
    const two = pipe(
      'two',
      async ({ one }: { one: number }) => one + 1,
      () => void order.push('-two'),
    )
    {
      await using bag = await connect(served.address, stack(one, two))
      assert.equal(bag.two, 2)
      await bag.write('hello')
      for await (const bytes of bag.read()) {
        assert.equal(Buffer.from(bytes).toString(), 'hello')
        break
      }
      order.push('use')
      bag.defer(() => order.push('deferred'))
    }
    assert.deepEqual(order, ['open', '+one', 'use', '-two', '-one', 'deferred', 'close'])
    await served.listener.close()
  })

  it('rejects with what a pipe throws, having left and closed the others', async () => {
    const broken = new Error('broken')
    await using served = await serve(echo, freshName())
    const order: string[] = []
    const one = {
      ...pipe(
        'one',
        () => 0,
        (_, error) => void order.push(`-one ${error === broken}`),
      ),
      close: () => void order.push('close'),
    }
    await assert.rejects(
      connect(
        served.address,
        stack(one, () => Promise.reject(broken)),
      ),
      broken,
    )
    assert.deepEqual(order, ['-one true', 'close'])
    await served.listener.close({ graceMs: 60_000 })
  })

  it('rejects at its disposal with what a leave throws', async () => {
    const broken = new Error('broken')
    await using served = await serve(echo, freshName())
    const bag = await connect(
      served.address,
      stack(
        pipe(
          'one',
          () => 0,
          () => Promise.reject(broken),
        ),
      ),
    )
    await assert.rejects(async () => bag[Symbol.asyncDispose](), broken)
  })

  it('closes its pipes where it cannot connect', async () => {
    const order: string[] = []
    const pool = { name: 'pool', open: () => void order.push('open'), close: () => void order.push('close') }
    await assert.rejects(connect(freshName(), stack(pool)), has('ADDRESS_UNREACHABLE'))
    assert.deepEqual(order, ['open', 'close'])
  })

  it('says so where a stack ends before its last pipe', async () => {
    await using served = await serve(echo, freshName())
    const wall = stack(({ interrupt }: { interrupt(): void }) => interrupt())
    await assert.rejects(connect(served.address, wall), has('ADDRESS_UNREACHABLE'))
  })

  it('gives up when it is told to, and when its time is over', async () => {
    const reason = new Error('enough')
    await assert.rejects(connect('tcp://127.0.0.1:1', echo, { signal: AbortSignal.abort(reason) }), reason)
    // An address of TEST-NET-1 (RFC 5737) answers nobody.
    const controller = new AbortController()
    const giving = connect('tcp://192.0.2.1:9', echo, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await assert.rejects(giving, (error) => error === reason || has('ADDRESS_UNREACHABLE')(error))
    await assert.rejects(connect('tcp://192.0.2.1:9', echo, { timeoutMs: 20 }), has('ADDRESS_UNREACHABLE'))
  })

  it('fires the signal of its bag when the server goes away', async () => {
    const served = await serve(stack(() => new Promise<undefined>(() => {})))
    const bag = await connect(served.address, stack({ name: 'nothing', open() {} }))
    const { signal } = bag
    await served.listener.close({ graceMs: 0 })
    for await (const _ of bag.read()) assert.fail()
    await bag[Symbol.asyncDispose]()
    while (!signal.aborted) await turn()
  })

  it('refuses what is no address', async () => {
    await assert.rejects(connect('nonsense', echo), has('ADDRESS_BAD'))
    await assert.rejects(connect('nope://x', echo), has('ADDRESS_BAD'))
  })
})
