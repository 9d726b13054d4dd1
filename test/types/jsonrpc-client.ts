// What jsonrpc.client() must infer from the methods of its server, and what must not compile. Nothing here runs.

import { json } from '../../pipes/json.ts'
import { jsonrpc, type Rpc, type RpcStream } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import type { Awaitable } from '../../src/bag.ts'
import { connect } from '../../src/net/connect.ts'
import { part, stack } from '../../src/stack.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}
/** Whether a value is of exactly this type. */
declare function is<Type>(): <Found>(found: Found, same: Equal<Found, Type>) => void

interface User {
  readonly id: number
  readonly name: string
}
const methods = {
  add: (a: number, b: number) => a + b,
  join: (separator: string, ...words: string[]) => words.join(separator),
  greet: (name = 'you') => `hello ${name}`,
  log: (_text: string): void => {},
  user: {
    get: async ({ id }: { id: number }): Promise<User> => ({ id, name: 'x' }),
    find: async (_options?: { name?: string }): Promise<User[]> => [],
    deep: { er: { ping: () => 'pong' as const } },
  },
  async *count(to: number): AsyncGenerator<number, string> {
    for (let each = 0; each < to; each++) yield each
    return 'done'
  },
  rows: ({ table }: { table: string }): AsyncIterable<string[]> => rowsOf(table),
  list: (ids: number[]) => ids.length,
  part: part(() => 7),
}
/** What a client knows of its server. */
type Methods = typeof methods
declare function rowsOf(table: string): AsyncIterable<string[]>
declare const rpc: Rpc<Methods>

// ---- calls ----
is<Promise<number>>()(rpc.call('add', 1, 2), true)
is<Promise<string>>()(rpc.call('join', ', ', 'a', 'b'), true)
is<Promise<string>>()(rpc.call('greet'), true)
is<Promise<void>>()(rpc.call('log', 'x'), true)
is<Promise<User>>()(rpc.call('user.get', { id: 7 }), true)
is<Promise<'pong'>>()(rpc.call('user.deep.er.ping'), true)
is<Promise<string>>()(rpc.call('count', 3), true)
is<Promise<unknown>>()(rpc.call('rows', { table: 'users' }), true)
is<Promise<unknown>>()(rpc.call('part', 1, 'anything', {}), true)
is<Promise<User>>()(rpc.callNamed('user.get', { id: 7 }), true)
is<Promise<User[]>>()(rpc.callNamed('user.find', {}), true)
is<Promise<unknown>>()(rpc.callNamed('part', { any: 'thing' }), true)
is<Awaitable<void>>()(rpc.notify('log', 'x'), true)
is<Awaitable<void>>()(rpc.notifyNamed('user.get', { id: 7 }), true)
is<Promise<number>>()(rpc.with({ timeoutMs: 5, whenLost: 'resend', idempotencyKey: 'k' }).call('add', 1, 2), true)

// @ts-expect-error no such method
rpc.call('ad', 1, 2)
// @ts-expect-error a table is no method
rpc.call('user')
// @ts-expect-error no such method in the table
rpc.call('user.put', { id: 7 })
// @ts-expect-error text for a number
rpc.call('add', 1, '2')
// @ts-expect-error too few
rpc.call('add', 1)
// @ts-expect-error too many
rpc.call('add', 1, 2, 3)
// @ts-expect-error a wrong name in the object
rpc.callNamed('user.get', { ID: 7 })
// @ts-expect-error it takes two
rpc.callNamed('add', { a: 1, b: 2 })
// @ts-expect-error it takes an array, which is no object of names
rpc.callNamed('list', [1])
// @ts-expect-error no such option
rpc.with({ timeout: 5 })

// ---- batches ----
export async function batches(): Promise<void> {
  const [sum, noted, user] = await rpc.batch((batch) => [
    batch.call('add', 1, 2),
    batch.notify('log', 'x'),
    batch.callNamed('user.get', { id: 7 }),
  ])
  is<PromiseSettledResult<number>>()(sum, true)
  is<PromiseSettledResult<undefined>>()(noted, true)
  is<PromiseSettledResult<User>>()(user, true)
  const many = await rpc.batch((batch) => [1, 2, 3].map((id) => batch.call('user.get', { id })))
  is<PromiseSettledResult<User>[]>()(many, true)
  // @ts-expect-error no such method
  await rpc.batch((batch) => [batch.call('ad', 1, 2)])
}

// ---- streams ----
is<RpcStream<number, string>>()(rpc.stream('count', 3), true)
is<RpcStream<string[], unknown>>()(rpc.streamNamed('rows', { table: 'users' }), true)
is<RpcStream<unknown, unknown>>()(rpc.stream('part', 1), true)
// @ts-expect-error it does not stream
rpc.stream('add', 1, 2)

// ---- in a stack; methods that are not known ----
export async function connected(): Promise<void> {
  const bag = await connect('ipc://run/app.sock', stack(line(), json(), jsonrpc.client<typeof methods>()))
  is<Promise<number>>()(bag.rpc.call('add', 1, 2), true)
  const plain = await connect('ipc://run/app.sock', stack(line(), json(), jsonrpc.client({ timeoutMs: 5 })))
  is<Promise<unknown>>()(plain.rpc.call('whatever', 1, 'x'), true)
  is<Promise<unknown>>()(plain.rpc.callNamed('whatever', { a: 1 }), true)
  is<RpcStream<unknown, unknown>>()(plain.rpc.stream('whatever'), true)
  const [first] = await plain.rpc.batch((batch) => [batch.call('a'), batch.notify('b')])
  is<PromiseSettledResult<unknown>>()(first, true)
}

/** A table that is described by an interface. */
interface Api {
  get(id: string): Promise<User>
}
declare const api: Rpc<Api>
holds<Equal<ReturnType<typeof api.call<'get'>>, Promise<User>>>()
is<Promise<User>>()(api.call('get', 'x'), true)
