// Lazy pipes: when they are entered, how often, when they are left. Rule 2 of DESIGN.md section 4.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failureOf, lazy, type Pipe, part, pipe, run, type UsageError } from '../src/index.ts'
import { failing, router, settled, Trace, through, thrownBy } from './tracing.ts'

/** The verb of a bag below `lazy(db)`. */
interface Asks {
  enter(name: 'db'): Promise<unknown>
}

describe('a lazy pipe', () => {
  it('is not entered if nobody asks for it', async () => {
    const t = new Trace()
    await run(part(t.pipe('a'), lazy(t.pipe('db')), t.step('b')))
    assert.equal(`${t}`, '+a b -a')
  })

  it('is entered when it is asked for, and left before the pipes that were entered before it', async () => {
    const t = new Trace()
    const asks = async (bag: Asks) => t.note(`got ${await bag.enter('db')}`)
    await run(part(lazy(t.pipe('db')), t.pipe('a'), asks, t.pipe('b')))
    assert.equal(`${t}`, '+a +db got db +b -b -db -a')
  })

  it('asked for in an enter is left after that pipe, which may use it in its leave', async () => {
    const t = new Trace()
    const uses: Pipe<Asks, {}> = {
      name: 'repo',
      enter: async (bag) => t.note(`+repo ${await bag.enter('db')}`),
      leave: async (bag) => t.note(`-repo ${await bag.enter('db')}`),
    }
    await run(part(t.pipe('a'), lazy(t.slow('db')), uses))
    assert.equal(`${t}`, '+a +db +repo db -repo db -db -a')
  })

  it('asked for by several at the same time is entered once, and all get one promise', async () => {
    const t = new Trace()
    const asks = async (bag: Asks) => {
      const [one, two] = [bag.enter('db'), bag.enter('db')]
      assert.equal(one, two)
      await two
      assert.equal(bag.enter('db'), one)
    }
    await run(part(lazy(t.slow('db')), asks))
    assert.equal(`${t}`, '+db -db')
  })

  it('asked for outside is shared by the runs inside, with the same promise', async () => {
    const t = new Trace()
    const promises: unknown[] = []
    const asks = (bag: Asks) => {
      promises.push(bag.enter('db'))
    }
    const inside: Pipe<Asks, {}> = router({
      '/': part(
        asks,
        through('in', (next) => next()),
        asks,
      ),
    })
    await run(part(lazy(t.slow('db')), asks, inside, asks))
    assert.equal(new Set(promises).size, 1)
    assert.equal(`${t}`, '+db -db')
  })

  it('asked for in a chosen part is shared with the rest of the stack', async () => {
    const t = new Trace()
    const asks = (bag: Asks) => bag.enter('db')
    await run(part(lazy(t.pipe('db')), router({ '/': part(t.pipe('a'), asks) }), t.pipe('b'), asks))
    assert.equal(`${t}`, '+a +db +b -b -db -a')
  })

  it('is in the bag under its name once it is entered, also for the pipes inside', async () => {
    const seen: unknown[] = []
    const sees = (bag: object) => void seen.push(Reflect.get(bag, 'db'))
    const asks = (bag: Asks) => bag.enter('db')
    await run(
      part(
        lazy(pipe('db', () => 'DB')),
        sees,
        asks,
        sees,
        through('in', (next) => next()),
        sees,
      ),
    )
    assert.deepEqual(seen, [undefined, 'DB', 'DB'])
  })

  it('gets the error of the flow, as every other pipe', async () => {
    const t = new Trace()
    await assert.rejects(run(part(lazy(t.pipe('db')), (bag) => bag.enter('db'), failing('E'))), { message: 'E' })
    assert.equal(`${t}`, '+db -db(E)')
  })

  it('may recover, and its leave may fail', async () => {
    const t = new Trace()
    const recovers = lazy(t.pipe('db', { leave: (bag) => bag.recover() }))
    await run(part(t.pipe('a'), recovers, (bag) => bag.enter('db'), failing('E')))
    const fails = lazy(t.pipe('db', { leave: failing('L') }))
    await assert.rejects(run(part(t.pipe('a'), fails, (bag) => bag.enter('db'))), { message: 'L' })
    assert.equal(`${t}`, '+a +db -db(E) -a(E) +a +db -db -a(L)')
  })

  it('without a leave is entered all the same', async () => {
    const asks = async (bag: Asks) => assert.equal(await bag.enter('db'), 1)
    await run(part(lazy(pipe('db', () => 1)), asks))
  })

  it('finds in its bag what stands above it', async () => {
    const t = new Trace()
    const db = pipe(
      'db',
      ({ config }: { config: string }) => `db of ${config}`,
      ({ config, db }) => t.note(`${config}: ${db}`),
    )
    await run(
      part(
        pipe('config', () => 'prod'),
        lazy(db),
        (bag) => bag.enter('db'),
      ),
    )
    assert.equal(`${t}`, 'prod: db of prod')
  })
})

describe('a lazy pipe in runs of a through pipe', () => {
  const asks = (bag: Asks) => bag.enter('db')

  it('is entered and left with the run that asked', async () => {
    const t = new Trace()
    await run(
      part(
        t.pipe('a'),
        lazy(t.pipe('db')),
        router({ '/': part(t.pipe('b'), asks) }, async (choose) => {
          await choose('/')
          t.note('chosen')
        }),
      ),
    )
    assert.equal(`${t}`, '+a +b +db -db -b chosen -a')
  })

  it('is entered anew when a failed run is tried again', async () => {
    const t = new Trace()
    let tries = 0
    const retry = through('retry', async (next) => {
      try {
        await next()
      } catch {
        await next()
      }
    })
    const flaky = () => (++tries === 1 ? failing('E')() : undefined)
    await run(part(lazy(t.pipe('db')), retry, asks, flaky))
    assert.equal(`${t}`, '+db -db(E) +db -db')
  })

  it('that was asked for outside survives the runs inside', async () => {
    const t = new Trace()
    const each = through('each', async (next) => {
      await next()
      await next()
    })
    await run(part(lazy(t.pipe('db')), asks, each, t.pipe('a'), asks))
    assert.equal(`${t}`, '+db +a -a +a -a -db')
  })

  it('is entered once for each of two runs at the same time', async () => {
    const t = new Trace()
    const both = through('both', async (next) => void (await Promise.all([next(), next()])))
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let entering = 0
    const db = t.pipe('db', { enter: () => (++entering === 2 ? open() : gate) })
    await run(part(lazy(db), both, asks, asks))
    assert.equal(`${t}`, '+db +db -db -db')
  })
})

describe('a lazy pipe whose enter fails', () => {
  it('is not left; whoever asked gets the error, which is known to be its own', async () => {
    const t = new Trace()
    const fails = lazy(t.pipe('db', { enter: failing('E') }))
    const error = await thrownBy(run(part(t.pipe('a'), fails, (bag) => bag.enter('db'))))
    assert.equal(`${t}`, '+a -a(E)')
    assert.deepEqual(failureOf(error), { pipe: 'db', stage: 'enter' })
  })

  it('is entered anew if it is asked for again', async () => {
    const t = new Trace()
    let tries = 0
    const flaky = lazy(t.pipe('db', { enter: () => (++tries === 1 ? failing('E')() : undefined) }))
    await run(
      part(
        flaky,
        (bag) => assert.rejects(bag.enter('db'), { message: 'E' }),
        (bag) => bag.enter('db'),
      ),
    )
    assert.equal(`${t}`, '+db -db')
  })

  it('gives an Error also where nothing was thrown', async () => {
    const fails = lazy(pipe('db', () => Promise.reject(undefined)))
    await assert.rejects(run(part(fails, (bag) => bag.enter('db'))), { message: 'pipe "db" threw undefined' })
  })
})

describe('a lazy pipe that needs a lazy pipe', () => {
  const asking = (t: Trace, name: string, other: string): Pipe<{}, {}> => ({
    name,
    enter: async (bag) => {
      await settled()
      await (bag as unknown as { enter(name: string): Promise<unknown> }).enter(other)
      t.note(`+${name}`)
    },
    leave: () => t.note(`-${name}`),
  })
  const ask = (name: string) => (bag: object) => (bag as { enter(name: string): Promise<unknown> }).enter(name)

  it('is left before it', async () => {
    const t = new Trace()
    await run(part(lazy(asking(t, 'repo', 'db')), lazy(t.slow('db')), ask('repo')))
    assert.equal(`${t}`, '+db +repo -repo -db')
  })

  it('is left before it also if the other was entered first', async () => {
    const t = new Trace()
    await run(part(lazy(asking(t, 'repo', 'db')), lazy(t.slow('db')), ask('db'), ask('repo')))
    assert.equal(`${t}`, '+db +repo -repo -db')
  })

  it('in a cycle is refused with the path', async () => {
    const t = new Trace()
    const ring = part(lazy(asking(t, 'a', 'b')), lazy(asking(t, 'b', 'c')), lazy(asking(t, 'c', 'a')), ask('a'))
    await assert.rejects(run(ring), (error: UsageError) => {
      assert.equal(error.code, 'LAZY_CYCLE')
      assert.match(error.message, /^lazy pipes wait for each other: c → a → b → c\. /)
      return true
    })
    assert.equal(`${t}`, '')
  })

  it('and is that pipe itself, is refused', async () => {
    const t = new Trace()
    await assert.rejects(run(part(lazy(asking(t, 'a', 'a')), ask('a'))), { code: 'LAZY_CYCLE', message: /: a → a\./ })
  })

  it('may be asked for by two that wait for each other no more', async () => {
    const t = new Trace()
    const diamond = [lazy(asking(t, 'a', 'c')), lazy(asking(t, 'b', 'c')), lazy(t.slow('c'))] as const
    await run(part(...diamond, async (bag) => void (await Promise.all([ask('a')(bag), ask('b')(bag)]))))
    assert.equal(`${t}`, '+c +a +b -b -a -c')
  })

  it('may ask for one that waited for it, once that is entered', async () => {
    const t = new Trace()
    // Its marble asks later, for the pipe that asked for it.
    const db = pipe('db', (bag) => ({ repo: () => ask('repo')(bag) }))
    const repo = pipe('repo', async (bag) => void (await ask('db')(bag)))
    const later = async (bag: object) => {
      await ask('repo')(bag)
      const { repo } = (await ask('db')(bag)) as { repo(): Promise<unknown> }
      await repo()
      t.note('both')
    }
    await run(part(lazy(db), lazy(repo), later))
    assert.equal(`${t}`, 'both')
  })

  it('may ask again after a refused cycle', async () => {
    const t = new Trace()
    const ring = part(lazy(asking(t, 'a', 'b')), lazy(asking(t, 'b', 'a')), (bag) =>
      assert.rejects(ask('a')(bag), { code: 'LAZY_CYCLE' }),
    )
    await run(ring)
    await run(part(ring, (bag) => assert.rejects(ask('b')(bag), { code: 'LAZY_CYCLE', message: /: a → b → a/ })))
  })
})
