// mcp() below http(): heads, statuses, streams of events.

import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { http } from '../../../pipes/http.ts'
import { json } from '../../../pipes/json.ts'
import { mcp } from '../../../pipes/mcp.ts'
import { router } from '../../../pipes/router.ts'
import { listen, type Pipe, part, type Raw, stack } from '../../../src/index.ts'
import { type Answer, request } from '../../../src/testing.ts'
import { Gate } from '../../gate.ts'
import { call, refusal, result } from '../../rpc-peer.ts'
import { freshPath } from '../../transports/socket-path.ts'
import { callTool, META, NOTHING, OURS, SERVER } from './serving.ts'

const REGION = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    inner: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
  },
} as const

const begun = new Gate()
const stopped = new Gate<string>()

const app: Pipe<Raw> = stack(
  http(),
  router({
    '/mcp': part(
      json(),
      mcp({
        ...SERVER,
        origins: ['https://example.org'],
        tools: {
          quick: { input: NOTHING, call: () => 'Ω' },
          steps: {
            input: NOTHING,
            async call(_, { tool }) {
              await tool.progress(1, 2, 'half')
              await tool.progress(2, 2)
              return 'Ω'
            },
          },
          region: { input: REGION, call: ({ region }) => region ?? 'none' },
          wait: {
            input: NOTHING,
            async call(_, { tool, signal }) {
              await tool.progress(1)
              begun.open()
              await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
              stopped.open('stopped')
            },
          },
        },
      }),
    ),
  }),
)

const JSON_TYPE = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }
const modern = (method: string, name?: string) => ({
  ...JSON_TYPE,
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': method,
  ...(name === undefined ? {} : { 'Mcp-Name': name }),
})

function post(message: unknown, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<Answer> {
  return request(app, 'POST /mcp', { headers, body: typeof message === 'string' ? message : JSON.stringify(message) })
}

const headerOf = (answer: Answer, name: string) => answer.headers.find(([each]) => each.toLowerCase() === name)?.[1]
const done = { content: [{ type: 'text', text: 'Ω' }] }
const list = call('tools/list', { _meta: META }, 1)

describe('mcp() over HTTP', () => {
  it('answers a call with JSON', async () => {
    const before = await post(callTool('quick'))
    assert.deepEqual(
      [before.status, headerOf(before, 'content-type'), before.json()],
      [200, 'application/json', result(1, done)],
    )
    const since = await post(callTool('quick', {}, META, 'a'), modern('tools/call', 'quick'))
    assert.deepEqual([since.status, since.json()], [200, result('a', { resultType: 'complete', ...done, _meta: OURS })])
  })

  it('answers by events where it is told of progress, which are sent at once', async () => {
    const answer = await post(callTool('steps', {}, { progressToken: 'x' }))
    const note = (progress: number, rest: object) =>
      call('notifications/progress', { progressToken: 'x', progress, total: 2, ...rest })
    assert.equal(answer.status, 200)
    assert.deepEqual(
      ['content-type', 'cache-control', 'x-accel-buffering', 'content-length'].map((name) => headerOf(answer, name)),
      ['text/event-stream', 'no-cache', 'no', undefined],
    )
    const events = answer
      .text()
      .split('\n\n')
      .map((event) => event.replace(/^event: message\ndata: /, ''))
    assert.deepEqual(
      events.slice(1, -1).map((event) => JSON.parse(event)),
      [note(1, { message: 'half' }), note(2, {}), result(1, done)],
    )
    assert.deepEqual([events[0], events.at(-1)], [':', ''])
  })

  it('answers as it is accepted: without events, without JSON', async () => {
    const asked = callTool('steps', {}, { progressToken: 'x' })
    const alone = await post(asked, { ...JSON_TYPE, Accept: 'application/json' })
    assert.deepEqual([alone.status, alone.json()], [200, result(1, done)])
    const events = await post(callTool('quick'), {
      ...JSON_TYPE,
      Accept: 'text/event-stream;q=1, application/json;q=0',
    })
    assert.deepEqual(
      [headerOf(events, 'content-type'), events.text()],
      ['text/event-stream', `:\n\nevent: message\ndata: ${JSON.stringify(result(1, done))}\n\n`],
    )
    const { Accept: _, ...silent } = JSON_TYPE
    assert.equal((await post(callTool('quick'), silent)).status, 200)
  })

  const heads: readonly (readonly [name: string, head: Readonly<Record<string, string>>, status: number])[] = [
    ['a page of this machine', { Origin: 'http://localhost:3000' }, 200],
    ['a page of this machine, by number', { Origin: 'http://[::1]:3000' }, 200],
    ['a page that may', { Origin: 'https://example.org' }, 200],
    ['a page that may not', { Origin: 'https://evil.example' }, 403],
    ['a page whose name begins alike', { Origin: 'http://localhost.evil.example' }, 403],
    ['a page of no origin', { Origin: 'null' }, 403],
    ['text', { 'Content-Type': 'text/plain' }, 415],
    ['JSON with a charset', { 'Content-Type': 'application/json; charset=utf-8' }, 200],
    ['who accepts but pages', { Accept: 'text/html' }, 406],
    ['who accepts anything', { Accept: '*/*' }, 200],
    ['an old revision', { 'MCP-Protocol-Version': '2025-06-18' }, 200],
    ['a revision that it does not speak', { 'MCP-Protocol-Version': '1999-01-01' }, 400],
    ['a revision whose calls say more', { 'MCP-Protocol-Version': '2026-07-28' }, 400],
  ]
  for (const [name, head, status] of heads) {
    it(`answers ${name} with ${status}`, async () => {
      const answer = await post(callTool('quick'), { ...JSON_TYPE, ...head })
      assert.equal(answer.status, status, answer.text())
      assert.equal(headerOf(answer, 'content-type'), 'application/json')
    })
  }

  for (const method of ['GET', 'DELETE', 'PUT', 'OPTIONS']) {
    it(`answers ${method} with 405`, async () => {
      const answer = await request(app, `${method} /mcp`, { headers: { Accept: 'text/event-stream' } })
      assert.deepEqual([answer.status, headerOf(answer, 'allow')], [405, 'POST'])
    })
  }

  const unanswered: readonly unknown[] = [
    call('notifications/initialized'),
    call('notifications/cancelled', { requestId: 1 }),
    call('nobody/knows'),
    { jsonrpc: '2.0', id: 1, result: {} },
  ]
  for (const message of unanswered) {
    it(`takes ${JSON.stringify(message)} without an answer`, async () => {
      const answer = await post(message)
      assert.deepEqual([answer.status, answer.text()], [202, ''])
    })
  }

  const malformed: readonly (readonly [body: unknown, code: number])[] = [
    ['{', -32700],
    ['', -32700],
    [`"${'x'.repeat(1_048_577)}"`, -32700],
    ['[]', -32600],
    [[list], -32600],
    ['7', -32600],
    [{ method: 'tools/list', id: 1 }, -32600],
    [{ jsonrpc: '2.0', id: null, method: 'tools/list' }, -32600],
    [{ jsonrpc: '2.0', id: 1 }, -32600],
    [{ jsonrpc: '2.0', id: 1, method: 7 }, -32600],
  ]
  for (const [body, code] of malformed) {
    it(`answers ${JSON.stringify(body).slice(0, 60)} with 400 and ${code}, without an id`, async () => {
      const answer = await post(body)
      const { error, ...rest } = Object(answer.json())
      assert.deepEqual([answer.status, error.code, rest], [400, code, { jsonrpc: '2.0' }])
    })
  }

  const mismatches: readonly (readonly [
    name: string,
    message: object,
    head: Readonly<Record<string, string>>,
    says: string,
  ])[] = [
    ['no version', list, { ...JSON_TYPE, 'Mcp-Method': 'tools/list' }, 'MCP-Protocol-Version is missing'],
    [
      'another version',
      list,
      { ...modern('tools/list'), 'MCP-Protocol-Version': '2025-11-25' },
      'MCP-Protocol-Version is not what the body says',
    ],
    ['no method', list, { ...JSON_TYPE, 'MCP-Protocol-Version': '2026-07-28' }, 'Mcp-Method is missing'],
    ['another method', list, modern('Tools/list'), 'Mcp-Method is not what the body says'],
    ['no name', callTool('quick', {}, META), modern('tools/call'), 'Mcp-Name is missing'],
    ['another name', callTool('quick', {}, META), modern('tools/call', 'QUICK'), 'Mcp-Name is not what the body says'],
    [
      'a name that is not encoded',
      callTool('quick', {}, META),
      modern('tools/call', '=?base64?!?='),
      'Mcp-Name is not what the body says',
    ],
    [
      'no argument',
      callTool('region', { region: 'x' }, META),
      modern('tools/call', 'region'),
      'Mcp-Param-Region is missing',
    ],
    [
      'another argument',
      callTool('region', { region: 'x' }, META),
      { ...modern('tools/call', 'region'), 'Mcp-Param-Region': 'y' },
      'Mcp-Param-Region is not the argument',
    ],
    [
      'an argument that there is not',
      callTool('region', { region: null }, META),
      { ...modern('tools/call', 'region'), 'Mcp-Param-Region': 'y' },
      'Mcp-Param-Region is sent, but there is no such argument',
    ],
  ]
  for (const [name, message, head, says] of mismatches) {
    it(`answers header fields with ${name} with 400`, async () => {
      const answer = await post(message, head)
      assert.deepEqual([answer.status, answer.json()], [400, refusal(1, -32020, `Header mismatch: ${says}`)])
    })
  }

  it('takes arguments and names that are encoded, and numbers as numbers', async () => {
    const encoded = `=?base64?${Buffer.from('Ω').toString('base64')}?=`
    const head = {
      ...modern('tools/call', `=?base64?${btoa('region')}?=`),
      'Mcp-Param-Region': encoded,
      'mcp-param-count': '42.0',
    }
    const answer = await post(callTool('region', { region: 'Ω', inner: { count: 42 } }, META), head)
    assert.deepEqual([answer.status, Object(answer.json()).result.content], [200, done.content])
  })

  it('answers a method that there is not with 404, but 200 to who shook hands', async () => {
    const since = await post(call('ping', { _meta: META }, 'a'), modern('ping'))
    assert.deepEqual([since.status, since.json()], [404, refusal('a', -32601, 'Method not found')])
    const before = await post(call('prompts/list', {}, 1))
    assert.deepEqual([before.status, before.json()], [200, refusal(1, -32601, 'Method not found')])
  })

  it('tells a tool to stop when its caller goes away', async () => {
    const path = freshPath()
    const errors: unknown[] = []
    await using _ = await listen(`ipc://${path}`, app, { onError: (error) => errors.push(error) })
    const body = JSON.stringify(callTool('wait', {}, { ...META, progressToken: 1 }))
    const head = Object.entries(modern('tools/call', 'wait')).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = createConnection(path)
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\n${head.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    await begun.opened
    socket.destroy()
    assert.equal(await stopped.opened, 'stopped')
    assert.deepEqual(errors, [])
  })
})
