import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { ConnectionLostError, PeerError, UsageError } from '../../../src/errors.ts'
import { RpcError } from '../../../src/messages/rpc-error.ts'
import { caught, FakeChannel, faked } from './fake-channel.ts'

// The client's own timer does not keep the process alive.
let alive: NodeJS.Timeout
before(() => {
  alive = setInterval(() => {}, 60_000)
})
after(() => clearInterval(alive))

const answer = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result })
const refusal = (id: unknown, code = 1, message = 'no') => ({ jsonrpc: '2.0', id, error: { code, message } })

describe('a call', () => {
  it('goes out as JSON-RPC 2.0, with ids that count up, positional and named', () => {
    const { channel, rpc } = faked()
    void rpc.call('add', 1, 2)
    void rpc.call('ping')
    void rpc.callNamed('user.get', { id: 7 })
    assert.deepEqual(channel.sent, [
      { jsonrpc: '2.0', id: 1, method: 'add', params: [1, 2] },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
      { jsonrpc: '2.0', id: 3, method: 'user.get', params: { id: 7 } },
    ])
  })

  it('is settled by its own answer, in whatever order answers come', async () => {
    const { calls, rpc } = faked()
    const pending = [rpc.call('a'), rpc.call('b'), rpc.call('c')]
    for (const id of [3, 1, 2]) calls.settle(answer(id, id * 10))
    assert.deepEqual(await Promise.all(pending), [10, 20, 30])
  })

  it('may be answered before send() returns', async () => {
    const { channel, calls, rpc } = faked()
    channel.onSend = ({ id }) => calls.settle(answer(id, 'at once'))
    const { signal } = new AbortController()
    assert.equal(await rpc.with({ signal }).call('a'), 'at once')
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('may have null for a result', async () => {
    const { calls, rpc } = faked()
    const pending = rpc.call('a')
    calls.settle(answer(1, null))
    assert.equal(await pending, null)
  })

  it('understands answers of version 1.0', async () => {
    const { calls, rpc } = faked()
    const pending = [rpc.call('a'), caught(rpc.call('b'))]
    calls.settle({ id: 1, result: 7, error: null })
    calls.settle({ id: 2, result: null, error: { code: -1, message: 'old' } })
    const [result, error] = await Promise.all(pending)
    assert.equal(result, 7)
    assert.ok(error instanceof RpcError)
  })

  it('is rejected with the error of the peer', async () => {
    const { calls, rpc } = faked()
    const error = caught(rpc.call('a'))
    calls.settle({ jsonrpc: '2.0', id: 1, error: { code: 404, message: 'no such user', data: { id: 7 } } })
    const { code, message, data } = (await error) as RpcError
    assert.deepEqual([code, message, data], [404, 'no such user', { id: 7 }])
  })

  for (const [what, error] of [
    ['text', 'broken'],
    ['true', true],
    ['an empty object', {}],
    ['a code that is text', { code: '404', message: 'no' }],
    ['a message that is a number', { code: 404, message: 404 }],
    ['an array', [1]],
  ] as const) {
    it(`is rejected with an RpcError for an error that is ${what}, which stands in data`, async () => {
      const { calls, rpc } = faked()
      const found = caught(rpc.call('a'))
      calls.settle({ jsonrpc: '2.0', id: 1, error })
      const told = await found
      assert.ok(told instanceof RpcError && Number.isInteger(told.code))
      assert.equal(told.data, error)
    })
  }

  it('is rejected for an answer with neither a result nor an error', async () => {
    const { calls, rpc } = faked()
    const error = caught(rpc.call('a'))
    calls.settle({ jsonrpc: '2.0', id: 1 })
    assert.equal(((await error) as PeerError).code, 'MESSAGE_BAD')
  })

  for (const [what, params] of [
    ['a BigInt', [1n]],
    ['a circle', [circle()]],
  ] as const) {
    it(`with ${what} in its parameters is rejected with WRITE_VALUE, and nothing is pending`, async () => {
      const { channel, calls, rpc, reports } = faked()
      const error = await caught(rpc.call('a', ...params))
      assert.ok(error instanceof UsageError && error.code === 'WRITE_VALUE')
      assert.throws(() => rpc.notify('a', ...params), { code: 'WRITE_VALUE' })
      assert.deepEqual([calls.size, channel.sent, reports], [0, [], []])
    })
  }

  it('whose channel throws otherwise was not sent', async () => {
    const { channel, calls, rpc } = faked()
    channel.fault = new Error('broken pipe')
    const error = await caught(rpc.call('a'))
    assert.ok(error instanceof ConnectionLostError && error.code === 'NOT_SENT')
    assert.equal(error.cause, channel.fault)
    const noted = await caught(Promise.resolve(rpc.notify('a')))
    assert.ok(noted instanceof ConnectionLostError && noted.code === 'NOT_SENT')
    assert.equal(calls.size, 0)
  })
})

function circle(): object {
  const round: { self?: object } = {}
  round.self = round
  return round
}

describe('a peer that answers wrongly', () => {
  it('is reported for ids that no call has, and for answers that come twice; calls are not disturbed', async () => {
    const { calls, rpc, reports } = faked()
    const pending = rpc.call('a')
    for (const id of [7, '1', 1.5, -1, {}, [1], true, undefined, null]) calls.settle(answer(id, 'wrong'))
    calls.settle(answer(1, 'right'))
    calls.settle(answer(1, 'again'))
    assert.equal(await pending, 'right')
    assert.ok(reports.every((error) => error instanceof PeerError && error.code === 'MESSAGE_BAD'))
  })

  it('is reported eight times for each connection', () => {
    const { calls, reports } = faked({ follows: () => true })
    for (let id = 0; id < 100; id++) calls.settle(answer(id, 0))
    assert.equal(reports.length, 8)
    calls.detach(undefined)
    calls.attach(new FakeChannel())
    for (let id = 0; id < 100; id++) calls.settle(answer(id, 0))
    assert.equal(reports.length, 16)
  })

  it('that answers an error without an id means the only message that waits', async () => {
    const { calls, rpc, reports } = faked()
    const error = caught(rpc.call('a'))
    calls.settle(refusal(null, -32_700, 'Parse error'))
    assert.equal(((await error) as RpcError).code, -32_700)
    // Should it answer that after all, it is too late.
    calls.settle(answer(1, 'late'))
    assert.deepEqual([calls.size, reports], [0, []])
  })

  it('that answers an error without an id means the whole batch, where that is the only message', async () => {
    const { calls, rpc } = faked()
    const outcomes = rpc.batch((batch) => [batch.call('a'), batch.call('b')])
    calls.settle(refusal(null))
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })

  it('that answers an error without an id is reported where several wait', async () => {
    const { calls, rpc, reports } = faked()
    const pending = [rpc.call('a'), rpc.call('b')]
    calls.settle(refusal(null))
    assert.equal(reports.length, 1)
    calls.settle(answer(1, 1))
    calls.settle(answer(2, 2))
    assert.deepEqual(await Promise.all(pending), [1, 2])
  })

  it('is not heard after the end', async () => {
    const { calls, rpc } = faked()
    const error = caught(rpc.call('a'))
    calls.detach(undefined)
    calls.settle(answer(1, 'late'))
    assert.equal(((await error) as ConnectionLostError).code, 'OUTCOME_UNKNOWN')
  })
})
