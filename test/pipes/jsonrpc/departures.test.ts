import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ConnectionLostError, type LostCode } from '../../../src/errors.ts'
import { caught, FakeChannel, faked } from './fake-channel.ts'

// The client's own timer does not keep the process alive.
let alive: NodeJS.Timeout
before(() => {
  alive = setInterval(() => {}, 60_000)
})
after(() => clearInterval(alive))

const answer = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result })

async function lostAs(code: LostCode, ...errors: Promise<unknown>[]): Promise<void> {
  for (const error of await Promise.all(errors)) {
    assert.ok(error instanceof ConnectionLostError, String(error))
    assert.equal(error.code, code, error.message)
  }
}

describe('while the channel takes no more', () => {
  /** A channel that is blocked by its first message. */
  function blocked() {
    const all = faked()
    all.channel.room = false
    all.rpc.notify('first')
    return all
  }

  it('calls, notifications and batches wait, and leave in order', async () => {
    const { channel, calls, rpc } = blocked()
    const pending = rpc.call('a')
    const noted = rpc.notify('b')
    const outcomes = rpc.batch((batch) => [batch.call('c')])
    assert.equal(channel.sent.length, 1)
    channel.room = true
    calls.drained()
    await noted
    assert.deepEqual(channel.sent.slice(1), [
      { jsonrpc: '2.0', id: 1, method: 'a' },
      { jsonrpc: '2.0', method: 'b' },
      [{ jsonrpc: '2.0', id: 2, method: 'c' }],
    ])
    calls.settle(answer(1, 'a'))
    calls.settle(answer(2, 'c'))
    assert.deepEqual([await pending, await outcomes], ['a', [{ status: 'fulfilled', value: 'c' }]])
  })

  it('one leaves at a time, if the channel is blocked again', () => {
    const { channel, calls, rpc } = blocked()
    for (const name of ['a', 'b', 'c']) rpc.notify(name)
    calls.drained()
    assert.deepEqual(channel.methods, ['first', 'a'])
    calls.drained()
    assert.deepEqual(channel.methods, ['first', 'a', 'b'])
  })

  it('at most maxQueued wait: further ones are not sent', async () => {
    const { channel, calls, rpc } = blocked()
    for (const name of ['a', 'b', 'c', 'd']) rpc.notify(name)
    await lostAs('NOT_SENT', caught(rpc.call('e')), caught(Promise.resolve(rpc.notify('f'))))
    channel.room = true
    calls.drained()
    assert.deepEqual(channel.methods, ['first', 'a', 'b', 'c', 'd'])
  })

  it('a call that is late was not sent, and never is; what waits does not grow', async () => {
    const { channel, calls, rpc } = blocked()
    for (let round = 0; round < 10; round++) {
      const errors = ['a', 'b', 'c', 'd'].map((name) => caught(rpc.with({ timeoutMs: 1 }).call(name)))
      await lostAs('NOT_SENT', ...errors)
    }
    assert.equal(calls.size, 0)
    channel.room = true
    calls.drained()
    assert.deepEqual(channel.methods, ['first'])
  })

  it('a call or a batch that is aborted is never sent', async () => {
    const { channel, calls, rpc } = blocked()
    const controller = new AbortController()
    const on = rpc.with({ signal: controller.signal })
    const error = caught(on.call('a'))
    const outcomes = on.batch((batch) => [batch.call('b'), batch.notify('c')])
    const noted = caught(Promise.resolve(on.notify('d')))
    controller.abort('enough')
    assert.deepEqual([await error, await noted], ['enough', 'enough'])
    assert.deepEqual(
      (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason),
      ['enough', 'enough'],
    )
    channel.room = true
    calls.drained()
    assert.deepEqual(channel.methods, ['first'])
  })

  it('what cannot be written is rejected when its turn comes, and the others leave', async () => {
    const { channel, calls, rpc } = blocked()
    const error = caught(rpc.call('a', 1n))
    rpc.notify('b')
    channel.room = true
    calls.drained()
    assert.equal(Reflect.get(Object(await error), 'code'), 'WRITE_VALUE')
    assert.deepEqual(channel.methods, ['first', 'b'])
  })

  it('a call that was sent is cancelled when there is room', async () => {
    const { channel, calls, rpc } = faked()
    channel.room = false
    const controller = new AbortController()
    const error = caught(rpc.with({ signal: controller.signal }).call('a'))
    controller.abort()
    await error
    assert.deepEqual(channel.methods, ['a'])
    channel.room = true
    calls.drained()
    assert.deepEqual(channel.methods, ['a', '$/cancelRequest'])
  })
})

describe('when the connection goes', () => {
  it('without another one all is rejected at once: what was sent as unknown, what waits as not sent', async () => {
    const { channel, calls, rpc } = faked()
    const sent = caught(rpc.call('a'))
    channel.room = false
    rpc.notify('full')
    const waiting = [caught(rpc.call('b')), caught(Promise.resolve(rpc.notify('c')))]
    const why = new Error('ECONNRESET')
    calls.detach(why)
    await lostAs('OUTCOME_UNKNOWN', sent)
    await lostAs('NOT_SENT', ...waiting)
    assert.equal(Reflect.get(Object(await sent), 'cause'), why)
    assert.equal(calls.size, 0)
  })

  it('for good, later calls are not sent, and rejected at once', async () => {
    const { calls, rpc, channel } = faked()
    calls.detach(undefined)
    await lostAs('NOT_SENT', caught(rpc.call('a')), caught(Promise.resolve(rpc.notify('b'))))
    const stream = rpc.stream('c')
    await lostAs('NOT_SENT', caught(stream.next()))
    calls.attach(new FakeChannel())
    await lostAs('NOT_SENT', caught(rpc.call('a')))
    assert.deepEqual(channel.sent, [])
  })

  it('a batch is rejected where it is not answered', async () => {
    const { calls, rpc } = faked()
    const outcomes = rpc.batch((batch) => [batch.call('a'), batch.call('b')])
    calls.settle(answer(1, 'a'))
    calls.detach(undefined)
    const [first, second] = await outcomes
    assert.equal(first?.status, 'fulfilled')
    assert.equal(second?.status === 'rejected' && second.reason.code, 'OUTCOME_UNKNOWN')
  })
})

describe('with another connection to come', () => {
  function lost() {
    const all = faked()
    all.link.follows = true
    return all
  }

  it('what was sent is rejected, what waits is sent on the next one, with ids that were never used', async () => {
    const { calls, rpc } = lost()
    const sent = caught(rpc.call('a'))
    calls.detach(undefined)
    await lostAs('OUTCOME_UNKNOWN', sent)
    const pending = rpc.call('b')
    const next = new FakeChannel()
    calls.attach(next)
    assert.deepEqual(next.sent, [{ jsonrpc: '2.0', id: 2, method: 'b' }])
    calls.settle(answer(2, 'b'))
    assert.equal(await pending, 'b')
  })

  it("'reject' does not wait for it", async () => {
    const { channel, calls, rpc } = lost()
    const failing = rpc.with({ offline: 'reject' })
    channel.room = false
    rpc.notify('full')
    const queued = caught(failing.call('a'))
    calls.detach(undefined)
    await lostAs('NOT_SENT', queued, caught(failing.call('b')), caught(Promise.resolve(failing.notify('c'))))
    const next = new FakeChannel()
    calls.attach(next)
    assert.deepEqual(next.sent, [])
  })

  it('a call waits no longer than its time-out', async () => {
    const { calls, rpc } = lost()
    calls.detach(undefined)
    await lostAs('NOT_SENT', caught(rpc.with({ timeoutMs: 1 }).call('a')))
    const next = new FakeChannel()
    calls.attach(next)
    assert.deepEqual(next.sent, [])
  })

  it('what waits is rejected when none comes after all', async () => {
    const { calls, rpc, link } = lost()
    calls.detach(undefined)
    const waiting = caught(rpc.call('a'))
    link.follows = false
    calls.detach(undefined)
    await lostAs('NOT_SENT', waiting)
  })

  it("'resend' sends once more, with the same id and key, before what waits", async () => {
    const { calls, rpc } = lost()
    const pending = rpc.with({ whenLost: 'resend', idempotencyKey: 'k1' }).call('pay', 5)
    const twice = rpc.with({ whenLost: 'resend', idempotencyKey: 'k2' }).batch((b) => [b.call('x'), b.call('y')])
    calls.settle(answer(2, 'x'))
    calls.detach(undefined)
    void caught(rpc.call('other'))
    const next = new FakeChannel()
    calls.attach(next)
    assert.deepEqual(next.sent, [
      { jsonrpc: '2.0', id: 1, method: 'pay', params: [5], _meta: { 'idempotency-key': 'k1' } },
      [{ jsonrpc: '2.0', id: 3, method: 'y', _meta: { 'idempotency-key': 'k2' } }],
      { jsonrpc: '2.0', id: 4, method: 'other' },
    ])
    assert.deepEqual(next.postings[0]?.headers, { 'idempotency-key': '"k1"' })
    calls.settle(answer(1, 'paid'))
    calls.settle(answer(3, 'y'))
    assert.equal(await pending, 'paid')
    assert.deepEqual(await twice, [
      { status: 'fulfilled', value: 'x' },
      { status: 'fulfilled', value: 'y' },
    ])
  })

  it("'resend' is unknown, not unsent, where it cannot be sent again", async () => {
    const { calls, rpc, link } = lost()
    const again = rpc.with({ whenLost: 'resend', idempotencyKey: 'k' })
    const late = caught(again.with({ timeoutMs: 5 }).call('a'))
    const given = caught(again.call('b'))
    calls.detach(undefined)
    await lostAs('OUTCOME_UNKNOWN', late)
    link.follows = false
    calls.detach(undefined)
    await lostAs('OUTCOME_UNKNOWN', given)
  })

  it('an answer on the old one that comes late is a fault; it settles nothing else', async () => {
    const { calls, rpc, reports } = lost()
    const sent = caught(rpc.call('a'))
    calls.detach(undefined)
    calls.attach(new FakeChannel())
    const pending = rpc.call('b')
    calls.settle(answer(1, 'old'))
    calls.settle(answer(2, 'new'))
    assert.equal(await pending, 'new')
    await sent
    assert.equal(reports.length, 1)
  })

  it('a call is not cancelled on a connection that it was not made on', async () => {
    const { channel, calls, rpc } = lost()
    channel.room = false
    const controller = new AbortController()
    const error = caught(rpc.with({ signal: controller.signal }).call('a'))
    controller.abort()
    await error
    calls.detach(undefined)
    const next = new FakeChannel()
    calls.attach(next)
    assert.deepEqual(next.sent, [])
  })

  it('the end of an old connection does not end the new one', async () => {
    const { channel, calls, rpc } = lost()
    const next = new FakeChannel()
    calls.attach(next)
    const pending = rpc.call('a')
    calls.detach(undefined, channel)
    calls.settle(answer(1, 'a'))
    assert.equal(await pending, 'a')
  })
})
