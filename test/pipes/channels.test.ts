import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Channel, channels } from '../../pipes/channels.ts'
import { part, pipe } from '../../src/index.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { ChannelPeer, close, codeOf, echo, event, holder, open, served } from '../channel-peer.ts'
import { Gate } from '../gate.ts'
import { settled } from '../tracing.ts'

describe('channels()', () => {
  it('opens a channel by its first event, and speaks as csgi does', async () => {
    const peer = served({ echo })
    assert.deepEqual(await peer.ask(event('echo', 1), event('echo', { a: [null] }), event('echo', null)), [
      event('echo', 1),
      event('echo', { a: [null] }),
      event('echo', null),
    ])
    assert.deepEqual(await peer.ask(close('echo')), [close('echo')])
  })

  it('opens a channel without an event, so that its handler may be the first to speak', async () => {
    const peer = served({
      hello: async (channel) => {
        await channel.emit(`behind ${channel.after}`, { id: '8' })
        await channel.emit('more')
      },
    })
    assert.deepEqual(await peer.ask(open('hello', { after: '7' })), [
      { channel: 'hello', event: 'behind 7', id: '8' },
      event('hello', 'more'),
      close('hello'),
    ])
  })

  it('gives each channel its own handler', async () => {
    const seen: unknown[] = []
    const note = async (channel: Channel) => {
      for await (const each of channel) seen.push([channel.name, each])
    }
    const peer = served({ a: note, b: note })
    await peer.ask(event('a', 1), event('b', 2), event('a', 3), event('b', 4))
    assert.deepEqual(seen, [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['b', 4],
    ])
  })

  it('shows handlers the bag of the connection', async () => {
    const limit = pipe('limit', () => 7)
    const peer = new ChannelPeer(
      part(limit, channels<ValueMarbles & { limit: number }>({ get: (channel, bag) => channel.emit(bag.limit) })),
    )
    assert.deepEqual(await peer.ask(open('get')), [event('get', 7), close('get')])
  })

  it('takes every name as a name', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'open', ' ', '\ud800', 'x'.repeat(255)]
    const table = Object.fromEntries(names.map((name) => [name, echo] as const))
    const peer = served(table)
    assert.deepEqual(
      await peer.ask(...names.map((name) => event(name, name))),
      names.map((name) => event(name, name)),
    )
    const bare = served({ a: echo })
    assert.deepEqual((await bare.ask(open('__proto__'), open('constructor'))).map(codeOf), [
      ['__proto__', 'unknown-channel'],
      ['constructor', 'unknown-channel'],
    ])
  })

  describe('a channel', () => {
    it('is closed when its handler has returned, behind what was emitted', async () => {
      const peer = served({ once: (channel) => void channel.emit('only') })
      peer.full = true
      assert.deepEqual(await peer.ask(event('once', 1)), [event('once', 'only')])
      peer.drained()
      assert.deepEqual(await peer.heard(), [close('once')])
    })

    it('that absorbs goes on when its handler has returned', async () => {
      const seen: unknown[] = []
      const peer = served({ sink: (channel) => void channel.absorb((each) => seen.push(each)) })
      assert.deepEqual(await peer.ask(event('sink', 1), event('sink', 2)), [])
      assert.deepEqual(await peer.ask(close('sink')), [close('sink')])
      assert.deepEqual(seen, [1, 2])
    })

    it('absorbs one event after the other', async () => {
      const gates = [new Gate(), new Gate()]
      const seen: unknown[] = []
      const peer = served({
        sink: (channel) =>
          channel.absorb(async (each) => {
            seen.push(each)
            await gates[Number(each)]?.opened
            seen.push('done')
          }),
      })
      await peer.ask(event('sink', 0), event('sink', 1))
      assert.deepEqual(seen, [0])
      gates[0]?.open()
      await settled()
      assert.deepEqual(seen, [0, 'done', 1])
      peer.say(close('sink'))
      gates[1]?.open()
      await settled()
      assert.deepEqual(seen, [0, 'done', 1, 'done'])
      peer.end()
      await settled()
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('has one reader', async () => {
      const { channel, hold } = holder()
      const peer = served({ hold })
      peer.say(open('hold'))
      const held = await channel
      const first = held[Symbol.asyncIterator]()
      const reading = first.next()
      await assert.rejects(held[Symbol.asyncIterator]().next(), { code: 'READ_TWICE' })
      assert.throws(() => held.absorb(() => {}), { code: 'READ_TWICE' })
      peer.say(event('hold', 1))
      assert.deepEqual(await reading, { done: false, value: 1 })
      void held.absorb(() => {})
      await assert.rejects(first.next(), { code: 'READ_TWICE' })
    })

    it('loses nothing where a loop is left, and another one goes on', async () => {
      const seen: unknown[] = []
      const peer = served({
        twice: async (channel) => {
          for await (const each of channel) {
            seen.push(each)
            break
          }
          for await (const each of channel) seen.push([each])
        },
      })
      await peer.ask(event('twice', 1), event('twice', 2), close('twice'))
      assert.deepEqual(seen, [1, [2]])
    })

    it('gives what came before it was closed, then its loop ends', async () => {
      const seen: unknown[] = []
      const peer = served({
        slow: async (channel) => {
          await settled()
          for await (const each of channel) seen.push(each)
          seen.push('end')
        },
      })
      peer.say(event('slow', 1), event('slow', 2), close('slow'))
      await settled()
      await settled()
      assert.deepEqual(seen, [1, 2, 'end'])
      assert.deepEqual(peer.errors, [])
    })

    it('tells its end once: by signal, by onClose, and by emit, which is no failure of the handler', async () => {
      const told: unknown[] = []
      const peer = served({
        live: async (channel) => {
          channel.onClose((error) => told.push(error))
          channel.signal.addEventListener('abort', () => told.push('signal'))
          await new Promise<void>((resolve) => channel.onClose(() => resolve()))
          channel.onClose((error) => told.push(['late', error]))
          assert.equal(channel.signal.aborted, true)
          await channel.emit('too late')
        },
      })
      assert.deepEqual(await peer.ask(open('live')), [])
      assert.deepEqual(await peer.ask(close('live')), [close('live')])
      assert.deepEqual(told, ['signal', undefined, ['late', undefined]])
      assert.deepEqual(peer.errors, [])
    })

    it('can be closed by its handler, who goes on', async () => {
      const { channel, done, hold } = holder()
      const peer = served({ hold })
      peer.say(event('hold', 1), event('hold', 2))
      const held = await channel
      held.close()
      held.close()
      assert.deepEqual(await held[Symbol.asyncIterator]().next(), { done: true, value: undefined })
      await assert.rejects(Promise.resolve(held.emit(1)), { code: 'NOT_SENT' })
      assert.deepEqual(await peer.heard(), [close('hold')])
      done.open()
      assert.deepEqual(await peer.heard(), [])
    })

    it('can end the whole connection', async () => {
      const { channel, done, hold } = holder()
      const peer = served({ hold, echo })
      peer.say(event('echo', 1), open('hold'))
      const held = await channel
      assert.deepEqual(await peer.heard(), [event('echo', 1)])
      held.disconnect()
      held.disconnect()
      assert.deepEqual(await peer.heard(), [close('echo'), close('hold')])
      assert.equal(peer.closedByUs, true)
      peer.say(event('echo', 2))
      assert.equal(peer.ended, undefined)
      done.open()
      assert.deepEqual(await peer.heard(), [])
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('refuses what no message can carry', async () => {
      const { channel, hold } = holder()
      const peer = served({ hold })
      peer.say(open('hold'))
      const held = await channel
      for (const unsayable of [undefined, () => {}, Symbol('x')]) {
        assert.throws(() => held.emit(unsayable), { code: 'WRITE_VALUE' })
      }
      for (const id of ['', 'x'.repeat(256)]) assert.throws(() => held.emit(1, { id }), { code: 'OPTION_BAD' })
      const circle: { self?: object } = {}
      circle.self = circle
      assert.throws(() => held.emit(circle))
      peer.full = true
      await held.emit('fits')
      // It has to wait, and says at once that it cannot be sent.
      assert.throws(() => held.emit(circle))
      peer.drained()
      await held.emit('fits too')
      assert.deepEqual(await peer.heard(), [event('hold', 'fits'), event('hold', 'fits too')])
    })
  })

  describe('when it is built', () => {
    const wrong: readonly (readonly [string, () => unknown, string])[] = [
      ['no table', () => Reflect.apply(channels, undefined, [[]]), 'CHANNEL_BAD'],
      ['no handler', () => Reflect.apply(channels, undefined, [{ a: 1 }]), 'CHANNEL_BAD'],
      ['an empty name', () => channels({ '': echo }), 'CHANNEL_BAD'],
      ['a long name', () => channels({ ['x'.repeat(256)]: echo }), 'CHANNEL_BAD'],
      ['what is no pipe', () => Reflect.apply(channels, undefined, [{ a: { name: 'a' } }]), 'NOT_A_PIPE'],
      ['an unknown option', () => Reflect.apply(channels, undefined, [{}, { maxChanels: 1 }]), 'OPTION_BAD'],
      ['a bad count', () => channels({}, { maxQueued: 0 }), 'OPTION_BAD'],
      ['an unknown option of the client', () => Reflect.apply(channels.client, undefined, [{ x: 1 }]), 'OPTION_BAD'],
      ['a bad choice', () => Reflect.apply(channels.client, undefined, [{ away: 'drop' }]), 'OPTION_BAD'],
    ]
    for (const [what, build, code] of wrong) it(`refuses ${what}`, () => assert.throws(build, { code }))
  })
})
