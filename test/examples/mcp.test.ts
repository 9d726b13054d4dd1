import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { web } from '../../examples/mcp/app.ts'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { connect, stack } from '../../src/index.ts'
import { request } from '../../src/testing.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const WORDS = [at('../../src/cli/main.js'), 'serve', at('../../examples/mcp/app.js'), '--listen', 'stdio:']

const boil = { name: 'boil', arguments: { eggs: 2 } }

describe('examples/mcp', { timeout: 60_000 }, () => {
  test('over stdio, a client of ours starts it, and calls its tools', async () => {
    const address = `stdio:${[process.execPath, ...WORDS].map((word) => `'${word}'`).join(' ')}`
    const client = stack(line(), json(), jsonrpc.client({ dialect: 'mcp' }))
    await using bag = await connect(address, client)
    const { rpc } = bag
    const hello = await rpc.callNamed('initialize', { protocolVersion: '2025-11-25', capabilities: {} })
    assert.deepEqual(Object(hello).serverInfo, { name: 'pipestack-example', version: '1.0.0' })
    await rpc.notify('notifications/initialized')
    const { tools } = Object(await rpc.call('tools/list'))
    assert.deepEqual(
      tools.map(({ name }: { name: string }) => name),
      ['where', 'add', 'boil'],
    )
    const found = await rpc.callNamed('tools/call', { name: 'where', arguments: { city: '京都' } })
    assert.deepEqual(Object(found).structuredContent, { north: 35.01, east: 135.77 })
    const missing = await rpc.callNamed('tools/call', { name: 'where', arguments: { city: 'Атлантида' } })
    assert.deepEqual(missing, { content: [{ type: 'text', text: 'Атлантида is not on the map.' }], isError: true })
    const stream = rpc.streamNamed('tools/call', boil)
    const told: unknown[] = []
    for await (const progress of stream) told.push(progress)
    assert.deepEqual(
      [told, Object(await stream.result).content],
      [[1, 2], [{ type: 'text', text: '2 eggs are done.' }]],
    )
  })

  test('over stdio, only messages go to stdout, what it prints goes to stderr, and it ends with its stdin', async () => {
    const child = spawn(process.execPath, WORDS, { stdio: ['pipe', 'pipe', 'pipe'] })
    const err: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text) => err.push(text))
    const ended = once(child, 'close')
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: boil })}\n`)
    const lines: unknown[] = []
    for await (const text of createInterface(child.stdout)) {
      lines.push(JSON.parse(text))
      child.stdin.end()
    }
    const result = { content: [{ type: 'text', text: '2 eggs are done.' }] }
    assert.deepEqual(lines, [{ jsonrpc: '2.0', result, id: 1 }])
    assert.deepEqual(await ended, [0, null], err.join(''))
    assert.match(err.join(''), /^boiled 2$/m)
  })

  test('over HTTP, it answers by JSON, and tells of progress by events', async () => {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }
    const post = (params: object) =>
      request(web, 'POST /mcp', { headers, body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params } })
    const sum = await post({ name: 'add', arguments: { a: 1, b: 2 } })
    assert.deepEqual(Object(sum.json()).result, { content: [{ type: 'text', text: '1 + 2 = 3' }] })
    const eggs = await post({ ...boil, _meta: { progressToken: 1 } })
    assert.equal(eggs.text().match(/^data: /gm)?.length, 3)
    assert.equal((await request(web, 'GET /mcp')).status, 405)
  })
})
