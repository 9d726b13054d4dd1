import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'

const abca = (): MultiDict =>
  new MultiDict([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
    ['a', '4'],
  ])

describe('view_list', () => {
  it('shares its array: changes show on both sides', () => {
    const list: Pair[] = [['a', '1']]
    const view = MultiDict.view_list(list)
    list.push(['a', '2'])
    assert.deepEqual(view.getall('a'), ['1', '2'])
    view.add('b', '3')
    assert.deepEqual(list, [
      ['a', '1'],
      ['a', '2'],
      ['b', '3'],
    ])
  })

  const changes: [string, (view: MultiDict) => unknown][] = [
    ['set', (view) => view.set('a', '9')],
    ['add', (view) => view.add('a', '9')],
    ['delete', (view) => view.delete('a')],
    ['setdefault', (view) => view.setdefault('z', '9')],
    ['pop', (view) => view.pop('a')],
    ['popitem', (view) => view.popitem()],
    ['update', (view) => view.update({ a: '9' })],
    ['extend', (view) => view.extend({ a: '9' })],
    ['clear', (view) => view.clear()],
  ]
  for (const [name, change] of changes) {
    it(`${name} changes the array in place`, () => {
      const list = [...abca()]
      const view = MultiDict.view_list<MultiDict>(list)
      const alone = abca()
      change(view)
      change(alone)
      assert.deepEqual(list, [...alone])
      assert.notDeepEqual(list, [...abca()])
    })
  }

  it('refuses what is no array, and an array of what are no pairs', () => {
    assert.throws(() => MultiDict.view_list(new Map() as never), {
      code: 'PAIR_BAD',
      message: 'view_list() got a Map object. It needs an array of pairs.',
    })
    assert.throws(() => MultiDict.view_list([['a']] as never), { code: 'PAIR_BAD' })
  })
})

describe('the whole of it', () => {
  it('mixed gives single values, and arrays where a key is repeated', () => {
    assert.deepEqual(abca().mixed(), { __proto__: null, a: ['1', '4'], b: '2', c: '3' })
  })

  it('mixed does not confuse a value that is itself an array', () => {
    const dict = new MultiDict<number[]>([
      ['a', [1]],
      ['b', [2]],
      ['b', [3]],
    ])
    assert.deepEqual(dict.mixed(), { __proto__: null, a: [1], b: [[2], [3]] })
  })

  it('mixed keeps a single undefined', () => {
    assert.deepEqual(new MultiDict([['a', undefined]]).mixed(), { __proto__: null, a: undefined })
  })

  it('dict_of_lists always gives arrays', () => {
    assert.deepEqual(abca().dict_of_lists(), { __proto__: null, a: ['1', '4'], b: ['2'], c: ['3'] })
  })

  it('a key called __proto__ is a key like others', () => {
    const dict = new MultiDict([['__proto__', '1']])
    assert.deepEqual(Object.keys(dict.mixed()), ['__proto__'])
    assert.deepEqual(Object.keys(dict.dict_of_lists()), ['__proto__'])
    assert.equal(new MultiDict().get('__proto__'), undefined)
  })

  it('copy is independent, and shares the values', () => {
    const value = { n: 1 }
    const dict = new MultiDict([['a', value]])
    const copy = dict.copy()
    copy.add('b', value)
    assert.equal(dict.length, 1)
    assert.equal(copy.get('a'), value)
    assert.equal(copy.constructor, MultiDict)
  })

  it('equals heeds order and repeated keys', () => {
    const of = (...pairs: Pair[]) => new MultiDict(pairs)
    assert.equal(abca().equals(abca()), true)
    assert.equal(of(['a', '1'], ['a', '2']).equals(of(['a', '2'])), false)
    assert.equal(of(['a', '2']).equals(of(['a', '1'], ['a', '2'])), false)
    assert.equal(of(['a', '1']).equals(of(['a', '1'], ['a', '2'])), false)
    assert.equal(of(['a', '1'], ['b', '2']).equals(of(['b', '2'], ['a', '1'])), false)
    assert.equal(of(['a', '1']).equals(of(['A', '1'])), false)
    assert.equal(of(['a', '1']).equals([['a', '1']]), false)
    assert.equal(new MultiDict([['a', Number.NaN]]).equals(new MultiDict([['a', Number.NaN]])), true)
  })

  it('JSON.stringify gives the pairs', () => {
    assert.equal(JSON.stringify(new MultiDict({ password: ['1', '2'] })), '[["password","1"],["password","2"]]')
  })

  it('toJSON gives an array of its own', () => {
    const dict = abca()
    dict.toJSON().pop()
    assert.equal(dict.length, 4)
  })

  it('inspect masks passwords in any case', () => {
    const shown = inspect(new MultiDict({ user: 'u', newPassword: 'x1', PASSWD: 'x2', 'db-pwd': 'x3', pass: 'shown' }))
    assert.doesNotMatch(shown, /x\d/)
    assert.match(shown, /^MultiDict \[/)
    assert.match(shown, /\[ 'user', 'u' \]/)
    assert.match(shown, /\[ 'newPassword', '\*{6}' \]/)
    assert.match(shown, /\[ 'pass', 'shown' \]/)
  })
})
