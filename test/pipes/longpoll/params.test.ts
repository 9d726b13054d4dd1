import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countOf, listOf, paramOf } from '../../../pipes/longpoll/params.ts'

describe('params of a call', () => {
  it('are given by position or by name', () => {
    assert.equal(paramOf(['x', 1], 0, 'id'), 'x')
    assert.equal(paramOf({ id: 'x' }, 0, 'id'), 'x')
    assert.equal(paramOf(undefined, 0, 'id'), undefined)
    assert.equal(paramOf({}, 0, 'toString'), undefined)
    assert.equal(countOf({ ack: 0 }, 1, 'ack', 0), 0)
    assert.deepEqual(listOf(['x', 1, []], 2, 'messages'), [])
  })

  for (const bad of [-1, 1.5, '1', null, Number.NaN, 2 ** 53, [], undefined]) {
    it(`${String(bad)} is no count`, () => {
      assert.throws(() => countOf([bad], 0, 'ack', 0), { code: -32_602, data: 'ack is a whole number from 0' })
    })
  }

  it('an object is no list', () => {
    assert.throws(() => listOf([{ length: 1 }], 0, 'messages'), { code: -32_602 })
  })
})
