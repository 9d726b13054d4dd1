// What calls of tools come to.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RpcError } from '../../../pipes/jsonrpc.ts'
import { mcp } from '../../../pipes/mcp.ts'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { part } from '../../../src/index.ts'
import { Gate } from '../../gate.ts'
import { call, RpcPeer, result } from '../../rpc-peer.ts'
import { callTool, META, NOTHING, OURS, SERVER, serve, toolError } from './serving.ts'

/** What tools give, and what is sent of it: before 2026-07-28, and since. */
const GIVEN: readonly (readonly [given: unknown, before: object, since?: object])[] = [
  ['text', { content: [{ type: 'text', text: 'text' }] }],
  [undefined, { content: [] }],
  [{ a: 1 }, { content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 } }],
  [7, { content: [{ type: 'text', text: '7' }] }, { content: [{ type: 'text', text: '7' }], structuredContent: 7 }],
  [
    [1],
    { content: [{ type: 'text', text: '[1]' }] },
    { content: [{ type: 'text', text: '[1]' }], structuredContent: [1] },
  ],
  [
    null,
    { content: [{ type: 'text', text: 'null' }] },
    { content: [{ type: 'text', text: 'null' }], structuredContent: null },
  ],
  [
    { content: [{ type: 'image', data: '' }], isError: true },
    { content: [{ type: 'image', data: '' }], isError: true },
  ],
  [
    { content: ['no content'] },
    { content: [{ type: 'text', text: '{"content":["no content"]}' }], structuredContent: { content: ['no content'] } },
  ],
]

/** What tools throw, and what is told of it. */
const THROWN: readonly (readonly [thrown: unknown, text: string, reported: boolean])[] = [
  [new RpcError(404, 'no such city', { secret: 1 }), 'no such city', false],
  [new PeerError('BODY_BAD', 'it is torn'), 'it is torn', false],
  [new Error('a secret'), 'Internal error', true],
  [undefined, 'Internal error', true],
]

describe('a tool of mcp()', () => {
  for (const [given, before, since = before] of GIVEN) {
    it(`sends ${JSON.stringify(given)} of a tool as a result`, async () => {
      const peer = serve(() => given)
      assert.deepEqual(await peer.ask(callTool('give'), callTool('give', {}, META, 2)), [
        result(1, before),
        result(2, { resultType: 'complete', ...since, _meta: OURS }),
      ])
      assert.deepEqual(peer.errors, [])
    })
  }

  for (const [thrown, text, reported] of THROWN) {
    it(`tells ${JSON.stringify(text)} of a tool that throws ${String(thrown)}`, async () => {
      const peer = serve(async () => {
        throw thrown
      })
      assert.deepEqual(await peer.ask(callTool('give')), [result(1, toolError(text))])
      assert.equal(peer.errors.length, reported ? 1 : 0)
    })
  }

  it('tells the caller what is wrong with arguments, and does not call the tool', async () => {
    const peer = serve(() => assert.fail('it is called'))
    assert.deepEqual(
      await peer.ask(
        callTool('where'),
        callTool('where', { city: 1 }, undefined, 2),
        callTool('where', [], undefined, 3),
      ),
      [
        result(1, toolError('Invalid arguments for where: the value has no property "city"')),
        result(2, toolError('Invalid arguments for where: /city is not of type string')),
        result(3, toolError('Invalid arguments for where: the value is not of type object')),
      ],
    )
  })

  it('holds a tool to its output', async () => {
    const peer = serve((args) => Reflect.get(Object(args), 'gives'))
    const city = 'Ω'
    assert.deepEqual(
      await peer.ask(
        callTool('where', { city, gives: { north: 1 } }),
        callTool('where', { city, gives: { north: 'x' } }, undefined, 2),
        callTool('where', { city, gives: 'text alone' }, undefined, 3),
        callTool(
          'where',
          { city, gives: { ...toolError('not found'), content: [{ type: 'text', text: 'no' }] } },
          undefined,
          4,
        ),
      ),
      [
        result(1, { content: [{ type: 'text', text: '{"north":1}' }], structuredContent: { north: 1 } }),
        result(2, toolError('Internal error')),
        result(3, toolError('Internal error')),
        result(4, toolError('no')),
      ],
    )
    assert.deepEqual(
      peer.errors.map((each) => each instanceof UsageError && each.code),
      ['WRITE_VALUE', 'WRITE_VALUE'],
    )
  })

  it('does not answer a call that was cancelled, whatever its tool does then', async () => {
    const signals: AbortSignal[] = []
    const [begun, goOn] = [new Gate(), new Gate()]
    const peer = new RpcPeer(
      part(
        mcp({
          ...SERVER,
          tools: {
            obeys: {
              input: NOTHING,
              call: (_, { signal }) =>
                new Promise((_resolve, reject) =>
                  signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))),
                ),
            },
            ignores: {
              input: NOTHING,
              async call(_, { signal, tool }) {
                signals.push(signal)
                begun.open()
                await goOn.opened
                await tool.progress(1)
                return 'done'
              },
            },
          },
        }),
      ),
    )
    peer.say(callTool('obeys', {}, { progressToken: 1 }, 1), callTool('ignores', {}, { progressToken: 2 }, 'two'))
    await begun.opened
    for (const requestId of [1, 'two', 'unknown'])
      peer.say(call('notifications/cancelled', { requestId, reason: 'enough' }))
    peer.say(call('notifications/cancelled', {}), call('notifications/cancelled'))
    assert.equal(signals[0]?.aborted, true)
    goOn.open()
    assert.deepEqual(await peer.ask(call('ping', undefined, 3)), [result(3, {})])
    assert.deepEqual(peer.errors, [])
  })

  it('tells of progress where it is asked for, and only of more', async () => {
    const told: unknown[] = []
    const after = new Gate<() => unknown>()
    const peer = new RpcPeer(
      part(
        mcp({
          ...SERVER,
          tools: {
            steps: {
              input: NOTHING,
              async call(_, { tool }) {
                told.push([tool.name, tool.client, tool.meta.own])
                for (const progress of [1, 1, 0, Number.NaN, Number.POSITIVE_INFINITY, 2.5])
                  await tool.progress(progress, 3, 'Ω')
                await tool.progress(3)
                after.open(() => tool.progress(4))
                return 'done'
              },
            },
          },
        }),
      ),
    )
    const done = { content: [{ type: 'text', text: 'done' }] }
    const note = (progressToken: unknown, progress: number, rest: object) =>
      call('notifications/progress', { progressToken, progress, ...rest })
    assert.deepEqual(await peer.ask(callTool('steps', {}, { progressToken: 0 })), [
      note(0, 1, { total: 3, message: 'Ω' }),
      note(0, 2.5, { total: 3, message: 'Ω' }),
      note(0, 3, {}),
      result(1, done),
    ])
    // What is told after the end goes nowhere.
    const late = await after.opened
    late()
    assert.deepEqual(await peer.ask(callTool('steps', {}, { progressToken: null, own: 1 })), [result(1, done)])
    assert.deepEqual(await peer.ask(callTool('steps', {}, META)), [
      result(1, { resultType: 'complete', ...done, _meta: OURS }),
    ])
    assert.deepEqual(told, [
      ['steps', undefined, undefined],
      ['steps', undefined, 1],
      ['steps', { name: 'peer', version: '2' }, undefined],
    ])
  })
})
