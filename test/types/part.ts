// Parts that stand alone: they need what their pipes need, and their inline functions see what is above them.

import { type Pipe, part, pipe, type Raw, run, stack } from '../../src/index.ts'

interface Web {
  environ: string
}
declare const http: Pipe<Raw, Web>
declare function session(): Pipe<Web, { session: { user: string } }>
declare const greets: Pipe<{ session: { user: string } }, { greeting: string }>
const a = pipe('a', () => 'a' as const)
const b = pipe('b', () => 'b' as const)
const c = pipe('c', (bag: { a: string }) => bag.a.length)

// Nested, with nothing around them.
run(part(a, part(b)))
run(part(a, part(c, b), (bag) => bag.c.toFixed() + bag.a + bag.b))
run(
  part(
    a,
    part(c, (bag) => bag.c.toFixed() + bag.a),
  ),
)
// @ts-expect-error c needs the marble a, which nobody adds.
run(part(b, c))
run(
  part(c, (bag) => bag.c),
  { a: 'given' },
)

// Made once, used in several stacks.
const guard = part(session(), a, part(b))
stack(http, guard, (bag) => bag.session.user + bag.a + bag.b)
stack(
  http,
  part(
    guard,
    part((bag) => bag.session.user + bag.environ),
  ),
)
part(session(), (bag) => bag.session.user + bag.environ)
// @ts-expect-error The guard needs environ, which a bare connection does not have.
stack(guard)

// What is above still reaches inline functions in nested parts.
stack(
  http,
  part(
    a,
    part((bag) => bag.a + bag.environ),
  ),
)
// @ts-expect-error Property 'session' is missing.
stack(http, part(greets))
stack(
  http,
  part(
    a,
    // @ts-expect-error Property 'session' is missing.
    part(greets, (bag) => bag.greeting),
  ),
)
