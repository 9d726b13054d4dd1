import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { adapt_headers, type HeaderSource } from '../../src/psgi/adapt-headers.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

const read = (source: HeaderSource): HeaderPair[] => [...adapt_headers(source).as_list()]

const lines: [string, string][] = [
  ['X-B', '2'],
  ['Set-Cookie', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  ['Set-Cookie', 'b=2'],
  ['x-A', '1'],
]
const byName = new Map<string, string | string[]>([
  ['X-B', '2'],
  ['Set-Cookie', ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'b=2']],
  ['x-A', '1'],
])

class Foreign {
  _items = lines
}
class ForeignItems {
  items = () => lines
}
class ForeignEntries {
  *entries() {
    yield* lines
  }
}

describe('what has as_list() is given back as it is', () => {
  const own = { as_list: () => lines }
  for (const source of [new HeaderList(lines), new ResponseHeaders(lines), own]) {
    it(source.constructor.name, () => assert.equal(adapt_headers(source), source))
  }

  it('even if it has items(), too', () => {
    const both = { as_list: () => lines, items: () => [] }
    assert.equal(adapt_headers(both), both)
  })
})

describe('spelling, order and both cookies are kept', () => {
  const sources: [string, HeaderSource][] = [
    ['a Map', byName],
    ['a plain object', Object.fromEntries(byName)],
    ['an object without prototype', Object.assign(Object.create(null), Object.fromEntries(byName))],
    ['a plain object of another realm', runInContext('({ "X-B": "2", "x-A": [] })', createContext({}))],
    ['an array of pairs', lines],
    ["Node's raw header array", lines.flat()],
    ['a MultiDict', new MultiDict(lines)],
    ['a foreign class with items()', new ForeignItems()],
    ['a foreign class with entries()', new ForeignEntries()],
    ['a foreign class with _items', new Foreign()],
    ['an object with _items', { _items: lines }],
    ['a foreign class whose items() give arrays', { items: () => byName.entries() }],
  ]
  for (const [name, source] of sources) {
    it(`of ${name}`, () => assert.deepEqual(read(source), name.endsWith('realm') ? [['X-B', '2']] : lines))
  }

  it('of bytes', () => {
    const name = new Uint8Array([65])
    const value = Buffer.from('x')
    assert.deepEqual(read([[name, value]]), [[name, value]])
    assert.deepEqual(read([name, value]), [[name, value]])
    assert.deepEqual(read(new Map([['A', value]])), [['A', value]])
  })

  it('items() comes before entries(), and both before _items', () => {
    const all = {
      items: () => [['a', '1']] as const,
      entries: () => [['b', '2']] as const,
      _items: [['c', '3']] as const,
    }
    assert.deepEqual(read(all), [['a', '1']])
    assert.deepEqual(read({ entries: all.entries, _items: all._items } as HeaderSource), [['b', '2']])
  })

  it('a method sees its own object', () => {
    const source = {
      own: lines,
      items: function () {
        return this.own
      },
    }
    assert.deepEqual(read(source), lines)
  })

  it('plain objects may have headers called items, entries, as_list and _items', () => {
    const source = { items: '1', entries: '2', as_list: '3', _items: '4' }
    assert.deepEqual(read(source), Object.entries(source))
    assert.deepEqual(read({ _items: ['1', '2'] }), [
      ['_items', '1'],
      ['_items', '2'],
    ])
  })
})

describe('a WHATWG Headers', () => {
  it('keeps each cookie a line of its own', () => {
    const headers = new Headers(lines)
    assert.deepEqual(read(headers), [
      ['set-cookie', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      ['set-cookie', 'b=2'],
      ['x-a', '1'],
      ['x-b', '2'],
    ])
  })

  it('of an older make that joins cookies in entries(), too', () => {
    const source = {
      entries: () =>
        [
          ['A', '1'],
          ['Set-Cookie', 'a=1, b=2'],
          ['B', '2'],
        ] as const,
      getSetCookie: () => ['a=1', 'b=2'],
    }
    assert.deepEqual(read(source), [
      ['A', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['B', '2'],
    ])
  })

  it('of a make that leaves them out of entries(), too', () => {
    const source = { entries: () => [['A', '1']] as const, getSetCookie: () => ['a=1'] }
    assert.deepEqual(read(source), [
      ['A', '1'],
      ['set-cookie', 'a=1'],
    ])
  })
})

describe('later changes of the source show', () => {
  const flat: string[] = []
  const pairs: [string, string][] = []
  const object: Record<string, string> = {}
  const map = new Map<string, string>()
  const headers = new Headers()
  const dict = new MultiDict()
  const foreign = { _items: [] as [string, string][] }
  const table: [string, HeaderSource, () => unknown][] = [
    ['a flat array', flat, () => flat.push('a', '1')],
    ['an array of pairs', pairs, () => pairs.push(['a', '1'])],
    ['a plain object', object, () => Object.assign(object, { a: '1' })],
    ['a Map', map, () => map.set('a', '1')],
    ['a Headers', headers, () => headers.set('a', '1')],
    ['a MultiDict', dict, () => dict.set('a', '1')],
    ['a foreign class that assigns _items anew', foreign, () => Object.assign(foreign, { _items: [['a', '1']] })],
  ]
  for (const [name, source, change] of table) {
    it(`in ${name}`, () => {
      const adapted = adapt_headers(source)
      assert.deepEqual([...adapted.as_list()], [])
      change()
      assert.deepEqual([...adapted.as_list()], [['a', '1']])
    })
  }

  it('and a mistake made later is told, too', () => {
    const source = ['a', '1']
    const adapted = adapt_headers(source)
    source.push('b')
    assert.throws(() => adapted.as_list(), { code: 'HEADER_BAD', message: /a flat array of 3/ })
  })
})

describe('adapt_headers refuses at once', () => {
  const refused: [string, unknown, RegExp][] = [
    ['undefined', undefined, /got undefined\. Allowed are: an object with as_list\(\), a WHATWG Headers, a Map,/],
    ['null', null, /got null\./],
    ['a string', 'a: 1', /got a string\./],
    ['a number', 5, /got a number\./],
    ['a function', () => [], /got a function\./],
    ['a promise', Promise.resolve({}), /got a Promise object\./],
    ['an async generator', (async function* () {})(), /got an async iterable\./],
    ['a generator, which could be read only once', lines.values(), /got an iterator\./],
    ['a Set', new Set(['a']), /got a Set object\./],
    ['bytes', new Uint8Array(2), /got a Uint8Array object\./],
    ['a Response in place of its headers', new Response(''), /got a Response object\./],
    ['a flat array of odd length', ['a', '1', 'b'], /got a flat array of 3, in which the last name has no value\./],
    ['a pair in a flat array', ['a', '1', ['b', '2']], /got an array of 2 at position 2 from a flat array/],
    ['a string among pairs', [['a', '1'], 'b', '2'], /got a string at position 1 from an array of pairs/],
    ['a number in a flat array', ['a', 1], /got a number at position 1 from a flat array/],
    ['a pair of three', [['a', '1', '2']], /got an array of 3 at position 0/],
    ['a number as value of a pair', [['Age', 5]], /got a value of "Age" that is a number/],
    ['a number as value of an object', { 'X-Count': 5 }, /got a value of "X-Count" that is a number/],
    ['a number in an array value', { Age: ['1', 2] }, /got a value of "Age" that is a number/],
    ['undefined as value', { Age: undefined }, /got a value of "Age" that is undefined/],
    ['a number as value in a Map', new Map([['Age', 5]]), /got a value of "Age" that is a number/],
    ['an array as value of a pair', [['Age', ['5']]], /got a value of "Age" that is an array of 1/],
    ['a number as name in a Map', new Map([[5, 'x']]), /got a name that is a number/],
    ['a bad value under a name of bytes', [[Buffer.from('Age'), 5]], /got a value of "Age" that is a number/],
    ['a promise as value', { Age: Promise.resolve('5') }, /got a value of "Age" that is a Promise object/],
    ['async items()', { items: async () => lines }, /got a Promise object from items\(\)/],
    ['async entries()', { async *entries() {} }, /got an async iterable from entries\(\)/],
    [
      'a promise in _items',
      Object.assign(new Foreign(), { _items: Promise.resolve() }),
      /a Promise object from _items/,
    ],
    ['a string from items()', { items: () => 'ab' }, /got a string from items\(\)/],
    [
      'getSetCookie() without an array',
      { entries: () => [], getSetCookie: () => 'a' },
      /a string from getSetCookie\(\)/,
    ],
  ]
  for (const [name, source, message] of refused) {
    it(name, () => {
      assert.throws(() => adapt_headers(source as HeaderSource), { name: 'UsageError', code: 'HEADER_BAD', message })
    })
  }
})

describe('every kind of source gives the same pairs', () => {
  const name = fc.stringMatching(/^[a-z][A-Za-z-]{0,8}$/)
  const value = fc.stringMatching(/^[!-~]{1,8}$/)
  const groups = fc.uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
    selector: ([own]) => own.toLowerCase(),
    maxLength: 6,
  })

  it('in order and spelling, but for Headers, which sorts, lowers and joins', () => {
    fc.assert(
      fc.property(groups, (some) => {
        const pairs = some.flatMap(([own, values]) => values.map((one): [string, string] => [own, one]))
        const sources: HeaderSource[] = [
          pairs,
          pairs.flat(),
          new Map(some),
          Object.fromEntries(some),
          new MultiDict(pairs),
          new ResponseHeaders(pairs),
          new HeaderList(pairs),
          { items: () => pairs },
          { entries: () => pairs.values() },
          { items: () => some },
          Object.assign(new Foreign(), { _items: pairs }),
        ]
        for (const source of sources) assert.deepEqual(read(source), pairs)
        assert.deepEqual(read(new Headers(pairs)), [...new Headers(pairs)])
      }),
    )
  })
})
