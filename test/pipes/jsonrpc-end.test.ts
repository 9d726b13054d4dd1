// How a connection of jsonrpc() ends: a peer that has ended its side, or is gone; a listener that closes.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import { jsonrpc, type RpcMarbles } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { type Bag, part, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, RpcPeer, refusal, result, served } from '../rpc-peer.ts'
import { settled } from '../tracing.ts'
import { freshName, serve, Wire } from '../wire.ts'

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

  it('so does the signal of the rest of the stack', { timeout: 10_000 }, async () => {
    const rest = async ({ signal }: Bag<RpcMarbles>) => {
      await once(signal, 'abort')
    }
    await using served = await serve(stack(line(), json(), jsonrpc({}), rest), freshName())
    using wire = await Wire.open(served.address)
    wire.end()
    await wire.closed()
    assert.deepEqual(served.errors, [])
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
