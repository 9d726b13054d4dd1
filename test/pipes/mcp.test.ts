import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mcp } from '../../pipes/mcp.ts'
import { UsageError } from '../../src/errors.ts'
import { call, refusal, result } from '../rpc-peer.ts'
import { CITY, callTool, META, NOTHING, OURS, PLACE, SERVER, serve } from './mcp/serving.ts'

describe('mcp()', () => {
  for (const [asked, answered] of [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2024-11-05'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ] as const) {
    it(`shakes hands with who asks for ${asked} in ${answered}`, async () => {
      const { title, instructions, ...info } = SERVER
      assert.deepEqual(
        await serve().ask(
          call('initialize', { protocolVersion: asked }, 1),
          call('notifications/initialized'),
          call('ping', undefined, 2),
        ),
        [
          result(1, {
            protocolVersion: answered,
            capabilities: { tools: {} },
            serverInfo: { ...info, title },
            instructions,
          }),
          result(2, {}),
        ],
      )
    })
  }

  it('tells who asks without a handshake what it is', async () => {
    assert.deepEqual(await serve().ask(call('server/discover', { _meta: META }, 'a')), [
      result('a', {
        resultType: 'complete',
        supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
        capabilities: { tools: {} },
        instructions: 'Try it.',
        ttlMs: 300_000,
        cacheScope: 'public',
        _meta: OURS,
      }),
    ])
  })

  it('lists its tools, with an output that is no object only since 2026-07-28', async () => {
    const where = { name: 'where', title: 'Where', description: 'Where it is.', inputSchema: CITY, outputSchema: PLACE }
    const tools = [
      { name: 'give', inputSchema: NOTHING },
      { ...where, annotations: { readOnlyHint: true } },
      { name: 'list', inputSchema: NOTHING, outputSchema: { type: 'array' } },
    ]
    const before = [...tools.slice(0, 2), { name: 'list', inputSchema: NOTHING }]
    assert.deepEqual(await serve().ask(call('tools/list', undefined, 1), call('tools/list', { _meta: META }, 2)), [
      result(1, { tools: before }),
      result(2, { resultType: 'complete', tools, ttlMs: 300_000, cacheScope: 'public', _meta: OURS }),
    ])
  })

  const supported = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
  const bad = (key: string, what: string) => `Invalid params: _meta["io.modelcontextprotocol/${key}"] is no ${what}`
  const version = 'io.modelcontextprotocol/protocolVersion'
  const table: readonly (readonly [name: string, sent: object, answered: object])[] = [
    ['a tool that there is not', callTool('toString'), refusal(1, -32602, 'Unknown tool: toString')],
    ['a call of no tool', call('tools/call', {}, 1), refusal(1, -32602, 'Unknown tool: undefined')],
    [
      'a cursor, since there are no pages',
      call('tools/list', { cursor: 'x' }, 1),
      refusal(1, -32602, 'Invalid params: unknown cursor'),
    ],
    [
      'a handshake without a version',
      call('initialize', {}, 1),
      refusal(1, -32602, 'Invalid params: there is no protocolVersion'),
    ],
    ['a method that there is not', call('prompts/list', { _meta: META }, 1), refusal(1, -32601, 'Method not found')],
    ['a ping without a handshake', call('ping', { _meta: META }, 1), refusal(1, -32601, 'Method not found')],
    ['a handshake of who needs none', call('initialize', { _meta: META }, 1), refusal(1, -32601, 'Method not found')],
    ['a discovery of who says no version', call('server/discover', {}, 1), refusal(1, -32601, 'Method not found')],
    [
      'a version that it does not speak',
      call('tools/list', { _meta: { ...META, [version]: '2030-01-01' } }, 1),
      refusal(1, -32022, 'Unsupported protocol version', { supported, requested: '2030-01-01' }),
    ],
    [
      'a version that is none',
      call('tools/list', { _meta: { ...META, [version]: 1 } }, 1),
      refusal(1, -32602, bad('protocolVersion', 'version')),
    ],
    [
      'a stateless call without capabilities',
      call('tools/list', { _meta: { [version]: '2026-07-28' } }, 1),
      refusal(1, -32602, bad('clientCapabilities', 'object')),
    ],
  ]
  for (const [name, sent, answered] of table) {
    it(`refuses ${name}`, async () => assert.deepEqual(await serve().ask(sent), [answered]))
  }

  const input = NOTHING
  const run = () => {}
  const refused: readonly (readonly [options: object, says: RegExp])[] = [
    [{ version: '1', tools: {} }, /takes a text as name, not undefined/],
    [{ name: '', version: '1', tools: {} }, /takes a text as name, not an empty one/],
    [{ ...SERVER, instructions: 7, tools: {} }, /takes a text as instructions, not/],
    [
      { ...SERVER, tools: {}, prompts: {} },
      /no option "prompts". There are: name, version, title, instructions, tools, origins/,
    ],
    [{ ...SERVER }, /takes a table of tools, not undefined/],
    [{ ...SERVER, tools: { 'a b': { input, call: run } } }, /tool "a b": a name has 1 to 128 of/],
    [{ ...SERVER, tools: { a: run } }, /tool "a" has no function call/],
    [
      { ...SERVER, tools: { a: { input, call: run, handler: run } } },
      /tool "a" has a member "handler". There are: title,/,
    ],
    [{ ...SERVER, tools: { a: { call: run } } }, /tool "a" needs an input of the type object/],
    [
      { ...SERVER, tools: { a: { input: { type: 'string' }, call: run } } },
      /tool "a" needs an input of the type object/,
    ],
    [
      { ...SERVER, tools: { a: { input, call: run, output: { $ref: '#/x' } } } },
      /the output of tool "a" refers to #\/x/,
    ],
    [{ ...SERVER, tools: {}, origins: ['example.org'] }, /takes a list of origins/],
    [{ ...SERVER, tools: {}, origins: ['https://example.org/'] }, /takes a list of origins/],
  ]
  for (const [options, says] of refused) {
    it(`is not built where ${says.source}`, () => {
      // What the compiler would refuse.
      const build: unknown = mcp
      assert.throws(
        () => (build as (given: object) => unknown)(options),
        (thrown) => thrown instanceof UsageError && thrown.code === 'OPTION_BAD' && says.test(thrown.message),
      )
    })
  }
})
