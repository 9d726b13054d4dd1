import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { readRange } from '../../../pipes/files/range.ts'

const cases: [field: string, size: number, found: [start: number, end: number] | 'beyond' | undefined][] = [
  ['bytes=0-4', 10, [0, 5]],
  ['bytes=0-0', 10, [0, 1]],
  ['bytes=9-9', 10, [9, 10]],
  ['bytes=3-', 10, [3, 10]],
  ['bytes=3-99', 10, [3, 10]],
  ['bytes=0-', 10, [0, 10]],
  ['bytes=-3', 10, [7, 10]],
  ['bytes=-99', 10, [0, 10]],
  ['bytes=007-08', 10, [7, 9]],
  ['BYTES=0-4', 10, [0, 5]],
  ['bytes= 0-4 ', 10, [0, 5]],
  ['bytes=,0-4', 10, [0, 5]],
  ['bytes=0-4 ,\t,', 10, [0, 5]],
  [`bytes=1-${'9'.repeat(400)}`, 10, [1, 10]],
  // None of them is there.
  ['bytes=10-', 10, 'beyond'],
  ['bytes=10-20', 10, 'beyond'],
  [`bytes=${'9'.repeat(400)}-`, 10, 'beyond'],
  ['bytes=-0', 10, 'beyond'],
  ['bytes=0-', 0, 'beyond'],
  ['bytes=0-0', 0, 'beyond'],
  ['bytes=-0', 0, 'beyond'],
  // Ignored.
  ['bytes=-5', 0, undefined],
  ['bytes=5-4', 10, undefined],
  ['bytes=50-40', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['bytes=0-1, 3-4', 10, undefined],
  ['bytes=0-1, bytes=3-4', 10, undefined],
  ['bytes=0-1 3-4', 10, undefined],
  ['bytes=', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=,', 10, undefined],
  ['bytes=a-b', 10, undefined],
  ['bytes=1-2x', 10, undefined],
  ['bytes=+1-2', 10, undefined],
  ['bytes=1.0-2', 10, undefined],
  ['bytes=0x1-2', 10, undefined],
  ['bytes=--1', 10, undefined],
  ['bytes 0-4', 10, undefined],
  ['bytes =0-4', 10, undefined],
  ['0-4', 10, undefined],
  ['items=0-4', 10, undefined],
  ['', 10, undefined],
]

describe('a Range field', () => {
  for (const [field, size, found] of cases) {
    it(`${JSON.stringify(field.slice(0, 30))} of ${size} bytes is ${found ?? 'ignored'}`, () => {
      const expected = Array.isArray(found) ? { start: found[0], end: found[1] } : found
      assert.deepEqual(readRange(field, size), expected)
    })
  }

  it('is never outside the file, and never nothing', () => {
    const part = fc.oneof(fc.nat(30).map(String), fc.constantFrom('', '-', ',', ' ', 'bytes=', '='))
    fc.assert(
      fc.property(fc.array(part), fc.nat(20), (parts, size) => {
        const found = readRange(`bytes=${parts.join('')}`, size)
        if (typeof found !== 'object') return
        assert.ok(0 <= found.start && found.start < found.end && found.end <= size)
      }),
    )
  })
})
