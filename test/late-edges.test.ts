// Lazy pipes at the end of a flow: asked for too late, not awaited, failing when nobody waits any more.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Bag, lazy, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, messageOf, settled, Trace, through } from './tracing.ts'

interface Asks {
  enter(name: 'db'): Promise<unknown>
}

describe('a lazy pipe asked for after leaving began', () => {
  const late = { name: 'UsageError', code: 'FLOW_LEAVING' }

  it('is an error in a leave', async () => {
    const t = new Trace()
    const asks: Pipe<Asks, {}> = { name: 'late', leave: (bag) => bag.enter('db') }
    await assert.rejects(run(part(lazy(t.pipe('db')), t.pipe('a'), asks)), late)
    assert.equal(
      `${t}`,
      '+a -a(enter("db") was called after the flow began to leave, so nobody would leave the pipe. Enter it before.)',
    )
  })

  it('is an error when the flow has ended', async () => {
    const t = new Trace()
    const bag = await run(part(lazy(t.pipe('db')), t.step('a')))
    await assert.rejects(bag.enter('db'), late)
    assert.equal(`${t}`, 'a')
  })

  it('is an error in a deferred function', async () => {
    const t = new Trace()
    const defers = (bag: Bag<Asks>) => bag.defer(() => bag.enter('db'))
    await assert.rejects(run(part(lazy(t.pipe('db')), defers)), late)
  })

  it('is no error if it was entered before: it is the same marble until it is left', async () => {
    const t = new Trace()
    const asks: Pipe<Asks, {}> = {
      name: 'asks',
      enter: (bag) => bag.enter('db'),
      leave: async (bag) => t.note(`still ${await bag.enter('db')}`),
    }
    await run(part(lazy(t.pipe('db')), asks))
    assert.equal(`${t}`, '+db still db -db')
  })

  it('is an error once it has been left', async () => {
    const t = new Trace()
    const asks: Pipe<Asks, {}> = { name: 'asks', leave: (bag) => assert.rejects(bag.enter('db'), late) }
    await run(part(lazy(t.pipe('db')), asks, (bag) => bag.enter('db')))
    assert.equal(`${t}`, '+db -db')
  })

  it('is an error for a lazy pipe on its way in', async () => {
    const t = new Trace()
    const slow: Pipe<Asks, {}> = {
      name: 'slow',
      enter: async (bag) => {
        await settled()
        await assert.rejects(bag.enter('db'), late)
      },
    }
    const floats = (bag: object) => void Reflect.get(bag, 'enter')('slow')
    await run(part(lazy(t.pipe('db')), lazy(slow), floats))
    assert.equal(`${t}`, '')
  })
})

describe('a lazy pipe that nobody waits for', () => {
  const floats = (bag: Asks) => {
    bag.enter('db')
  }

  it('is waited for and left before anything else', async () => {
    const t = new Trace()
    await run(part(lazy(t.slow('db')), t.pipe('a'), floats, t.pipe('b')))
    assert.equal(`${t}`, '+a +b +db -db -b -a')
  })

  it('is waited for before those are left that came in already', async () => {
    const t = new Trace()
    const asksBoth = async (bag: Asks & { enter(name: 'cache'): Promise<unknown> }) => {
      bag.enter('cache')
      await bag.enter('db')
    }
    await run(part(lazy(t.pipe('db')), lazy(t.slow('cache')), asksBoth))
    assert.equal(`${t}`, '+db +cache -cache -db')
  })

  it('and that came in between two pipes is left between them', async () => {
    const t = new Trace()
    await run(part(lazy(t.pipe('db')), t.pipe('a'), floats, t.slow('b'), t.pipe('c')))
    assert.equal(`${t}`, '+a +db +b +c -c -b -db -a')
  })

  it('asked for by a through pipe is left after the run inside', async () => {
    const t = new Trace()
    const asks: Pipe<Asks, {}> = {
      name: 'asks',
      through: (bag, next) => {
        bag.enter('db')
        return next({})
      },
    }
    await run(part(lazy(t.slow('db')), t.pipe('a'), asks, t.pipe('b')))
    assert.equal(`${t}`, '+a +b -b +db -db -a')
  })

  it('hangs its error on that of the flow, if it fails after the flow did', async () => {
    const t = new Trace()
    const fails = t.slow('db', { enter: failing('L') })
    const both = async (bag: Asks) => void (await Promise.all([bag.enter('db'), Promise.reject(new Error('E'))]))
    await assert.rejects(run(part(t.pipe('a'), lazy(fails), both)), (error) => messageOf(error) === 'E~L')
    assert.equal(`${t}`, '+a -a(E~L)')
  })

  it('keeps its error to itself where whoever asked stopped waiting, and the flow went well', async () => {
    const t = new Trace()
    const fails = t.slow('db', { enter: failing('L') })
    const races = async (bag: Asks) => t.note(`${await Promise.race([bag.enter('db'), 'cached'])}`)
    await run(part(t.pipe('a'), lazy(fails), races))
    assert.equal(`${t}`, '+a cached -a')
  })

  it('is an unhandled rejection if it fails and nobody ever asked for the outcome', () => {
    const source = `
      import { lazy, part, pipe, run } from ${JSON.stringify(new URL('../src/index.js', import.meta.url).href)}
      process.on('unhandledRejection', (error) => console.log('unhandled:', error.message))
      const db = lazy(pipe('db', async () => { throw new Error('lost?') }))
      await run(part(db, (bag) => { bag.enter('db') }))
      console.log('run')`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    })
    assert.deepEqual(stdout.trim().split('\n').sort(), ['run', 'unhandled: lost?'])
  })
})

describe('enter(name)', () => {
  it('of an eager pipe is an error: there is nothing to enter', async () => {
    const asks = (bag: object) => Reflect.get(bag, 'enter')('db')
    await assert.rejects(
      run(
        part(
          pipe('db', () => 1),
          asks,
        ),
      ),
      { code: 'LAZY_UNKNOWN', message: /There is none above/ },
    )
  })

  it('of a lazy pipe that stands below is an error', async () => {
    const asks = (bag: object) => Reflect.get(bag, 'enter')('db')
    const below = part(
      asks,
      through('in', (next) => next()),
      lazy(pipe('db', () => 1)),
    )
    await assert.rejects(run(below), { code: 'LAZY_UNKNOWN' })
  })

  it('quotes a long name, cut', async () => {
    const asks = (bag: object) => Reflect.get(bag, 'enter')('\n'.repeat(100))
    await assert.rejects(run(part(asks)), { code: 'LAZY_UNKNOWN', message: /^enter\("(\\n){40}…"\)/ })
  })

  it('may be taken out of the bag', async () => {
    const t = new Trace()
    await run(part(lazy(t.pipe('db')), ({ enter }) => enter('db')))
    assert.equal(`${t}`, '+db -db')
  })
})
