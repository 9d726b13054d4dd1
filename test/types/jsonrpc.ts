// What jsonrpc() must infer, and what must not compile. Nothing here runs.

import type { HttpMarbles } from '../../pipes/http.ts'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { type CallMarbles, jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { method } from '../../pipes/method.ts'
import { router } from '../../pipes/router.ts'
import type { Bag } from '../../src/bag.ts'
import { lazy } from '../../src/lazy.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { part, stack } from '../../src/stack.ts'

declare function session(): Pipe<{ environ: HttpMarbles['environ'] }, { session: { user?: string } }>
declare const greets: Pipe<{ session: { user?: string } }, { greeting: string }>
const db = pipe('db', async () => ({ query: async (sql: string) => [sql] }))

// ---- functions take what they take ----
const math = {
  add: (a: number, b: number) => a + b,
  divide: async ({ by, what }: { by: number; what: number }) => what / by,
  async *count(to: number): AsyncGenerator<number, string> {
    for (let value = 0; value < to; value++) yield value
    return 'done'
  },
  deep: { er: { none: () => {} } },
}
stack(line(), json(), jsonrpc(math))
stack(line(), json(), jsonrpc({ ...math, one: () => 1 }, { maxBatch: 10 }))

/** A table that is described by an interface. */
interface Api {
  get(id: string): Promise<string>
}
declare const api: Api
stack(line(), json(), jsonrpc(api))
stack(line(), json(), jsonrpc({ api: { ...api } }))

// ---- parts see what stands above, and the call ----
stack(
  line(),
  pipe('config', () => ({ limit: 7 })),
  lazy(db),
  json(),
  jsonrpc({
    plain: (a: string) => a.length,
    part: part(({ rpc, config }) => `${rpc.method} ${rpc.version} ${config.limit}`),
    user: {
      get: part(async (bag) => {
        const rows = await (await bag.enter('db')).query('SELECT 1')
        await bag.rpc.notify('got', rows.length)
        return rows
      }),
      deeper: {
        set: part(
          pipe('tag', () => 'x'),
          ({ tag, rpc, write }) => write([tag, rpc.params]),
        ),
      },
    },
  }),
  // The rest sees `rpc` as the peer.
  async ({ rpc, config }) => {
    const answer: unknown = await rpc.call('hello', config.limit)
    return answer
  },
)

// ---- over HTTP, in routers ----
stack(
  http(),
  session(),
  router({
    '/api/:version': method({
      POST: part(
        json(),
        jsonrpc({ who: part(({ session, route, rpc }) => [session.user, route.params.version, rpc.id]) }),
      ),
    }),
    '/greets': part(json(), jsonrpc({ greets })),
  }),
)

// ---- away from a stack ----
const served = jsonrpc<{ config: { limit: number } }>({ limit: part(({ config }) => config.limit) })
stack(
  line(),
  pipe('config', () => ({ limit: 7 })),
  json(),
  served,
)
const look = part(({ rpc, read, write, signal }: Bag<CallMarbles>) => [rpc.method, read, write, signal])
stack(line(), json(), jsonrpc({ look }))

// ---- what must not compile ----
stack(
  line(),
  json(),
  // @ts-expect-error Property 'config' does not exist on type …
  jsonrpc({ part: part(({ config }) => config) }),
)
stack(
  line(),
  json(),
  // @ts-expect-error Property 'usr' does not exist on type …
  jsonrpc({ user: { get: part(({ rpc }) => rpc.usr) } }),
)
stack(
  line(),
  json(),
  // @ts-expect-error … Property 'session' is missing …
  jsonrpc({ greets }),
)
// @ts-expect-error … is not assignable to type 'RpcMethod<…>'
stack(line(), json(), jsonrpc({ text: 'x' }))
// @ts-expect-error Object literal may only specify known properties
stack(line(), json(), jsonrpc({ one: () => 1 }, { maxBach: 1 }))
// @ts-expect-error Nobody makes values of bytes: Types of property 'write' are incompatible
stack(line(), jsonrpc({ one: () => 1 }))
// @ts-expect-error the same
stack(line(), jsonrpc.client())
// @ts-expect-error the same
stack(http(), jsonrpc({ one: () => 1 }))
