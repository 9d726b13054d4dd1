// Methods that stream.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { part } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, refusal, result, served } from '../rpc-peer.ts'
import { settled, Trace } from '../tracing.ts'

const progress = (token: unknown, value: unknown) => call('$/progress', { token, value })
const cancel = (id: unknown) => call('$/cancelRequest', { id })
const CANCELLED = (id: unknown) => refusal(id, -32800, 'the call was cancelled')

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

describe('jsonrpc: streams', () => {
  it('each value goes out as a notification, then the result', async () => {
    const peer = served({ upTo })
    assert.deepEqual(await peer.ask(call('upTo', [3], 'x')), [
      progress('x', 1),
      progress('x', 2),
      progress('x', 3),
      result('x', '3 in all'),
    ])
  })

  it('whatever gives an async iterable streams: a promise, a part, an iterable that is no generator', async () => {
    const one = { [Symbol.asyncIterator]: () => upTo(1) }
    const peer = served({
      promised: async () => upTo(1),
      iterable: () => one,
      part: part(() => upTo(1)),
      generator: part(async function* () {
        yield* upTo(1)
      }),
    })
    for (const method of ['promised', 'iterable', 'part']) {
      assert.deepEqual(await peer.ask(call(method, [], 1)), [progress(1, 1), result(1, '1 in all')])
    }
    assert.deepEqual(await peer.ask(call('generator', [], 1)), [progress(1, 1), result(1, null)])
  })

  it('in a batch values go out at once, the result with the others', async () => {
    const gate = new Gate<string>()
    const peer = served({ upTo, wait: () => gate.opened })
    assert.deepEqual(await peer.ask([call('upTo', [2], 1), call('wait', [], 2)]), [progress(1, 1), progress(1, 2)])
    gate.open('done')
    assert.deepEqual(await peer.heard(), [[result(1, '2 in all'), result(2, 'done')]])
  })

  it('a notification has no values to give, but the method runs to its end', async () => {
    let ran = 0
    const peer = served({
      async *count() {
        for (let value = 0; value < 3; value++) yield ran++
      },
    })
    assert.deepEqual(await peer.ask(call('count', [])), [])
    assert.equal(ran, 3)
  })

  it('a value of undefined is null', async () => {
    const peer = served({
      async *nothing() {
        yield undefined
      },
    })
    assert.deepEqual(await peer.ask(call('nothing', [], 1)), [progress(1, null), result(1, null)])
  })

  it('waits while the peer takes nothing', async () => {
    const endless = new Endless()
    const peer = served({ iterate: endless.iterate })
    peer.full = true
    peer.say(call('iterate', [], 1))
    await settled()
    assert.deepEqual([endless.pulled, peer.sent.length, peer.paused], [1, 1, true])
    peer.full = false
    peer.drained()
    peer.full = true
    await settled()
    // The turn before was over when it was full again.
    const { pulled } = endless
    assert.ok(pulled >= 2)
    await settled()
    assert.equal(endless.pulled, pulled)
    peer.lose()
    await settled()
    assert.equal(endless.returned, 1)
  })

  it('a stream that never waits lets others have their turn', async () => {
    const endless = new Endless()
    const peer = served({ iterate: endless.iterate, now: () => 'now' })
    peer.say(call('iterate', [], 1))
    await settled()
    peer.say(cancel(1))
    await settled()
    assert.equal(endless.returned, 1)
    assert.deepEqual(peer.sent.at(-1), CANCELLED(1))
  })

  it('an error after some values is the answer', async () => {
    const peer = served({
      async *fails() {
        yield 1
        throw new Error('boom')
      },
    })
    assert.deepEqual(await peer.ask(call('fails', [], 1)), [progress(1, 1), refusal(1, -32603, 'Internal error')])
    assert.equal(peer.errors.length, 1)
  })

  it('a value that cannot be sent ends it in an error, after its finally', async () => {
    const t = new Trace()
    const peer = served({
      async *fails() {
        try {
          yield 1n
        } finally {
          t.note('finally')
        }
      },
    })
    assert.deepEqual(await peer.ask(call('fails', [], 1)), [refusal(1, -32603, 'Internal error')])
    assert.equal(`${t}`, 'finally')
    assert.equal(peer.errors.length, 1)
  })

  it('iterables that break the rules are errors', async () => {
    const broken: Record<string, AsyncIterable<unknown>> = {
      none: { [Symbol.asyncIterator]: () => assert.fail('no iterator') },
      throws: { [Symbol.asyncIterator]: () => ({ next: () => assert.fail('no value') }) },
    }
    for (const [name, iterable] of Object.entries(broken)) {
      const peer = served({ get: () => iterable, later: async () => iterable, part: part(() => iterable) })
      const answers = await peer.ask(call('get', [], 1), call('later', [], 2), call('part', [], 3))
      assert.equal(answers.length, 3, name)
      assert.equal(peer.errors.length, 3, name)
    }
  })

  it('as MCP has it: only for callers that give a token, with the members of a value beside it', async () => {
    const peer = served(
      {
        upTo,
        async *steps() {
          yield { progress: 1, total: 2, message: 'half' }
          yield 2
        },
      },
      { dialect: 'mcp' },
    )
    const notes = (params: object) => call('notifications/progress', params)
    assert.deepEqual(await peer.ask(call('upTo', [1], 1)), [result(1, '1 in all')])
    assert.deepEqual(await peer.ask(call('steps', { _meta: { progressToken: 'p' } }, 2)), [
      notes({ progress: 1, total: 2, message: 'half', progressToken: 'p' }),
      notes({ progress: 2, progressToken: 'p' }),
      result(2, null),
    ])
    const beside = { ...call('steps', [], 3), _meta: { progressToken: 0 } }
    assert.deepEqual((await peer.ask(beside)).at(1), notes({ progress: 2, progressToken: 0 }))
  })
})
