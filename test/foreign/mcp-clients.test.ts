// The official clients of MCP, 1.x and 2.x, against mcp().

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Gate } from '../gate.ts'
import { judge, type Progress, WAYS, withoutJudges } from './mcp-judges.ts'
import { SCRIPTS } from './rpc-methods.ts'

const skip = withoutJudges()

for (const way of WAYS) {
  const { client: version, over, era } = way
  describe(`the client ${version} of MCP, over ${over}${era === undefined ? '' : `, ${era}`}`, { skip }, () => {
    it('connects, and lists the tools', async () => {
      await using judged = await judge(way)
      const { client } = judged
      const server = client.getServerVersion()
      assert.deepEqual(
        [server?.name, server?.version, client.getInstructions()],
        ['pipestack-worker', '1.2.3', 'Be kind.'],
      )
      const { tools } = await client.listTools()
      assert.deepEqual(
        tools.map(({ name }) => name),
        ['echo', 'sum', 'fail', 'crash', 'steps', 'step', 'wait', 'stopped'],
      )
      assert.deepEqual(tools[0]?.inputSchema, {
        type: 'object',
        properties: { text: { type: 'string' } },
        required: ['text'],
      })
    })

    it('calls tools, and gets text, structured content and failures', async () => {
      await using judged = await judge(way)
      const { client } = judged
      const echoed = await client.callTool({ name: 'echo', arguments: { text: SCRIPTS } })
      assert.deepEqual(echoed.content, [{ type: 'text', text: SCRIPTS }])
      const sum = await client.callTool({ name: 'sum', arguments: { numbers: [1, 2, 3] } })
      assert.deepEqual([sum.structuredContent, sum.content[0]?.text], [{ sum: 6 }, '{"sum":6}'])
      const failed = await client.callTool({ name: 'fail' })
      assert.deepEqual([failed.isError, failed.content[0]?.text], [true, 'nothing is here: Ω'])
      const crashed = await client.callTool({ name: 'crash' })
      assert.deepEqual([crashed.isError, crashed.content[0]?.text], [true, 'Internal error'])
      await judged.complains('a secret')
      // What is printed does not get between the messages.
      if (over === 'stdio') await judged.complains('this is no message')
      const wrong = await client.callTool({ name: 'echo', arguments: { text: 7 } })
      assert.deepEqual(
        [wrong.isError, wrong.content[0]?.text],
        [true, 'Invalid arguments for echo: /text is not of type string'],
      )
      await assert.rejects(client.callTool({ name: 'nobody' }), /Unknown tool: nobody/)
    })

    it('is told of progress, in order and before the result', async () => {
      await using judged = await judge(way)
      const told: Progress[] = []
      const onprogress = (progress: Progress) => {
        told.push(progress)
        void judged.client.callTool({ name: 'step' })
      }
      const result = await judged.client.callTool({ name: 'steps', arguments: { to: 5 } }, { onprogress })
      assert.equal(result.content[0]?.text, '5 steps')
      assert.deepEqual(
        told.map(({ progress, total, message }) => [progress, total, message]),
        [1, 2, 3, 4, 5].map((step) => [step, 5, `step ${step}: Ω`]),
      )
    })

    it('gives up a call', async () => {
      await using judged = await judge(way)
      const { client } = judged
      const controller = new AbortController()
      const begun = new Gate()
      const call = client.callTool({ name: 'wait' }, { signal: controller.signal, onprogress: () => begun.open() })
      const rejected = assert.rejects(call, /enough/)
      await begun.opened
      controller.abort(new Error('enough'))
      await rejected
      // With a handshake, a client over HTTP gives up by a message of its own, which says not whose call it is.
      if (over === 'http' && era !== 'auto') return
      assert.equal((await client.callTool({ name: 'stopped' })).content[0]?.text, 'stopped')
    })

    it('makes 200 calls at once', async () => {
      await using judged = await judge(way)
      const calls = Array.from({ length: 200 }, (_, n) =>
        judged.client.callTool({ name: 'echo', arguments: { text: `${n} ${SCRIPTS}` } }),
      )
      assert.deepEqual(
        (await Promise.all(calls)).map(({ content }) => content[0]?.text),
        calls.map((_, n) => `${n} ${SCRIPTS}`),
      )
    })
  })
}
