import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

const pairs = (): HeaderPair[] => [
  ['Vary', 'Cookie'],
  ['Set-Cookie', 'a=1'],
  ['Set-Cookie', 'b=2'],
]

describe('a HeaderList', () => {
  it('is an array of the pairs it was given', () => {
    const list = new HeaderList(pairs())
    assert.ok(Array.isArray(list))
    assert.ok(list instanceof HeaderList)
    assert.equal(list.constructor, HeaderList)
    assert.equal(list.length, 3)
    assert.deepEqual([...list], pairs())
    assert.deepEqual(list[2], ['Set-Cookie', 'b=2'])
  })

  it('is empty without pairs', () => {
    assert.equal(new HeaderList().length, 0)
    assert.equal(new HeaderList(undefined).length, 0)
    assert.equal(new HeaderList([]).length, 0)
  })

  it('takes one pair without mistaking it for something else', () => {
    assert.deepEqual([...new HeaderList([['Vary', 'Cookie']])], [['Vary', 'Cookie']])
  })

  it('takes any iterable of pairs', () => {
    assert.deepEqual([...new HeaderList(new Set(pairs()))], pairs())
    assert.deepEqual([...new HeaderList(new MultiDict([['a', '1']]))], [['a', '1']])
    assert.deepEqual(
      [...new HeaderList(new ResponseHeaders({ a: ['1', '2'] }))],
      [
        ['a', '1'],
        ['a', '2'],
      ],
    )
    assert.deepEqual([...new HeaderList(new Map([['a', '1']]))], [['a', '1']])
  })

  it('is independent of the array it was made from', () => {
    const own = pairs()
    const list = new HeaderList(own)
    own.pop()
    assert.equal(list.length, 3)
  })

  it('takes bytes', () => {
    const pair: HeaderPair = [new Uint8Array([65]), Buffer.from('x')]
    assert.equal(new HeaderList([pair])[0], pair)
  })

  it('as_list gives the list itself', () => {
    const list = new HeaderList(pairs())
    assert.equal(list.as_list(), list)
  })

  it('grows like an array', () => {
    const list = new HeaderList(pairs())
    list.push(['X-One', '1'])
    list.unshift(['X-Two', '2'])
    list.splice(1, 1)
    assert.deepEqual(
      list.map(([name]) => name),
      ['X-Two', 'Set-Cookie', 'Set-Cookie', 'X-One'],
    )
  })

  it('gives plain arrays by map, filter, slice, splice, concat, flat and flatMap', () => {
    const list = new HeaderList(pairs())
    const given = [
      list.map(([name]) => name),
      list.map(() => 5),
      list.filter(([name]) => name === 'Vary'),
      list.slice(1),
      list.concat([['a', '1']]),
      list.flat(),
      list.flatMap((pair) => [pair, pair]),
      list.splice(0, 1),
    ]
    for (const array of given) assert.equal(Object.getPrototypeOf(array), Array.prototype)
    assert.deepEqual(given[2], [['Vary', 'Cookie']])
  })

  it('can be extended by a class of yours', () => {
    class Loud extends HeaderList {
      shout(): number {
        return this.push(['X-Loud', 'yes'])
      }
    }
    const list = new Loud(pairs())
    assert.equal(list.shout(), 4)
    assert.ok(list instanceof Loud && list instanceof HeaderList)
  })

  it('is compared with assert as an array of its class', () => {
    assert.deepEqual(new HeaderList(pairs()), new HeaderList(pairs()))
    assert.notDeepEqual(new HeaderList(pairs()), new HeaderList())
  })
})

describe('a HeaderList refuses', () => {
  const refused: [string, unknown, string][] = [
    ['a number', 5, 'HeaderList got a number.'],
    ['zero', 0, 'HeaderList got a number.'],
    ['null', null, 'HeaderList got null.'],
    ['a string', 'ab', 'HeaderList got a string.'],
    ['a plain object', { Vary: 'Cookie' }, 'HeaderList got a plain object.'],
    ['a promise', Promise.resolve([]), 'HeaderList got a Promise object.'],
    ['a flat array', ['Vary', 'Cookie'], 'HeaderList got a string at position 0;'],
    ['a single pair, not in an array', [['Vary', 'Cookie'], 'Set-Cookie'], 'HeaderList got a string at position 1;'],
    ['a pair of one', [...pairs(), ['a']], 'HeaderList got an array of 1 at position 3;'],
    ['a pair of three', [['a', 'b', 'c']], 'HeaderList got an array of 3 at position 0;'],
    ['a hole', new Array(1), 'HeaderList got undefined at position 0;'],
    ['a value that is a number', [['a', 5]], 'HeaderList got a pair of a string and a number at position 0;'],
    ['a name that is null', [[null, 'x']], 'HeaderList got a pair of null and a string at position 0;'],
    ['an array as value', [['a', ['b']]], 'HeaderList got a pair of a string and an array of 1 at position 0;'],
    ['a bad pair from an iterable', new Set(['ab']), 'HeaderList got a string at position 0;'],
  ]
  for (const [name, given, message] of refused) {
    it(name, () => {
      assert.throws(
        () => new HeaderList(given as []),
        (error: Error & { code: string }) => {
          assert.equal(error.name, 'UsageError')
          assert.equal(error.code, 'HEADER_BAD')
          assert.equal(error.message.slice(0, message.length), message)
          return true
        },
      )
    })
  }

  it('a number for the compiler, too', () => {
    // @ts-expect-error: a HeaderList has no length to be given
    assert.throws(() => new HeaderList(5), { code: 'HEADER_BAD' })
  })

  it('what Array.of would make of it', () => {
    assert.throws(() => HeaderList.of(['a', '1']), { code: 'HEADER_BAD' })
  })
})
