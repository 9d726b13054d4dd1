import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { PeerError } from '../../../src/errors.ts'
import { RpcError } from '../../../src/messages/rpc-error.ts'
import { caught, faked } from './fake-channel.ts'

// The client's own timer does not keep the process alive.
let alive: NodeJS.Timeout
before(() => {
  alive = setInterval(() => {}, 60_000)
})
after(() => clearInterval(alive))

const answer = (id: unknown, result: unknown) => ({ jsonrpc: '2.0', id, result })
const refusal = (id: unknown, code = 1, message = 'no') => ({ jsonrpc: '2.0', id, error: { code, message } })

describe('a call that is given up', () => {
  it('after it was sent, for its time-out: rejected, the peer told, its late answer thrown away', async () => {
    const { channel, calls, rpc, reports } = faked()
    const error = await caught(rpc.with({ timeoutMs: 1 }).call('slow'))
    assert.ok(error instanceof PeerError && error.code === 'TIMEOUT')
    assert.deepEqual(channel.messages[1], { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    calls.settle(answer(1, 'late'))
    assert.deepEqual([calls.size, reports], [0, []])
    calls.settle(answer(1, 'twice'))
    assert.equal(reports.length, 1)
  })

  it('by the default time-out of the client, which is not told to the peer', async () => {
    const { channel, rpc } = faked({}, 1)
    assert.equal(((await caught(rpc.call('slow'))) as PeerError).code, 'TIMEOUT')
    assert.deepEqual(channel.sent[0], { jsonrpc: '2.0', id: 1, method: 'slow' })
  })

  it('fires no earlier time-out for a later call', async () => {
    const { calls, rpc } = faked()
    const long = rpc.with({ timeoutMs: 100_000 }).call('long')
    await caught(rpc.with({ timeoutMs: 1 }).call('short'))
    assert.equal(calls.size, 1)
    calls.settle(answer(1, 'in time'))
    assert.equal(await long, 'in time')
  })

  it('fires no later for a call that was made after it, and may take longer', async () => {
    const { calls, rpc } = faked()
    const short = caught(rpc.with({ timeoutMs: 20 }).call('short'))
    void caught(rpc.with({ timeoutMs: 100_000 }).call('long'))
    assert.ok((await short) instanceof PeerError)
    assert.equal(calls.size, 1)
  })

  it('as TIMEOUT too where the peer was told the time and finds it over first', async () => {
    const { channel, calls, rpc } = faked()
    const error = caught(rpc.with({ timeoutMs: 5 }).call('slow'))
    // Blocks: the client's own timer cannot fire before the answer comes.
    const start = performance.now()
    while (performance.now() - start < 5);
    calls.settle(refusal(1, -32_002, 'too late'))
    const told = await error
    assert.ok(told instanceof PeerError && told.code === 'TIMEOUT' && told.cause instanceof RpcError)
    assert.equal(channel.sent.length, 1)
  })

  it('by its signal, with its reason', async () => {
    const { channel, rpc } = faked()
    const controller = new AbortController()
    const error = caught(rpc.with({ signal: controller.signal }).call('slow'))
    const reason = new Error('enough')
    controller.abort(reason)
    assert.equal(await error, reason)
    assert.deepEqual(channel.methods, ['slow', '$/cancelRequest'])
  })

  it('by a signal that has fired is never sent', async () => {
    const { channel, rpc } = faked()
    const on = rpc.with({ signal: AbortSignal.abort('no') })
    assert.equal(await caught(on.call('a')), 'no')
    assert.equal(await caught(Promise.resolve(on.notify('a'))), 'no')
    assert.deepEqual(channel.sent, [])
  })

  it('leaves nothing on its signal, with 10,000 of them', async () => {
    const { calls, rpc } = faked()
    const controller = new AbortController()
    const { signal } = controller
    const on = rpc.with({ signal })
    const pending = Array.from({ length: 10_000 }, () => on.call('a'))
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    for (let id = 1; id <= 9_999; id++) calls.settle(answer(id, id))
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    calls.settle(refusal(10_000))
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    assert.equal((await Promise.allSettled(pending)).length, 10_000)
    controller.abort()
    assert.equal(calls.size, 0)
  })

  it('all at once, where they share a signal', async () => {
    const { channel, calls, rpc } = faked()
    const controller = new AbortController()
    const on = rpc.with({ signal: controller.signal })
    const errors = Array.from({ length: 1_000 }, () => caught(on.call('a')))
    controller.abort()
    assert.ok((await Promise.all(errors)).every((error) => error === controller.signal.reason))
    assert.deepEqual([calls.size, channel.sent.length], [0, 2_000])
  })
})
