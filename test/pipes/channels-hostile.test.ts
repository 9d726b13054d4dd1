// What a hostile, hurried or stalled peer does: nothing of it reaches the other channels, and nothing grows without a bound.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { close, codeOf, echo, event, holder, open, served } from '../channel-peer.ts'
import { Gate } from '../gate.ts'
import { settled } from '../tracing.ts'

describe('channels(): what is no message', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['a text', 'x'],
    ['a number', 1],
    ['null', null],
    ['an array', [{ channel: 'echo', event: 1 }]],
    ['nothing', {}],
    ['an event without a channel', { event: 1 }],
    ['a channel that is a number', { channel: 1, event: 1 }],
    ['a channel that is an object', { channel: { length: 4 }, event: 1 }],
    ['a channel without a name', { channel: '', event: 1 }],
    ['a channel with a huge name', { channel: 'x'.repeat(1_000_000), event: 1 }],
    ['no verb', { channel: 'echo' }],
    ['an unknown verb', { channel: 'echo', evnt: 1 }],
    ['open as a text', { channel: 'echo', open: 'yes' }],
    ['open: false', { channel: 'echo', open: false }],
    ['after as a number', { channel: 'echo', open: true, after: 7 }],
    ['a huge after', { channel: 'echo', open: true, after: 'x'.repeat(256) }],
    ['credit below 0', { channel: 'echo', credit: -1 }],
    ['half a credit', { channel: 'echo', open: true, credit: 0.5 }],
    ['credit without end', { channel: 'echo', credit: 1e300 }],
    ['close as an object', { channel: 'echo', close: {} }],
    ['close: false', { channel: 'echo', close: false }],
    ['an error that is a text', { channel: 'echo', error: 'x' }],
    ['an id that is a number', { channel: 'echo', event: 1, id: 1 }],
  ]
  for (const [what, message] of wrong) {
    it(`${what} is answered, and changes nothing`, async () => {
      const peer = served({ echo })
      const [answer, ...rest] = await peer.ask(message, event('echo', 1))
      assert.deepEqual(codeOf(answer), [undefined, 'bad-message'])
      assert.ok(JSON.stringify(answer).length < 200)
      assert.deepEqual(rest, [event('echo', 1)])
      assert.deepEqual(peer.errors, [])
    })
  }

  it('bad JSON is answered', async () => {
    const peer = served({ echo }).bad()
    assert.deepEqual((await peer.ask(event('echo', 1))).map(codeOf), [
      [undefined, 'bad-message'],
      ['echo', undefined],
    ])
  })
})

describe('channels(): out of order', () => {
  it('what comes for a channel that is not open opens it, or is nothing', async () => {
    const peer = served({ echo })
    const nothing = [close('echo'), { channel: 'echo', credit: 5 }, { channel: 'echo', error: { code: 'x' } }]
    assert.deepEqual(await peer.ask(...nothing, close('nope'), { channel: 'nope', credit: 1 }), [])
    assert.deepEqual(await peer.ask(event('echo', 1)), [event('echo', 1)])
  })

  it('a second open is nothing', async () => {
    let opened = 0
    const peer = served({
      echo: (channel) => {
        opened++
        return echo(channel)
      },
    })
    const sent = await peer.ask(
      open('echo', { after: 'a' }),
      open('echo', { credit: 3 }),
      event('echo', 1),
      open('echo'),
    )
    assert.deepEqual(sent, [event('echo', 1)])
    assert.equal(opened, 1)
  })

  it('what was sent before the peer knew that we have closed it opens nothing', async () => {
    let opened = 0
    const peer = served({ once: () => void opened++ })
    assert.deepEqual(await peer.ask(event('once', 1), event('once', 2), event('once', 3)), [close('once')])
    assert.equal(opened, 1)
    // It answers, and then means another one.
    assert.deepEqual(await peer.ask(close('once'), event('once', 4)), [close('once')])
    assert.equal(opened, 2)
    // It opens anew: it knows.
    assert.deepEqual(await peer.ask(open('once'), event('once', 5)), [close('once')])
    assert.equal(opened, 3)
  })

  it('what comes after its own close is of another channel of that name', async () => {
    const seen: unknown[] = []
    const peer = served({
      note: async (channel) => {
        const mine: unknown[] = []
        seen.push(mine)
        for await (const each of channel) mine.push(each)
      },
    })
    const sent = await peer.ask(event('note', 1), close('note'), close('note'), event('note', 2), open('note'))
    assert.deepEqual(sent, [close('note')])
    assert.deepEqual(seen, [[1], [2]])
  })

  it('an error of the peer closes the channel', async () => {
    const peer = served({ echo })
    assert.deepEqual(await peer.ask(event('echo', 1)), [event('echo', 1)])
    assert.deepEqual(await peer.ask({ channel: 'echo', error: { code: 'x', message: 'y' } }), [close('echo')])
  })
})

describe('channels(): limits', () => {
  it('unknown names are answered; a peer that does not take the answers is held back', async () => {
    const peer = served({ echo })
    peer.full = true
    for (let count = 0; count < 10_000; count++) peer.say(event(`nope ${count}`, 1))
    assert.equal(peer.paused, true)
    const sent = await peer.heard()
    assert.deepEqual(sent.map(codeOf), [['nope 0', 'unknown-channel']])
    peer.drained()
    while (peer.paused) peer.drained()
    assert.equal((await peer.heard()).length, 9_999)
  })

  it('so many channels, and no more, those counted whose handler goes on', async () => {
    const gate = new Gate()
    const peer = served({ a: () => gate.opened, b: () => gate.opened, c: echo }, { maxChannels: 2 })
    // Opened and closed again and again, it would start handlers without end.
    const sent = await peer.ask(open('a'), close('a'), open('a'), close('a'), open('a'), open('b'), event('c', 1))
    assert.deepEqual(sent.filter((each) => Object(each).error !== undefined).map(codeOf), [
      ['a', 'too-many-channels'],
      ['b', 'too-many-channels'],
      ['c', 'too-many-channels'],
    ])
    gate.open()
    await peer.heard()
    assert.deepEqual(await peer.ask(event('c', 1)), [event('c', 1)])
  })

  it('a burst is taken, as long as its handler can follow', async () => {
    const seen: unknown[] = []
    const peer = served(
      {
        note: async (channel) => {
          for await (const each of channel) seen.push(each)
        },
      },
      { maxQueued: 10 },
    )
    for (let count = 0; count < 1_000; count++) peer.say(event('note', count))
    while (peer.paused) await settled()
    await settled()
    assert.deepEqual(
      seen,
      Array.from({ length: 1_000 }, (_, index) => index),
    )
  })

  it('a handler that cannot follow loses its channel, knows it, and holds up no other', async () => {
    const gate = new Gate()
    const seen: unknown[] = []
    const told: unknown[] = []
    const peer = served(
      {
        slow: async (channel) => {
          channel.onClose((error) => told.push(Object(error).code))
          await gate.opened
          for await (const each of channel) seen.push(each)
        },
        echo,
      },
      { maxQueued: 3 },
    )
    peer.say(...[1, 2, 3, 4, 5].map((each) => event('slow', each)), event('echo', 1))
    assert.equal(peer.paused, true)
    await settled()
    assert.equal(peer.paused, false)
    assert.deepEqual((await peer.heard()).map(codeOf), [
      ['slow', 'overrun'],
      ['echo', undefined],
    ])
    assert.deepEqual(told, ['QUEUE_OVERRUN'])
    gate.open()
    await settled()
    // What was there is read first, then the loop throws; and the handler passed it on, which is no failure.
    assert.deepEqual(seen, [1, 2, 3])
    assert.deepEqual(peer.errors, [])
  })

  it('a peer that counts is granted what there is room for, and is never cut off', async () => {
    const gates = [new Gate(), new Gate()]
    const peer = served(
      {
        slow: async (channel) => {
          await gates[0]?.opened
          for await (const each of channel) if (each === 4) await gates[1]?.opened
        },
      },
      { maxQueued: 4 },
    )
    assert.deepEqual(await peer.ask(open('slow', { credit: 0 })), [{ channel: 'slow', credit: 4 }])
    assert.deepEqual(await peer.ask(...[1, 2, 3, 4].map((each) => event('slow', each))), [])
    assert.equal(peer.paused, false)
    gates[0]?.open()
    assert.deepEqual(await peer.heard(), [
      { channel: 'slow', credit: 2 },
      { channel: 'slow', credit: 2 },
    ])
    gates[1]?.open()
    // One that counts wrong is.
    const blocked = served({ slow: () => new Promise(() => {}) }, { maxQueued: 2 })
    const sent = await blocked.ask(open('slow', { credit: 0 }), ...[1, 2, 3].map((each) => event('slow', each)))
    assert.deepEqual(sent.map(codeOf), [
      ['slow', undefined],
      ['slow', 'overrun'],
    ])
  })

  it('emits to a peer that counts no more than it grants', async () => {
    const { channel, hold } = holder()
    const peer = served({ hold })
    peer.say(open('hold', { credit: 1 }))
    const held = await channel
    assert.equal(held.emit(1), undefined)
    const [second, third] = [held.emit(2), held.emit(3)]
    assert.deepEqual(await peer.heard(), [{ channel: 'hold', credit: 100 }, event('hold', 1)])
    await peer.ask({ channel: 'hold', credit: 1 })
    await second
    held.close()
    assert.deepEqual(await peer.heard(), [])
    // What waits is sent before the close, as soon as there is credit.
    assert.deepEqual(await peer.ask({ channel: 'hold', credit: Number.MAX_SAFE_INTEGER }), [
      event('hold', 3),
      close('hold'),
    ])
    await third
  })

  it('a second open is nothing, either, as long as what was emitted waits', async () => {
    let opened = 0
    const peer = served({
      once: (channel) => {
        opened++
        void channel.emit(opened)
      },
    })
    const credit = { channel: 'once', credit: 100 }
    assert.deepEqual(await peer.ask(open('once', { credit: 0 }), open('once', { credit: 0 })), [credit])
    assert.deepEqual(await peer.ask({ channel: 'once', credit: 1 }), [event('once', 1), close('once')])
    assert.deepEqual(await peer.ask(open('once', { credit: 1 })), [credit, event('once', 2), close('once')])
  })

  it('what waits behind the end of a handler that fails is given up', async () => {
    let waits: PromiseLike<void> | undefined
    const peer = served({
      bad: async (channel) => {
        waits = Promise.resolve(channel.emit(1))
        channel.close()
        await settled()
        throw new Error('bad')
      },
    })
    peer.say(open('bad', { credit: 0 }))
    await settled()
    assert.deepEqual(await peer.heard(), [{ channel: 'bad', credit: 100 }, close('bad')])
    await assert.rejects(Promise.resolve(waits), { code: 'NOT_SENT' })
    assert.equal(peer.errors.length, 1)
  })

  it('exactly as much as is held does no harm', async () => {
    const { channel, hold } = holder()
    const peer = served({ hold }, { maxQueued: 3 })
    await peer.ask(...[1, 2, 3].map((each) => event('hold', each)))
    await settled()
    assert.equal(peer.paused, false)
    const held = await channel
    assert.equal(held.signal.aborted, false)
    // What comes after the end is nothing.
    peer.end()
    peer.say(event('hold', 4))
    const events: unknown[] = []
    for await (const each of held) events.push(each)
    assert.deepEqual(events, [1, 2, 3])
  })

  it('what waits to be emitted is rejected when the peer closes', async () => {
    const { channel, hold } = holder()
    const peer = served({ hold })
    peer.say(open('hold', { credit: 0 }))
    const held = await channel
    const waits = Promise.resolve(held.emit(1))
    held.close()
    assert.deepEqual(await peer.ask(close('hold')), [{ channel: 'hold', credit: 100 }, close('hold')])
    await assert.rejects(waits, { code: 'NOT_SENT' })
  })
})
