// run(): a part without a connection.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Bag, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, messageOf, settled, Trace, through } from './tracing.ts'

describe('run()', () => {
  it('resolves to the bag when its flow has ended', async () => {
    const t = new Trace()
    const defers = (bag: Bag) => bag.defer(() => settled().then(() => t.note('deferred')))
    const bag = await run(part(t.pipe('a'), t.slow('b'), defers))
    assert.equal(`${t}`, '+a +b -b -a deferred')
    assert.deepEqual([bag.a, bag.b], ['a', 'b'])
  })

  it('takes a single pipe, or a function', async () => {
    assert.equal((await run(pipe('a', () => 1))).a, 1)
    const t = new Trace()
    await run(t.step('step'))
    assert.equal(`${t}`, 'step')
  })

  it('gives the pipes the marbles that it was given', async () => {
    const bag = await run(
      part(
        through('in', (next) => next()),
        ({ a }: { a: number }) => assert.equal(a, 1),
      ),
      { a: 1 },
    )
    assert.equal(bag.a, 1)
  })

  it('gives what steps return to the write among them, and drops it where there is none', async () => {
    const written: unknown[] = []
    const steps = part(
      () => 'text',
      () => undefined,
      () => null,
      async () => 7,
      async () => undefined,
      () => [1],
    )
    await run(steps, { write: (value: unknown) => void written.push(value) })
    await run(steps)
    assert.deepEqual(written, ['text', null, 7, [1]])
  })

  it('waits for a write that takes its time, and fails with it', async () => {
    const t = new Trace()
    const write = async (value: unknown) => {
      await settled()
      if (value === 'bad') throw new Error('W')
      t.note(`wrote ${value}`)
    }
    await run(
      part(() => 'one', t.step('after')),
      { write },
    )
    await assert.rejects(
      run(
        part(t.pipe('a'), () => 'bad', t.step('unreached')),
        { write },
      ),
      { message: 'W' },
    )
    assert.equal(`${t}`, 'wrote one after +a -a(W)')
  })

  it('rejects with the error that nobody recovered', async () => {
    const error = new Error('E')
    await assert.rejects(
      run(
        part(() => {
          throw error
        }),
      ),
      (thrown) => thrown === error,
    )
  })

  it('opens before the flow and closes after it, also if it fails', async () => {
    const t = new Trace()
    const pool: Pipe<{}, {}> = { name: 'pool', open: () => t.note('open'), close: () => t.note('close') }
    await run(part(pool, t.pipe('a')))
    await assert.rejects(run(part(pool, t.pipe('a'), failing('E'))), { message: 'E' })
    assert.equal(`${t}`, 'open +a -a close open +a -a(E) close')
  })

  it('does not run the flow if a pipe does not open', async () => {
    const t = new Trace()
    await assert.rejects(run(part({ name: 'pool', open: failing('O') }, t.step('unreached'))), { message: 'O' })
    assert.equal(`${t}`, '')
  })

  it("hangs a close's error on the flow's", async () => {
    const pool: Pipe<{}, {}> = { name: 'pool', close: failing('C') }
    await assert.rejects(run(part(pool)), { message: 'C' })
    await assert.rejects(run(part(pool, failing('E'))), (error) => messageOf(error) === 'E~C')
  })

  it('runs the same part any number of times, also at the same time', async () => {
    const t = new Trace()
    const twice = part(t.slow('a'), (bag) => assert.equal(bag.a, 'a'))
    const bags = await Promise.all([run(twice), run(twice)])
    assert.notEqual(bags[0], bags[1])
    assert.equal(`${t}`, '+a -a +a -a')
  })
})
