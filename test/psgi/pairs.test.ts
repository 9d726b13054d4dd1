import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'

describe('what a multi-dict is made from', () => {
  const pairs: Pair[] = [
    ['b', '1'],
    ['a', '2'],
    ['b', '3'],
  ]

  it('nothing gives an empty one', () => {
    assert.equal(new MultiDict().length, 0)
    assert.equal(new MultiDict(undefined).length, 0)
  })

  it('keeps the order and the repeated keys of pairs', () => {
    assert.deepEqual([...new MultiDict(pairs)], pairs)
  })

  it('takes a generator', () => {
    function* generate(): Iterable<Pair> {
      yield* pairs
    }
    assert.deepEqual([...new MultiDict(generate())], pairs)
  })

  it('takes objects with items() or entries(), and prefers items()', () => {
    assert.deepEqual([...new MultiDict({ items: () => pairs })], pairs)
    assert.deepEqual([...new MultiDict({ entries: () => pairs.values() })], pairs)
    assert.deepEqual([...new MultiDict({ items: () => pairs, entries: () => [] })], pairs)
  })

  it('keeps the repeated keys of another multi-dict, and is independent of it', () => {
    const first = new MultiDict(pairs)
    const second = new MultiDict(first)
    first.clear()
    assert.deepEqual([...second], pairs)
  })

  it('takes a Map and a plain object, whose array values are repeated keys', () => {
    const expected = [
      ['a', '1'],
      ['b', '2'],
      ['b', '3'],
    ]
    assert.deepEqual(
      [
        ...new MultiDict<string>(
          new Map<string, string | string[]>([
            ['a', '1'],
            ['b', ['2', '3']],
          ]),
        ),
      ],
      expected,
    )
    assert.deepEqual([...new MultiDict<string>({ a: '1', b: ['2', '3'] })], expected)
    assert.deepEqual([...new MultiDict<string>({ __proto__: null, a: '1', b: ['2', '3'] } as {})], expected)
  })

  it('does not take array values of pairs apart', () => {
    assert.deepEqual([...new MultiDict([['a', ['1', '2']]])], [['a', ['1', '2']]])
  })

  it('does not share pairs with what it was made from', () => {
    const own: [string, string][] = [['a', '1']]
    const dict = new MultiDict(own)
    for (const pair of own) pair[1] = '2'
    own.pop()
    assert.equal(dict.get('a'), '1')
  })

  const refused: [string, unknown, RegExp][] = [
    ['null', null, /got null\./],
    ['a string', 'a=1', /got a string\./],
    ['a number', 5, /got a number\./],
    ['a promise', Promise.resolve([]), /got a Promise object\./],
    ['an object that is an async iterable', { async *[Symbol.asyncIterator]() {} }, /got an async iterable\./],
    ['an async generator', (async function* () {})(), /got an async iterable\./],
    ['an instance of some class', new Date(0), /got a Date object\./],
    ['a flat array', ['a', '1'], /got a string at position 0\./],
    [
      'a pair of three',
      [
        ['a', '1'],
        ['b', '2', '3'],
      ],
      /got an array of 3 at position 1\./,
    ],
    ['a pair of one', [['a']], /got an array of 1 at position 0\./],
    ['a hole', [undefined], /got undefined at position 0\./],
    ['a key that is a number', [[1, '1']], /got a key that is a number\./],
    ['a promise from items()', { items: async () => [] }, /got a Promise object from items\(\)\./],
    ['a bad pair from entries()', { entries: () => ['ab'] }, /got a string at position 0 from entries\(\)\./],
  ]
  for (const [name, source, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => new MultiDict(source as []), { name: 'UsageError', code: 'PAIR_BAD', message })
    })
  }

  it('says what it takes', () => {
    assert.throws(() => new MultiDict(5 as never), {
      message:
        'MultiDict got a number. Allowed are [key, value] pairs, a Map, a plain object, an object with items() or ' +
        'entries(), and another multi-dict.',
    })
  })
})
