// SuppressedError, and how a second error hangs on the first.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SuppressedError } from '../src/index.ts'
import { hang } from '../src/suppressed.ts'
import { causesOf } from './causes.ts'

describe('SuppressedError', () => {
  it('is an Error that carries the later error and the earlier one', () => {
    const error = new SuppressedError('later', 'earlier', 'text')
    assert.ok(error instanceof Error)
    assert.deepEqual(
      [error.name, error.message, error.error, error.suppressed],
      ['SuppressedError', 'text', 'later', 'earlier'],
    )
  })

  it("is the platform's own where it has one", () => {
    const own: unknown = Reflect.get(globalThis, 'SuppressedError')
    if (own !== undefined) assert.equal(SuppressedError, own)
  })
})

describe('hang()', () => {
  it('gives the first error back, with the second as `suppressed`', () => {
    const [first, second] = [new Error('1'), new Error('2')]
    assert.equal(hang(first, second), first)
    assert.equal(Reflect.get(first, 'suppressed'), second)
  })

  it('makes a SuppressedError of the later ones', () => {
    const first = new Error('1')
    hang(hang(first, 2), 3)
    const { suppressed } = first as { suppressed?: InstanceType<typeof SuppressedError> }
    assert.ok(suppressed instanceof SuppressedError)
    assert.deepEqual([suppressed.error, suppressed.suppressed], [3, 2])
  })

  it('does nothing with an error that is the first again', () => {
    const first = new Error('1')
    assert.equal(hang(first, first), first)
    assert.ok(!('suppressed' in first))
  })

  it('wraps a first that cannot carry anything', () => {
    for (const first of ['text', 7, Symbol('s'), Object.freeze(new Error('frozen')), () => 1]) {
      const wrapped = hang(first, 'later')
      assert.ok(wrapped instanceof SuppressedError)
      assert.equal(wrapped.suppressed, first)
      assert.equal(wrapped.error, 'later')
    }
  })

  it('wraps a first that guards its `suppressed`', () => {
    const first = Object.defineProperty(new Error('1'), 'suppressed', { value: 'own', configurable: false })
    const wrapped = hang(first, 'later')
    assert.ok(wrapped instanceof SuppressedError && wrapped.suppressed === first)
  })

  it('loses none of any number of errors, whatever they are', () => {
    const error = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.integer({ min: 1 }),
      fc.string().map((message) => new Error(message)),
      fc.string().map((message) => Object.freeze(new Error(message))),
      fc.tuple(fc.string(), fc.string()).map(([later, earlier]) => new SuppressedError(`${later}!`, `${earlier}?`)),
    )
    fc.assert(
      fc.property(fc.array(error, { minLength: 1 }), (errors) => {
        const carried = causesOf(errors.slice(1).reduce<unknown>(hang, errors[0]))
        for (const one of errors) assert.ok(carried.has(one))
      }),
    )
  })
})
