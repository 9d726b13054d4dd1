import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { line } from '../../pipes/line.ts'
import { UsageError } from '../../src/errors.ts'
import type { ReconnectOptions } from '../../src/net/backoff.ts'
import { type ConnectOptions, connect } from '../../src/net/connect.ts'
import type { Raw } from '../../src/net/connection.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { isPeer } from '../framing.ts'
import { freshPath } from '../transports/socket-path.ts'
import { freshName, type Served, serve } from '../wire.ts'
import { States } from './states.ts'

const SOON: ReconnectOptions = { minMs: 1, maxMs: 3 }
const isUsage =
  (code: string, words = /./) =>
  (error: unknown) =>
    error instanceof UsageError && error.code === code && words.test(error.message)
const isLost = isPeer('CONNECTION_CLOSED')
const nothing: Pipe<Raw> = { name: 'nothing', open() {} }

/** Keeps what arrives over all connections, and echoes it. */
function recorder() {
  const got: string[] = []
  const echo = stack(async ({ read, write }: Raw) => {
    for await (const bytes of read()) {
      got.push(String(Buffer.from(bytes)))
      await write(bytes)
    }
  })
  return { got, echo }
}

async function next({ read }: Raw): Promise<string> {
  for await (const bytes of read()) return String(Buffer.from(bytes))
  return '(end)'
}

/** A client in wait for a server that is gone. */
async function waiting(options: ConnectOptions = {}, stacked: Pipe<Raw> = nothing) {
  const states = new States()
  const address = freshName()
  const served = await serve(recorder().echo, address)
  const bag = await connect(address, stacked, { reconnect: SOON, onState: states.onState, ...options })
  await served[Symbol.asyncDispose]()
  await states.sees('waiting')
  return { bag, states, address }
}

describe('connect() with reconnect', () => {
  let files: Certificates | undefined
  before(() => {
    files = withoutOpenssl() ? undefined : new Certificates()
  })
  after(() => files?.[Symbol.dispose]())

  /** Where to listen, and where to connect to what listens there. */
  const places: Record<string, () => [listen: string, dial: (served: Served) => string]> = {
    tcp: () => ['tcp://127.0.0.1:0', ({ address }) => address],
    ipc: () => [`ipc://${freshPath()}`, ({ address }) => address],
    memory: () => [freshName(), ({ address }) => address],
    tls: () => {
      assert.ok(files !== undefined)
      const ca = files.authority.cert
      return [tlsAddress(files.issue('server')), ({ address }) => `${address}?ca=${ca}`]
    },
  }
  for (const [scheme, place] of Object.entries(places)) {
    it(`comes back to a server that goes and comes back: ${scheme}`, {
      skip: scheme === 'tls' && withoutOpenssl(),
    }, async () => {
      const states = new States()
      const { got, echo } = recorder()
      const [where, dial] = place()
      let served = await serve(echo, where)
      const same = `${served.address}${/\?.*/.exec(where)?.[0] ?? ''}`
      await using bag = await connect(dial(served), nothing, { reconnect: SOON, onState: states.onState })
      for (let round = 1; round <= 3; round++) {
        await bag.write(`round ${round}`)
        assert.equal(await next(bag), `round ${round}`)
        // In turn: cut, and closed in order.
        await served.listener.close({ graceMs: round === 1 ? 0 : 10_000 })
        await states.sees('waiting', round)
        served = await serve(echo, same)
        await states.sees('open', round + 1)
      }
      assert.deepEqual(got, ['round 1', 'round 2', 'round 3'])
      await bag[Symbol.asyncDispose]()
      await served[Symbol.asyncDispose]()
      assert.equal(states.told.at(-1), 'closed')
    })
  }

  it('enters the pipes anew and leaves them with the loss, and opens and closes them once', async () => {
    const order: string[] = []
    let entered = 0
    const count = {
      ...pipe(
        'count',
        (_: Raw) => ++entered,
        (_, error) => void order.push(`-count ${error instanceof Error ? error.message : 'well'}`),
      ),
      open: () => void order.push('open'),
      close: () => void order.push('close'),
    }
    const states = new States()
    const address = freshName()
    let served = await serve(recorder().echo, address)
    const bag = await connect(address, stack(count), { reconnect: SOON, onState: states.onState })
    const { count: first } = bag
    await served.listener.close()
    await states.sees('waiting')
    served = await serve(recorder().echo, address)
    await states.sees('open', 2)
    assert.deepEqual([first, bag.count, Object.keys(bag)], [1, 2, ['connection', 'read', 'write', 'count']])
    await bag[Symbol.asyncDispose]()
    await served[Symbol.asyncDispose]()
    assert.deepEqual(order, ['open', `-count ${address} ended the connection`, '-count well', 'close'])
  })

  it('throws where something is read or written between two connections, and loses it', async () => {
    const { bag, states, address } = await waiting()
    const isBetween = isPeer('CONNECTION_CLOSED', /there is no connection to memory:.* at present/)
    assert.throws(() => bag.write('lost'), isBetween)
    assert.throws(() => bag.read(), isBetween)
    assert.equal(bag.signal.aborted, true)
    const { got, echo } = recorder()
    await using _ = await serve(echo, address)
    await states.sees('open', 2)
    assert.equal(bag.signal.aborted, false)
    await bag.write('sent')
    assert.equal(await next(bag), 'sent')
    assert.deepEqual(got, ['sent'])
    await bag[Symbol.asyncDispose]()
  })

  it('tells of every attempt that fails, and prints nothing', async () => {
    const reported: unknown[] = []
    const { bag, states } = await waiting({ onError: (error) => reported.push(error) })
    assert.ok(isLost(await states.sees('waiting')))
    for (let times = 2; times < 5; times++) {
      assert.ok(isUsage('ADDRESS_UNREACHABLE')(await states.sees('waiting', times)))
    }
    assert.deepEqual(states.told.slice(0, 6), ['connecting', 'open', 'waiting', 'connecting', 'waiting', 'connecting'])
    await bag[Symbol.asyncDispose]()
    assert.deepEqual(reported, [])
  })

  it('gives up after its attempts: onError and the disposal are told', async () => {
    const reported: unknown[] = []
    const onError = (error: unknown) => reported.push(error)
    const { bag, states } = await waiting({ reconnect: { ...SOON, attempts: 2 }, onError })
    const error = await states.sees('closed')
    assert.deepEqual(
      states.told.filter((state) => state !== 'connecting'),
      ['open', 'waiting', 'waiting', 'closed'],
    )
    while (reported.length === 0) await turn()
    assert.ok(isUsage('ADDRESS_UNREACHABLE', /nobody listens there/)(error))
    assert.deepEqual(reported, [error])
    await assert.rejects(async () => bag[Symbol.asyncDispose](), isUsage('ADDRESS_UNREACHABLE'))
    assert.throws(() => bag.write('lost'), isLost)
  })

  it('waits longer and longer for a server that accepts and closes at once', async () => {
    const states = new States()
    await using served = await serve(
      stack(() => undefined),
      freshName(),
    )
    const bag = await connect(served.address, nothing, {
      reconnect: { minMs: 1, maxMs: 1_000_000, attempts: 4 },
      onState: states.onState,
      onError: () => {},
    })
    assert.ok(isLost(await states.sees('closed')))
    assert.equal(states.told.filter((state) => state === 'open').length, 5)
    await assert.rejects(async () => bag[Symbol.asyncDispose](), isLost)
  })

  it('fails at once where the first connection cannot be made, unless it is asked to wait', async () => {
    const address = freshName()
    await assert.rejects(connect(address, nothing, { reconnect: SOON }), isUsage('ADDRESS_UNREACHABLE'))
    const gaveUp = connect(address, nothing, { reconnect: { ...SOON, initial: true, attempts: 2 } })
    await assert.rejects(gaveUp, isUsage('ADDRESS_UNREACHABLE'))
    const states = new States()
    const connecting = connect(address, nothing, { reconnect: { ...SOON, initial: true }, onState: states.onState })
    await states.sees('waiting', 2)
    await using _ = await serve(recorder().echo, address)
    const bag = await connecting
    await bag.write('hello')
    assert.equal(await next(bag), 'hello')
    await bag[Symbol.asyncDispose]()
  })

  it('tries again where a pipe throws when it is entered anew', async () => {
    let entered = 0
    const picky = pipe('picky', (_: Raw) => {
      entered++
      if (entered === 2 || entered === 3) throw new Error(`not now ${entered}`)
      return entered
    })
    const states = new States()
    const address = freshName()
    const served = await serve(recorder().echo, address)
    const bag = await connect(address, stack(picky), { reconnect: SOON, onState: states.onState })
    await served[Symbol.asyncDispose]()
    await using _ = await serve(recorder().echo, address)
    await states.sees('open', 2)
    assert.equal(bag.picky, 4)
    const told = states.errors.flatMap((error) => (error instanceof Error ? [error.message] : []))
    assert.deepEqual(
      told.filter((message) => message.startsWith('not now')),
      ['not now 2', 'not now 3'],
    )
    await bag[Symbol.asyncDispose]()
  })

  it('is not stopped by a pipe that recovers the loss', async () => {
    const forgiving = pipe(
      'forgiving',
      (_: Raw) => 0,
      ({ recover }, error) => {
        if (error !== undefined) recover()
      },
    )
    const { bag, states, address } = await waiting({}, stack(forgiving))
    assert.ok(isLost(await states.sees('waiting')))
    await using _ = await serve(recorder().echo, address)
    await states.sees('open', 2)
    await bag[Symbol.asyncDispose]()
  })

  it('tells what a leave throws on the way out', async () => {
    const broken = new Error('broken')
    const bad = pipe(
      'bad',
      (_: Raw) => 0,
      (_, error) => {
        if (error !== undefined) throw broken
      },
    )
    const { bag, states } = await waiting({}, stack(bad))
    const error = await states.sees('waiting')
    assert.ok(isLost(error))
    assert.equal(Reflect.get(error ?? {}, 'suppressed'), broken)
    await bag[Symbol.asyncDispose]()
  })

  it('gives all messages that came before the end to a reader that is slow', async () => {
    const count = 5_000
    const states = new States()
    await using served = await serve(
      stack(line(), async ({ write }) => {
        for (let at = 0; at < count; at++) await write(`message ${at} ${'x'.repeat(100)}`)
      }),
    )
    const bag = await connect(served.address, stack(line()), {
      reconnect: { minMs: 1_000_000, maxMs: 1_000_000 },
      onState: states.onState,
    })
    let got = 0
    for await (const message of bag.read()) {
      assert.ok(String(message).startsWith(`message ${got} `))
      if (++got % 100 === 0) await turn()
    }
    assert.equal(got, count)
    await states.sees('waiting')
    await bag[Symbol.asyncDispose]()
  })

  it('reports what its onState throws', async () => {
    const thrown = new Error('thrown')
    const reported: unknown[] = []
    await using served = await serve(recorder().echo, freshName())
    const bag = await connect(served.address, nothing, {
      onError: (error) => reported.push(error),
      onState: (state) => {
        if (state === 'open') throw thrown
      },
    })
    await bag[Symbol.asyncDispose]()
    assert.deepEqual(reported, [thrown])
  })
})
