// What router() and method() must infer, and what must not compile. Nothing here runs.

import type { HttpMarbles } from '../../pipes/http.ts'
import { http } from '../../pipes/http.ts'
import { method } from '../../pipes/method.ts'
import { type Params, router } from '../../pipes/router.ts'
import type { Bag } from '../../src/bag.ts'
import { lazy } from '../../src/lazy.ts'
import type { Raw } from '../../src/net/connection.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { part, stack } from '../../src/stack.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Flat<T> = { [K in keyof T]: T[K] }
function holds<_ extends true>(): void {}

declare function session(): Pipe<{ environ: HttpMarbles['environ'] }, { session: { user?: string } }>
declare function auth(): Pipe<{ environ: HttpMarbles['environ'] }, { auth: { ok: boolean } }>
declare function tagged(): Pipe<{}, { tag: string }>
const db = pipe('db', async () => ({ query: async (sql: string) => [sql] }))

// ---- params ----
holds<Equal<Flat<Params<'/'>>, {}>>()
holds<Equal<Flat<Params<'/users/:id'>>, { readonly id: string }>>()
holds<Equal<Flat<Params<'GET /users/:id/posts/:post/'>>, { readonly id: string; readonly post: string }>>()
holds<Equal<Flat<Params<'/t/:tenant/files/**:path'>>, { readonly tenant: string; readonly path: string }>>()
holds<Equal<Flat<Params<'/admin/**'>>, {}>>()
holds<Equal<Flat<Params<'user:created/:id'>>, { readonly id: string }>>()
holds<Equal<Params<string>, Readonly<Record<string, string>>>>()

// ---- routes see what stands above, inline and in parts ----
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
    'DELETE /users/:id': ({ route }) => route.params.id.toUpperCase(),
    '/files/**:path': ({ route }) => route.params.path.toUpperCase(),
    '/admin/:page': part(session(), async (bag) => {
      const rows = await (await bag.enter('db')).query(bag.session.user ?? bag.route.params.page)
      bag.response.body = rows.map((row) => String(row.length))
    }),
    '/nested/:outer/**': router({ '/:inner': ({ route }) => route.params.inner }),
    '/service': method({ GET: ({ route }) => route.path, POST: part(session(), (bag) => bag.session.user) }),
  }),
  ({ response }) => response.status,
)

// ---- each, otherwise, by ----
declare const greets: Pipe<{ session: { user?: string } }, { greeting: string }>
stack(
  http(),
  router(
    {
      '/users/:id': ({ session, route }) => `${session.user} ${route.params.id}`,
      '/greets': greets,
      '/a/:id': part(auth(), ({ auth, route, response }) => `${auth.ok}${route.params.id}${response.status}`),
      '/b/**': router({ '/:c': ({ route, response }) => `${response.status}${route.params.c}` }),
      '/c': method({ GET: ({ route }) => route.path, POST: part(auth(), ({ auth }) => auth.ok) }),
    },
    { each: session(), otherwise: ({ response }) => response.status },
  ),
)
stack(
  http(),
  router(
    { '/x': ({ session }) => session.user },
    { each: part(session(), ({ session, route }) => `${session.user}${route.path}`) },
  ),
)
stack(
  http(),
  router(
    { '/x': ({ environ }) => environ.PATH_INFO },
    { each: ({ environ, route }) => `${environ.PATH_INFO}${route.path}` },
  ),
)
stack(
  (bag: Bag<Raw>) => bag.connection.kind,
  pipe('message', () => ({ type: 'job/7' })),
  router(
    { 'job/:id': part(tagged(), ({ message, route, tag }) => message.type + route.params.id + tag) },
    { by: ({ message }) => message.type, otherwise: part(tagged(), ({ message, tag }) => message.type + tag) },
  ),
)
stack(
  http(),
  router(
    // @ts-expect-error Property 'session' does not exist on type …: the compiler reads the table before the options, so what
    // `each` adds reaches the functions of the table, but not those inside a part in it. See docs/pages/router.md.
    { '/a': part(auth(), ({ session }) => session) },
    { each: session() },
  ),
)

// ---- pairs ----
stack(
  http(),
  router(
    [
      [/^\/job\.(?<id>\d+)$/, ({ route, response }) => `${route.params.id} ${response.status}`],
      ['/x', part(session(), ({ session }) => session.user)],
    ],
    { each: ({ environ }) => environ.PATH_INFO },
  ),
)
stack(http(), router(new Map([['/x', ({ response }: Bag<HttpMarbles>) => response.status]])))

// ---- away from a stack: the marbles are named, or come from the routes' own types ----
const users = router<HttpMarbles>({ '/:id': ({ route, response }) => `${route.params.id} ${response.status}` })
stack(http(), users)
const answers = method<HttpMarbles>({ GET: ({ response }) => response.status })
stack(http(), router({ '/users': answers }))
const plain = router({ '/': () => 'hello' })
stack(http(), plain)

// ---- what must not compile ----
stack(
  http(),
  // @ts-expect-error Property 'nam' does not exist on type …
  router({ '/users/:name': ({ route }) => route.params.nam }),
)
stack(
  http(),
  // @ts-expect-error Property 'id' does not exist on type …: the colon begins no segment
  router({ '/users/x:id': ({ route }) => route.params.id }),
)
stack(
  http(),
  // @ts-expect-error Property 'session' does not exist on type …
  router({ '/': ({ session }) => session }),
)
stack(
  http(),
  // @ts-expect-error … Property 'session' is missing …
  router({ '/': greets }),
)
// @ts-expect-error … Property 'session' is missing …
stack(http(), method({ GET: greets }))
stack(
  http(),
  // @ts-expect-error … Type 'undefined' is not assignable to type 'string'
  router({ '/': () => 'x' }, { by: ({ environ }) => environ.REMOTE_ADDR }),
)
stack(
  http(),
  // @ts-expect-error Property 'route' does not exist on type …: `otherwise` has no route
  router({ '/': () => 'x' }, { otherwise: ({ route }) => route }),
)
// @ts-expect-error Property 'response' is missing in type …
stack(users)
stack(
  http(),
  router({ '/': part(session(), () => 'x') }),
  // @ts-expect-error Property 'session' does not exist on type …: what a route adds stays in it
  ({ session }) => session,
)
