import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PollSession } from '../../../pipes/longpoll/session.ts'
import { RpcError } from '../../../src/index.ts'
import { clock } from '../../../src/net/clock.ts'
import { CONNECTION } from './polling.ts'

const TERMS = { waitMs: 1_000, ackTimeoutMs: 10_000, maxKept: 3, maxKeptChars: 100, maxMessages: 2 }
const begin = () => new PollSession('x', CONNECTION, TERMS)

const isInvalid = (error: unknown) => error instanceof RpcError && error.code === -32_602

describe('a session, events', () => {
  it('those of one tick answer the call that waits together', async () => {
    const session = begin()
    const answer = session.next(0, CONNECTION)
    session.channel.send('a')
    session.channel.send('b')
    assert.deepEqual(await answer, { first: 1, events: ['a', 'b'] })
  })

  it('are given again until they are confirmed, so many at once', () => {
    const session = begin()
    for (const event of ['a', 'b', 'c']) session.channel.send(event)
    assert.deepEqual(session.next(0, CONNECTION), { first: 1, events: ['a', 'b'] })
    assert.deepEqual(session.next(0, CONNECTION), { first: 1, events: ['a', 'b'] })
    assert.deepEqual(session.next(1, CONNECTION), { first: 2, events: ['b', 'c'] })
    assert.deepEqual(session.next(2, CONNECTION), { first: 3, events: ['c'] })
    // Late: it goes on where it was.
    assert.deepEqual(session.next(0, CONNECTION), { first: 3, events: ['c'] })
  })

  it('that were never sent cannot be confirmed', () => {
    const session = begin()
    assert.throws(() => session.next(1, CONNECTION), isInvalid)
    session.channel.send('a')
    assert.throws(() => session.next(2, CONNECTION), isInvalid)
  })

  it('of two calls at once, the older is answered empty', async () => {
    const session = begin()
    const [older, newer] = [session.next(0, CONNECTION), session.next(0, CONNECTION)]
    assert.deepEqual(await older, { first: 1, events: [] })
    session.channel.send('a')
    assert.deepEqual(await newer, { first: 1, events: ['a'] })
  })

  it('that are too many make the part wait, until some are confirmed', async () => {
    const session = begin()
    const order: string[] = []
    const writing = (async () => {
      for (const event of ['a', 'b', 'c']) {
        await session.channel.write(event)
        order.push(event)
      }
    })()
    await turn()
    assert.deepEqual(order, ['a', 'b'])
    session.next(1, CONNECTION)
    await writing
    assert.deepEqual(order, ['a', 'b', 'c'])
  })

  it('that are too long make the part wait too', () => {
    const { channel } = begin()
    assert.equal(channel.send('x'.repeat(97)), true)
    assert.equal(channel.send(1), false)
  })

  it('are what they were when they were written; what JSON cannot carry is refused', () => {
    const session = begin()
    const value = { a: 1 }
    session.channel.send(value)
    value.a = 2
    assert.deepEqual(session.next(0, CONNECTION), { first: 1, events: [{ a: 1 }] })
    for (const bad of [undefined, () => 1, 1n, { deep: [1n] }]) {
      assert.throws(() => session.channel.send(bad), { code: 'WRITE_VALUE' })
      assert.throws(() => session.channel.check(bad), { code: 'WRITE_VALUE' })
    }
  })
})

describe('a session, messages', () => {
  it('are taken once, and none behind a gap', async () => {
    const session = begin()
    const seen = reading(session)
    await turn()
    assert.deepEqual(session.emit(1, ['a', 'b']), { last: 2 })
    assert.deepEqual(session.emit(1, ['a', 'b']), { last: 2 })
    assert.deepEqual(session.emit(4, ['d']), { last: 2 })
    assert.deepEqual(session.emit(2, ['b', 'c']), { last: 3 })
    assert.deepEqual(session.emit(4, []), { last: 3 })
    await turn()
    assert.deepEqual(seen, ['a', 'b', 'c'])
  })

  it('are not taken while earlier ones wait, nor when they are too many', async () => {
    const session = begin()
    assert.deepEqual(session.emit(1, ['a']), { last: 1 })
    assert.deepEqual(session.emit(2, ['b']), { last: 1 })
    const seen = reading(session)
    await turn()
    assert.deepEqual(session.emit(2, ['b']), { last: 2 })
    assert.throws(() => session.emit(3, ['c', 'd', 'e']), isInvalid)
    await turn()
    assert.deepEqual(seen, ['a', 'b'])
  })
})

describe('a session, the end', () => {
  it('what the part has written before its end can be asked for until it is confirmed', () => {
    const session = begin()
    for (const event of ['a', 'b', 'c']) session.channel.send(event)
    session.close()
    assert.deepEqual(session.next(0, CONNECTION), { first: 1, events: ['a', 'b'] })
    assert.deepEqual(session.next(2, CONNECTION), { first: 3, events: ['c'], over: true })
    assert.deepEqual(session.next(2, CONNECTION), { first: 3, events: ['c'], over: true })
    assert.deepEqual(session.next(3, CONNECTION), { first: 4, events: [], over: true })
    assert.deepEqual(session.emit(1, ['x']), { last: 0, over: true })
  })

  it('answers the call that waits', async () => {
    const session = begin()
    const answer = session.next(0, CONNECTION)
    session.channel.send('bye')
    session.close()
    assert.deepEqual(await answer, { first: 1, events: ['bye'], over: true })
    const other = begin()
    const second = other.next(0, CONNECTION)
    other.end()
    assert.deepEqual(await second, { first: 1, events: [], over: true })
  })

  it('fires the signal, ends reading behind what came, and refuses to write', async () => {
    const session = begin()
    const seen = reading(session)
    session.emit(1, ['a'])
    session.end()
    await turn()
    assert.deepEqual(seen, ['a', 'end'])
    assert.equal(session.channel.signal.aborted, true)
    assert.throws(() => session.channel.write('late'), { code: 'CONNECTION_CLOSED' })
    assert.equal(session.channel.send('late'), true)
  })

  it('whoever waits for room is let go', async () => {
    const session = begin()
    for (const event of ['a', 'b']) session.channel.send(event)
    const pending = session.channel.write('c')
    session.end()
    await assert.rejects(Promise.resolve(pending), { code: 'CONNECTION_CLOSED' })
  })

  it('comes when nothing is heard for as long as the time-out', () => {
    const session = begin()
    const now = clock.now
    assert.equal(session.tick(now + 9_999), true)
    assert.equal(session.tick(now + 10_000), false)
  })

  it('does not come while a call waits, which is answered in time', async () => {
    const session = begin()
    const now = clock.now
    const answer = session.next(0, CONNECTION)
    assert.equal(session.tick(now + 999), true)
    assert.equal(session.tick(now + 50_000), true)
    assert.deepEqual(await answer, { first: 1, events: [] })
  })

  it('comes when events are asked for again and again, and never confirmed', () => {
    const session = begin()
    const now = clock.now
    session.channel.send('a')
    session.next(0, CONNECTION)
    assert.equal(session.tick(now + 9_999), true)
    session.next(0, CONNECTION)
    assert.equal(session.tick(now + 10_000), false)
  })

  it('a call on a connection that is about to close is answered soon, with what the part says to that', async () => {
    const session = begin()
    const now = clock.now
    session.channel.take({
      value() {},
      bad() {},
      end() {},
      drained() {},
      closed() {},
      drain: () => session.channel.send('going'),
    })
    const closing = { ...CONNECTION, draining: true }
    const answer = session.next(0, closing)
    session.tick(now)
    assert.deepEqual(await answer, { first: 1, events: ['going'] })
    const empty = session.next(1, closing)
    session.tick(now)
    assert.deepEqual(await empty, { first: 2, events: [] })
    // The part begins nothing new: the client takes it elsewhere.
    assert.deepEqual(session.emit(1, ['late']), { last: 0 })
  })
})

/** What the part reads. */
function reading({ channel }: PollSession): unknown[] {
  const seen: unknown[] = []
  void (async () => {
    for await (const value of channel.read()) seen.push(value)
    seen.push('end')
  })()
  return seen
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
