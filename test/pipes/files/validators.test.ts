import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entityTag, holdsTag, httpDate, lastModified, modifiedSec } from '../../../pipes/files/validators.ts'

const MS = 1_000_000n
const version = (ms: number, size = 10) => ({ size, mtimeNs: BigInt(ms) * MS })

describe('an entity tag', () => {
  it('tells sizes and dates apart, to the nanosecond', () => {
    const versions = [
      { size: 1, mtimeNs: 5n },
      { size: 2, mtimeNs: 5n },
      { size: 1, mtimeNs: 6n },
      { size: 0x15, mtimeNs: 0n },
    ]
    const tags = versions.map((each) => entityTag(each, 10_000))
    assert.deepEqual(tags, ['"1-5"', '"2-5"', '"1-6"', '"15-0"'])
  })

  it('is weak while the file could change without changing its date', () => {
    assert.equal(entityTag(version(10_000), 12_000), `"a-${(10_000n * MS).toString(16)}"`)
    assert.match(entityTag(version(10_000), 11_999), /^W\/"a-/)
    assert.match(entityTag(version(10_000), 9_000), /^W\//)
  })
})

describe('a list of entity tags', () => {
  const cases: [list: string, tag: string, weak: boolean, strong: boolean][] = [
    ['"a"', '"a"', true, true],
    ['"b"', '"a"', false, false],
    ['W/"a"', '"a"', true, false],
    ['"a"', 'W/"a"', true, false],
    ['W/"a"', 'W/"a"', true, false],
    ['"x", "a"', '"a"', true, true],
    ['"x","y" , W/"a"', '"a"', true, false],
    ['"x,"a"', '"a"', false, false],
    ['*', '"a"', true, true],
    [' * ', 'W/"a"', true, true],
    ['"*"', '"a"', false, false],
    ['a', '"a"', false, false],
    ['w/"a"', '"a"', false, false],
    ['', '"a"', false, false],
    ['"A"', '"a"', false, false],
    ['"\xe9"', '"a"', false, false],
  ]
  for (const [list, tag, weak, strong] of cases) {
    it(`${list} holds ${tag}: ${weak ? 'yes' : 'no'}; in the strong sense: ${strong ? 'yes' : 'no'}`, () => {
      assert.deepEqual([holdsTag(list, tag, 'weak'), holdsTag(list, tag, 'strong')], [weak, strong])
    })
  }
})

describe('a date', () => {
  it('is that of the file, in whole seconds, and not after now', () => {
    assert.equal(lastModified(version(1_999), 5_000), 'Thu, 01 Jan 1970 00:00:01 GMT')
    assert.equal(lastModified(version(9_000), 5_000), 'Thu, 01 Jan 1970 00:00:05 GMT')
    assert.deepEqual([modifiedSec(version(1_999)), modifiedSec(version(9_000)), modifiedSec(version(-1))], [1, 9, -1])
  })

  const sec = 784_111_777
  const cases: [text: string, sec: number | undefined][] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', sec],
    ['Sunday, 06-Nov-94 08:49:37 GMT', sec],
    ['Sun Nov  6 08:49:37 1994', sec],
    ['Sun Nov 16 08:49:37 1994', sec + 10 * 86_400],
    ['Sun, 06 Xyz 1994 08:49:37 GMT', undefined],
    ['Sun, 06 Nov 1994 08:49:37', undefined],
    ['Sun, 06 Nov 1994 08:49:37 +0100', undefined],
    ['Sun, 06 Nov 1994 25:49:37 GMT', undefined],
    ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
    ['1994-11-06T08:49:37Z', undefined],
    ['784111777', undefined],
    ['0', undefined],
    ['', undefined],
  ]
  for (const [text, found] of cases) {
    it(`${JSON.stringify(text)} is ${found ?? 'none'}`, () => assert.equal(httpDate(text), found))
  }

  it('is that of Greenwich wherever the server is', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Tokyo'
    try {
      assert.equal(httpDate('Sun Nov  6 08:49:37 1994'), sec)
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})
