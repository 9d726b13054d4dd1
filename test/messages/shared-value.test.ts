import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Format } from '../../src/messages/format.ts'
import { SharedValue } from '../../src/messages/shared-value.ts'

function counting(encode: (value: unknown) => string): Format & { count: number } {
  return {
    name: 'counting',
    mediaType: 'text/plain',
    maxBytes: 1_000,
    count: 0,
    encode(value) {
      this.count++
      return encode(value)
    },
    decode: (message) => message,
  }
}

describe('SharedValue', () => {
  it('is encoded once by each format', () => {
    const [one, other] = [counting((value) => JSON.stringify(value)), counting(() => 'other')]
    const shared = new SharedValue({ a: 1 })
    for (let at = 0; at < 3; at++) {
      assert.equal(shared.encodedBy(one), '{"a":1}')
      assert.equal(shared.encodedBy(other), 'other')
    }
    assert.deepEqual([one.count, other.count], [1, 1])
  })

  it('throws what the format throws, each time', () => {
    const refuses = counting(() => {
      throw new Error('unwritable')
    })
    const shared = new SharedValue({})
    for (let at = 0; at < 2; at++) assert.throws(() => shared.encodedBy(refuses), /unwritable/)
  })
})
