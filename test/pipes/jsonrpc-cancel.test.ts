// Calls that are cancelled, and calls that take too long.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallMarbles, jsonrpc } from '../../pipes/jsonrpc.ts'
import { type Bag, part } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, RpcPeer, refusal, result, served } from '../rpc-peer.ts'
import { settled, Trace } from '../tracing.ts'

const progress = (token: unknown, value: unknown) => call('$/progress', { token, value })
const cancel = (id: unknown) => call('$/cancelRequest', { id })
const CANCELLED = (id: unknown) => refusal(id, -32800, 'the call was cancelled')
const LATE = (id: unknown) => refusal(id, -32002, 'the call took longer than its caller waits')

async function* upTo(count: number): AsyncGenerator<number, string> {
  for (let value = 1; value <= count; value++) yield value
  return `${count} in all`
}

/** What an endless stream has come to. */
class Endless {
  pulled = 0
  returned = 0
  readonly iterate = async function* (this: Endless): AsyncGenerator<number, never> {
    try {
      for (;;) yield ++this.pulled
    } finally {
      this.returned++
    }
  }.bind(this)
}

/** A part that waits until its signal fires, and then rejects with the reason. */
function waits(t: Trace = new Trace()) {
  return part(
    t.pipe('a'),
    ({ signal }: Bag) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  )
}

describe('jsonrpc: cancelling', () => {
  it('fires the signal of the call; its leaves get the reason, and it is answered once it has ended', async () => {
    const t = new Trace()
    const peer = served({ wait: waits(t) })
    peer.say(call('wait', [], 1), call('wait', [], '1'))
    await settled()
    assert.deepEqual(await peer.ask(cancel(1)), [CANCELLED(1)])
    assert.equal(`${t}`, '+a +a -a(the call was cancelled)')
    assert.deepEqual(await peer.ask(cancel('1')), [CANCELLED('1')])
    assert.deepEqual(peer.errors, [])
  })

  it('stops a stream: its finally has run when it is answered', async () => {
    const gate = new Gate()
    const t = new Trace()
    const peer = served({
      async *stream() {
        try {
          yield 1
          await gate.opened
          yield 2
        } finally {
          t.note('finally')
        }
      },
    })
    assert.deepEqual(await peer.ask(call('stream', [], 1)), [progress(1, 1)])
    assert.deepEqual(await peer.ask(cancel(1)), [])
    gate.open()
    assert.deepEqual(await peer.heard(), [CANCELLED(1)])
    assert.equal(`${t}`, 'finally')
  })

  it('stops an iterable that has no return(), and one whose return() fails', async () => {
    const never = () => new Promise<IteratorResult<unknown>>(() => {})
    const fails = async () => assert.fail('return failed')
    const peer = served({
      none: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
      fails: () => ({ [Symbol.asyncIterator]: () => ({ next: never, return: fails }) }),
    })
    peer.say(call('none', [], 1), call('fails', [], 2))
    assert.deepEqual(await peer.ask(cancel(1), cancel(2)), [CANCELLED(1), CANCELLED(2)])
    assert.equal(peer.errors.length, 1)
  })

  it('a call that ends well all the same is answered with its result', async () => {
    const gate = new Gate<string>()
    const peer = served({ wait: () => gate.opened })
    peer.say(call('wait', [], 1))
    assert.deepEqual(await peer.ask(cancel(1)), [])
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done')])
  })

  it('what else goes wrong on the way out goes to onError; an AbortError does not', async () => {
    const failing = (error: Error) =>
      part(({ signal }: Bag) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(error))))
    const aborted = new Error('aborted')
    aborted.name = 'AbortError'
    const other = new Error('other')
    const peer = served({ aborted: failing(aborted), other: failing(other) })
    peer.say(call('aborted', [], 1), call('other', [], 2))
    assert.deepEqual(await peer.ask(cancel(1), cancel(2)), [CANCELLED(1), CANCELLED(2)])
    assert.deepEqual(peer.errors, [other])
  })

  it('a call that has ended is not told any more, whichever of several it was', async () => {
    const gates = [new Gate(), new Gate(), new Gate(), new Gate()]
    const signals: AbortSignal[] = []
    const peer = served({
      wait: part(({ signal, rpc }: Bag<CallMarbles>) => {
        signals.push(signal)
        return gates[Number(rpc.id)]?.opened
      }),
    })
    peer.say(...gates.map((_, id) => call('wait', [], id)))
    for (const id of [2, 1, 3]) {
      gates[id]?.open()
      assert.deepEqual(await peer.heard(), [result(id, null)])
    }
    peer.say(cancel(1), cancel(2), cancel(3), cancel(0))
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false, false, false],
    )
  })

  it('stops a stream that its method gives only afterwards', async () => {
    const gate = new Gate()
    const endless = new Endless()
    const peer = served({
      async stream() {
        await gate.opened
        return endless.iterate()
      },
    })
    peer.say(call('stream', [], 1), cancel(1))
    gate.open()
    assert.deepEqual(await peer.heard(), [CANCELLED(1)])
    assert.ok(endless.pulled <= 1)
  })

  it('what a value on its way fails with goes to onError', async () => {
    let fail = (_error: Error) => {}
    const error = new Error('in the middle')
    const iterator = {
      next: () => new Promise<never>((_, reject) => (fail = reject)),
      return: async () => {
        fail(error)
        await settled()
        return { done: true as const, value: undefined }
      },
    }
    const peer = served({ stream: () => ({ [Symbol.asyncIterator]: () => iterator }) })
    peer.say(call('stream', [], 1), cancel(1))
    await settled()
    await settled()
    assert.deepEqual([await peer.heard(), peer.errors], [[CANCELLED(1)], [error]])
  })

  it('works within the batch of the call', async () => {
    const peer = served({ wait: waits() })
    assert.deepEqual(await peer.ask([call('wait', [], 1), cancel(1)]), [[CANCELLED(1)]])
  })

  it('what cannot be cancelled is nothing: unknown ids, ended calls, no params, twice', async () => {
    const peer = served({ wait: waits(), now: () => 'now' })
    peer.say(call('wait', [], 1), call('now', [], 2), call('wait', []))
    assert.deepEqual(await peer.heard(), [result(2, 'now')])
    const odd = [cancel(2), cancel(7), cancel(null), cancel({}), call('$/cancelRequest'), call('$/cancelRequest', [1])]
    assert.deepEqual(await peer.ask(...odd), [])
    assert.deepEqual(await peer.ask(cancel(1), cancel(1)), [CANCELLED(1)])
    assert.deepEqual(await peer.ask(call('$/cancelRequest', { id: 1 }, 3)), [refusal(3, -32601, 'Method not found')])
  })

  it('as MCP has it', async () => {
    const peer = served({ wait: waits() }, { dialect: 'mcp' })
    peer.say(call('wait', [], 1))
    assert.deepEqual(await peer.ask(cancel(1)), [])
    const named = call('notifications/cancelled', { requestId: 1, reason: 'not needed' })
    assert.deepEqual(await peer.ask(named), [CANCELLED(1)])
  })
})

describe('jsonrpc: time', () => {
  it('a call that takes longer than its caller waits is answered so, and its signal fires', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const gate = new Gate<string>()
    const peer = served({ part: waits(), plain: () => gate.opened })
    const meta = { 'rpc-timeout-ms': 50 }
    peer.say({ ...call('part', [], 1), _meta: meta }, call('plain', { _meta: meta }, 2), call('plain', [], 3))
    t.mock.timers.tick(49)
    assert.deepEqual(await peer.heard(), [])
    t.mock.timers.tick(1)
    assert.deepEqual(await peer.heard(), [LATE(1), LATE(2)])
    // It is not answered again, and counts until it has ended.
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(3, 'done')])
    assert.deepEqual(peer.errors, [])
  })

  it('one that ends in time is answered as usual', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const peer = served({ now: async () => 'now', stream: () => upTo(2) })
    const meta = { _meta: { 'rpc-timeout-ms': 50 } }
    assert.deepEqual(await peer.ask({ ...call('now', [], 1), ...meta }), [result(1, 'now')])
    const streamed = await peer.ask({ ...call('stream', [], 2), ...meta })
    assert.deepEqual(streamed, [progress(2, 1), progress(2, 2), result(2, '2 in all')])
    t.mock.timers.tick(100)
    assert.deepEqual(await peer.heard(), [])
  })

  it('its caller waits for each value of a stream anew', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const gates = [new Gate(), new Gate(), new Gate()]
    const peer = served({
      async *slow() {
        for (const [index, gate] of gates.entries()) {
          await gate.opened
          yield index
        }
      },
    })
    peer.say({ ...call('slow', [], 1), _meta: { 'rpc-timeout-ms': 50 } })
    for (const index of [0, 1]) {
      t.mock.timers.tick(40)
      gates[index]?.open()
      assert.deepEqual(await peer.heard(), [progress(1, index)])
    }
    t.mock.timers.tick(50)
    gates[2]?.open()
    assert.deepEqual(await peer.heard(), [LATE(1)])
  })

  it('the signal of a call that has ended does not fire', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const signals: AbortSignal[] = []
    const peer = served({
      later: part(async ({ signal }: Bag) => {
        signals.push(signal)
      }),
    })
    assert.equal((await peer.ask(call('later', { _meta: { 'rpc-timeout-ms': 50 } }, 1))).length, 1)
    t.mock.timers.tick(100)
    assert.equal(signals[0]?.aborted, false)
  })

  it('no timer is left behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const peer = served({ later: async () => 1 })
    const before = timers()
    peer.say(call('later', { _meta: { 'rpc-timeout-ms': 50_000 } }, 1))
    assert.equal(timers(), before + 1)
    assert.equal((await peer.heard()).length, 1)
    assert.equal(timers(), before)
  })

  it('it may come in the headers of the message', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const peer = new RpcPeer(part(jsonrpc({ wait: waits() })), { headers: { 'rpc-timeout-ms': '50' } })
    peer.say(call('wait', [], 1))
    t.mock.timers.tick(50)
    assert.deepEqual(await peer.heard(), [LATE(1)])
  })

  it('what is no time is no limit', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const peer = served({ wait: waits() })
    for (const meta of [0, -1, 'x', null, 1.5, {}]) {
      peer.say({ ...call('wait', [], 1), _meta: { 'rpc-timeout-ms': meta } }, { ...call('wait', [], 1), _meta: meta })
    }
    t.mock.timers.tick(1_000_000)
    assert.deepEqual(await peer.heard(), [])
  })
})
