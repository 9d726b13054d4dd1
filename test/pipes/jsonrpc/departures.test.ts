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

  it('what is sent while they leave comes behind them', () => {
    const { channel, calls, rpc } = blocked()
    for (const name of ['a', 'b']) rpc.notify(name)
    channel.room = true
    channel.onSend = ({ method }) => {
      if (method === 'a') rpc.notify('c')
    }
    calls.drained()
    assert.deepEqual(channel.methods, ['first', 'a', 'b', 'c'])
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

describe('while as many calls as may be wait for their answers', () => {
  it('further ones wait, and leave one for one; notifications wait only behind them', async () => {
    const { channel, calls, rpc } = faked({ maxInFlight: 2 })
    const pending = ['a', 'b'].map((name) => rpc.call(name))
    rpc.notify('now')
    pending.push(rpc.call('c'), rpc.call('d'))
    rpc.notify('later')
    assert.deepEqual(channel.methods, ['a', 'b', 'now'])
    calls.settle(answer(2, 'b'))
    assert.deepEqual(channel.methods, ['a', 'b', 'now', 'c'])
    calls.settle(answer(1, 'a'))
    assert.deepEqual(channel.methods, ['a', 'b', 'now', 'c', 'd', 'later'])
    for (const id of [3, 4]) calls.settle(answer(id, id))
    assert.deepEqual(await Promise.all(pending), ['a', 'b', 3, 4])
  })

  it('one that is given up makes room, and is cancelled before others leave; one that waits is never sent', async () => {
    const { channel, rpc } = faked({ maxInFlight: 1 })
    const [first, second] = [new AbortController(), new AbortController()]
    const sent = caught(rpc.with({ signal: first.signal }).call('a'))
    const waiting = caught(rpc.with({ signal: second.signal }).call('b'))
    const late = caught(rpc.with({ timeoutMs: 1 }).call('c'))
    void rpc.call('d')
    await lostAs('NOT_SENT', late)
    second.abort('b')
    first.abort('a')
    assert.deepEqual([await sent, await waiting], ['a', 'b'])
    assert.deepEqual(channel.methods, ['a', '$/cancelRequest', 'd'])
  })

  it('a batch counts as its calls, and one that is longer than all leaves alone', async () => {
    const { channel, calls, rpc } = faked({ maxInFlight: 2 })
    void rpc.call('a')
    void rpc.batch((batch) => ['b', 'c', 'd'].map((name) => batch.call(name)))
    void rpc.call('e')
    assert.equal(channel.sent.length, 1)
    calls.settle(answer(1, 1))
    assert.equal(channel.sent.length, 2)
    calls.settle(answer(2, 2))
    assert.equal(channel.sent.length, 2)
    calls.settle(answer(3, 3))
    assert.deepEqual(channel.methods, ['a', 'e'])
  })

  it('answers that come at once let any number leave', async () => {
    const { channel, calls, rpc } = faked({ maxInFlight: 1, maxQueued: 20_000 })
    const pending = Array.from({ length: 20_000 }, () => rpc.call('a'))
    channel.onSend = ({ id }) => calls.settle(answer(id, id))
    calls.settle(answer(1, 1))
    assert.equal((await Promise.all(pending)).length, 20_000)
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
