// DESIGN.md section 4 as properties of random stacks: eager and lazy pipes, steps, parts, routers and other through pipes that
// run what is below none, one or two times, flows in flows, aliases; each synchronous or not; and any stage may throw, interrupt,
// recover, defer, ask for a lazy pipe. A naive model says what must happen (flow-model/model.ts).

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { run } from '../src/index.ts'
import { causesOf } from './causes.ts'
import { build, Record } from './flow-model/build.ts'
import { model } from './flow-model/model.ts'
import { stacks } from './flow-model/stacks.ts'

/** Two calls in each of many through pipes are too many runs to wait for. */
const MOST_LINES = 3000

async function observe(nodes: Parameters<typeof build>[0]): Promise<{ record: Record; error: unknown }> {
  const record = new Record()
  const part = build(nodes, record)
  const error = await run(part).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  record.trace.push(`end run(${record.labelOf(error)})`)
  return { record, error }
}

const runs = Number(process.env.FC_RUNS ?? 400)

describe('random stacks', () => {
  it('do what the model does: the same pipes entered and left, in the same order, told of the same errors', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (nodes) => {
        const expected = model(nodes)
        fc.pre(expected.trace.length < MOST_LINES)
        const { record, error } = await observe(nodes)
        // The model's run ends before its deferred functions; ours is seen from outside.
        const lines = expected.trace.filter((line) => !line.startsWith('end run('))
        assert.deepEqual(record.trace, [...lines, `end run(${expected.error ?? ''})`])
        assert.equal(record.labelOf(error), expected.error ?? '')
      }),
      { numRuns: runs },
    )
  })

  it('leave every pipe that was entered exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (nodes) => {
        fc.pre(model(nodes).trace.length < MOST_LINES)
        const { record } = await observe(nodes)
        const count = (prefix: string) => record.trace.filter((line) => line.startsWith(prefix)).length
        const leaving = new Set(
          record.trace.filter((line) => line.startsWith('-')).map((line) => line.slice(1, line.indexOf('('))),
        )
        for (const id of leaving)
          assert.equal(count(`-${id}(`), record.trace.filter((line) => line === `+${id}`).length, id)
      }),
      { numRuns: runs },
    )
  })

  it('lose no error: each is carried by the one that leaves the whole, or somebody dealt with it', async () => {
    await fc.assert(
      fc.asyncProperty(stacks, async (nodes) => {
        const { trace, dealtWith } = model(nodes)
        fc.pre(trace.length < MOST_LINES)
        const { record, error } = await observe(nodes)
        const carried = causesOf(error)
        const lost = [...record.thrown].filter(([label, one]) => !carried.has(one) && !dealtWith.has(label))
        assert.deepEqual(lost, [])
      }),
      { numRuns: runs },
    )
  })
})
