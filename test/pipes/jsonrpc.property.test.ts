// Whatever arrives: nothing is thrown, a notification is never answered, a call exactly once.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RpcError } from '../../pipes/jsonrpc.ts'
import { part } from '../../src/index.ts'
import { type RpcPeer, served } from '../rpc-peer.ts'
import { settled } from '../tracing.ts'

/** Methods that end in every way there is; all of them soon. */
const METHODS = {
  now: (...params: unknown[]) => params.length,
  later: async () => 'later',
  turn: () => settled(),
  fails: () => {
    throw new Error('boom')
  },
  rejects: async () => {
    throw new RpcError(7, 'told', { a: 1 })
  },
  bad: () => ({ a: 1n }),
  badLater: async () => () => 1,
  part: part(async () => {
    await settled()
    return 'part'
  }),
  badPart: part(() => {
    throw new Error('boom')
  }),
  async *stream() {
    yield 1
    yield 2
    return 'all'
  },
  deep: { now: () => null },
}

const id = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 2 }),
  fc.constant(null),
)
const name = fc.constantFrom(
  ...Object.keys(METHODS),
  'deep.now',
  'deep',
  'toString',
  '__proto__',
  '',
  '$/cancelRequest',
)
const params = fc.oneof(
  fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 6 }),
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })),
)
const call = fc.record(
  { jsonrpc: fc.constant('2.0'), method: name, params, id },
  { requiredKeys: ['jsonrpc', 'method', 'id'] },
)
const note = fc.record({ jsonrpc: fc.constant('2.0'), method: name, params }, { requiredKeys: ['jsonrpc', 'method'] })
const cancel = id.map((id) => ({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } }))
const oldCall = fc.record({ method: name, params, id: fc.oneof(fc.integer({ max: 3 }), fc.string()) })
/** Nearly messages: any of the members, with anything in them. */
const anything = fc.jsonValue({ maxDepth: 2 })
const odd = fc.record(
  {
    jsonrpc: anything,
    method: anything,
    params: anything,
    id: anything,
    result: anything,
    error: anything,
    _meta: anything,
  },
  { requiredKeys: [] },
)
const single = fc.oneof(call, note, cancel, oldCall, odd, anything)
const message = fc.oneof(single, fc.array(single, { maxLength: 5 }))

/** Waits until a peer has been told everything. */
async function told(peer: RpcPeer): Promise<unknown[]> {
  for (let turn = 0; turn < 12; turn++) await settled()
  return peer.sent.splice(0)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const member = (value: unknown, key: string) =>
  isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined

/** The ids of the answers in what was sent, in batches and by themselves; without the values of streams. */
function answered(sent: readonly unknown[]): unknown[] {
  return sent
    .flat()
    .filter((each) => member(each, 'method') === undefined)
    .map((each) => member(each, 'id'))
}

const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort()

describe('jsonrpc', () => {
  it('answers every call exactly once, and no notification', async () => {
    const exchanges = fc.array(
      fc.oneof(call, note, cancel, fc.array(fc.oneof(call, note, cancel), { minLength: 1, maxLength: 5 })),
      {
        maxLength: 8,
      },
    )
    await fc.assert(
      fc.asyncProperty(exchanges, async (messages) => {
        const peer = served(METHODS)
        peer.say(...messages)
        const sent = await told(peer)
        const wanted = messages.flat().flatMap((each) => ('id' in each ? [each.id] : []))
        assert.deepEqual(sorted(answered(sent)), sorted(wanted))
        for (const answer of sent.flat()) {
          if (member(answer, 'method') !== undefined) continue
          assert.equal(member(answer, 'jsonrpc'), '2.0')
          assert.notEqual(isObject(answer) && 'result' in answer, isObject(answer) && 'error' in answer)
        }
        peer.end()
        await settled()
        assert.deepEqual(peer.ended, { error: undefined })
      }),
      { numRuns: 150 },
    )
  })

  it('lives through whatever comes, answers only with messages, and goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), async (messages) => {
        const peer = served(METHODS)
        // As values, not as text, which would be parsed.
        for (const each of messages) peer.say(typeof each === 'string' ? JSON.stringify(each) : each)
        const sent = await told(peer)
        assert.ok(sent.length <= messages.length + 2 * messages.flat().length)
        for (const answer of sent.flat()) assert.ok(isObject(answer) && !Array.isArray(answer))
        peer.say({ jsonrpc: '2.0', method: 'now', params: [1], id: 'after' })
        assert.deepEqual(await told(peer), [{ jsonrpc: '2.0', result: 1, id: 'after' }])
        peer.lose()
        await settled()
        assert.deepEqual(peer.ended, { error: undefined })
      }),
      { numRuns: 150 },
    )
  })

  it('ends whenever the connection goes, and sends nothing after that', async () => {
    const moment = fc.constantFrom<'end' | 'lose' | 'drain'>('end', 'lose', 'drain')
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 4 }), moment, fc.nat(3), async (messages, how, turns) => {
        const peer = served(METHODS)
        for (const each of messages) peer.say(typeof each === 'string' ? JSON.stringify(each) : each)
        for (let turn = 0; turn < turns; turn++) await settled()
        const before = peer.sent.length
        peer[how]()
        const sent = await told(peer)
        assert.deepEqual(peer.ended, { error: undefined })
        if (how === 'lose') assert.equal(sent.length, before)
      }),
      { numRuns: 150 },
    )
  })
})
