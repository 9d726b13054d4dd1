// What a hurried, hostile or vanished peer does to jsonrpc(), and what a closing listener does.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { PeerError } from '../../src/errors.ts'
import { type Bag, part } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, RpcPeer, refusal, result, served } from '../rpc-peer.ts'
import { settled } from '../tracing.ts'

const TOO_MANY = (id: unknown) => refusal(id, -32000, 'too many calls at once')
const CLOSING = (id: unknown) => refusal(id, -32001, 'the server is closing, the call was not begun')

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

  it('calls beyond maxInFlight are refused until others have ended; notifications are not run', async () => {
    const { gate, methods, begun } = gated()
    const peer = served(methods, { maxInFlight: 2 })
    const answers = await peer.ask(
      call('wait', [], 1),
      call('wait', []),
      call('wait', [], 3),
      call('now', [], 4),
      call('wait', []),
    )
    assert.deepEqual(answers, [TOO_MANY(3), TOO_MANY(4)])
    assert.equal(begun(), 2)
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done')])
    assert.deepEqual(await peer.ask(call('now', [], 5)), [result(5, 'now')])
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

describe('jsonrpc: the end', () => {
  it('what is under way is answered when the peer has ended its side, then the flow ends', async () => {
    const { gate, methods } = gated()
    const peer = served(methods)
    peer.say(call('wait', [], 1))
    peer.end()
    await settled()
    assert.equal(peer.ended, undefined)
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done')])
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('the flow ends at once where nothing is under way', async () => {
    const peer = served({ now: () => 1 })
    peer.say(call('now', [], 1)).end()
    await settled()
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('signals fire when the peer has ended its side, for it may be gone; what comes of the calls is answered', async () => {
    const { gate, methods } = gated()
    const peer = served({
      ...methods,
      fired: part(async ({ signal }: Bag) => {
        await once(signal, 'abort')
        return signal.reason.code
      }),
      gives: part(async ({ signal }: Bag) => {
        await once(signal, 'abort')
        signal.throwIfAborted()
      }),
      aborts: part(async ({ signal }: Bag) => {
        await once(signal, 'abort')
        throw new DOMException('aborted', 'AbortError')
      }),
    })
    peer.say(call('wait', [], 1), call('fired', [], 2), call('gives', [], 3), call('aborts', [], 4))
    peer.end()
    const lost = 'the peer has ended its side, and may be gone'
    assert.deepEqual(await peer.heard(), [
      result(2, 'CONNECTION_CLOSED'),
      refusal(3, -32003, lost, { code: 'CONNECTION_CLOSED' }),
      refusal(4, -32003, lost, { code: 'CONNECTION_CLOSED' }),
    ])
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done')])
    assert.deepEqual([peer.ended, peer.errors], [{ error: undefined }, []])
  })

  it('a stream goes on when the peer has ended its side', async () => {
    const gate = new Gate()
    const peer = served({
      async *count() {
        yield 1
        await gate.opened
        yield 2
      },
    })
    peer.say(call('count', [], 1))
    await settled()
    peer.end()
    gate.open()
    assert.equal((await peer.heard()).length, 3)
  })

  it('no signal fires where a message travels by itself, as on http()', async () => {
    const { gate, methods } = gated()
    const fired: boolean[] = []
    const wait = part(async ({ signal }: Bag) => {
      await gate.opened
      fired.push(signal.aborted)
    })
    const peers = [
      new RpcPeer(jsonrpc({ ...methods, wait }), { http: true }),
      new RpcPeer(jsonrpc({ wait }), { headers: {} }),
    ]
    for (const peer of peers) peer.say(call('wait', [], 1)).end()
    gate.open('done')
    for (const peer of peers) assert.deepEqual(await peer.heard(), [result(1, null)])
    assert.deepEqual(fired, [false, false])
  })

  it('calls under way are told, and are waited for, when the connection is gone; nothing more is sent', async () => {
    const gate = new Gate()
    const signals: AbortSignal[] = []
    const peer = served({
      wait: part(async ({ signal }: Bag) => {
        signals.push(signal)
        await gate.opened
        return 'late'
      }),
    })
    peer.say(call('wait', [], 1), call('wait', []))
    peer.lose(new Error('reset'))
    assert.deepEqual(
      signals.map(({ aborted, reason }) => [aborted, reason.code]),
      [
        [true, 'CONNECTION_CLOSED'],
        [true, 'CONNECTION_CLOSED'],
      ],
    )
    await settled()
    assert.equal(peer.ended, undefined)
    gate.open()
    assert.deepEqual(await peer.heard(), [])
    assert.deepEqual(peer.ended, { error: undefined })
    assert.deepEqual(peer.errors, [])
  })

  it('a call during which the connection goes is told', async () => {
    let signal: AbortSignal | undefined
    const gate = new Gate()
    const peer: RpcPeer = served({
      wait: part((bag: Bag) => {
        peer.lose()
        signal = bag.signal
        return gate.opened
      }),
    })
    peer.say(call('wait', [], 1))
    assert.equal(signal?.aborted, true)
    gate.open()
    await settled()
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('a call that fails because its connection is gone is no error of the server', async () => {
    const peer = served({
      wait: part(
        ({ signal }: Bag) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    })
    peer.say(call('wait', [], 1))
    await settled()
    peer.lose()
    assert.deepEqual(await peer.heard(), [])
    assert.deepEqual([peer.errors, peer.ended], [[], { error: undefined }])
  })

  it('a listener that closes lets calls end, refuses new ones, and then ends', async () => {
    const { gate, methods, begun } = gated()
    const peer = served(methods)
    peer.say(call('wait', [], 1))
    peer.drain()
    const answers = await peer.ask(call('now', [], 2), [call('wait', [], 3)], call('wait', []))
    assert.deepEqual(answers, [CLOSING(2), [CLOSING(3)]])
    assert.equal(begun(), 1)
    assert.equal(peer.ended, undefined)
    gate.open('done')
    assert.deepEqual(await peer.heard(), [result(1, 'done')])
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('a listener that closes ends an idle connection at once', async () => {
    const peer = served({})
    peer.drain()
    await settled()
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('the rest of the stack runs once for a connection, and is waited for', async () => {
    const gate = new Gate()
    const noted: string[] = []
    const rest = async () => {
      noted.push('begun')
      await gate.opened
      noted.push('done')
    }
    const peer = new RpcPeer(part(jsonrpc({ now: () => 'now' }), rest))
    assert.deepEqual(await peer.ask(call('now', [], 1), call('now', [], 2)), [result(1, 'now'), result(2, 'now')])
    peer.end()
    await settled()
    assert.equal(peer.ended, undefined)
    gate.open()
    await settled()
    assert.deepEqual([noted, peer.ended], [['begun', 'done'], { error: undefined }])
  })

  const error = new Error('rest')
  const RESTS = {
    thrown: () => {
      throw error
    },
    rejected: async () => {
      throw error
    },
  }
  for (const [how, rest] of Object.entries(RESTS)) {
    it(`an error of the rest ends the flow, and tells the calls under way: ${how}`, async () => {
      const signals: AbortSignal[] = []
      const gate = new Gate()
      const wait = part(async ({ signal }: Bag) => {
        signals.push(signal)
        await gate.opened
      })
      const goOn = new Gate()
      const peer = new RpcPeer(part(jsonrpc({ wait }), () => goOn.opened, rest))
      peer.say(call('wait', [], 1))
      goOn.open()
      await settled()
      assert.equal(signals[0]?.aborted, true)
      assert.equal(peer.ended, undefined)
      gate.open()
      await settled()
      assert.deepEqual(peer.ended, { error })
    })
  }
})
