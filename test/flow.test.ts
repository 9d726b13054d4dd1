// DESIGN.md section 4, rule by rule. What each rule means in its corners: the other tests beside this one.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lazy, type Pipe, part, pipe, run, stack } from '../src/index.ts'
import { failing, router, server, Trace, through } from './tracing.ts'

const refused = (code: string) => ({ name: 'UsageError', code })

describe('rule 1: order, and names', () => {
  it('rule 1: pipes are entered in order, over nested parts and through pipes', async () => {
    const t = new Trace()
    await run(
      part(
        t.pipe('a'),
        part(t.step('b'), t.pipe('c')),
        through('through', (next) => next()),
        t.slow('d'),
        t.step('e'),
        router({ '/': part(t.pipe('f'), t.step('g')) }),
        t.step('h'),
      ),
    )
    assert.equal(`${t}`, '+a b +c +d e +f g h -f -d -c -a')
  })

  it('rule 1: a step may use every marble above it, whatever stands between', async () => {
    const seen: unknown[] = []
    await run(
      part(
        pipe('one', () => 1),
        through('through', (next) => next()),
        pipe('two', async () => 2),
        router({ '/': part(({ one, two }: { one: number; two: number }) => seen.push(one, two)) }),
      ),
    )
    assert.deepEqual(seen, [1, 2])
  })

  it('rule 1: a marble that two pipes would add is refused when the stack is built', () => {
    const t = new Trace()
    assert.throws(() => stack(t.pipe('db'), t.pipe('db')), refused('MARBLE_TWICE'))
  })

  it('rule 1: a reserved name is refused when the stack is built', () => {
    assert.throws(() => stack(pipe('defer', () => 1)), refused('NAME_RESERVED'))
  })

  it('rule 1: inner pipes see the read and write laid over the outer ones, the outer pipes keep theirs', async () => {
    interface Writes {
      write(value: unknown): void
    }
    const written: string[] = []
    const write = (to: string) => (value: unknown) => void written.push(`${to} ${value}`)
    const outer: Pipe<Writes, {}> = { name: 'outer', leave: (bag) => bag.write('leave') }
    const line: Pipe<Writes, Writes> = {
      name: 'line',
      adds: ['write'],
      through: (_bag, next) => next({ write: write('inner') }),
    }
    await run(
      part(outer, line, () => 'step'),
      { write: write('outer') },
    )
    assert.deepEqual(written, ['inner step', 'outer leave'])
  })
})

describe('rule 2: the verbs of every bag', () => {
  it('rule 2: enter(name) enters a lazy pipe once, and gives the same marble after that', async () => {
    const t = new Trace()
    const marbles: unknown[] = []
    await run(
      part(
        lazy(
          pipe(
            'db',
            () => {
              t.note('+db')
              return { db: true }
            },
            () => t.note('-db'),
          ),
        ),
        async (bag) => marbles.push(await bag.enter('db')),
        async (bag) => marbles.push(await bag.enter('db')),
      ),
    )
    assert.equal(`${t}`, '+db -db')
    assert.equal(marbles[0], marbles[1])
  })

  it('rule 2: an unknown name is an error that lists the names there are', async () => {
    const t = new Trace()
    const asks = part(lazy(t.pipe('db')), lazy(t.pipe('cache')), (bag) => bag.enter('bd' as 'db'))
    await assert.rejects(run(asks), { code: 'LAZY_UNKNOWN', message: /enter\("bd"\).*There are: "db", "cache"\./ })
  })

  it('rule 2: interrupt() enters no further pipe and starts leaving, without an error', async () => {
    const t = new Trace()
    await run(
      part(
        t.pipe('a'),
        t.step('b', (bag) => bag.interrupt()),
        t.pipe('c'),
        t.step('d'),
      ),
    )
    assert.equal(`${t}`, '+a b -a')
  })

  it('rule 2: recover() says that an error is dealt with', async () => {
    const t = new Trace()
    await run(part(t.pipe('page', { leave: (bag) => bag.recover() }), failing('E')))
    assert.equal(`${t}`, '+page -page(E)')
  })

  it('rule 2: defer() runs its function after the end, newest first', async () => {
    const t = new Trace()
    const defers = (name: string) => t.pipe(name, { enter: (bag) => bag.defer(() => t.note(`~${name}`)) })
    await run(part(server(t), defers('a'), defers('b')))
    assert.equal(`${t}`, '+a +b -b -a end ~b ~a')
  })

  it('rule 2: signal is an AbortSignal, the same one all through a flow', async () => {
    const signals: AbortSignal[] = []
    const asks = ({ signal }: { signal: AbortSignal }) => void signals.push(signal)
    await run(
      part(
        asks,
        through('through', (next) => next()),
        asks,
      ),
    )
    assert.ok(signals[0] instanceof AbortSignal)
    assert.equal(signals[0], signals[1])
  })
})

describe('rule 3: every pipe that was entered is left exactly once, in reverse', () => {
  it('rule 3: leave runs in the reverse order of enter', async () => {
    const t = new Trace()
    await run(
      part(
        t.pipe('a'),
        t.slow('b'),
        through('through', (next) => next()),
        t.pipe('c'),
        t.slow('d'),
      ),
    )
    assert.equal(`${t}`, '+a +b +c +d -d -c -b -a')
  })

  it('rule 3: a pipe whose enter threw is not left', async () => {
    const t = new Trace()
    await assert.rejects(run(part(t.pipe('a'), t.pipe('b', { enter: failing('E') }), t.pipe('c'))), { message: 'E' })
    assert.equal(`${t}`, '+a -a(E)')
  })

  it('rule 3: a pipe whose enter rejected is not left', async () => {
    const t = new Trace()
    await assert.rejects(run(part(t.pipe('a'), t.slow('b', { enter: failing('E') }), t.pipe('c'))), { message: 'E' })
    assert.equal(`${t}`, '+a -a(E)')
  })

  it('rule 3: a pipe whose leave threw is not left again', async () => {
    const t = new Trace()
    await assert.rejects(run(part(t.pipe('a'), t.pipe('b', { leave: failing('L') }))), { message: 'L' })
    assert.equal(`${t}`, '+a +b -b -a(L)')
  })

  it('rule 3: a pipe that only leaves is left like the others', async () => {
    const t = new Trace()
    await run(part(t.pipe('a'), { name: 'b', leave: () => t.note('-b') }, t.pipe('c')))
    assert.equal(`${t}`, '+a +c -c -b -a')
  })
})

describe('rule 4: an error reaches every leave, also after recover()', () => {
  it('rule 4: every leave is given the very error object that was thrown', async () => {
    const thrown = new Error('E')
    const given: unknown[] = []
    const keeps = { leave: (_bag: unknown, error: unknown) => void given.push(error) }
    const t = new Trace()
    const fails = () => Promise.reject(thrown)
    await assert.rejects(run(part(t.pipe('a', keeps), t.slow('b', keeps), fails)), (error) => error === thrown)
    assert.deepEqual(given, [thrown, thrown])
    assert.ok(given.every((error) => error === thrown))
  })

  it('rule 4: an error page outside does not turn a rollback inside, or outside, into a commit', async () => {
    const t = new Trace()
    const page = t.pipe('page', { leave: (bag) => bag.recover() })
    await run(part(t.pipe('outer'), page, t.pipe('inner'), failing('E')))
    assert.equal(`${t}`, '+outer +page +inner -inner(E) -page(E) -outer(E)')
  })

  it('rule 4: recover() without an error is itself an error', async () => {
    const t = new Trace()
    const recovers = t.pipe('b', { leave: (bag) => bag.recover() })
    await assert.rejects(run(part(t.pipe('a'), recovers)), refused('RECOVER_WITHOUT_ERROR'))
  })
})

describe('rule 5: a leave that throws', () => {
  it("rule 5: its error becomes the flow's error for the pipes still to leave", async () => {
    const t = new Trace()
    const rejected = run(part(t.pipe('a'), t.pipe('b'), t.pipe('c', { leave: failing('L') }), t.pipe('d')))
    await assert.rejects(rejected, { message: 'L' })
    assert.equal(`${t}`, '+a +b +c +d -d -c -b(L) -a(L)')
  })

  it('rule 5: where there was an error already, it stays, and the later ones hang on it', async () => {
    const t = new Trace()
    const [b, c] = [t.pipe('b', { leave: failing('L2') }), t.slow('c', { leave: failing('L1') })]
    await assert.rejects(run(part(t.pipe('a'), b, c, failing('E'))), { message: 'E' })
    assert.equal(`${t}`, '+a +b +c -c(E) -b(E~L1) -a(E~L2~L1)')
  })
})

describe('rule 6: the end of a flow', () => {
  it('rule 6: the terminal runs after all leaves, and deferred functions after the terminal', async () => {
    const t = new Trace()
    const a = t.pipe('a', { enter: (bag) => bag.defer(() => t.note('~a')) })
    await run(part(t.pipe('outer'), server(t), a, t.slow('b'), t.step('c')))
    assert.equal(`${t}`, '+outer +a +b c -b -a end ~a -outer')
  })

  it('rule 6: deferred functions wait for an asynchronous terminal', async () => {
    const t = new Trace()
    const emits = async () => {
      await new Promise(setImmediate)
      t.note('emitted')
    }
    await run(part(server(t, emits), (bag) => bag.defer(() => t.note('released'))))
    assert.equal(`${t}`, 'end emitted released')
  })
})

describe('rule 7: an error that nobody recovered', () => {
  it('rule 7: is given to the terminal, which ends the flow with it', async () => {
    const t = new Trace()
    await run(part(t.pipe('connection'), server(t), t.pipe('a'), failing('E')))
    assert.equal(`${t}`, '+connection +a -a(E) end(E) -connection')
  })

  it('rule 7: a recovered error is not', async () => {
    const t = new Trace()
    await run(part(server(t), t.pipe('page', { leave: (bag) => bag.recover() }), failing('E')))
    assert.equal(`${t}`, '+page -page(E) end')
  })
})

describe('rule 8: synchronous pipes stay synchronous', () => {
  it('rule 8: a flow of synchronous pipes is over when next() returns', async () => {
    const t = new Trace()
    const listener = through('listener', (next) => {
      assert.equal(next(), undefined)
      t.note('returned')
    })
    await run(part(listener, server(t), t.pipe('a'), router({ '/': part(t.pipe('b'), t.step('c')) })))
    assert.equal(`${t}`, '+a +b c -b -a end returned')
  })

  it('rule 8: a promise is awaited where it stands', async () => {
    const t = new Trace()
    const listener = through('listener', (next) => {
      const pending = next()
      t.note('returned')
      return pending
    })
    await run(part(listener, t.pipe('a'), t.slow('b'), t.step('c')))
    assert.equal(`${t}`, '+a returned +b c -b -a')
  })
})
