// What must not compile. The words of the compiler: types.test.ts.

import { alias, lazy, part, pipe, run, stack } from '../../src/index.ts'
import { database, greets, http, method, router, session } from './web.ts'

const cache = pipe('cache', () => 1)

// @ts-expect-error session
stack(http(), greets())
// @ts-expect-error session
stack(http(), () => {}, greets())
// @ts-expect-error session
stack(http(), part(greets()))
// @ts-expect-error session
stack(http(), router({ '/': greets() }))
// @ts-expect-error session
stack(http(), router({ '/': part(database(), greets()) }))
// @ts-expect-error session
stack(http(), () => {}, router({ '/': method({ GET: part(() => {}, greets()) }) }))
// @ts-expect-error session stands below
stack(http(), greets(), session())
// @ts-expect-error environ, for a part that stands alone
stack(part(database(), session()))
const number = pipe('session', () => 1)
// @ts-expect-error session is of another type
stack(http(), number, greets())

// @ts-expect-error usr
stack(http(), session(), (bag) => bag.session.usr)
// @ts-expect-error sessoin
stack(http(), router({ '/': part(session(), ({ sessoin }) => sessoin) }))
// @ts-expect-error no such parameter
stack(http(), router({ '/:id': ({ route }) => route.params.di }))
const user = () => ({ user: 1 })
// @ts-expect-error a function adds nothing
stack(http(), user, ({ user }) => user)
// @ts-expect-error what a route adds stays there
stack(http(), router({ '/': session() }), ({ session }) => session)

// @ts-expect-error no such lazy pipe
stack(http(), lazy(database()), (bag) => bag.enter('cache'))
// @ts-expect-error nothing lazy above
stack(http(), database(), (bag) => bag.enter('db'))
// @ts-expect-error lazy: it is not in the bag before it is entered
stack(http(), lazy(database()), ({ db }) => db)
// @ts-expect-error below
stack(http(), (bag) => bag.enter('db'), lazy(database()))

// @ts-expect-error its old name
stack(alias(http(), { response: 'answer' }), ({ response }) => response)
// @ts-expect-error its old name
stack(http(), alias(lazy(database()), { db: 'pg' }), (bag) => bag.enter('db'))
// @ts-expect-error its old name
stack(http(), alias(part(lazy(database()), lazy(cache)), { db: 'pg', cache: 'c' }), (bag) => bag.enter('cache'))
// @ts-expect-error what it needs under a new name is not there
stack(http(), alias(session(), { environ: 'env' }))
// @ts-expect-error a name that is none
alias(session(), { session: 7 })

// @ts-expect-error marbles are missing
run(part(session()))
// @ts-expect-error a marble of the wrong type
run(part(session()), { environ: 7 })
// @ts-expect-error not a pipe
stack(http(), 7)
// @ts-expect-error 13 pipes: nest
part(cache, cache, cache, cache, cache, cache, cache, cache, cache, cache, cache, cache, cache)
