// Methods that are parts of a stack: each call is a flow of its own.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallMarbles, jsonrpc, RpcError } from '../../pipes/jsonrpc.ts'
import { alias, type Bag, lazy, part, pipe } from '../../src/index.ts'
import { Gate } from '../gate.ts'
import { call, RpcPeer, refusal, result, served } from '../rpc-peer.ts'
import { failing, Trace } from '../tracing.ts'

const INTERNAL = (id: unknown) => refusal(id, -32603, 'Internal error')

describe('jsonrpc: parts', () => {
  it('find the call in their bag', async () => {
    const seen: unknown[] = []
    const look = part(({ rpc }: Bag<CallMarbles>) => {
      seen.push([rpc.method, rpc.id, rpc.params, rpc.version])
    })
    const peer = served({ user: { look } })
    peer.say(call('user.look', { a: 1 }, 1), call('user.look', [2]), call('user.look', undefined, 'x'))
    peer.say({ method: 'user.look', params: [3], id: 4 })
    assert.deepEqual(await peer.heard(), [result(1, null), result('x', null), { result: null, error: null, id: 4 }])
    assert.deepEqual(seen, [
      ['user.look', 1, { a: 1 }, '2.0'],
      ['user.look', undefined, [2], '2.0'],
      ['user.look', 'x', undefined, '2.0'],
      ['user.look', 4, [3], '1.0'],
    ])
  })

  it('give their result from a step, or by write', async () => {
    const peer = served({
      returned: part(() => 'returned'),
      later: part(async () => 'later'),
      written: part(({ write }: Bag<CallMarbles>) => void write({ a: 1 })),
      nothing: part(() => {}),
    })
    const answers = await peer.ask(
      ...['returned', 'later', 'written', 'nothing'].map((method, id) => call(method, [], id)),
    )
    assert.deepEqual(answers, [result(0, 'returned'), result(2, { a: 1 }), result(3, null), result(1, 'later')])
  })

  it('have the params as what they read, in the manner of any stack', async () => {
    const peer = served({
      sum: part(async ({ read, write }: Bag<CallMarbles>) => {
        for await (const params of read()) await write(Array.isArray(params) ? params.length : 0)
      }),
    })
    assert.deepEqual(await peer.ask(call('sum', [1, 2, 3], 1)), [result(1, 3)])
  })

  it('have one result: a second one is an error', async () => {
    const peer = served({
      twice: part(
        () => 'first',
        () => 'second',
      ),
    })
    assert.deepEqual(await peer.ask(call('twice', [], 1)), [INTERNAL(1)])
    assert.equal(Reflect.get(Object(peer.errors[0]), 'code'), 'RESPONSE_SENT')
  })

  it('see what stands above, lazy pipes and aliases too', async () => {
    const t = new Trace()
    const db = pipe(
      'db',
      () => t.note('+db') ?? 'db',
      () => t.note('-db'),
    )
    const outer = alias(t.pipe('outer'), { outer: 'renamed' })
    const get = part(async (bag: Bag<{ renamed: string; enter(name: 'db'): Promise<string> }>) => {
      return `${bag.renamed} ${await bag.enter('db')}`
    })
    const peer = new RpcPeer(
      part(outer, lazy(db), jsonrpc<{ renamed: string; enter(name: 'db'): Promise<string> }>({ get })),
    )
    assert.deepEqual(await peer.ask(call('get', [], 1), call('get', [], 2)), [
      result(1, 'outer db'),
      result(2, 'outer db'),
    ])
    peer.end()
    await peer.heard()
    assert.equal(`${t}`, '+outer +db +db -db -db -outer')
  })

  it('enter and leave their pipes for each call, and answer when they are left', async () => {
    const t = new Trace()
    const peer = served({
      get: part(
        t.slow('a'),
        t.pipe('b'),
        t.step('get', () => 'got'),
      ),
    })
    assert.deepEqual(await peer.ask(call('get', [], 1)), [])
    while (peer.sent.length === 0) await peer.heard().then((answers) => peer.sent.push(...answers))
    assert.deepEqual(peer.sent.splice(0), [result(1, 'got')])
    assert.equal(`${t}`, '+a +b get -b -a')
  })

  it('tell an error to their leaves in order, and it is answered without a word of it', async () => {
    const t = new Trace()
    const peer = served({ bad: part(t.pipe('a'), t.pipe('b'), failing('secret')) })
    assert.deepEqual(await peer.ask(call('bad', [], 1)), [INTERNAL(1)])
    assert.equal(`${t}`, '+a +b -b(secret) -a(secret)')
    assert.equal(peer.errors.length, 1)
  })

  it('an error after the result was given takes its place', async () => {
    const fails = pipe(
      'fails',
      () => 1,
      () => {
        throw new RpcError(7, 'not committed')
      },
    )
    const peer = served({ get: part(fails, () => 'got') })
    assert.deepEqual(await peer.ask(call('get', [], 1)), [refusal(1, 7, 'not committed')])
  })

  it('an error that is recovered leaves the result as it is', async () => {
    const guard = pipe(
      'guard',
      () => 1,
      ({ recover }, error) => error && recover(),
    )
    const peer = served({ get: part(guard, ({ write }: Bag<CallMarbles>) => void write('half'), failing('x')) })
    assert.deepEqual(await peer.ask(call('get', [], 1)), [result(1, 'half')])
    assert.deepEqual(peer.errors, [])
  })

  it('answer before their deferred functions run, whose errors go to onError', async () => {
    const noted: unknown[] = []
    const peer: RpcPeer = served({
      get: part(({ defer }: Bag) => {
        defer(() => {
          noted.push(peer.sent.length)
          throw new Error('deferred')
        })
        return 'got'
      }),
    })
    assert.deepEqual(await peer.ask(call('get', [], 1)), [result(1, 'got')])
    assert.deepEqual(noted, [1])
    assert.equal(peer.errors.length, 1)
  })

  it('run at the same time, and count as calls under way', async () => {
    const gate = new Gate()
    const peer = served({ wait: part(() => gate.opened.then(() => 'done')) }, { maxInFlight: 2 })
    const answers = await peer.ask(call('wait', [], 1), [call('wait', [], 2)], call('wait', [], 3))
    assert.deepEqual(answers, [refusal(3, -32000, 'too many calls at once')])
    gate.open()
    assert.deepEqual(await peer.heard(), [result(1, 'done'), [result(2, 'done')]])
    peer.end()
    await peer.heard()
    assert.deepEqual(peer.ended, { error: undefined })
  })

  it('do not run the rest of the stack, and the rest does not see their marbles', async () => {
    const t = new Trace()
    const db = pipe('db', () => 'db')
    const get = part(db, ({ db }) => db)
    const peer = new RpcPeer(part(jsonrpc({ get }), db, t.step('rest')))
    assert.deepEqual(await peer.ask(call('get', [], 1), call('get', [], 2)), [result(1, 'db'), result(2, 'db')])
    assert.equal(`${t}`, 'rest')
  })

  it('are opened with the stack', async () => {
    const t = new Trace()
    const { compile } = await import('../../src/compile.ts')
    const opens = { name: 'pool', open: () => t.note('open') }
    const { members } = compile(jsonrpc({ deep: { get: part(opens, () => 1) } }), ['connection', 'read', 'write'])
    assert.deepEqual(
      members.map(({ name }) => name),
      ['pool'],
    )
  })

  it('that lack a marble are refused when the stack is built', async () => {
    const { compile } = await import('../../src/compile.ts')
    const needs = { name: 'needy', needs: ['session'], enter: () => 1 }
    const built = jsonrpc({ get: part(needs) })
    assert.throws(() => compile(built, ['connection', 'read', 'write']), { code: 'MARBLE_MISSING' })
  })
})
