// What mcp() must infer from the schemas of tools, and what must not compile. Nothing here runs.

import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { type FromSchema, mcp } from '../../pipes/mcp.ts'
import { router } from '../../pipes/router.ts'
import { type Pipe, part, pipe, type Raw, stack } from '../../src/index.ts'
import { lazy } from '../../src/lazy.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}

declare const session: Pipe<{}, { session: { user: string } }>
const db = pipe('db', async () => ({ query: async (sql: string) => [sql] }))
const server = { name: 'types', version: '1.0.0' }
const NOTHING = { type: 'object' } as const

// ---- arguments are what the schema says ----
const app: Pipe<Raw> = stack(
  line(),
  json(),
  mcp({
    ...server,
    tools: {
      all: {
        input: {
          type: 'object',
          properties: {
            text: { type: 'string' },
            count: { type: 'integer' },
            list: { type: 'array', items: { enum: ['a', 'b'] } },
            inner: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] },
            either: { type: ['string', 'null'] },
            one: { const: 7 },
            any: { anyOf: [{ type: 'string' }] },
          },
          required: ['text', 'list', 'inner', 'either', 'one', 'any'],
        },
        call({ text, count, list, inner, either, one, any }) {
          holds<Equal<typeof text, string>>()
          holds<Equal<typeof count, number | undefined>>()
          holds<Equal<typeof list, readonly ('a' | 'b')[]>>()
          holds<Equal<typeof inner.on, boolean>>()
          holds<Equal<typeof either, string | null>>()
          holds<Equal<typeof one, 7>>()
          holds<Equal<typeof any, unknown>>()
        },
      },
      none: { input: NOTHING, call: (args) => holds<Equal<typeof args, { readonly [key: string]: unknown }>>() },
      later: {
        input: NOTHING,
        async call(_, { tool, signal }) {
          await tool.progress(1, 2, 'half')
          return [tool.name, tool.client?.version, signal.aborted]
        },
      },
    },
  }),
)

// ---- tools see what stands above ----
const web: Pipe<Raw> = stack(
  http(),
  session,
  lazy(db),
  router({
    '/mcp/:name': part(
      json(),
      mcp({
        ...server,
        tools: {
          who: {
            input: NOTHING,
            call: async (_, { session, enter, route, environ }) => {
              const rows = await (await enter('db')).query(session.user)
              return [rows, route.params.name, environ.PATH_INFO]
            },
          },
        },
      }),
    ),
  }),
)

holds<Equal<FromSchema<{ type: 'number' }>, number>>()
holds<Equal<FromSchema<{ type: 'object'; properties: { a: { const: 1 } } }>, { readonly a?: 1 }>>()

// ---- what must not compile ----
stack(
  line(),
  json(),
  mcp({
    ...server,
    tools: {
      where: {
        input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        // @ts-expect-error Property 'cit' does not exist on type …
        call: ({ cit }) => cit,
      },
    },
  }),
)
stack(
  line(),
  json(),
  // @ts-expect-error Property 'session' does not exist on type …
  mcp({ ...server, tools: { t: { input: NOTHING, call: (_, { session }) => session } } }),
)
// @ts-expect-error Property 'input' is missing in type …
stack(line(), json(), mcp({ ...server, tools: { t: { call: () => 1 } } }))
// @ts-expect-error Property 'version' is missing in type …
stack(line(), json(), mcp({ name: 'x', tools: {} }))

export { app, web }
