import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Channel, channels } from '../../pipes/channels.ts'
import { isLost } from '../channel-client.ts'
import { ChannelPeer, close, event, open } from '../channel-peer.ts'
import { Gate } from '../gate.ts'

/** A client whose server is the test. */
class Fake extends ChannelPeer {
  readonly #got: Gate<Channel>[]

  constructor(names: readonly string[], options?: Parameters<typeof channels.client>[0]) {
    const got = names.map(() => new Gate<Channel>())
    const opener = ({ channels }: { channels: { open(name: string): Channel } }) => {
      for (const [index, name] of names.entries()) got[index]?.open(channels.open(name))
      return new Promise<undefined>(() => {})
    }
    super(stackOf(options, opener))
    this.#got = got
  }

  channel(index = 0): Promise<Channel> {
    return this.#got[index]?.opened ?? assert.fail('there is no such channel')
  }
}

function stackOf(options: Parameters<typeof channels.client>[0], opener: unknown): unknown {
  return { name: 'part', [Symbol.for('pipestack.inside')]: [channels.client(options), opener] }
}

describe('channels.client(): a server that', () => {
  it('sends more than it was granted loses the channel', async () => {
    const fake = new Fake(['a'], { maxQueued: 2 })
    const channel = await fake.channel()
    assert.deepEqual(await fake.ask(event('a', 1), event('a', 2), event('a', 3)), [
      { channel: 'a', open: true, credit: 2 },
      close('a'),
    ])
    const events: unknown[] = []
    const loop = (async () => {
      for await (const each of channel) events.push(each)
    })()
    await assert.rejects(loop, { code: 'QUEUE_OVERRUN' })
    assert.deepEqual(events, [1, 2])
    // What comes until it has closed it too is nothing.
    assert.deepEqual(await fake.ask(event('a', 4), close('a'), event('a', 5)), [])
    assert.equal(fake.errors.length, 1)
  })

  it('speaks of what is not open, or nonsense, is reported, but not without end', async () => {
    const fake = new Fake(['a'])
    await fake.channel()
    const nonsense = [1, {}, { channel: 'x'.repeat(9_999), event: 1 }, event('b', 1), close('b'), open('b')]
    fake.say(...nonsense, { error: { code: 'bad-message', message: 'what?' } }).bad()
    for (let count = 0; count < 100; count++) fake.say(null)
    assert.equal(fake.errors.length, 8)
    assert.match(String(fake.errors[6]), /it did not understand a message: "what\?"/)
    assert.match(String(fake.errors.at(-1)), /Further faults of this connection are not reported/)
    assert.ok(fake.errors.every((error) => String(error).length < 200))
  })

  it('grants nothing holds up who waits, and nobody else', async () => {
    const fake = new Fake(['a', 'b'], { maxQueued: 2 })
    const [a, b] = [await fake.channel(0), await fake.channel(1)]
    const [first] = [a.emit(1), a.emit(2)]
    await assert.rejects(Promise.resolve(a.emit(3)), isLost('NOT_SENT'))
    fake.sent.length = 0
    assert.deepEqual(await fake.ask({ channel: 'b', credit: 1 }), [])
    assert.equal(b.emit('b'), undefined)
    assert.deepEqual(await fake.ask({ channel: 'a', credit: 1 }), [event('b', 'b'), event('a', 1)])
    await first
  })

  it('closes a channel that we have just closed confuses nobody', async () => {
    const fake = new Fake(['a'])
    const channel = await fake.channel()
    channel.close()
    assert.deepEqual(await fake.ask(event('a', 1), close('a')), [
      { channel: 'a', open: true, credit: 1_000 },
      close('a'),
    ])
    assert.deepEqual(fake.errors, [])
  })

  it('a callback that throws closes its channel, and is reported', async () => {
    const fake = new Fake(['a'])
    const channel = await fake.channel()
    fake.sent.length = 0
    const absorbed = channel.absorb(() => {
      throw new Error('mine')
    })
    assert.deepEqual(await fake.ask(event('a', 1)), [close('a')])
    await assert.rejects(absorbed, /mine/)
    assert.deepEqual(fake.errors.map(String), ['Error: mine'])
  })
})
