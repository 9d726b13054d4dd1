import assert from 'node:assert/strict'
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
const value = (value: unknown) => ({ done: false, value })
const DONE = { done: true, value: undefined }

describe('the stream of a call', () => {
  it('sends nothing before it is read', () => {
    const { channel, rpc } = faked()
    const stream = rpc.stream('count', 3)
    assert.deepEqual(channel.sent, [])
    void stream.next()
    assert.deepEqual(channel.sent, [{ jsonrpc: '2.0', id: 1, method: 'count', params: [3] }])
  })

  it('gives the values in order, then the result, then nothing', async () => {
    const { calls, rpc } = faked()
    const stream = rpc.stream('count')
    const first = stream.next()
    for (const each of ['a', 'b']) calls.progress(1, each)
    calls.settle(answer(1, 'done'))
    assert.deepEqual(await Promise.all([first, stream.next(), stream.next(), stream.next()]), [
      value('a'),
      value('b'),
      { done: true, value: 'done' },
      DONE,
    ])
    assert.equal(await stream.result, 'done')
  })

  it('gives each of several readers a value of its own', async () => {
    const { calls, rpc } = faked()
    const stream = rpc.stream('count')
    const reads = [stream.next(), stream.next(), stream.next(), stream.next()]
    for (const each of ['a', 'b']) calls.progress(1, each)
    calls.settle(answer(1, 'done'))
    assert.deepEqual(await Promise.all(reads), [value('a'), value('b'), { done: true, value: 'done' }, DONE])
  })

  it('throws the error of the peer behind the values, once', async () => {
    const { calls, rpc } = faked()
    const stream = rpc.stream('count')
    const first = stream.next()
    calls.progress(1, 'a')
    calls.progress(1, 'b')
    calls.settle({ jsonrpc: '2.0', id: 1, error: { code: 7, message: 'no' } })
    assert.deepEqual([await first, await stream.next()], [value('a'), value('b')])
    assert.ok((await caught(stream.next())) instanceof RpcError)
    assert.deepEqual(await stream.next(), DONE)
    assert.ok((await caught(stream.result)) instanceof RpcError)
  })

  it('is cancelled when its loop is left, and what comes then is nothing', async () => {
    const { channel, calls, rpc, reports } = faked()
    const stream = rpc.stream('count')
    const first = stream.next()
    for (const each of ['a', 'b', 'c']) calls.progress(1, each)
    await first
    for await (const each of stream) {
      assert.equal(each, 'b')
      break
    }
    assert.deepEqual(channel.messages[1], { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    calls.progress(1, 'd')
    calls.settle({ jsonrpc: '2.0', id: 1, error: { code: -32_800, message: 'cancelled' } })
    assert.deepEqual([await stream.next(), reports, calls.size], [DONE, [], 0])
    assert.equal(Reflect.get(Object(await caught(stream.result)), 'name'), 'AbortError')
  })

  it('that nobody reads is never sent, also when it is left', async () => {
    const { channel, rpc } = faked()
    const stream = rpc.stream('count')
    assert.deepEqual([await stream.return?.(), await stream.next()], [DONE, DONE])
    assert.deepEqual(channel.sent, [])
  })

  it('ends with what cannot be written', async () => {
    const { calls, rpc } = faked()
    const stream = rpc.stream('count', 1n)
    assert.equal(Reflect.get(Object(await caught(stream.next())), 'code'), 'WRITE_VALUE')
    assert.deepEqual([await stream.next(), calls.size], [DONE, 0])
  })

  it('ends when the connection goes, and is not sent again', async () => {
    const { calls, rpc, link } = faked()
    link.follows = true
    const stream = rpc.with({ whenLost: 'resend', idempotencyKey: 'k' }).stream('count')
    const first = caught(stream.next())
    calls.detach(undefined)
    assert.equal(Reflect.get(Object(await first), 'code'), 'OUTCOME_UNKNOWN')
    assert.equal(calls.size, 0)
  })

  it('has a time-out for each value, which the peer is not told; a reader who is behind has none', async () => {
    const { channel, calls, rpc } = faked()
    const stream = rpc.with({ timeoutMs: 1 }).stream('count')
    const first = stream.next()
    for (const each of ['a', 'b']) calls.progress(1, each)
    // The alarm rings, and finds a value that waits.
    await caught(rpc.with({ timeoutMs: 40 }).call('other'))
    assert.deepEqual(channel.messages.at(-1)?.params, { id: 2 })
    assert.deepEqual(channel.methods, ['count', 'other', '$/cancelRequest'])
    assert.deepEqual([await first, await stream.next()], [value('a'), value('b')])
    const error = await caught(stream.next())
    assert.ok(error instanceof PeerError && error.code === 'TIMEOUT')
    assert.deepEqual(channel.sent[0], { jsonrpc: '2.0', id: 1, method: 'count' })
  })

  it('of a call that is no stream, or of none, is nothing', async () => {
    const { calls, rpc, reports } = faked()
    const pending = rpc.call('a')
    for (const token of [1, '1', 2, null, undefined, {}]) calls.progress(token, 'x')
    calls.settle(answer(1, 'a'))
    assert.equal(await pending, 'a')
    assert.deepEqual(reports, [])
  })
})

describe('a reader who is behind', () => {
  /** A stream with so many values that wait, where `first` was read. */
  function behind(count: number) {
    const all = faked()
    const stream = all.rpc.stream('count')
    const first = stream.next()
    for (let each = 0; each <= count; each++) all.calls.progress(1, each)
    return { ...all, stream, first }
  }

  it('holds the peer back until he has caught up', async () => {
    const { channel, stream } = behind(255)
    assert.equal(channel.paused, false)
    const { channel: held, calls, stream: full } = behind(256)
    assert.equal(held.paused, true)
    while (held.paused) assert.equal((await full.next()).done, false)
    calls.settle(answer(1, 'done'))
    let rest = 0
    while ((await full.next()).done === false) rest++
    assert.equal(rest, 64)
    await stream.return?.()
  })

  it('holds nobody back while another call waits for its answer', async () => {
    const { channel, calls, rpc, stream } = behind(256)
    const pending = rpc.call('other')
    assert.equal(channel.paused, false)
    calls.settle(answer(2, 'other'))
    assert.equal(await pending, 'other')
    assert.equal(channel.paused, true)
    await stream.return?.()
    assert.equal(channel.paused, false)
  })

  it('holds nobody back any more at the end of the call', () => {
    const { channel, calls } = behind(300)
    calls.settle(answer(1, 'done'))
    assert.equal(channel.paused, false)
  })

  it('and holds nobody back for 16,384 values is cut off, behind what came', async () => {
    const { calls, rpc, stream, channel } = behind(0)
    void caught(rpc.call('other'))
    for (let each = 0; each < 20_000; each++) calls.progress(1, each)
    assert.deepEqual(channel.methods, ['count', 'other', '$/cancelRequest'])
    let count = 0
    const error = await caught(
      (async () => {
        for await (const _ of stream) count++
      })(),
    )
    assert.equal(Reflect.get(Object(error), 'code'), 'QUEUE_OVERRUN')
    assert.equal(count, 16_385)
  })
})
