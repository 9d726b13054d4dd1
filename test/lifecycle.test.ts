// open and close of pipes: once, in order and in reverse.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias, failureOf, lazy, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, messageOf, router, settled, Trace, through } from './tracing.ts'

/** open and close, at once or a turn later. */
function lifecycle(t: Trace, name: string, slow = false) {
  const note = (line: string) => (slow ? settled().then(() => t.note(line)) : t.note(line))
  return { open: () => note(`open ${name}`), close: () => note(`close ${name}`) }
}

const opens = (t: Trace, name: string, slow = false): Pipe<{}, {}> => ({ name, ...lifecycle(t, name, slow) })

const failed = (stage: string) => (error: unknown) => {
  assert.deepEqual(failureOf(error), { pipe: 'bad', stage })
  return true
}

describe('open and close', () => {
  it('run in the order of the stack, and in reverse', async () => {
    const t = new Trace()
    await run(part(opens(t, 'a'), part(opens(t, 'b', true), opens(t, 'c')), opens(t, 'd', true), t.step('run')))
    assert.equal(`${t}`, 'open a open b open c open d run close d close c close b close a')
  })

  it('reach lazy and aliased pipes, those below through pipes and those in parts, in the order of a flow', async () => {
    const t = new Trace()
    const adds = <Name extends string>(name: Name) =>
      Object.assign(
        pipe(name, () => 1),
        lifecycle(t, name),
      )
    const routes = router({
      '/x': opens(t, 'x'),
      '/y': part(
        through('in', (next) => next()),
        opens(t, 'y'),
      ),
    })
    await run(part(lazy(adds('a')), alias(adds('b'), { b: 'c' }), routes, opens(t, 'z')))
    assert.equal(`${t}`, 'open a open b open x open y open z close z close y close x close b close a')
  })

  it('run once for a pipe that stands in several places', async () => {
    const t = new Trace()
    const pool = opens(t, 'pool')
    await run(part(pool, router({ '/a': pool, '/b': part(pool, t.step('b')) }), pool))
    assert.equal(`${t}`, 'open pool close pool')
  })

  it('may each be there without the other, and beside enter, leave and through', async () => {
    const t = new Trace()
    const only: Pipe<{}, {}> = { name: 'a', open: () => t.note('open a') }
    const leaves: Pipe<{}, {}> = { name: 'b', close: () => t.note('close b'), leave: () => t.note('-b') }
    const around: Pipe<{}, {}> = { ...opens(t, 'c'), through: (_bag, next) => next({}) }
    await run(part(only, leaves, around, t.step('run')))
    assert.equal(`${t}`, 'open a open c run -b close c close b')
  })

  it('keep their `this`', async () => {
    class Pool {
      readonly name = 'pool'
      state = 'new'
      open(): void {
        this.state = 'open'
      }
      close(): void {
        this.state += ', closed'
      }
    }
    const pool = new Pool()
    await run(part(pool, () => assert.equal(pool.state, 'open')))
    assert.equal(pool.state, 'open, closed')
  })
})

describe('a pipe that does not open', () => {
  for (const slow of [false, true]) {
    it(`has those before it closed, in reverse, and is not closed itself${slow ? ', asynchronously' : ''}`, async () => {
      const t = new Trace()
      const bad: Pipe<{}, {}> = { name: 'bad', open: async () => failing('O')(), close: () => t.note('close bad') }
      const stack = part(opens(t, 'a', slow), opens(t, 'b', slow), bad, opens(t, 'c', slow))
      await assert.rejects(run(stack), failed('open'))
      assert.equal(`${t}`, 'open a open b close b close a')
    })
  }

  it('keeps its error, with those of the closes hung on it', async () => {
    const t = new Trace()
    const bad = { name: 'bad', open: failing('O') }
    const closes = (message: string) => ({ name: message, close: failing(message) })
    const stack = part(closes('C1'), opens(t, 'b'), closes('C2'), bad)
    await assert.rejects(run(stack), (error) => messageOf(error) === 'O~C1~C2' && failed('open')(error))
    assert.equal(`${t}`, 'open b close b')
  })

  it('gives an Error also where nothing was thrown', async () => {
    const bad: Pipe<{}, {}> = { name: 'bad', open: () => Promise.reject() }
    await assert.rejects(run(part(bad)), { message: 'pipe "bad" threw undefined' })
  })
})

describe('a pipe that does not close', () => {
  it('does not keep the others from being closed', async () => {
    const t = new Trace()
    const bad = { name: 'bad', close: failing('C') }
    await assert.rejects(run(part(opens(t, 'a'), bad, opens(t, 'b'))), failed('close'))
    assert.equal(`${t}`, 'open a open b close b close a')
  })

  it('has its error hung on that of one that failed before', async () => {
    const closes = (message: string) => ({ name: message, close: async () => failing(message)() })
    await assert.rejects(run(part(closes('C1'), closes('C2'), closes('C3'))), (e) => messageOf(e) === 'C3~C1~C2')
  })
})
