import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'

type Change =
  | { kind: 'set' | 'add' | 'setdefault'; key: string; value: number }
  | { kind: 'delete' | 'pop'; key: string }
  | { kind: 'popitem' | 'clear' }
  | { kind: 'update' | 'extend'; pairs: Pair<number>[] }

// The same in the fewest words: a new array for every change.
function model(pairs: Pair<number>[], change: Change): [after: Pair<number>[], result: unknown] {
  const others = (...keys: string[]) => pairs.filter(([key]) => !keys.includes(key))
  switch (change.kind) {
    case 'set':
      return [[...others(change.key), [change.key, change.value]], undefined]
    case 'add':
      return [[...pairs, [change.key, change.value]], undefined]
    case 'setdefault': {
      const first = pairs.find(([key]) => key === change.key)
      return first ? [pairs, first[1]] : [[...pairs, [change.key, change.value]], change.value]
    }
    case 'delete':
      return pairs.length === others(change.key).length ? [pairs, 'KEY_MISSING'] : [others(change.key), undefined]
    case 'pop': {
      const first = pairs.find(([key]) => key === change.key)
      return first ? [pairs.filter((pair) => pair !== first), first[1]] : [pairs, 'KEY_MISSING']
    }
    case 'popitem':
      return pairs.length === 0 ? [pairs, 'KEY_MISSING'] : [pairs.slice(0, -1), pairs.at(-1)]
    case 'clear':
      return [[], undefined]
    case 'update':
      return [[...others(...change.pairs.map(([key]) => key)), ...change.pairs], undefined]
    case 'extend':
      return [[...pairs, ...change.pairs], undefined]
  }
}

function real(dict: MultiDict<number>, change: Change): unknown {
  try {
    switch (change.kind) {
      case 'set':
      case 'add':
      case 'setdefault':
        return dict[change.kind](change.key, change.value)
      case 'delete':
      case 'pop':
        return dict[change.kind](change.key)
      case 'popitem':
      case 'clear':
        return dict[change.kind]()
      case 'update':
      case 'extend':
        return dict[change.kind](change.pairs)
    }
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

describe('against a naive model', () => {
  const key = fc.constantFrom('a', 'b', 'A', '', '__proto__')
  const value = fc.integer({ min: 0, max: 9 })
  const pairs = fc.array(fc.tuple(key, value), { maxLength: 4 })
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constantFrom('set', 'add', 'setdefault'), key, value }),
    fc.record({ kind: fc.constantFrom('delete', 'pop'), key }),
    fc.record({ kind: fc.constantFrom('popitem', 'clear') }),
    fc.record({ kind: fc.constantFrom('update', 'extend'), pairs }),
  )

  it('any changes in any order give the same pairs and the same answers', () => {
    fc.assert(
      fc.property(pairs, fc.array(change, { maxLength: 20 }), (start, changes) => {
        const dict = new MultiDict<number>(start)
        const list: Pair<number>[] = [...start]
        const view = MultiDict.view_list<MultiDict<number>>(list)
        let expected: Pair<number>[] = start
        for (const one of changes) {
          const [after, result] = model(expected, one)
          assert.deepEqual(real(dict, one), result)
          assert.deepEqual(real(view, one), result)
          assert.deepEqual([...dict], after)
          assert.deepEqual(list, after)
          expected = after
          for (const name of ['a', 'b', 'A', '', '__proto__', 'z']) {
            const values = after.filter((pair) => pair[0] === name).map((pair) => pair[1])
            assert.deepEqual(dict.getall(name), values)
            assert.equal(dict.get(name), values.at(-1))
            assert.equal(dict.has(name), values.length > 0)
          }
        }
        assert.deepEqual([...new MultiDict(dict.dict_of_lists()).keys()].sort(), [...dict.keys()].sort())
      }),
      { numRuns: 300 },
    )
  })
})
