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

  it('an answer of the old one that comes late settles nothing', async () => {
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

  it('an answer to a call that was given up is no answer on the next one', async () => {
    const { calls, rpc, reports } = lost()
    await caught(rpc.with({ timeoutMs: 1 }).call('a'))
    calls.detach(undefined)
    calls.attach(new FakeChannel())
    calls.settle(answer(1, 'late'))
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
