// Tools for language models: a map, a calculator, and a slow one that tells how far it is.
//
// Over stdio, as most programs start one:     pipestack serve dist/examples/mcp/app.js --listen stdio:
// Over HTTP, at http://127.0.0.1:8080/mcp:    pipestack serve dist/examples/mcp/app.js#web --listen tcp://127.0.0.1:8080

import { setTimeout as wait } from 'node:timers/promises'
import { type Pipe, part, type Raw, stack } from 'pipestack'
import { http } from 'pipestack/pipes/http'
import { json } from 'pipestack/pipes/json'
import { RpcError } from 'pipestack/pipes/jsonrpc'
import { line } from 'pipestack/pipes/line'
import { mcp } from 'pipestack/pipes/mcp'
import { router } from 'pipestack/pipes/router'

const CITIES: ReadonlyMap<string, { readonly north: number; readonly east: number }> = new Map([
  ['Αθήνα', { north: 37.98, east: 23.73 }],
  ['Zürich', { north: 47.37, east: 8.54 }],
  ['京都', { north: 35.01, east: 135.77 }],
])

const tools = () =>
  mcp({
    name: 'pipestack-example',
    version: '1.0.0',
    instructions: 'Ask where() before you say where a city is.',
    tools: {
      where: {
        description: `Where a city is, in degrees. Known are: ${[...CITIES.keys()].join(', ')}.`,
        input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        output: {
          type: 'object',
          properties: { north: { type: 'number' }, east: { type: 'number' } },
          required: ['north', 'east'],
        },
        annotations: { readOnlyHint: true },
        call({ city }) {
          const place = CITIES.get(city)
          if (place === undefined) throw new RpcError(404, `${city} is not on the map.`)
          return place
        },
      },
      add: {
        description: 'The sum of two numbers.',
        input: {
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number' } },
          required: ['a', 'b'],
        },
        call: ({ a, b }) => `${a} + ${b} = ${a + b}`,
      },
      boil: {
        description: 'Boils eggs, which takes its time.',
        input: {
          type: 'object',
          properties: { eggs: { type: 'integer', minimum: 1, maximum: 12 } },
          required: ['eggs'],
        },
        async call({ eggs }, { tool, signal }) {
          for (let done = 1; done <= eggs; done++) {
            await wait(50, undefined, { signal })
            await tool.progress(done, eggs, `egg ${done} is done`)
          }
          console.log(`boiled ${eggs}`)
          return `${eggs} eggs are done.`
        },
      },
    },
  })

const app: Pipe<Raw> = stack(line(), json(), tools())
export default app

/** The same over HTTP. */
export const web: Pipe<Raw> = stack(http(), router({ '/mcp': part(json(), tools()) }))
