// What must compile, and what the compiler must know without being told.

import { alias, type Bag, lazy, type Pipe, part, pipe, type Raw, run, stack } from '../../src/index.ts'
import { database, errorPage, greets, type Http, http, method, type Query, router, session } from './web.ts'

const is = <Wanted>(value: Wanted): Wanted => value
const log = (bag: Bag<Http>): void => void bag.environ

// ---- inline functions see all that is above them ---------------------------------------------------------------------

stack(http(), session(), greets(), ({ session, greeting, environ, connection }) => {
  is<[string | undefined, string, string | undefined, string]>([
    session.user,
    greeting,
    environ.PATH_INFO,
    connection.kind,
  ])
})

// A function in the middle adds nothing, and hides nothing from parts and routers below it.
stack(
  http(),
  (bag) => bag.environ,
  part(session(), (bag) => bag.session.user ?? bag.environ.PATH_INFO),
)
stack(
  http(),
  (bag) => bag.environ,
  log,
  router({
    '/': ({ response }) => response.status.length,
    '/:id': ({ route, response }) => is<[string, string]>([route.params.id, response.status]),
    '/:id/:page': part(session(), ({ route, session }) =>
      is<(string | undefined)[]>([route.params.page, session.user]),
    ),
    '/m/:id': method({
      GET: ({ route }) => route.params.id.length,
      POST: part(greetsAll(), ({ all, route }) => is<string[]>([all, route.params.id])),
    }),
  }),
)
stack(
  http(),
  part(
    ({ environ }) => environ,
    database(),
    ({ db }) => is<Query>(db),
    part(
      ({ db }) => is<Query>(db),
      session(),
      router({ '/:x': ({ db, session, route }) => [db, session.user, route.params.x] }),
    ),
  ),
)
stack(
  http(),
  router({
    '/': part(
      () => 1,
      () => 2,
      router({
        '/:x': part(
          () => 3,
          ({ environ, route }) => [environ, route.params.x],
        ),
      }),
    ),
  }),
)
declare function greetsAll(): Pipe<Pick<Http, 'response'>, { all: string }>

// Pipes made in place infer their bag, too, for enter and leave.
stack(
  http(),
  () => {},
  pipe(
    'peer',
    ({ environ }) => environ.REMOTE_ADDR ?? '',
    ({ peer, environ }) => is<(string | undefined)[]>([peer, environ.X]),
  ),
  router({
    '/:id': part(
      pipe('key', ({ peer, route }) => peer + route.params.id),
      ({ key }) => is<string>(key),
    ),
  }),
)

// ---- lazy pipes -----------------------------------------------------------------------------------------------------

const cache = pipe('cache', async () => new Map<string, number>())
stack(
  http(),
  lazy(database()),
  lazy(cache),
  () => {},
  async (bag) => {
    is<Query>(await bag.enter('db'))
    is<Map<string, number>>(await bag.enter('cache'))
  },
)
stack(
  http(),
  lazy(database()),
  router({ '/': part(session(), lazy(cache), async (bag) => is<Query>(await bag.enter('db'))) }),
)
run(
  part(
    database(),
    part(lazy(cache), async (bag) => is<[Query, Map<string, number>]>([bag.db, await bag.enter('cache')])),
  ),
)

// ---- aliases --------------------------------------------------------------------------------------------------------

stack(alias(http(), { response: 'answer' }), ({ answer, environ }) =>
  is<(string | undefined)[]>([answer.status, environ.X]),
)
stack(http(), alias(part(session(), greets()), { session: 'guest', greeting: 'hello' }), ({ guest, hello }) =>
  is<(string | undefined)[]>([guest.user, hello]),
)
stack(http(), lazy(alias(database(), { db: 'pg' })), async (bag) => is<Query>(await bag.enter('pg')))
stack(http(), alias(lazy(database()), { db: 'pg' }), async (bag) => is<Query>(await bag.enter('pg')))
stack(http(), alias(part(lazy(database()), lazy(cache)), { db: 'pg' }), async (bag) => {
  is<Query>(await bag.enter('pg'))
  is<Map<string, number>>(await bag.enter('cache'))
})

// ---- parts that stand alone -----------------------------------------------------------------------------------------

// They need what their pipes need, also the later ones.
const both = part(session(), errorPage(), ({ session, response, environ }) => [
  session.user,
  response.status,
  environ.X,
])
is<Pipe<Http, {}>>(part(session(), both))
stack(http(), both, router({ '/': both, '/:id': part(both, ({ route, session }) => [route.params.id, session.user]) }))
const routed = part(
  session(),
  router({ '/:id': ({ session, route, environ }) => [session.user, route.params.id, environ.X] }),
)
stack(http(), routed, part(routed))
const annotated = part(
  (_: Bag<Http>) => {},
  session(),
  router({ '/': part(database(), ({ response, db }) => [response, db]) }),
)
stack(http(), annotated)
const verbs = part(
  (bag) => bag.interrupt(),
  ({ defer }) => defer(() => {}),
  ({ signal }: { signal: AbortSignal }) => signal.aborted,
)
run(verbs)

// A declared type takes nothing from them.
const declared: Pipe<Http, { db: Query }> = part(
  errorPage(),
  database(),
  router({ '/': ({ environ, db }) => [environ, db] }),
)
const inner: Pipe<Raw, Http> = stack(http(), errorPage(), lazy(database()), router({ '/': ({ environ }) => environ }))
stack(inner, declared, ({ db, response }) => [db, response])

// ---- run ------------------------------------------------------------------------------------------------------------

const bag = await run(
  part(
    database(),
    part(
      pipe('rows', ({ db }) => db.query('SELECT 1')),
      ({ rows }) => is<string[]>(rows),
    ),
  ),
)
is<string[]>(bag.rows)
run(
  part(session(), ({ session }) => session.user),
  { environ: {} },
)
run(part(part(part((bag: { a: number }) => bag.a))), { a: 1 })
run((bag) => bag.interrupt())
