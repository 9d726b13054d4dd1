import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findFault } from '../../../pipes/json/fault.ts'

describe('the fault of a text', () => {
  const faults: Record<string, string> = {
    '': 'it is empty',
    ' \n': 'it is empty',
    '[1,]': 'unexpected "]" at line 1, column 4',
    '[1': 'unexpected end at line 1, column 3',
    '{"a":1,}': 'unexpected "}" at line 1, column 8',
    '{"a" 1}': 'unexpected "1" at line 1, column 6',
    '{"a":1 "b":2}': 'unexpected "\\"" at line 1, column 8',
    '{a:1}': 'unexpected "a" at line 1, column 2',
    '[1}': 'unexpected "}" at line 1, column 3',
    '{"a":1]': 'unexpected "]" at line 1, column 7',
    '{\r\n  "a": tru\r\n}': 'unexpected "t" at line 2, column 8',
    '01': 'unexpected "1" at line 1, column 2',
    '1.': 'unexpected "." at line 1, column 2',
    '-': 'unexpected "-" at line 1, column 1',
    '1 2': 'unexpected "2" at line 1, column 3',
    '[]]': 'unexpected "]" at line 1, column 3',
    '"a': 'unexpected end at line 1, column 3',
    '"a\\x"': 'a bad escape in a string at line 1, column 3',
    '"a\\u12"': 'a bad escape in a string at line 1, column 3',
    '"\\': 'a bad escape in a string at line 1, column 2',
    '"a\nb"': 'a control character in a string at line 1, column 3',
    '["é😀", 😀]': 'unexpected "😀" at line 1, column 9',
    '\u0000': 'unexpected "\\u0000" at line 1, column 1',
    '[1]\u0085': 'unexpected "\\u0085" at line 1, column 4',
  }
  for (const [text, fault] of Object.entries(faults)) {
    it(`of ${JSON.stringify(text)} is ${fault}`, () => assert.equal(findFault(text), fault))
  }

  it('is found where JSON.parse finds one, and nowhere else', () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.nat(2), fc.string({ unit: 'binary', maxLength: 2 }))
    fc.assert(
      fc.property(broken, ([text, at, cut, put]) => {
        const start = at % (text.length + 1)
        const given = text.slice(0, start) + put + text.slice(start + cut)
        let valid = true
        try {
          JSON.parse(given)
        } catch {
          valid = false
        }
        assert.equal(findFault(given) === 'JSON.parse refuses it', valid, given)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is found in what is long and deep', () => {
    assert.match(findFault('['.repeat(1_000_000)), /^unexpected end at line 1, column 1000001$/)
    assert.match(findFault(`"${'x'.repeat(1_000_000)}`), /^unexpected end/)
    assert.match(findFault(`[${'1'.repeat(1_000_000)}x`), /^unexpected "x"/)
  })
})
