import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GetDict, type QueryEnviron, query } from '../../src/psgi/get-dict.ts'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'

describe('query decodes', () => {
  const table: [string, Pair[]][] = [
    ['', []],
    [
      'a=1&b=2&a=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    ],
    [
      'q=a+b&q=a%20b&q=a%2Bb',
      [
        ['q', 'a b'],
        ['q', 'a b'],
        ['q', 'a+b'],
      ],
    ],
    ['q=%C3%A9%e4%bd%a0', [['q', 'é你']]],
    ['k=', [['k', '']]],
    ['k', [['k', '']]],
    ['=v', [['', 'v']]],
    ['a=b=c', [['a', 'b=c']]],
    ['&&a=1&', [['a', '1']]],
    ['a=1;b=2', [['a', '1;b=2']]],
    ['?a=1', [['?a', '1']]],
    ['%3d=%26', [['=', '&']]],
    ['q=%ff', [['q', '\ufffd']]],
    ['q=100%', [['q', '100%']]],
    ['__proto__=1', [['__proto__', '1']]],
  ]
  for (const [text, pairs] of table) {
    it(JSON.stringify(text), () => assert.deepEqual([...query({ QUERY_STRING: text })], pairs))
  }

  it('an environ without QUERY_STRING as an empty one', () => {
    const environ: QueryEnviron = {}
    assert.equal(query(environ).length, 0)
    assert.deepEqual(environ, {})
  })
})

describe('query keeps what it decoded', () => {
  it('as long as QUERY_STRING stays the same', () => {
    const environ = { QUERY_STRING: 'a=1' }
    const first = query(environ)
    assert.equal(query(environ), first)
    environ.QUERY_STRING = 'a=2'
    const second = query(environ)
    assert.notEqual(second, first)
    assert.equal(second.get('a'), '2')
  })

  it('for each environ apart', () => {
    assert.notEqual(query({ QUERY_STRING: 'a=1' }), query({ QUERY_STRING: 'a=1' }))
  })

  it('and adds nothing to the environ', () => {
    const environ = Object.freeze({ QUERY_STRING: 'a=1' })
    query(environ)
    assert.deepEqual(Reflect.ownKeys(environ), ['QUERY_STRING'])
  })

  it('over changes of its own, too', () => {
    const environ = { QUERY_STRING: 'a=1' }
    const dict = query(environ)
    dict.set('a', '2')
    assert.equal(environ.QUERY_STRING, 'a=2')
    assert.equal(query(environ), dict)
  })

  it('and takes the dictionary that wrote last', () => {
    const environ = { QUERY_STRING: 'a=1' }
    const first = query(environ)
    const second = new GetDict([], environ)
    second.add('b', '2')
    assert.equal(query(environ), second)
    assert.equal(first.get('a'), '1')
  })
})

describe('every change is written into QUERY_STRING', () => {
  const table: [string, (dict: GetDict) => unknown, string][] = [
    ['set', (dict) => dict.set('a', 'é &'), 'b=2&a=%C3%A9+%26'],
    ['add', (dict) => dict.add('c', ''), 'a=1&b=2&a=3&c='],
    ['delete', (dict) => dict.delete('a'), 'b=2'],
    ['setdefault', (dict) => dict.setdefault('c', '4'), 'a=1&b=2&a=3&c=4'],
    ['pop', (dict) => dict.pop('a'), 'b=2&a=3'],
    ['popitem', (dict) => dict.popitem(), 'a=1&b=2'],
    ['update', (dict) => dict.update({ a: ['7', '8'] }), 'b=2&a=7&a=8'],
    ['extend', (dict) => dict.extend({ a: '7' }), 'a=1&b=2&a=3&a=7'],
    ['clear', (dict) => dict.clear(), ''],
  ]
  for (const [name, change, after] of table) {
    it(`by ${name}, which gives and does what it does in a MultiDict`, () => {
      const environ = { QUERY_STRING: 'a=1&b=%32&a=3' }
      const dict = query(environ)
      const plain = dict.copy()
      assert.deepEqual(change(dict), change(plain as GetDict))
      assert.equal(environ.QUERY_STRING, after)
      assert.deepEqual([...dict], [...plain])
    })
  }

  it('but making a dictionary touches nothing', () => {
    const environ = { QUERY_STRING: 'a=%31' }
    new GetDict([['b', '2']], environ)
    assert.deepEqual(environ, { QUERY_STRING: 'a=%31' })
  })

  it('but copy is a plain MultiDict, whose changes stay its own', () => {
    const environ = { QUERY_STRING: 'a=%31' }
    const copy = query(environ).copy()
    assert.equal(copy.constructor, MultiDict)
    copy.set('a', '2')
    assert.equal(environ.QUERY_STRING, 'a=%31')
    assert.equal(query(environ).get('a'), '1')
  })

  const idle: [string, (dict: GetDict) => unknown, unknown][] = [
    ['setdefault of a key that is there', (dict) => dict.setdefault('a', '9'), '1'],
    ['pop of a missing key with a fallback', (dict) => dict.pop('z', null), null],
    ['update with nothing', (dict) => dict.update([]), undefined],
    ['extend with nothing', (dict) => dict.extend({}), undefined],
    ['set of the pair that is there', (dict) => dict.set('a', '1'), undefined],
  ]
  for (const [name, change, result] of idle) {
    it(`but ${name} leaves it as it was sent`, () => {
      const environ = { QUERY_STRING: 'a=%31' }
      assert.equal(change(query(environ)), result)
      assert.equal(environ.QUERY_STRING, 'a=%31')
    })
  }
})

describe('a change that fails changes neither dictionary nor environ', () => {
  const table: [string, (dict: GetDict) => unknown, string, RegExp][] = [
    ['pop of a missing key', (dict) => dict.pop('z'), 'KEY_MISSING', /^GetDict\.pop\(\) found no key "z"/],
    ['delete of a missing key', (dict) => dict.delete('z'), 'KEY_MISSING', /^GetDict\.delete\(\)/],
    ['a value that is no string', (dict) => dict.add('b', 5 as never), 'PAIR_BAD', /a value of "b" that is a number/],
    ['a key that is no string', (dict) => dict.set(5 as never, '5'), 'PAIR_BAD', /a key that is a number/],
    ['half a surrogate pair as value', (dict) => dict.add('b', '\ud83d'), 'PAIR_BAD', /half a surrogate pair at "b"/],
    ['half a surrogate pair as key', (dict) => dict.setdefault('\ude00', 'x'), 'PAIR_BAD', /half a surrogate/],
    ['one bad value among good ones', (dict) => dict.update({ b: ['1', 2 as never] }), 'PAIR_BAD', /"b"/],
    ['one bad pair among good ones', (dict) => dict.extend([['b', '1'], ['c']] as never), 'PAIR_BAD', /position 1/],
  ]
  for (const [name, change, code, message] of table) {
    it(name, () => {
      const environ = { QUERY_STRING: 'a=%31' }
      const dict = query(environ)
      assert.throws(() => change(dict), { name: 'UsageError', code, message })
      assert.equal(environ.QUERY_STRING, 'a=%31')
      assert.deepEqual([...dict], [['a', '1']])
    })
  }

  it('a frozen environ', () => {
    const dict = query(Object.freeze({ QUERY_STRING: 'a=1' }))
    assert.throws(() => dict.add('b', '2'), TypeError)
    assert.deepEqual([...dict], [['a', '1']])
  })

  it('a dictionary cannot be made without an environ, or of what cannot be encoded', () => {
    assert.throws(() => new GetDict([], undefined as never), { code: 'OPTION_BAD', message: /Use query\(environ\)/ })
    assert.throws(() => new GetDict([['a', '\ud83d']], {}), { code: 'PAIR_BAD' })
    assert.throws(() => new GetDict([['a', 1 as never]], {}), { code: 'PAIR_BAD' })
  })
})

describe('round trips', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 })
  const pairs = fc.array(fc.tuple(text, text), { maxLength: 5 })

  it('whatever is written is read back the same', () => {
    fc.assert(
      fc.property(pairs, (some) => {
        const environ: QueryEnviron = {}
        query(environ).extend(some)
        const written = environ.QUERY_STRING ?? ''
        assert.match(written, /^[\w*.+%=&-]*$/)
        assert.deepEqual([...query({ QUERY_STRING: written })], some)
      }),
    )
  })

  it('what was read is written so that it is read the same again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=&+%?;2é') }), (sent) => {
        const environ: QueryEnviron = { QUERY_STRING: sent }
        const before = [...query(environ)]
        query(environ).add('z', 'z')
        const { QUERY_STRING } = environ
        assert.deepEqual([...query({ QUERY_STRING })], [...before, ['z', 'z']])
      }),
    )
  })
})
