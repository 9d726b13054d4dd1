import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Channel, ChannelError } from '../../pipes/channels.ts'
import { connect } from '../../src/net/connect.ts'
import { client, isLost, SOON, server, take } from '../channel-client.ts'
import { echo } from '../channel-peer.ts'
import { Gate } from '../gate.ts'
import { States } from '../net/states.ts'
import { settled } from '../tracing.ts'
import { freshName, serve } from '../wire.ts'

describe('channels.client()', () => {
  it('opens channels, emits and hears', async () => {
    await using served = await serve(server({ echo }), freshName())
    await using bag = await connect(served.address, client())
    const channel = bag.channels.open('echo')
    await channel.emit({ a: 1 })
    await channel.emit(null)
    assert.deepEqual(await take(channel, 2), [{ a: 1 }, null])
  })

  it('ends its loop when the server closes, and throws what the server says no with', async () => {
    const table = {
      two: async (channel: Channel) => {
        await channel.emit(1)
        await channel.emit(2)
      },
      no: () => Promise.reject(new ChannelError('no-money', 'pay first')),
    }
    await using served = await serve(server(table), freshName())
    await using bag = await connect(served.address, client())
    const told: unknown[] = []
    const two = bag.channels.open('two')
    two.onClose((error) => told.push(error))
    assert.deepEqual(await take(two, 9), [1, 2])
    assert.equal(two.signal.aborted, true)
    for (const [name, code] of [
      ['no', 'no-money'],
      ['nope', 'unknown-channel'],
      ['two', undefined],
    ] as const) {
      const channel = bag.channels.open(name)
      channel.onClose((error) => told.push(Object(error).code))
      if (code === undefined) assert.deepEqual(await take(channel, 9), [1, 2])
      else await assert.rejects(take(channel, 1), { name: 'ChannelError', code })
    }
    assert.deepEqual(told, [undefined, 'no-money', 'unknown-channel', undefined])
    assert.deepEqual(served.errors, [])
  })

  it('does not lose sight of what it emitted to a channel that is not there', async () => {
    await using served = await serve(server({ echo }), freshName())
    await using bag = await connect(served.address, client())
    await assert.rejects(Promise.resolve(bag.channels.open('nope').emit(1)), isLost('NOT_SENT'))
  })

  it('refuses a bad name, and one that is open; opens one that was closed again, apart from its past', async () => {
    await using served = await serve(server({ echo }), freshName())
    await using bag = await connect(served.address, client())
    for (const name of ['', 'x'.repeat(256)]) assert.throws(() => bag.channels.open(name), { code: 'CHANNEL_BAD' })
    for (let round = 0; round < 10; round++) {
      const channel = bag.channels.open('echo')
      assert.throws(() => bag.channels.open('echo'), { code: 'CHANNEL_BAD' })
      await channel.emit([round, 1])
      await channel.emit([round, 2])
      assert.deepEqual(await take(channel, 1), [[round, 1]])
      // The second one is on its way still.
      channel.close()
    }
    assert.deepEqual(served.errors, [])
  })

  it('absorbs, and ends with the block that holds it', async () => {
    const gone = new Gate<unknown>()
    const table = {
      echo: (channel: Channel) => {
        channel.onClose((error) => gone.open(error))
        return echo(channel)
      },
    }
    await using served = await serve(server(table), freshName())
    await using bag = await connect(served.address, client())
    const got = new Gate<unknown>()
    {
      using channel = bag.channels.open('echo')
      void channel.absorb((each) => got.open(each))
      await channel.emit('x')
      assert.equal(await got.opened, 'x')
    }
    assert.equal(await gone.opened, undefined)
  })

  it('grants the server what it has room for', async () => {
    let emitted = 0
    const flood = async (channel: Channel) => {
      while (emitted < 1_000) {
        await channel.emit(emitted)
        emitted++
      }
    }
    await using served = await serve(server({ flood, echo }), freshName())
    await using bag = await connect(served.address, client({ maxQueued: 10 }))
    const channel = bag.channels.open('flood')
    const other = bag.channels.open('echo')
    await other.emit(1)
    assert.deepEqual(await take(other, 1), [1])
    // Nobody reads; the other one goes on.
    for (let turn = 0; turn < 20; turn++) await settled()
    assert.ok(emitted <= 10, `${emitted}`)
    assert.deepEqual(
      await take(channel, 1_000),
      Array.from({ length: 1_000 }, (_, index) => index),
    )
  })

  it('closes its channels when it is disposed of: the server hears it at once', async () => {
    const gone = new Gate<unknown>()
    const table = {
      live: (channel: Channel) =>
        new Promise<void>((resolve) =>
          channel.onClose((error) => {
            gone.open(error)
            resolve()
          }),
        ),
    }
    await using served = await serve(server(table), freshName())
    const bag = await connect(served.address, client())
    const channel = bag.channels.open('live')
    const [loop, told] = [take(channel, 1), new Gate<unknown>()]
    channel.onClose((error) => told.open(error))
    await bag[Symbol.asyncDispose]()
    assert.equal(await gone.opened, undefined)
    assert.deepEqual(await loop, [])
    assert.equal(await told.opened, undefined)
    assert.throws(() => bag.channels.open('live'), isLost('NOT_SENT'))
  })

  for (const [how, graceMs] of [
    ['is cut', 0],
    ['is closed', 5_000],
  ] as const) {
    it(`tells loops, emits and onClose where the connection ${how}, and no other one follows`, async () => {
      const served = await serve(server({ echo }), freshName())
      await using bag = await connect(served.address, client())
      const channel = bag.channels.open('echo')
      const told = new Gate<unknown>()
      channel.onClose((error) => told.open(error))
      await channel.emit(1)
      assert.deepEqual(await take(channel, 1), [1])
      const loop = assert.rejects(take(channel, 1), isLost('OUTCOME_UNKNOWN'))
      await served.listener.close({ graceMs })
      await loop
      assert.ok(isLost('OUTCOME_UNKNOWN')(await told.opened))
      await assert.rejects(Promise.resolve(channel.emit(2)), isLost('NOT_SENT'))
    })
  }

  it('can end the connection', async () => {
    await using served = await serve(server({ echo }), freshName())
    const states = new States()
    await using bag = await connect(served.address, client(), { reconnect: SOON, onState: states.onState })
    const channel = bag.channels.open('echo')
    channel.disconnect()
    await states.sees('open', 2)
    await channel.emit(1)
    assert.deepEqual(await take(channel, 1), [1])
  })
})
