import {
  type AnyPipe,
  type Awaitable,
  alias,
  lazy,
  type Over,
  type Pipe,
  part,
  pipe,
  type Raw,
  run,
  stack,
} from 'pipestack'

type Params<P> = P extends `${string}:${infer K}/${infer R}`
  ? { [k in K]: string } & Params<`/${R}`>
  : P extends `${string}:${infer K}`
    ? { [k in K]: string }
    : {}
declare function router<N, K extends string = string>(
  // biome-ignore lint/suspicious/noExplicitAny: what a route adds stays with it.
  table: { [P in K]: AnyPipe<NoInfer<Over<N, { route: { path: string; params: Params<P> } }>>, any> },
): Pipe<N, {}>
interface Http {
  environ: Record<string, string>
  response: { status: string; body: unknown }
  read(): AsyncIterable<Uint8Array>
  write(x: Uint8Array | string): Awaitable<void>
}
declare function http(): Pipe<Raw, Http>
declare function session(): Pipe<{ environ: Record<string, string> }, { session: { user?: string } }>
const db = pipe(
  'db',
  async () => ({ query: async (sql: string) => [sql] }),
  ({ db }, error) => db.query(error ? 'ROLLBACK' : 'COMMIT'),
)
stack(
  http(),
  lazy(db),
  router({
    '/': (bag) => {
      bag.response.status = '204 No Content'
    },
    '/users/:id': ({ route, response }) => {
      response.body = route.params.id
    },
    '/admin/:page': part(session(), async (bag) => {
      const rows = await (await bag.enter('db')).query(bag.session.user ?? bag.route.params.page)
      bag.response.body = rows.map((row) => row.length)
    }),
  }),
)
stack(alias(http(), { response: 'http_response' }), ({ http_response }) => {
  http_response.status = '200 OK'
})
declare const greets: Pipe<{ session: { user?: string } }, { greeting: string }>
// @ts-expect-error ... Property 'session' is missing in type 'Bag<Over<Raw, Http>>' but required in type '{ session: ... }'.
stack(http(), greets)
// @ts-expect-error Property 'usr' does not exist on type ...
stack(http(), session(), (bag) => bag.session.usr)
const bag = await run(part(db, async ({ db }) => db.query('x')))
bag.db.query('y')
run(
  part((bag: { a: number }) => bag.a),
  { a: 1 },
)
