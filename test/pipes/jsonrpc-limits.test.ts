// What a hurried or hostile peer does to jsonrpc().

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { CallMarbles } from '../../pipes/jsonrpc.ts'
import { PeerError } from '../../src/errors.ts'
import { type Bag, part } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, refusal, result, served } from '../rpc-peer.ts'

const TOO_MANY = (id: unknown) => refusal(id, -32000, 'too many calls at once')

/** Methods that wait until their gate is opened. */
function gated() {
  const gate = new Gate<string>()
  let begun = 0
  const wait = () => {
    begun++
    return gate.opened
  }
  return { gate, methods: { wait, now: () => 'now' }, begun: () => begun }
}

describe('jsonrpc: limits', () => {
  it('a batch that is too long is refused as a whole, and none of it is run', async () => {
    let runs = 0
    const peer = served({ run: () => ++runs }, { maxBatch: 3 })
    const batch = (count: number) => Array.from({ length: count }, (_, id) => call('run', [], id))
    const long = refusal(null, -32600, 'Invalid Request', 'a batch has at most 3 messages')
    assert.deepEqual(await peer.ask(batch(4)), [long])
    assert.equal(runs, 0)
    const [answers] = await peer.ask(batch(3))
    assert.equal(Array.isArray(answers) && answers.length, 3)
  })

  it('so is one of what is no call at all', async () => {
    const peer = served({}, { maxBatch: 3 })
    const long = refusal(null, -32600, 'Invalid Request', 'a batch has at most 3 messages')
    assert.deepEqual(await peer.ask([1, 1, 1, 1], [[], {}, null, 'x'], [...Array(3).fill(result(1, 1)), 1]), [
      long,
      long,
      long,
    ])
  })

  it('a batch of a hundred messages is taken by default, one more is not', async () => {
    const peer = served({ run: () => 1 })
    const batch = (count: number) => Array.from({ length: count }, () => call('run', []))
    assert.deepEqual(await peer.ask(batch(100)), [])
    const [answer] = await peer.ask(batch(101))
    assert.deepEqual(answer, refusal(null, -32600, 'Invalid Request', 'a batch has at most 100 messages'))
  })

  it('answers in a batch are as many as were asked for', async () => {
    const peer = served({}, { maxBatch: 3 })
    assert.deepEqual(await peer.ask(Array.from({ length: 9 }, (_, id) => result(id, 1))), [])
  })

  it('calls beyond maxInFlight are refused until others have ended', async () => {
    const { gate, methods, begun } = gated()
    const peer = served(methods, { maxInFlight: 2 })
    const answers = await peer.ask(...[1, 2, 3].map((id) => call('wait', [], id)), call('now', [], 4))
    assert.deepEqual(answers, [TOO_MANY(3), TOO_MANY(4)])
    assert.equal(begun(), 2)
    // They may be cancelled: what comes is read.
    assert.equal(peer.paused, false)
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done'), result(2, 'done')])
    assert.deepEqual(await peer.ask(call('now', [], 5)), [result(5, 'now')])
  })

  it('notifications beyond it wait for others to end, in their order, and nothing is read meanwhile', async () => {
    const ran: number[] = []
    const gates: Gate<string>[] = []
    const wait = (id: number) => {
      ran.push(id)
      const gate = new Gate<string>()
      gates.push(gate)
      return gate.opened
    }
    const peer = served({ wait, now: (id: number) => ran.push(id) }, { maxInFlight: 2 })
    peer.say(call('wait', [1]), call('wait', [2]))
    assert.equal(peer.paused, false)
    peer.say(call('wait', [3]), call('now', [4]), call('wait', [5]))
    assert.deepEqual([ran, peer.paused], [[1, 2], true])
    // Calls that had arrived before are counted by themselves.
    assert.deepEqual(await peer.ask(call('now', [0], 1)), [result(1, 3)])
    gates[1]?.open('done')
    await peer.heard()
    assert.deepEqual([ran, peer.paused], [[1, 2, 0, 3], true])
    gates[2]?.open('done')
    await peer.heard()
    assert.deepEqual([ran, peer.paused], [[1, 2, 0, 3, 4, 5], false])
    assert.deepEqual(peer.errors, [])
  })

  it('all of them are run before the flow ends, and none once the connection is gone', async () => {
    for (const gone of [false, true]) {
      const { gate, methods, begun } = gated()
      const peer = served(methods, { maxInFlight: 1 })
      peer.say(...Array.from({ length: 5 }, () => call('wait', [])))
      if (gone) peer.lose()
      else peer.end()
      gate.open('done')
      await peer.heard()
      assert.deepEqual([begun(), peer.ended?.error], [gone ? 1 : 5, undefined])
    }
  })

  it('while a call to the peer waits for its answer it is read: as many notifications wait, one more is thrown away', async () => {
    const { gate, methods, begun } = gated()
    const asks = part(async ({ rpc }: Bag<CallMarbles>) => rpc.call('who'))
    const peer = served({ ...methods, asks }, { maxInFlight: 2 })
    peer.say(...Array.from({ length: 3 }, () => call('wait', [])))
    assert.equal(peer.paused, true)
    peer.say(call('asks', [], 9))
    assert.equal(peer.paused, false)
    peer.say(...Array.from({ length: 3 }, () => call('wait', [])))
    assert.equal(peer.paused, false)
    const [error, more] = peer.errors
    assert.ok(error instanceof PeerError && error.code === 'QUEUE_OVERRUN' && more === undefined)
    assert.match(error.message, /^the notification "wait" was thrown away: 2 others are under way .*, and as many wait/)
    peer.say(result(1, 'me'))
    assert.equal(peer.paused, true)
    gate.open('done')
    await peer.heard()
    assert.deepEqual([begun(), peer.paused], [4, false])
  })

  it('calls that give their result at once are never too many', async () => {
    const peer = served({ now: () => 'now' }, { maxInFlight: 1 })
    const answers = await peer.ask(...Array.from({ length: 50 }, (_, id) => call('now', [], id)))
    assert.equal(answers.length, 50)
    assert.deepEqual(answers[49], result(49, 'now'))
  })

  it('the calls of a batch count one by one', async () => {
    const { gate, methods } = gated()
    const peer = served(methods, { maxInFlight: 1 })
    peer.say([call('wait', [], 1), call('wait', [], 2)])
    gate.open('done')
    assert.deepEqual(await peer.heard(), [[TOO_MANY(2), result(1, 'done')]])
  })

  it('more arguments than fit on the stack are wrong params', async () => {
    const peer = served({ count: (...params: unknown[]) => params.length })
    const params = Array.from({ length: 200_000 }, () => 0)
    assert.deepEqual(await peer.ask(call('count', params, 1)), [refusal(1, -32602, 'Invalid params')])
    assert.deepEqual(peer.errors, [])
    assert.deepEqual(await peer.ask(call('count', params.slice(0, 10_000), 2)), [result(2, 10_000)])
  })

  it('what is too long is answered as a parse error that says so', async () => {
    const peer = served({})
    peer.bad(new PeerError('MESSAGE_TOO_LONG', 'a line is longer than 65536 bytes'))
    assert.deepEqual(await peer.heard(), [refusal(null, -32700, 'Parse error', 'a line is longer than 65536 bytes')])
  })
})

describe('jsonrpc: a peer that sends nonsense', () => {
  it('is not read for the rest of the turn, every 64 messages', async () => {
    const peer = served({})
    const held: number[] = []
    for (let count = 1; count <= 65; count++) {
      peer.bad(new PeerError('MESSAGE_BAD', 'it is empty'))
      if (peer.paused) held.push(count)
    }
    assert.deepEqual(held, [64, 65])
    await turn()
    assert.equal(peer.paused, false)
    assert.equal(peer.sent.length, 65)
  })
})

describe('jsonrpc: a peer that does not take its answers', () => {
  it('is not read until it does', async () => {
    const peer = served({ now: () => 'now' })
    peer.full = true
    peer.say(call('now', [], 1))
    assert.equal(peer.paused, true)
    // What had arrived before is answered all the same.
    peer.say(call('now', [], 2))
    assert.equal(peer.sent.length, 2)
    peer.drained()
    assert.equal(peer.paused, false)
  })
})
