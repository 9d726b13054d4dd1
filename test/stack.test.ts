// What stack(), part() and the others refuse when they are called, and what they say.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias, lazy, type Pipe, part, pipe, run, stack, type UsageError } from '../src/index.ts'
import { router, through } from './tracing.ts'

const a = pipe('a', () => 1)
const db = pipe('db', () => 1)
const inside = through('inside', (next) => next())
const lays = (...adds: string[]): Pipe<{}, {}> => ({ name: 'lays', adds, through: (_bag, next) => next({}) })

/** One row: what is refused, by which call, with which words. */
type Row = readonly [what: string, call: () => unknown, message: string | RegExp]

function refuses(code: UsageError['code'], rows: readonly Row[]): void {
  for (const [what, call, message] of rows) {
    it(what, () => {
      assert.throws(call, { name: 'UsageError', code, message })
    })
  }
}

describe('NOT_A_PIPE is refused', () => {
  const never = (value: unknown) => value as never
  const got = (value: unknown) => () => stack(a, never(value))
  const below = 'at position 2, below "a". Was a factory not called?'
  refuses('NOT_A_PIPE', [
    ['undefined', got(undefined), `stack() got undefined ${below}`],
    ['null', got(null), `stack() got null ${below}`],
    ['a number', got(7), `stack() got 7 ${below}`],
    ['a promise', got(Promise.resolve(a)), `stack() got a promise (is an await missing?) ${below}`],
    ['an empty object', got({}), `stack() got an object without a name ${below}`],
    ['an object of a class', got(new Map()), `stack() got an object of class Map without a name ${below}`],
    ['an empty name', got({ name: '', enter() {} }), `stack() got an object without a name ${below}`],
    [
      'a name alone',
      got({ name: 'x' }),
      `stack() got an object with none of enter, leave, through, open and close ${below}`,
    ],
    [
      'an enter that is no function',
      got({ name: 'x', enter: 1 }),
      `stack() got pipe "x" whose enter is no function ${below}`,
    ],
    [
      'two shapes in one',
      got({ name: 'x', enter() {}, through() {} }),
      `stack() got pipe "x" with both through and enter or leave ${below}`,
    ],
    [
      'undefined at the beginning',
      () => stack(never(undefined)),
      'stack() got undefined at position 1, where it begins. Was a factory not called?',
    ],
    ['undefined below a function', () => stack(a, function log() {}, never(undefined)), /at position 3, below "log"/],
    [
      'undefined below a part',
      () => part(a, part(a, db), never(undefined)),
      /^part\(\) got undefined at position 3, below "db"/,
    ],
    ['no pipe at all', () => (stack as () => unknown)(), 'stack() got no pipe at all.'],
    ['no pipe in a part', () => (part as () => unknown)(), 'part() got no pipe at all.'],
    [
      'undefined in a route',
      () => stack(router({ '/x': never(undefined) })),
      'router() got undefined at "/x". Was a factory not called?',
    ],
    ['undefined in alias()', () => alias(never(undefined), {}), /^alias\(\) got undefined instead of a pipe/],
    ['undefined in lazy()', () => lazy(never(undefined)), /^lazy\(\) got undefined instead of a pipe/],
    [
      'a lazy through pipe',
      () => stack(lazy(never(inside))),
      'lazy() got "inside", which has no enter, so there is nothing to enter later.',
    ],
    ['a lazy function', () => part(lazy(never(() => 1))), /^lazy\(\) got "step", which has no enter/],
  ])

  it('by run(), as a rejection', async () => {
    await assert.rejects(run(never(undefined)), {
      code: 'NOT_A_PIPE',
      message: /^run\(\) got undefined instead of a part/,
    })
  })

  it('where a function pipe turns out to be a factory that was not called', async () => {
    const message = /^a function pipe returned pipe "\w+"\. Was a factory not called\?$/
    for (const factory of [() => a, () => inside, () => part(a), () => lazy(a), () => alias(a, { a: 'b' })]) {
      await assert.rejects(run(part(factory)), { code: 'NOT_A_PIPE', message })
    }
  })
})

describe('MARBLE_TWICE is refused', () => {
  const twice = (pipe: string, marble: string, owner: string) =>
    `pipe "${pipe}" adds marble "${marble}", but ${owner} above it already does. Use alias() to rename one.`
  refuses('MARBLE_TWICE', [
    ['side by side', () => stack(db, a, db), twice('db', 'db', 'pipe "db"')],
    ['in a nested stack', () => stack(db, stack(a, db)), twice('db', 'db', 'pipe "db"')],
    ['in a part on its own', () => part(db, part(db)), twice('db', 'db', 'pipe "db"')],
    ['below a through pipe', () => stack(db, inside, db), twice('db', 'db', 'pipe "db"')],
    ['by a through pipe', () => stack(db, lays('db')), twice('lays', 'db', 'pipe "db"')],
    ['by two of one through pipe', () => stack(lays('x', 'x')), twice('lays', 'x', 'pipe "lays"')],
    ['below a through pipe that adds it', () => stack(lays('db'), db), twice('db', 'db', 'pipe "lays"')],
    ['in a route', () => stack(db, router({ '/': part(a, db) })), twice('db', 'db', 'pipe "db"')],
    ['in a route and below the router', () => stack(router({ '/': part(a, db) }), db), twice('db', 'db', 'pipe "db"')],
    [
      'in a route of a route and below',
      () => stack(router({ '/': router({ '/': db }) }), inside, db),
      /pipe "db" adds marble "db"/,
    ],
    ['lazy and eager', () => stack(lazy(db), db), twice('db', 'db', 'pipe "db"')],
    ['lazy twice', () => stack(lazy(db), router({ '/': lazy(db) })), twice('db', 'db', 'pipe "db"')],
    ['by an alias', () => stack(db, alias(a, { a: 'db' })), twice('a', 'db', 'pipe "db"')],
    ['that the transport gives', () => stack(pipe('read', () => 1)), twice('read', 'read', 'the transport')],
  ])

  it('that run() is given', async () => {
    await assert.rejects(run(part(db), { db: 2 } as {}), { code: 'MARBLE_TWICE' })
  })

  it('but not in two routes of which one is chosen', () => {
    stack(
      router({ '/a': db, '/b': part(db, a) }),
      pipe('c', () => 1),
    )
  })

  it('but not where a through pipe lays its read and write over the outer ones', () => {
    stack(lays('read', 'write'), lays('read', 'write'), router({ '/': lays('read') }), lays('write'))
  })

  it('but not under an alias', () => {
    stack(db, alias(db, { db: 'db2' }), lazy(alias(db, { db: 'db3' })))
  })

  it('but not where the same pipe stands in two stacks', () => {
    stack(db, a)
    stack(a, db)
  })
})

describe('NAME_RESERVED is refused', () => {
  const reserved = (name: string) =>
    `pipe ${JSON.stringify(name)} adds marble ${JSON.stringify(name)}, but that name belongs to the bag itself. Use alias() or another name.`
  const names = ['enter', 'interrupt', 'recover', 'defer', 'signal', 'then', 'constructor', '__proto__', 'toString']
  refuses('NAME_RESERVED', [
    ...names.map((name): Row => [name, () => stack(pipe(name, () => 1)), reserved(name)]),
    ['in a part', () => part(pipe('then', () => 1)), reserved('then')],
    ['laid by a through pipe', () => stack(lays('signal')), /^pipe "lays" adds marble "signal"/],
    ['by an alias', () => stack(alias(db, { db: 'then' })), /^pipe "db" adds marble "then"/],
    ['for a lazy pipe', () => stack(lazy(pipe('defer', () => 1))), reserved('defer')],
  ])

  it('but may be the name of a pipe that adds nothing', () => {
    stack(
      { name: 'enter', leave() {} },
      { name: 'then', open() {} },
      through('signal', (next) => next()),
    )
  })

  it('but may be got rid of by an alias', () => {
    stack(
      alias(
        pipe('signal', () => 1),
        { signal: 'beacon' },
      ),
    )
  })
})

describe('ALIAS_MISSES is refused', () => {
  refuses('ALIAS_MISSES', [
    [
      'an alias that hits nothing',
      () => stack(alias(db, { bd: 'pg' })),
      'alias() renames marble "bd" to "pg", but pipe "db" adds no "bd" and no pipe above adds "pg".',
    ],
    [
      'an alias for a need that nobody fulfils',
      () =>
        stack(
          alias(
            pipe('x', (bag: { a: 1 }) => bag.a),
            { a: 'b' },
          ) as Pipe,
        ),
      /"a" to "b"/,
    ],
    [
      'the old name of one that was renamed before',
      () => stack(alias(alias(db, { db: 'pg' }), { db: 'x' })),
      /"db" to "x"/,
    ],
    ['one that misses in a route', () => stack(router({ '/': alias(db, { x: 'y' }) })), /"x" to "y"/],
  ])

  it('but not in a part on its own, which may need it', () => {
    const needs = alias(
      pipe('x', (bag: { user: 1 }) => bag.user),
      { user: 'account' },
    )
    stack(
      pipe('account', () => 1 as const),
      part(needs),
    )
  })

  for (const wrong of ['', undefined, 7]) {
    it(`OPTION_BAD is a new name that is ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => alias(db, { db: wrong as never }), { code: 'OPTION_BAD', message: /^alias\(\) maps "db" to/ })
    })
  }
})

describe('MARBLE_MISSING is refused', () => {
  const needs: Pipe<{}, {}> = { name: 'query', needs: ['environ'], enter: () => 1 }

  refuses('MARBLE_MISSING', [
    [
      'a need that nobody above adds',
      () => stack(a, needs),
      'pipe "query" needs marble "environ", but no pipe above it adds it. Put http() above query().',
    ],
    [
      'one that stands below',
      () =>
        stack(
          needs,
          pipe('environ', () => 1),
        ),
      /"query" needs marble "environ"/,
    ],
    ['in a nested part', () => stack(a, part(needs)), /"query" needs marble "environ"/],
    ['in a route', () => stack(router({ '/': needs })), /"query" needs marble "environ"/],
    [
      'a need under its alias',
      () => stack(alias(needs, { environ: 'db' })),
      /^pipe "query" needs marble "db".* Put a pipe that adds it above/,
    ],
  ])

  it('but not in a part on its own', () => {
    part(needs)
  })

  it('but not one that a through pipe or a lazy pipe above adds', () => {
    stack(lays('environ'), needs)
    stack(lazy(pipe('environ', () => 1)), needs)
    stack(
      pipe('env', () => 1),
      alias(needs, { environ: 'env' }),
    )
  })
})
