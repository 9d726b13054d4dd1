// trace(): the same types with it as without.

import { type Pipe, pipe, type Raw, stack } from '../../src/index.ts'
import { request, trace } from '../../src/testing.ts'

interface Web {
  environ: string
}
declare const http: Pipe<Raw, Web>
declare function session(): Pipe<Web, { session: { user: string } }>
const db = pipe('db', () => 5)
const greets = pipe('greets', (bag: { session: { user: string }; db: number }) => `${bag.session.user} ${bag.db}`)

// Several pipes add what they add and need what is not among them.
const seen = trace(db, session(), greets)
seen.lines.push('')
stack(http, seen, (bag) => bag.greets.length + bag.db.toFixed() + bag.session.user)
// @ts-expect-error environ is needed, and nobody adds it.
stack(seen)
// @ts-expect-error Property 'gretes' does not exist.
stack(http, seen, (bag) => bag.gretes)
// @ts-expect-error session is needed, and nobody adds it.
stack(http, db, trace(greets))

// A whole stack is served as it is.
request(trace(stack(http, session(), (bag) => bag.session.user)), 'GET /')

// Inline functions see what is above.
stack(
  http,
  trace((bag: Web) => bag.environ),
)
const t = trace()
stack(
  http,
  t.pipe('a', (bag) => bag.environ.length),
  t.pipe(
    'b',
    (bag) => bag.a.toFixed(),
    (bag) => bag.b.length,
  ),
  t.pipe('c'),
  (bag) => bag.a.toFixed() + bag.b.length + String(bag.c),
)
