import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outgoing } from '../../../pipes/sse/outgoing.ts'
import { clock } from '../../../src/net/clock.ts'

const MUCH = 'x'.repeat(65_536)

/** A response that takes what it is given when it is told to. */
function response() {
  const [written, told]: [string[], unknown[]] = [[], []]
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  let open = true
  const outgoing = new Outgoing(
    (chunk) => {
      written.push(String(chunk))
      if (open) return undefined
      return new Promise<void>((resolve, reject) => {
        settle = { resolve, reject }
      })
    },
    { drained: () => told.push('drained'), broke: (error) => told.push(error) },
  )
  return {
    outgoing,
    written,
    told,
    block: () => {
      open = false
    },
    take: async (more = true) => {
      open = more
      settle?.resolve()
      await new Promise((resolve) => setImmediate(resolve))
    },
    fail: async (error: unknown) => {
      settle?.reject(error)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('the way out of a stream', () => {
  it('gives what it can at once, each by itself', () => {
    const { outgoing, written } = response()
    assert.deepEqual([outgoing.add('a'), outgoing.add('b')], [true, true])
    assert.deepEqual(written, ['a', 'b'])
  })

  it('joins what waits, and says when 64 KiB do', async () => {
    const { outgoing, written, told, block, take } = response()
    block()
    assert.equal(outgoing.add('a'), true)
    assert.deepEqual([outgoing.add('b'), outgoing.add('c')], [true, true])
    assert.equal(outgoing.add(MUCH), false)
    assert.equal(outgoing.add('d'), false)
    assert.equal(outgoing.size, 65_539)
    await take(false)
    assert.deepEqual(written, ['a', `bc${MUCH}d`])
    assert.deepEqual(told, ['drained'])
    assert.equal(outgoing.size, 0)
  })

  it('is empty when everything is taken', async () => {
    const { outgoing, block, take } = response()
    await outgoing.empty()
    block()
    outgoing.add('a')
    outgoing.add('b')
    let empty = false
    const emptied = outgoing.empty().then(() => {
      empty = true
    })
    await take(false)
    assert.equal(empty, false)
    await take()
    await emptied
    assert.equal(empty, true)
  })

  it('tells what the response throws, at once or later', async () => {
    const error = new Error('gone')
    const { outgoing, told, block, fail } = response()
    block()
    outgoing.add('a')
    await fail(error)
    assert.deepEqual(told, [error])
    const thrown: unknown[] = []
    const broken = new Outgoing(
      () => {
        throw error
      },
      { drained() {}, broke: (each) => thrown.push(each) },
    )
    assert.equal(broken.add('a'), true)
    assert.deepEqual(thrown, [error])
  })

  it('is idle or stalled by the clock, never both', async () => {
    const { outgoing, block, take } = response()
    outgoing.add('a')
    const begun = clock.now
    assert.deepEqual([outgoing.idle(begun + 9, 10), outgoing.idle(begun + 10, 10)], [false, true])
    assert.equal(outgoing.stalled(begun + 100, 10), false)
    block()
    outgoing.add('a')
    assert.deepEqual([outgoing.stalled(begun + 9, 10), outgoing.stalled(begun + 10, 10)], [false, true])
    assert.equal(outgoing.idle(begun + 100, 10), false)
    await take()
    assert.equal(outgoing.stalled(begun + 100, 10), false)
  })

  it('sends nothing once it is lost, and lets go of whoever waits', async () => {
    const { outgoing, written, told, block, take } = response()
    block()
    outgoing.add('a')
    outgoing.add(MUCH)
    const empty = outgoing.empty()
    outgoing.lose()
    await empty
    assert.equal(outgoing.add('b'), true)
    await take()
    assert.deepEqual([written, told, outgoing.size], [['a'], [], 0])
  })
})
