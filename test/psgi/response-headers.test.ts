import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { MultiDict } from '../../src/psgi/multi-dict.ts'
import type { Pair } from '../../src/psgi/pairs.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

const lines = (): Pair[] => [
  ['Set-Cookie', 'a=1'],
  ['X-One', '1'],
  ['SET-COOKIE', 'b=2'],
]
const headers = (): ResponseHeaders => new ResponseHeaders(lines())

describe('names are compared without regard to case', () => {
  it('get gives the last, getall all, has any', () => {
    assert.equal(headers().get('set-cookie'), 'b=2')
    assert.deepEqual(headers().getall('sEt-cOOkie'), ['a=1', 'b=2'])
    assert.equal(headers().has('x-ONE'), true)
    assert.equal(headers().has('x-two'), false)
  })

  it('getone gives the only one, and refuses none and several', () => {
    assert.equal(headers().getone('x-one'), '1')
    assert.throws(() => headers().getone('set-cookie'), {
      code: 'KEY_MISSING',
      message: /found 2 values of "set-cookie"/,
    })
    assert.throws(() => headers().getone('x-two'), { code: 'KEY_MISSING' })
  })

  it('set removes every spelling and stores that of the caller', () => {
    const own = headers()
    own.set('set-COOKIE', 'c=3')
    assert.deepEqual(own.as_list(), [
      ['X-One', '1'],
      ['set-COOKIE', 'c=3'],
    ])
  })

  it('delete removes every spelling, and refuses a missing name', () => {
    const own = headers()
    own.delete('set-cookie')
    assert.deepEqual(own.as_list(), [['X-One', '1']])
    assert.throws(() => own.delete('set-cookie'), { code: 'KEY_MISSING' })
  })

  it('pop and setdefault take the first', () => {
    const own = headers()
    assert.equal(own.setdefault('SET-cookie', 'z'), 'a=1')
    assert.equal(own.pop('SET-cookie'), 'a=1')
    assert.deepEqual(own.as_list(), lines().slice(1))
    assert.equal(own.setdefault('New', 'z'), 'z')
    assert.equal(own.get('new'), 'z')
  })

  it('a missing name is told as the caller spelt it', () => {
    assert.throws(() => headers().pop('X-Two'), {
      code: 'KEY_MISSING',
      message: 'ResponseHeaders.pop() found no key "X-Two".',
    })
  })

  it('only ASCII letters have a case', () => {
    const own = new ResponseHeaders([['\u212a', '1']])
    assert.equal(own.has('k'), false)
    assert.equal(own.has('\u212a'), true)
    assert.equal(new ResponseHeaders([['\u0130x', '1']]).get('\u0130X'), '1')
  })
})

describe('spelling and repeated lines', () => {
  it('stay in keys, items, values, copy, extend and length', () => {
    const own = headers()
    assert.deepEqual([...own.keys()], ['Set-Cookie', 'X-One', 'SET-COOKIE'])
    assert.deepEqual([...own.items()], lines())
    assert.deepEqual([...own.values()], ['a=1', '1', 'b=2'])
    assert.equal(own.length, 3)
    own.extend([['x-one', '2']])
    assert.deepEqual(own.as_list(), [...lines(), ['x-one', '2']])
  })

  it('copy gives ResponseHeaders of their own', () => {
    const own = headers()
    const copy = own.copy()
    assert.ok(copy instanceof ResponseHeaders)
    assert.deepEqual(copy.as_list(), lines())
    copy.clear()
    assert.equal(own.length, 3)
  })

  it('as_list gives the live pairs', () => {
    const own = headers()
    const list = own.as_list()
    own.add('Vary', 'Cookie')
    assert.deepEqual(list.at(-1), ['Vary', 'Cookie'])
  })

  it('mixed and dict_of_lists lower the case of names', () => {
    assert.deepEqual(headers().mixed(), { __proto__: null, 'set-cookie': ['a=1', 'b=2'], 'x-one': '1' })
    assert.deepEqual(headers().dict_of_lists(), { __proto__: null, 'set-cookie': ['a=1', 'b=2'], 'x-one': ['1'] })
  })
})

describe('update', () => {
  it('keeps both of two names that differ in case only, in place of what was there', () => {
    const own = new ResponseHeaders([
      ['a', '0'],
      ['B', '1'],
    ])
    own.update([
      ['A', 'x'],
      ['a', 'y'],
    ])
    assert.deepEqual(own.as_list(), [
      ['B', '1'],
      ['A', 'x'],
      ['a', 'y'],
    ])
  })

  it('does not lose a cookie', () => {
    const own = headers()
    own.update({ 'set-cookie': ['c=3', 'd=4'] })
    assert.deepEqual(own.getall('Set-Cookie'), ['c=3', 'd=4'])
  })
})

describe('equality', () => {
  it('compares names without regard to case, values exactly', () => {
    assert.equal(new ResponseHeaders({ A: '1' }).equals(new ResponseHeaders({ a: '1' })), true)
    assert.equal(new ResponseHeaders({ A: 'x' }).equals(new ResponseHeaders({ A: 'X' })), false)
    assert.equal(headers().equals(new ResponseHeaders({ 'set-cookie': 'b=2', 'x-one': '1' })), false)
  })

  it('is the same from both sides: a multi-dict that heeds case is never equal', () => {
    assert.equal(new ResponseHeaders({ a: '1' }).equals(new MultiDict({ a: '1' })), false)
    assert.equal(new MultiDict({ a: '1' }).equals(new ResponseHeaders({ a: '1' })), false)
  })
})

describe('a name that is no string is refused', () => {
  const own = headers() as unknown as MultiDict<unknown>
  const name = 5 as unknown as string
  const calls: [string, () => unknown][] = [
    ['get', () => own.get(name)],
    ['getone', () => own.getone(name)],
    ['getall', () => own.getall(name)],
    ['has', () => own.has(name)],
    ['set', () => own.set(name, 'x')],
    ['add', () => own.add(name, 'x')],
    ['delete', () => own.delete(name)],
    ['setdefault', () => own.setdefault(name, 'x')],
    ['pop', () => own.pop(name, 'x')],
    ['update', () => own.update([[name, 'x']])],
    ['extend', () => own.extend([[name, 'x']])],
  ]
  for (const [method, call] of calls) {
    it(`by ${method}`, () => {
      const message = 'ResponseHeaders got a header name that is a number; only strings are allowed.'
      assert.throws(call, { name: 'UsageError', code: 'HEADER_BAD', message })
      assert.deepEqual([...own], lines())
    })
  }
})

describe('values and sources', () => {
  it('a value that is no string is refused, by the name of its header', () => {
    const own = headers()
    const message = 'header "X-Two" has a value that is a number; only strings are allowed.'
    assert.throws(() => own.set('X-Two', 2 as never), { code: 'HEADER_BAD', message })
    assert.throws(() => own.setdefault('X-Two', 2 as never), { code: 'HEADER_BAD', message })
    assert.throws(() => own.update({ 'X-One': '2', 'X-Two': 2 as never }), { code: 'HEADER_BAD', message })
    assert.throws(() => new ResponseHeaders({ 'X-Two': 2 as never }), { code: 'HEADER_BAD', message })
    assert.deepEqual(own.as_list(), lines())
  })

  it('a source without pairs is a bad header', () => {
    assert.throws(() => new ResponseHeaders(['a', 'b'] as never), { code: 'HEADER_BAD' })
    assert.throws(() => ResponseHeaders.view_list('a' as never), { code: 'HEADER_BAD' })
  })

  it('a WHATWG Headers keeps its cookies apart', () => {
    const fetched = new Headers([...lines().map(([name, value]): [string, string] => [name, value])])
    assert.deepEqual(new ResponseHeaders(fetched).getall('Set-Cookie'), ['a=1', 'b=2'])
  })

  it('view_list gives a HeaderList another face', () => {
    const list = new HeaderList(lines())
    const view = ResponseHeaders.view_list(list)
    view.set('x-one', '2')
    view.pop('set-cookie')
    assert.equal(view.get('SET-cookie'), 'b=2')
    assert.deepEqual(
      [...list],
      [
        ['SET-COOKIE', 'b=2'],
        ['x-one', '2'],
      ],
    )
    assert.equal(view.as_list(), list)
  })

  it('view_list refuses a list of bytes', () => {
    const list = new HeaderList([[new Uint8Array([65]), 'x']])
    assert.throws(() => ResponseHeaders.view_list(list), { code: 'HEADER_BAD', message: /a Uint8Array object/ })
  })

  it('inspect shows the class and the lines', () => {
    assert.equal(inspect(new ResponseHeaders({ Vary: 'Cookie' })), "ResponseHeaders [ [ 'Vary', 'Cookie' ] ]")
  })
})

describe('against a multi-dict of lower-case names', () => {
  const name = fc.constantFrom('a', 'A', 'x-Y', 'X-y')
  const value = fc.constantFrom('1', '2')
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 4 })
  const lower = (list: readonly Pair[]): Pair[] => list.map(([key, text]) => [key.toLowerCase(), text])

  it('every change gives the same lines but for the spelling', () => {
    fc.assert(
      fc.property(pairs, pairs, name, value, (start, more, key, text) => {
        const changes: ((dict: MultiDict, key: string, more: readonly Pair[]) => unknown)[] = [
          (dict, own) => dict.set(own, text),
          (dict, own) => dict.add(own, text),
          (dict, own) => dict.has(own) && dict.delete(own),
          (dict, own) => dict.setdefault(own, text),
          (dict, own) => dict.pop(own, 'none'),
          (dict, own) => [dict.get(own), dict.getall(own), dict.mixed(), dict.dict_of_lists()],
          (dict, _own, source) => dict.update(source),
          (dict, _own, source) => dict.extend(source),
        ]
        for (const change of changes) {
          const real = new ResponseHeaders(start)
          const model = new MultiDict(lower(start))
          assert.deepEqual(change(real, key, more), change(model, key.toLowerCase(), lower(more)))
          assert.deepEqual(lower(real.as_list()), [...model])
        }
      }),
    )
  })
})
