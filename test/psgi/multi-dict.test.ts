import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'

const abca = (): MultiDict =>
  new MultiDict([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
    ['a', '4'],
  ])

describe('reading', () => {
  it('get gives the last value, or the fallback', () => {
    assert.equal(abca().get('a'), '4')
    assert.equal(abca().get('z'), undefined)
    assert.equal(abca().get('z', null), null)
    assert.equal(abca().get('a', null), '4')
  })

  it('get tells a stored undefined from a missing key', () => {
    assert.equal(new MultiDict<undefined>([['a', undefined]]).get('a', 'none'), undefined)
  })

  it('keys are compared exactly', () => {
    assert.equal(abca().get('A'), undefined)
    assert.equal(abca().has('A'), false)
    assert.equal(abca().has('a'), true)
  })

  it('getall gives all values in order, or none', () => {
    assert.deepEqual(abca().getall('a'), ['1', '4'])
    assert.deepEqual(abca().getall('z'), [])
  })

  it('getone gives the only value', () => {
    assert.equal(abca().getone('b'), '2')
  })

  it('getone refuses none and several, and does not show the values', () => {
    assert.throws(() => abca().getone('z'), {
      code: 'KEY_MISSING',
      message: 'MultiDict.getone() found no key "z".',
    })
    assert.throws(() => abca().getone('a'), {
      code: 'KEY_MISSING',
      message:
        'MultiDict.getone() found 2 values of "a" where it allows one. Use get() for the last, getall() for all.',
    })
  })

  it('length counts pairs', () => {
    assert.equal(abca().length, 4)
  })

  it('keys, values, entries, items and iteration give every pair', () => {
    const pairs = [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
      ['a', '4'],
    ]
    assert.deepEqual([...abca().keys()], ['a', 'b', 'c', 'a'])
    assert.deepEqual([...abca().values()], ['1', '2', '3', '4'])
    assert.deepEqual([...abca().entries()], pairs)
    assert.deepEqual([...abca().items()], pairs)
    assert.deepEqual([...abca()], pairs)
  })

  it('an iterator is used up once', () => {
    for (const name of ['keys', 'values', 'entries', 'items'] as const) {
      const iterator = abca()[name]()
      assert.equal([...iterator].length, 4)
      assert.equal([...iterator].length, 0)
    }
  })
})

describe('writing', () => {
  it('set removes every match and appends at the end', () => {
    const dict = abca()
    dict.set('a', '9')
    assert.deepEqual(
      [...dict],
      [
        ['b', '2'],
        ['c', '3'],
        ['a', '9'],
      ],
    )
  })

  it('add appends', () => {
    const dict = abca()
    dict.add('b', '9')
    assert.deepEqual(dict.getall('b'), ['2', '9'])
    assert.equal([...dict].at(-1)?.[0], 'b')
  })

  it('set and add refuse a key that is no string, and change nothing', () => {
    const dict = abca()
    assert.throws(() => dict.set(1 as never, '9'), { code: 'PAIR_BAD' })
    assert.throws(() => dict.add(Symbol('a') as never, '9'), { code: 'PAIR_BAD' })
    assert.equal(dict.equals(abca()), true)
  })

  it('any value goes in, line breaks too: what may be sent is not its business', () => {
    const dict = new MultiDict<unknown>()
    dict.add('a\r\n', null)
    dict.add('a\r\n', 5)
    assert.deepEqual(dict.getall('a\r\n'), [null, 5])
  })

  it('delete removes all matches, and refuses a missing key', () => {
    const dict = abca()
    dict.delete('a')
    assert.deepEqual([...dict.keys()], ['b', 'c'])
    assert.throws(() => dict.delete('a'), { code: 'KEY_MISSING', message: 'MultiDict.delete() found no key "a".' })
  })

  it('setdefault gives the first value that is there', () => {
    const dict = abca()
    assert.equal(dict.setdefault('a', '9'), '1')
    assert.equal(dict.length, 4)
  })

  it('setdefault appends what is missing, null too', () => {
    const dict = new MultiDict<string | null>([['a', '1']])
    assert.equal(dict.setdefault('b', null), null)
    assert.deepEqual(
      [...dict],
      [
        ['a', '1'],
        ['b', null],
      ],
    )
  })

  it('pop removes the first match only', () => {
    const dict = abca()
    assert.equal(dict.pop('a'), '1')
    assert.deepEqual([...dict.keys()], ['b', 'c', 'a'])
  })

  it('pop of a missing key gives the fallback, even undefined, or is refused', () => {
    const dict = abca()
    assert.equal(dict.pop('z', '9'), '9')
    assert.equal(dict.pop('z', undefined), undefined)
    assert.throws(() => dict.pop('z'), { code: 'KEY_MISSING', message: 'MultiDict.pop() found no key "z".' })
    assert.equal(dict.length, 4)
  })

  it('popitem removes the last pair, and refuses an empty one', () => {
    const dict = new MultiDict([
      ['a', '1'],
      ['b', '2'],
    ])
    assert.deepEqual(dict.popitem(), ['b', '2'])
    assert.deepEqual(dict.popitem(), ['a', '1'])
    assert.throws(() => dict.popitem(), { code: 'KEY_MISSING' })
  })

  it('update replaces the keys it is given and keeps all their values', () => {
    const dict = abca()
    dict.update([
      ['c', '7'],
      ['a', '8'],
      ['c', '9'],
    ])
    assert.deepEqual(
      [...dict],
      [
        ['b', '2'],
        ['c', '7'],
        ['a', '8'],
        ['c', '9'],
      ],
    )
  })

  it('update takes a generator and an object with arrays', () => {
    const dict = abca()
    dict.update(new MultiDict({ a: '5' }).entries())
    dict.update({ b: ['6', '7'] })
    assert.deepEqual(dict.dict_of_lists(), { __proto__: null, c: ['3'], a: ['5'], b: ['6', '7'] })
  })

  it('extend appends everything, from a plain object too', () => {
    const dict = abca()
    dict.extend([['a', '5']])
    dict.extend({ a: ['6', '7'] })
    assert.deepEqual(dict.getall('a'), ['1', '4', '5', '6', '7'])
  })

  it('update and extend by itself come to an end', () => {
    const dict = abca()
    dict.update(dict)
    assert.equal(dict.equals(abca()), true)
    dict.extend(dict)
    assert.equal(dict.length, 8)
  })

  it('update and extend change nothing where a pair is bad or the source breaks off', () => {
    function* broken(): Iterable<Pair> {
      yield ['a', '9']
      throw new Error('broke off')
    }
    const dict = abca()
    assert.throws(() => dict.update([['a', '9'], ['b']] as never), { code: 'PAIR_BAD' })
    assert.throws(() => dict.extend([['a', '9'], ['b']] as never), { code: 'PAIR_BAD' })
    assert.throws(() => dict.update(broken()), { message: 'broke off' })
    assert.throws(() => dict.extend(broken()), { message: 'broke off' })
    assert.equal(dict.equals(abca()), true)
  })

  it('clear removes everything', () => {
    const dict = abca()
    dict.clear()
    assert.equal(dict.length, 0)
  })
})
