// How a client ends: disposed of in each state, and by its signal.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type ConnectOptions, connect } from '../../src/net/connect.ts'
import type { DrivenConnection, Raw } from '../../src/net/connection.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { isPeer } from '../framing.ts'
import { freshName, serve } from '../wire.ts'
import { States } from './states.ts'

const HOURS = 3_600_000
const LATER = { minMs: HOURS, maxMs: HOURS }
const SOON = { minMs: 1, maxMs: 3 }
const nothing: Pipe<Raw> = { name: 'nothing', open() {} }
const silent = stack(async ({ read }: Raw) => {
  for await (const _ of read()) {
  }
})

/** A server that goes away once it has a client. */
async function lost(stacked: Pipe<Raw>, options: ConnectOptions) {
  const states = new States()
  const served = await serve(silent)
  const bag = await connect(served.address, stacked, { onState: states.onState, ...options })
  await served[Symbol.asyncDispose]()
  return { bag, states, address: served.address }
}

describe('disposing of a client', () => {
  it('ends it while it waits', async () => {
    const order: string[] = []
    const pool = { name: 'pool', close: () => void order.push('close') }
    const { bag, states } = await lost(stack(pool), { reconnect: LATER })
    await states.sees('waiting')
    await bag[Symbol.asyncDispose]()
    assert.deepEqual(order, ['close'])
    assert.deepEqual(states.told, ['connecting', 'open', 'waiting', 'closed'])
    assert.equal(states.errors.at(-1), undefined)
  })

  it('ends it while it connects', async () => {
    // A server that never answers the handshake of TLS: only the signal ends that.
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const states = new States()
    const controller = new AbortController()
    const { signal } = controller
    const terms = { reconnect: { ...SOON, initial: true }, onState: states.onState, signal }
    const connecting = connect(`tls://127.0.0.1:${port}`, nothing, terms)
    while (sockets.length === 0) await turn()
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(connecting, reason)
    assert.deepEqual(states.told, ['connecting', 'closed'])
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it('ends it while a pipe waits for the peer to be entered anew', async () => {
    let asked = 0
    const greeted = pipe('greeted', async ({ read }: Raw) => {
      if (asked++ === 0) return
      for await (const _ of read()) return
    })
    const { bag, address } = await lost(stack(greeted), { reconnect: SOON })
    await using _ = await serve(silent, address)
    while (asked < 2) await turn()
    await bag[Symbol.asyncDispose]()
  })

  it('is the same the second time, and after the end', async () => {
    await using served = await serve(silent, freshName())
    for (const reconnect of [false, LATER]) {
      let left = 0
      const one = pipe(
        'one',
        (_: Raw) => 0,
        () => void left++,
      )
      const bag = await connect(served.address, stack(one), { reconnect })
      await Promise.all([bag[Symbol.asyncDispose](), bag[Symbol.asyncDispose]()])
      await bag[Symbol.asyncDispose]()
      assert.equal(left, 1)
      assert.throws(() => bag.write('late'), isPeer('CONNECTION_CLOSED'))
    }
  })

  it('resolves after a loss without reconnect; the signal fires, and it is told once', async () => {
    await using served = await serve(
      stack(async ({ connection, read }: Raw) => {
        for await (const _ of read()) (connection as DrivenConnection).reset()
      }),
    )
    const states = new States()
    const bag = await connect(served.address, nothing, { onState: states.onState })
    await bag.write('go')
    assert.ok(isPeer('CONNECTION_CLOSED')(await states.sees('closed')))
    assert.equal(bag.signal.aborted, true)
    await bag[Symbol.asyncDispose]()
    assert.deepEqual(states.told, ['connecting', 'open', 'closed'])
  })

  it('rejects with what a leave throws, also with reconnect', async () => {
    const broken = new Error('broken')
    await using served = await serve(silent, freshName())
    const bad = pipe(
      'bad',
      (_: Raw) => 0,
      () => Promise.reject(broken),
    )
    const bag = await connect(served.address, stack(bad), { reconnect: LATER })
    await assert.rejects(async () => bag[Symbol.asyncDispose](), broken)
  })

  it('rejects with what a close throws, hung on what ended it', async () => {
    const stuck = new Error('stuck')
    const pool = { name: 'pool', close: () => Promise.reject(stuck) }
    const { bag, states } = await lost(stack(pool), { reconnect: { ...SOON, attempts: 1 }, onError: () => {} })
    const error = await states.sees('closed')
    assert.equal(Reflect.get(error ?? {}, 'suppressed'), stuck)
    await assert.rejects(async () => bag[Symbol.asyncDispose](), /nobody listens there/)
  })
})

describe('the signal of connect()', () => {
  const reason = new Error('enough')

  it('ends it while it waits', async () => {
    const controller = new AbortController()
    const reported: unknown[] = []
    const { bag, states } = await lost(nothing, {
      reconnect: LATER,
      signal: controller.signal,
      onError: (error) => reported.push(error),
    })
    await states.sees('waiting')
    controller.abort(reason)
    assert.equal(await states.sees('closed'), reason)
    await assert.rejects(async () => bag[Symbol.asyncDispose](), reason)
    assert.deepEqual(reported, [])
  })

  for (const reconnect of [false, LATER]) {
    it(`cuts an open connection, and its pipes are told why: reconnect ${reconnect !== false}`, async () => {
      const controller = new AbortController()
      let told: unknown
      const one = pipe(
        'one',
        (_: Raw) => 0,
        (_, error) => {
          told = error
        },
      )
      await using served = await serve(silent)
      const bag = await connect(served.address, stack(one), { reconnect, signal: controller.signal })
      controller.abort(reason)
      await assert.rejects(async () => bag[Symbol.asyncDispose](), reason)
      assert.equal(told, reason)
      assert.equal(bag.signal.aborted, true)
    })
  }

  it('is let go of at the end', async () => {
    const { signal } = new AbortController()
    let listening = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening--
      remove(...args)
    }
    await using served = await serve(silent, freshName())
    const bag = await connect(served.address, nothing, { signal })
    assert.equal(listening, 1)
    await bag[Symbol.asyncDispose]()
    assert.equal(listening, 0)
  })
})
