import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Channel, channels } from '../../pipes/channels.ts'
import { hub } from '../../pipes/hub.ts'
import { connect } from '../../src/net/connect.ts'
import { client, isLost, SOON, server, take } from '../channel-client.ts'
import { States } from '../net/states.ts'
import { settled } from '../tracing.ts'
import { freshName, serve } from '../wire.ts'

describe('channels.client() with reconnect', () => {
  for (const [how, graceMs] of [
    ['is cut', 0],
    ['goes away in order', 5_000],
  ] as const) {
    it(`opens its channels again, behind the last event that came, where the server ${how}`, async () => {
      const events = hub<number>()
      const log = async (channel: Channel) => {
        using subscription = events.subscribe('log', { after: channel.after })
        channel.onClose(() => subscription.close())
        for await (const { event, id } of subscription) await channel.emit(event, { id })
      }
      const address = freshName()
      let served = await serve(server({ log }), address)
      const states = new States()
      await using bag = await connect(address, client(), { reconnect: SOON, onState: states.onState })
      const channel = bag.channels.open('log')
      while (events.count('log') === 0) await settled()
      for (const number of [1, 2]) await events.publish('log', number)
      assert.deepEqual(await take(channel, 2), [1, 2])
      for (let round = 1; round <= 3; round++) {
        await served.listener.close({ graceMs })
        await states.sees('waiting', round)
        await events.publish('log', round * 10)
        served = await serve(server({ log }), address)
        await states.sees('open', round + 1)
        while (events.count('log') === 0) await settled()
        await events.publish('log', round * 10 + 1)
        assert.deepEqual(await take(channel, 2), [round * 10, round * 10 + 1])
      }
      assert.deepEqual(served.errors, [])
      await served.listener.close({ graceMs: 0 })
    })
  }

  async function away(options: Parameters<typeof channels.client>[0]) {
    const seen: unknown[] = []
    const table = { note: (channel: Channel) => channel.absorb((each) => seen.push(each)) }
    const address = freshName()
    const states = new States()
    const served = await serve(server(table), address)
    const bag = await connect(address, client(options), { reconnect: SOON, onState: states.onState })
    const channel = bag.channels.open('note')
    await channel.emit('before')
    while (seen.length === 0) await settled()
    await served.listener.close({ graceMs: 0 })
    await states.sees('waiting')
    return { seen, bag, channel, states, comeBack: () => serve(server(table), address) }
  }

  it('keeps what is emitted while it is away, as much as it may', async () => {
    const { seen, bag, channel, comeBack } = await away({ maxQueued: 2 })
    await using _bag = bag
    const [first, second] = [channel.emit(1), channel.emit(2)]
    await assert.rejects(Promise.resolve(channel.emit(3)), isLost('NOT_SENT'))
    const late = bag.channels.open('late')
    await using _served = await comeBack()
    await first
    await second
    await assert.rejects(take(late, 1), { code: 'unknown-channel' })
    while (seen.length < 3) await settled()
    assert.deepEqual(seen, ['before', 1, 2])
  })

  it('rejects it, if asked to', async () => {
    const { seen, bag, channel, states, comeBack } = await away({ away: 'reject' })
    await using _bag = bag
    await assert.rejects(Promise.resolve(channel.emit(1)), isLost('NOT_SENT'))
    await using _served = await comeBack()
    await states.sees('open', 2)
    await channel.emit(2)
    while (seen.length < 2) await settled()
    assert.deepEqual(seen, ['before', 2])
  })

  it('does not open again what was closed while it was away', async () => {
    const { seen, bag, channel, states, comeBack } = await away({})
    await using _bag = bag
    channel.close()
    await using _served = await comeBack()
    await states.sees('open', 2)
    await bag.channels.open('note').emit('new')
    while (seen.length < 2) await settled()
    assert.deepEqual(seen, ['before', 'new'])
  })

  it('ends what waits in vain', async () => {
    const { bag, channel } = await away({})
    const loop = assert.rejects(take(channel, 1), isLost('OUTCOME_UNKNOWN'))
    const sent = assert.rejects(Promise.resolve(channel.emit(1)), isLost('NOT_SENT'))
    const never = assert.rejects(take(bag.channels.open('never'), 1), isLost('NOT_SENT'))
    await bag[Symbol.asyncDispose]()
    await Promise.all([loop, sent, never])
  })
})
