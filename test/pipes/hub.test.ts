import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { matches } from '../../pipes/hub/topics.ts'
import { type Hub, type HubEvent, hub, type Subscription } from '../../pipes/hub.ts'
import { part, run, UsageError } from '../../src/index.ts'
import { isPeer } from '../framing.ts'

const isUsage = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code

/** All that waits, and what comes until it is closed. */
async function rest(subscription: Subscription): Promise<unknown[]> {
  subscription.close()
  const events: unknown[] = []
  for await (const { event } of subscription) events.push(event)
  return events
}

async function next(iterator: AsyncIterator<HubEvent>): Promise<unknown> {
  const { value } = await iterator.next()
  return value?.event
}

describe('hub()', () => {
  it('is a marble, and itself', async () => {
    const events = hub<string>()
    const subscription = events.subscribe('a')
    await run(part(events, ({ hub }) => hub.publish('a', 'from a flow').then(() => undefined)))
    await events.publish('a', 'from outside')
    assert.deepEqual(await rest(subscription), ['from a flow', 'from outside'])
  })

  it('gives each subscriber the events of its topic, in order', async () => {
    const events = hub()
    const [first, second, other] = [events.subscribe('a'), events.subscribe('a'), events.subscribe('b')]
    for (const event of [1, 2, 3]) await events.publish('a', event)
    await events.publish('b', 4)
    assert.deepEqual(await rest(first), [1, 2, 3])
    assert.deepEqual(await rest(second), [1, 2, 3])
    assert.deepEqual(await rest(other), [4])
  })

  it('gives a loop what comes while it waits, and ends it where the subscription is closed', async () => {
    const events = hub()
    const subscription = events.subscribe('a')
    const reading = next(subscription[Symbol.asyncIterator]())
    await events.publish('a', 'late')
    assert.equal(await reading, 'late')
    const end = subscription[Symbol.asyncIterator]().next()
    subscription.close()
    subscription.close()
    assert.deepEqual(await end, { done: true, value: undefined })
  })

  it('ends the subscription where the loop is left', async () => {
    const events = hub()
    await events.publish('a', 0)
    const subscription = events.subscribe('a')
    await events.publish('a', 1)
    for await (const _ of subscription) break
    assert.equal(events.count('a'), 0)
    using second = events.subscribe('a')
    assert.equal(events.count(second.topic), 1)
  })

  it('has one loop at a time', async () => {
    const subscription = hub().subscribe('a')
    void subscription[Symbol.asyncIterator]().next()
    await assert.rejects(subscription[Symbol.asyncIterator]().next(), isUsage('READ_TWICE'))
    subscription.close()
  })

  it('counts', () => {
    const events = hub()
    const all = ['a.b', 'a.b', 'a.*', 'a.>', 'c'].map((topic) => events.subscribe(topic))
    assert.equal(events.count('a.b'), 4)
    assert.equal(events.count('a.b.c'), 1)
    assert.deepEqual(Object.fromEntries(events.counts()), { 'a.b': 2, 'a.*': 1, 'a.>': 1, c: 1 })
    for (const each of all) each.close()
    assert.deepEqual(Object.fromEntries(events.counts()), {})
  })

  describe('patterns', () => {
    const cases: [pattern: string, topic: string, found: boolean][] = [
      ['a', 'a', true],
      ['a', 'b', false],
      ['a', 'a.b', false],
      ['*', 'a', true],
      ['*', 'a.b', false],
      ['a.*', 'a.b', true],
      ['a.*', 'a', false],
      ['a.*', 'a.b.c', false],
      ['*.b', 'a.b', true],
      ['a.*.c', 'a.b.c', true],
      ['a.*.c', 'a.b.d', false],
      ['>', 'a', true],
      ['>', 'a.b.c', true],
      ['a.>', 'a.b.c', true],
      ['a.>', 'a', false],
      ['*.>', 'a', false],
      ['*.>', 'a.b', true],
    ]
    for (const [pattern, topic, found] of cases) {
      it(`${pattern} ${found ? 'hears' : 'does not hear'} of ${topic}`, async () => {
        assert.equal(matches(pattern, topic), found)
        const events = hub()
        const subscription = events.subscribe(pattern)
        await events.publish(topic, 1)
        assert.deepEqual(await rest(subscription), found ? [1] : [])
      })
    }

    it('agree with a regular expression', () => {
      const word = fc.constantFrom('a', 'b', '*')
      const pattern = fc
        .tuple(fc.array(word, { maxLength: 3 }), fc.constantFrom('a', '*', '>'))
        .map((p) => p.flat().join('.'))
      const topic = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }).map((words) => words.join('.'))
      fc.assert(
        fc.property(pattern, topic, (wanted, given) => {
          const source = wanted.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace('>', '.+')
          assert.equal(matches(wanted, given), new RegExp(`^${source}$`).test(given))
        }),
      )
    })

    for (const bad of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\n', 'a.>.b', 'a*', '>a', 'x'.repeat(256)]) {
      it(`are none: ${JSON.stringify(bad.slice(0, 20))}`, () => {
        assert.throws(() => hub().subscribe(bad), isUsage('TOPIC_BAD'))
        assert.throws(() => hub().publish(bad, 1), isUsage('TOPIC_BAD'))
      })
    }

    it('are no topics to publish to', () => {
      for (const pattern of ['*', 'a.*', '>', 'a.>']) {
        assert.throws(() => hub().publish(pattern, 1), isUsage('TOPIC_BAD'))
      }
    })
  })

  describe('a subscriber that comes back', () => {
    async function published(events: Hub, topic: string, count: number): Promise<string[]> {
      const ids: string[] = []
      for (let event = 0; event < count; event++) ids.push(await events.publish(topic, `${topic}${event}`))
      return ids
    }

    it('is given what it missed, then what comes', async () => {
      const events = hub()
      const ids = await published(events, 'a', 5)
      await published(events, 'b', 2)
      const subscription = events.subscribe('a', { after: ids[1] })
      await events.publish('a', 'new')
      assert.equal(subscription.complete, true)
      assert.deepEqual(await rest(subscription), ['a2', 'a3', 'a4', 'new'])
    })

    it('is given the events of several topics in their order', async () => {
      const events = hub()
      const [first] = await published(events, 'a.x', 1)
      for (const topic of ['a.y', 'a.x', 'b', 'a.y']) await published(events, topic, 1)
      assert.deepEqual(await rest(events.subscribe('a.*', { after: first })), ['a.y0', 'a.x0', 'a.y0'])
    })

    it('is given nothing twice, and nothing where it missed nothing', async () => {
      const events = hub()
      const ids = await published(events, 'a', 3)
      const subscription = events.subscribe('a', { after: ids.at(-1) })
      assert.equal(subscription.complete, true)
      assert.deepEqual(await rest(subscription), [])
    })

    it('is told where that is not all', async () => {
      const events = hub({ replayEvents: 2 })
      const ids = await published(events, 'a', 4)
      const full = events.subscribe('a', { after: ids[1] })
      assert.equal(full.complete, true)
      const torn = events.subscribe('a', { after: ids[0] })
      assert.equal(torn.complete, false)
      assert.deepEqual(await rest(torn), ['a2', 'a3'])
      const other = events.subscribe('b', { after: ids[0] })
      assert.equal(other.complete, true)
    })

    it('is told where the topic was forgotten', async () => {
      const events = hub({ replayTopics: 1 })
      const [first] = await published(events, 'a', 2)
      await published(events, 'b', 1)
      const torn = events.subscribe('a', { after: first })
      assert.equal(torn.complete, false)
      assert.deepEqual(await rest(torn), [])
    })

    it('is given all that is kept where its id is not of this hub, and told', async () => {
      const [foreign] = await published(hub(), 'a', 1)
      const events = hub()
      await published(events, 'a', 2)
      for (const after of [foreign ?? '', 'nonsense', '']) {
        const torn = events.subscribe('a', { after })
        assert.equal(torn.complete, false)
        assert.deepEqual(await rest(torn), ['a0', 'a1'])
      }
    })

    it('finds nothing where nothing is kept', async () => {
      const events = hub({ replayEvents: 0 })
      const [first] = await published(events, 'a', 2)
      assert.equal(events.subscribe('a', { after: first }).complete, false)
    })
  })

  describe('a subscriber that is slow', () => {
    async function slowed(slow: 'drop-oldest' | 'drop-newest' | 'disconnect'): Promise<Subscription> {
      const events = hub({ maxQueued: 3, slow })
      const subscription = events.subscribe('a')
      for (let event = 0; event < 200; event++) await events.publish('a', event)
      return subscription
    }

    it('loses the oldest', async () => {
      const subscription = await slowed('drop-oldest')
      assert.deepEqual([subscription.dropped, subscription.queued], [197, 3])
      assert.deepEqual(await rest(subscription), [197, 198, 199])
    })

    it('loses the newest', async () => {
      const subscription = await slowed('drop-newest')
      assert.equal(subscription.dropped, 197)
      assert.deepEqual(await rest(subscription), [0, 1, 2])
    })

    it('is cut off', async () => {
      const subscription = await slowed('disconnect')
      assert.equal(subscription.queued, 0)
      await assert.rejects(rest(subscription), isPeer('QUEUE_OVERRUN', /3 events of a waited/))
    })

    it('has a limit of its own where it asks for one', async () => {
      const events = hub({ maxQueued: 3 })
      const subscription = events.subscribe('a', { maxQueued: 1, slow: 'drop-newest' })
      for (const event of [1, 2]) await events.publish('a', event)
      assert.deepEqual(await rest(subscription), [1])
    })
  })

  it('refuses options that are none', () => {
    for (const options of [
      { maxQueued: 0 },
      { replayEvents: -1 },
      { replayTopics: 0.5 },
      { slow: 'wait' },
      { size: 1 },
    ]) {
      // @ts-expect-error some of these are none for the compiler either
      assert.throws(() => hub(options), isUsage('OPTION_BAD'))
    }
  })
})
