import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cachedField } from '../../src/psgi/field-cache.ts'
import { readField } from '../../src/psgi/header-field.ts'
import { refuses } from './encode-error.ts'

const check = (name: string, value: string): void => {
  assert.deepEqual(cachedField(name, value, 0), readField(name, value, 'unicode', true, 0))
}

describe('cachedField', () => {
  it('gives the same object for the same line', () => {
    const first = cachedField('X-Same', 'value', 0)
    assert.equal(cachedField('X-Same', 'value', 5), first)
    assert.notEqual(cachedField('x-same', 'value', 0), first)
    assert.equal(cachedField('x-same', 'value', 0).name, 'x-same')
  })

  it('gives what readField gives, however often and in whatever order it is asked', () => {
    const names = fc.constantFrom('X-A', 'x-a', 'Location', 'Content-Type', 'Content-Length')
    const values = fc.constantFrom('1', '2', '3', '12', 'a; charset=big5', '/é', '/%C3%A9')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), (lines) => {
        for (const [name, value] of lines) if (name !== 'Content-Length' || /^\d+$/.test(value)) check(name, value)
      }),
    )
  })

  it('gives right lines of a name whose values keep changing, and of the names beside it', () => {
    for (let turn = 0; turn < 500; turn++) {
      check('Set-Cookie', `id=${turn}`)
      check('X-Steady', 'steady')
      check('Set-Cookie', `id=${turn}`)
    }
  })

  it('gives right lines of many names and of long values', () => {
    for (let turn = 0; turn < 2; turn++) for (let at = 0; at < 600; at++) check(`X-${at}`, 'value')
    check('X-Long', 'x'.repeat(10_000))
    check('X-Long', 'x'.repeat(10_000))
  })

  it('refuses a bad line every time, at the position it has then', () => {
    refuses(() => cachedField('X-A', 'a\n', 1), 'HEADER_BAD', 'header_list[1]')
    refuses(() => cachedField('X-A', 'a\n', 2), 'HEADER_BAD', 'header_list[2]')
  })
})
