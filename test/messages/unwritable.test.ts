import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { unwritable } from '../../src/messages/unwritable.ts'

const cause = new TypeError('refused')
const noBigInts = (value: unknown) => (typeof value === 'bigint' ? 'a BigInt' : undefined)

function told(value: unknown): string {
  const error = unwritable('json', value, noBigInts, cause)
  assert.ok(error instanceof UsageError, String(error))
  assert.deepEqual([error.code, error.pipe, error.marble, error.cause], ['WRITE_VALUE', 'json', 'write', cause])
  return error.message
}

describe('why a value cannot be written', () => {
  it('names what and where, in the order of writing', () => {
    assert.equal(told(1n), 'json() cannot write a BigInt.')
    assert.equal(told([0, [1n], 2n]), 'json() cannot write a BigInt, which is at value[1][0].')
    assert.equal(told({ ä: { 'a-b': 1n } }), 'json() cannot write a BigInt, which is at value.ä["a-b"].')
    assert.equal(told({ a: { toJSON: () => [1n] } }), 'json() cannot write a BigInt, which is at value.a[0].')
  })

  it('names a circle by its two ends, and not what stands twice side by side', () => {
    const twice = { a: 1 }
    const circle: unknown[] = [twice, twice]
    circle.push({ back: circle })
    assert.equal(told(circle), 'json() cannot write value[2].back, which is value again: a circle.')
  })

  it('is the error itself where the value threw it', () => {
    const value = {
      get a() {
        throw cause
      },
    }
    assert.equal(unwritable('json', value, noBigInts, cause), cause)
    assert.equal(unwritable('json', { a: 1 }, noBigInts, cause), cause)
  })

  it('is the depth or the length that was too much', () => {
    let deep: unknown = 0
    for (let level = 0; level < 100_000; level++) deep = [deep]
    const error = unwritable('json', deep, noBigInts, new RangeError('too deep'))
    assert.ok(error instanceof UsageError)
    assert.equal(error.message, 'json() cannot write this value: too deep.')
  })
})
