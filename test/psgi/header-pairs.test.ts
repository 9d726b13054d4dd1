import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listPairs, readPair } from '../../src/psgi/header-pairs.ts'
import { refuses } from './encode-error.ts'

const PAIRS = [
  ['A', '1'],
  ['B', '2'],
]

describe('listPairs', () => {
  it('takes arrays as they are and reads every other iterable', () => {
    assert.equal(listPairs({ as_list: () => PAIRS }), PAIRS)
    assert.deepEqual(listPairs({ as_list: () => new Set(PAIRS) }), PAIRS)
    assert.deepEqual(listPairs({ as_list: () => new Map([['A', '1']]) }), [['A', '1']])
    assert.deepEqual(listPairs({ as_list: () => PAIRS.values() }), PAIRS)
  })

  it('calls as_list as a method', () => {
    const list = {
      pairs: PAIRS,
      as_list() {
        return this.pairs
      },
    }
    assert.equal(listPairs(list), PAIRS)
  })

  for (const list of [undefined, null, 'X: y', 5, {}, [], [['A', '1']], { as_list: [] }, new Map(), () => []]) {
    it(`refuses a header_list without as_list(): ${JSON.stringify(list) ?? typeof list}`, () => {
      refuses(() => listPairs(list), 'FORMAT_MISMATCH', 'response.header_list is', 'as_list()', 'adapt_headers()')
    })
  }

  for (const given of [undefined, null, 'X: y', 5, {}, Promise.resolve([])]) {
    it(`refuses an as_list() that gives ${JSON.stringify(given) ?? 'undefined'}`, () => {
      refuses(() => listPairs({ as_list: () => given }), 'FORMAT_MISMATCH', 'response.header_list.as_list() gave')
    })
  }

  it('lets an error of as_list() pass as it is', () => {
    const own = new Error('own')
    const as_list = () => {
      throw own
    }
    assert.throws(
      () => listPairs({ as_list }),
      (error) => error === own,
    )
  })
})

describe('readPair', () => {
  for (const pair of [undefined, null, 'ab', ['a'], ['a', 'b', 'c'], { 0: 'a', 1: 'b', length: 2 }, []]) {
    it(`refuses ${JSON.stringify(pair) ?? 'undefined'} and names its position`, () => {
      refuses(() => readPair(pair, 3), 'HEADER_BAD', 'response.header_list[3] is', '[name, value]')
    })
  }
})
