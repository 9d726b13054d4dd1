// An MCP server for the clients of others, over stdio and over HTTP.

import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { mcp } from '../../pipes/mcp.ts'
import { router } from '../../pipes/router.ts'
import { type Pipe, part, type Raw, stack } from '../../src/index.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { Notes } from './rpc-methods.ts'

const NOTHING = { type: 'object', additionalProperties: false } as const

function tools(): Pipe<ValueMarbles> {
  const [stopped, steps] = [new Notes(), new Notes()]
  return mcp({
    name: 'pipestack-worker',
    version: '1.2.3',
    title: 'Ω',
    instructions: 'Be kind.',
    tools: {
      echo: {
        title: 'Echo',
        description: 'Gives back what it gets.',
        input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
        annotations: { readOnlyHint: true },
        call({ text }) {
          console.log('this is no message')
          return text
        },
      },
      sum: {
        input: {
          type: 'object',
          properties: { numbers: { type: 'array', items: { type: 'number' } } },
          required: ['numbers'],
        },
        output: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
        call: ({ numbers }) => ({ sum: numbers.reduce((a, b) => a + b, 0) }),
      },
      fail: {
        input: NOTHING,
        call() {
          throw new RpcError(404, 'nothing is here: Ω')
        },
      },
      crash: {
        input: NOTHING,
        call() {
          throw new Error('a secret')
        },
      },
      /** Goes on whenever `step` is called: clients take progress that comes together with the result for too late. */
      steps: {
        input: { type: 'object', properties: { to: { type: 'integer', maximum: 100 } }, required: ['to'] },
        async call({ to }, { tool }) {
          for (let step = 1; step <= to; step++) {
            await tool.progress(step, to, `step ${step}: Ω`)
            await steps.all(step)
          }
          return `${to} steps`
        },
      },
      step: { input: NOTHING, call: () => steps.add('go on') },
      /** Waits until it is told to stop. */
      wait: {
        input: NOTHING,
        async call(_, { tool, signal }) {
          await tool.progress(1)
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          stopped.add('stopped')
          throw signal.reason
        },
      },
      /** Waits until one was told to stop. */
      stopped: { input: NOTHING, call: async () => (await stopped.all(1)).join() },
    },
  })
}

const worker: Pipe<Raw> = stack(line(), json(), tools())
export default worker

/** The same at `/mcp`, over HTTP. */
export function web(): Pipe<Raw> {
  return stack(http(), router({ '/mcp': part(json(), tools()) }))
}
