// Both directions on one connection: who is called calls back.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import { type CallMarbles, jsonrpc, type Rpc, type RpcMarbles } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { type Bag, connect, listen, part, stack } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, RpcPeer, refusal, result, served } from '../rpc-peer.ts'
import { settled } from '../tracing.ts'

const asks = part(async ({ rpc }: Bag<CallMarbles>) => `hello ${await rpc.call('name', rpc.id)}`)

describe('jsonrpc: calls to the peer', () => {
  it('a part calls the peer during its call', async () => {
    const peer = served({ asks })
    const [asked] = await peer.ask(call('asks', [], 'x'))
    const id: unknown = Reflect.get(Object(asked), 'id')
    assert.deepEqual(asked, call('name', ['x'], id))
    assert.deepEqual(await peer.ask(result(id, 'ada')), [result('x', 'hello ada')])
  })

  it('both may have the same ids, and answers and calls come in one batch', async () => {
    const peer = served({ asks, now: () => 'now' })
    const [asked] = await peer.ask(call('asks', [], 1))
    const id: unknown = Reflect.get(Object(asked), 'id')
    assert.deepEqual(await peer.ask([call('now', [], id), result(id, 'ada')]), [
      [result(id, 'now')],
      result(1, 'hello ada'),
    ])
  })

  it('the rest of the stack calls it, and is told of what it answers', async () => {
    const errors: unknown[] = []
    const rest = async ({ rpc }: Bag<RpcMarbles>) => {
      await rpc.notify('welcome')
      await rpc.call('name').catch((error) => errors.push(error))
    }
    const peer = new RpcPeer(part(jsonrpc({ now: () => 'now' }), rest))
    const [welcome, asked] = await peer.heard()
    assert.deepEqual(welcome, call('welcome'))
    assert.deepEqual(await peer.ask(call('now', [], 1)), [result(1, 'now')])
    assert.deepEqual(await peer.ask(refusal(Reflect.get(Object(asked), 'id'), 7, 'no')), [])
    assert.deepEqual(
      errors.map((error) => Reflect.get(Object(error), 'code')),
      [7],
    )
    assert.equal(peer.ended, undefined)
  })

  for (const how of ['end', 'lose'] as const) {
    it(`is rejected when no answer can come any more: ${how}`, async () => {
      const codes: unknown[] = []
      const rest = ({ rpc }: Bag<RpcMarbles>) =>
        rpc.call('name').catch((error) => void codes.push(Reflect.get(Object(error), 'code')))
      const peer = new RpcPeer(part(jsonrpc({}), rest))
      await settled()
      peer[how]()
      await settled()
      assert.deepEqual([codes, peer.ended], [['OUTCOME_UNKNOWN'], { error: undefined }])
    })
  }

  it('values of a stream that is asked for arrive', async () => {
    const values: unknown[] = []
    const rest = async ({ rpc }: Bag<RpcMarbles>) => {
      for await (const value of rpc.stream('count', 2)) values.push(value)
    }
    const peer = new RpcPeer(part(jsonrpc({}), rest))
    const [asked] = await peer.heard()
    const id: unknown = Reflect.get(Object(asked), 'id')
    peer.say(call('$/progress', { token: id, value: 1 }), call('$/progress', { token: id, value: 2 }), result(id, null))
    await settled()
    assert.deepEqual(values, [1, 2])
  })

  it('who connects may serve, and ends when the bag is disposed of', { timeout: 10_000 }, async () => {
    const done = new Gate<unknown>()
    const hub = stack(line(), json(), jsonrpc({}), async ({ rpc }) => done.open(await rpc.call('name', 1)))
    await using listener = await listen('memory://jsonrpc-worker', hub)
    const bag = await connect(listener.address, stack(line(), json(), jsonrpc({ name: () => 'ada' })))
    assert.equal(await done.opened, 'ada')
    await bag[Symbol.asyncDispose]()
  })

  it('a server and a client call each other over one connection', { timeout: 10_000 }, async () => {
    const done = new Gate<unknown>()
    const server = stack(line(), json(), jsonrpc({ asks, add: (a: number, b: number) => a + b }), async ({ rpc }) =>
      done.open(await rpc.call('twice', 21)),
    )
    await using listener = await listen('memory://jsonrpc-both', server)
    const methods = {
      name: (id: unknown) => `ada ${typeof id}`,
      twice: (value: number) => 2 * value,
    }
    await using bag = await connect(listener.address, stack(line(), json(), jsonrpc.client({ methods })))
    const { rpc }: { rpc: Rpc } = bag
    assert.equal(await done.opened, 42)
    assert.equal(await rpc.call('asks'), 'hello ada number')
    const sums = await Promise.all(Array.from({ length: 100 }, (_, index) => rpc.call('add', index, 1)))
    assert.deepEqual([sums.length, sums[99]], [100, 100])
  })
})
