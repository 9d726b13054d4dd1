import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonOptions, json } from '../../pipes/json.ts'
import type { PeerError } from '../../src/errors.ts'
import { isPeer } from '../framing.ts'
import { isUsage, reads as readsBy } from './marshalled.ts'

const reads = (given: readonly (string | Uint8Array)[], options: JsonOptions = {}) => readsBy(json(options), given)

describe('invalid', () => {
  it('as skip reports a bad message and goes on', async () => {
    const { values, errors } = await reads(['1', '{', '2', '', '3'], { invalid: 'skip' })
    assert.deepEqual(values, [1, 2, 3])
    assert.deepEqual(
      errors.map((error) => isPeer('MESSAGE_BAD')(error)),
      [true, true],
    )
  })

  it('as a function answers a bad message, now or later, and goes on', async () => {
    for (const invalid of [
      (error: PeerError) => ({ error: error.code }),
      async (error: PeerError) => ({ error: error.code }),
    ]) {
      const { values, written, errors } = await reads(['1', '{', '2'], { invalid })
      assert.deepEqual(values, [1, 2])
      assert.deepEqual(written, ['{"error":"MESSAGE_BAD"}'])
      assert.deepEqual(errors, [])
    }
  })

  it('as a function answers nothing where it returns nothing', async () => {
    const { values, written } = await reads(['{', '2'], { invalid: () => undefined })
    assert.deepEqual([values, written], [[2], []])
  })

  it('as a function is given the bag', async () => {
    const remotes: string[] = []
    await reads(['{'], { invalid: (_, { connection }) => void remotes.push(connection.remote) })
    assert.match(remotes.join(), /^memory:/)
  })

  it('as a function that fails, or whose answer cannot be written, ends the flow', async () => {
    const thrown = new Error('mine')
    const ways: NonNullable<JsonOptions['invalid']>[] = [
      () => {
        throw thrown
      },
      () => Promise.reject(thrown),
    ]
    for (const invalid of ways) assert.equal((await reads(['{', '2'], { invalid })).error, thrown)
    const { error, values } = await reads(['{', '2'], { invalid: () => 1n })
    assert.ok(isUsage('WRITE_VALUE', 'a BigInt')(error))
    assert.deepEqual(values, [])
  })

  it('as a function that waits lets nothing in meanwhile', async () => {
    const order: string[] = []
    const { values } = await reads(['{', '2'], {
      invalid: async () => {
        order.push('asked')
        await new Promise((resolve) => setImmediate(resolve))
        order.push('answered')
      },
    })
    assert.deepEqual(values, [2])
    assert.deepEqual(order, ['asked', 'answered'])
  })
})
