// Errors on their way through a flow: who is told of them, what becomes of a second one. Rules 4 and 5 of DESIGN.md section 4.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failureOf, part, pipe, run, SuppressedError } from '../src/index.ts'
import { failing, messageOf, router, server, Trace, through, thrownBy } from './tracing.ts'

const page = (t: Trace) => t.pipe('page', { leave: (bag, error) => (error === undefined ? undefined : bag.recover()) })

describe('an error that was recovered', () => {
  it('reaches the leaves outside of a through pipe, whose next() resolves', async () => {
    const t = new Trace()
    const quiet = through('through', async (next) => {
      await next()
      t.note('returned')
    })
    await run(part(t.pipe('tx'), quiet, page(t), t.pipe('inner'), failing('E')))
    assert.equal(`${t}`, '+tx +page +inner -inner(E) -page(E) returned -tx(E)')
  })

  it('reaches the leaves outside of a router', async () => {
    const t = new Trace()
    await run(part(t.pipe('tx'), router({ '/': part(page(t), t.pipe('inner'), failing('E')) })))
    assert.equal(`${t}`, '+tx +page +inner -inner(E) -page(E) -tx(E)')
  })

  it('reaches the leaves of a part that the rest of the stack runs inside', async () => {
    const t = new Trace()
    await run(part(t.pipe('outer'), router({ '/': t.pipe('tx') }), page(t), failing('E')))
    assert.equal(`${t}`, '+outer +tx +page -page(E) -tx(E) -outer(E)')
  })

  it('reaches the leaves outside through any number of nested runs', async () => {
    const t = new Trace()
    const deep = (inside: Parameters<typeof router>[0]) => router({ '/': part(t.pipe('tx'), router(inside)) })
    await run(part(t.pipe('outer'), deep({ '/': part(page(t), failing('E')) })))
    assert.equal(`${t}`, '+outer +tx +page -page(E) -tx(E) -outer(E)')
  })

  it('reaches the leaves outside also where a later run of the same pipe went well', async () => {
    const t = new Trace()
    let runs = 0
    const each = through('each', async (next) => {
      await next()
      await next()
    })
    const first = t.step('step', () => (runs++ === 0 ? failing('E')() : undefined))
    await run(part(t.pipe('tx'), each, page(t), first))
    assert.equal(`${t}`, '+tx +page step -page(E) +page step -page -tx(E)')
  })

  it('keeps the first error where several runs recovered one', async () => {
    const t = new Trace()
    let runs = 0
    const each = through('each', async (next) => {
      await next()
      await next()
    })
    await run(part(t.pipe('tx'), each, page(t), () => failing(`E${++runs}`)()))
    assert.equal(`${t}`, '+tx +page -page(E1) +page -page(E2) -tx(E1~E2)')
  })

  it('stays recovered when a second pipe recovers it', async () => {
    const t = new Trace()
    const recovers = (name: string) => t.pipe(name, { leave: (bag) => bag.recover() })
    await run(part(recovers('a'), recovers('b'), router({ '/': part(recovers('c'), failing('E')) })))
    assert.equal(`${t}`, '+a +b +c -c(E) -b(E) -a(E)')
  })

  it('is one again when a later leave throws', async () => {
    const t = new Trace()
    const stack = part(t.pipe('a'), t.pipe('b', { leave: failing('L') }), page(t), failing('E'))
    await assert.rejects(run(stack), (error) => messageOf(error) === 'E~L')
    assert.equal(`${t}`, '+a +b +page -page(E) -b(E) -a(E~L)')
  })

  it('can be recovered again after a later leave threw', async () => {
    const t = new Trace()
    const outer = t.pipe('outer', { leave: (bag) => bag.recover() })
    await run(part(outer, t.pipe('b', { leave: failing('L') }), page(t), failing('E')))
    assert.equal(`${t}`, '+outer +b +page -page(E) -b(E) -outer(E~L)')
  })
})

describe('an error that a through pipe catches', () => {
  it('is dealt with: the leaves outside are told of none', async () => {
    const t = new Trace()
    const catches = through('catches', async (next) => {
      await assert.rejects(async () => next(), { message: 'E' })
    })
    await run(part(t.pipe('outer'), catches, t.pipe('inner'), failing('E')))
    assert.equal(`${t}`, '+outer +inner -inner(E) -outer')
  })

  it('gives way to the one that the through pipe throws', async () => {
    const t = new Trace()
    const turns = through('turns', async (next) => {
      try {
        await next()
      } catch (cause) {
        throw new Error('turned', { cause })
      }
    })
    await assert.rejects(run(part(t.pipe('outer'), turns, failing('E'))), { message: 'turned' })
    assert.equal(`${t}`, '+outer -outer(turned)')
  })

  it('is thrown by a synchronous next() at once', async () => {
    const t = new Trace()
    const catches = through('catches', (next) => {
      assert.throws(() => next(), { message: 'E' })
    })
    await run(part(catches, t.pipe('inner'), failing('E')))
    assert.equal(`${t}`, '+inner -inner(E)')
  })
})

describe('recover() at the wrong time', () => {
  const early = { name: 'UsageError', code: 'RECOVER_WITHOUT_ERROR' }

  it('in a step is an error', async () => {
    await assert.rejects(run(part((bag) => bag.recover())), early)
  })

  it('in an enter is an error', async () => {
    await assert.rejects(run(part(pipe('a', (bag) => bag.recover()))), early)
  })

  it('in a leave is an error if the flow met its error elsewhere later on', async () => {
    const t = new Trace()
    const recovers = t.pipe('b', { leave: (bag) => bag.recover() })
    const catches = through('catches', async (next) => assert.rejects(async () => next(), early))
    await run(part(t.pipe('a'), catches, recovers))
    assert.equal(`${t}`, '+a +b -b -a')
  })

  it('in a deferred function is an error: the flow has ended, the terminal was told', async () => {
    const t = new Trace()
    const defers = t.pipe('a', { enter: (bag) => bag.defer(() => bag.recover()) })
    const listens = through('listener', (next) => assert.rejects(async () => next(), early))
    await run(part(listens, server(t), defers, failing('E')))
    assert.equal(`${t}`, '+a -a(E) end(E)')
  })

  it('when a run inside is over is an error, though its flow goes on', async () => {
    const t = new Trace()
    let recover = () => {}
    const keeps = t.pipe('b', {
      leave: (bag) => {
        recover = bag.recover
      },
    })
    const catches = through('catches', async (next) => {
      await assert.rejects(async () => next(), { message: 'E' })
      assert.throws(recover, early)
    })
    await run(part(t.pipe('a'), catches, keeps, failing('E')))
    assert.equal(`${t}`, '+a +b -b(E) -a')
  })
})

describe('a second error', () => {
  it('hangs on the first, a third on the second, none is lost', async () => {
    const t = new Trace()
    const fails = (name: string) => t.pipe(name, { leave: failing(name.toUpperCase()) })
    const error = await thrownBy(run(part(fails('a'), fails('b'), fails('c'), failing('E'))))
    assert.equal(messageOf(error), 'E~A~B~C')
    assert.ok(Reflect.get(error as object, 'suppressed') instanceof SuppressedError)
  })

  it('of a deferred function hangs on the one before', async () => {
    const defers = (message: string) => pipe(message, (bag) => bag.defer(failing(message)))
    const error = await thrownBy(run(part(defers('D1'), defers('D2'), failing('E'))))
    assert.equal(messageOf(error), 'E~D1~D2')
  })

  it('that is the first again, thrown on by a leave, hangs nowhere', async () => {
    const throwsOn = pipe(
      'a',
      () => 1,
      (_bag, error) => Promise.reject(error),
    )
    const thrown = new Error('E')
    await assert.rejects(
      run(part(throwsOn, throwing(thrown))),
      (error) => error === thrown && !('suppressed' in thrown),
    )
  })

  it('turns a thrown string into a SuppressedError, since nothing can hang on a string', async () => {
    const t = new Trace()
    const stack = part(t.pipe('a'), t.pipe('b', { leave: failing('L') }), throwing('text'))
    const error = await thrownBy(run(stack))
    assert.ok(error instanceof SuppressedError)
    assert.equal(error.suppressed, 'text')
    assert.equal(messageOf(error.error), 'L')
    assert.equal(`${t}`, '+a +b -b(text) -a(L~text)')
  })
})

describe('what was thrown', () => {
  for (const nothing of [undefined, null, 0, '', false, Number.NaN]) {
    it(`is an Error in every leave if it was ${JSON.stringify(nothing) ?? 'undefined'}, since leaves ask \`error ? …\``, async () => {
      const given: unknown[] = []
      const keeps = pipe(
        'a',
        () => 1,
        (_bag, error) => void given.push(error),
      )
      await assert.rejects(run(part(keeps, throwing(nothing))), { message: `pipe "fails" threw ${String(nothing)}` })
      assert.ok(given[0] instanceof Error)
    })
  }

  it('is known with the pipe and the stage it came from, the innermost', async () => {
    const error = new Error('E')
    const stack = part(
      router({
        '/': part(
          pipe('db', () => 1, throwing(error)),
          () => 1,
        ),
      }),
    )
    await assert.rejects(run(stack), error)
    assert.deepEqual(failureOf(error), { pipe: 'db', stage: 'leave' })
  })
})

function throwing(value: unknown): () => never {
  return function fails() {
    throw value
  }
}
