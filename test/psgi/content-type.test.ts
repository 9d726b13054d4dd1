import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BodyCharset, readContentType } from '../../src/psgi/content-type.ts'

const LABELS: [value: string, label: string][] = [
  ['text/plain', 'utf-8'],
  ['', 'utf-8'],
  ['text/plain; charset=koi8-r', 'koi8-r'],
  ['text/plain;charset=koi8-r', 'koi8-r'],
  ['text/plain ; charset=koi8-r', 'koi8-r'],
  ['text/plain;\tcharset=koi8-r\t', 'koi8-r'],
  ['text/plain;  CHARSET=KOI8-R  ', 'koi8-r'],
  ['text/plain; charset="koi8-r"', 'koi8-r'],
  ['text/plain; charset=" koi8-r "', 'koi8-r'],
  ['text/plain; charset="koi8\\-r"', 'koi8-r'],
  ['text/plain; charset="koi8-r', 'koi8-r'],
  ['text/plain; charset="koi8-r"; x=y', 'koi8-r'],
  ['text/plain; charset="koi8-r" junk; charset=big5', 'koi8-r'],
  ['text/plain; charset=koi8-r; charset=big5', 'koi8-r'],
  ['text/plain; x="; charset=big5"; charset=koi8-r', 'koi8-r'],
  ['text/plain; x="\\"; charset=big5"; charset=koi8-r', 'koi8-r'],
  ['text/plain; x=";charset=big5', 'utf-8'],
  ['text/plain; xcharset=big5; charset=koi8-r', 'koi8-r'],
  ['text/plain; charset; charset=koi8-r', 'koi8-r'],
  ['text/plain; charset=; charset=koi8-r', 'koi8-r'],
  ['text/plain; charset=;;; ;charset=koi8-r', 'koi8-r'],
  ['text/plain; charset =big5', 'utf-8'],
  ['text/plain; charset=""', ''],
  ['text/plain;', 'utf-8'],
  ['charset=big5', 'utf-8'],
]

describe('the label of the charset', () => {
  for (const [value, label] of LABELS) {
    it(`of ${JSON.stringify(value)} is ${JSON.stringify(label)}`, () => {
      assert.equal(readContentType(value).label, label)
    })
  }

  it('is UTF-8 under each of its six names', () => {
    for (const label of ['utf-8', 'UTF8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8']) {
      assert.equal(readContentType(`text/plain; charset=${label}`).utf8, true, label)
    }
    for (const label of ['utf-7', 'utf-16', 'utf-88', 'us-ascii']) {
      assert.equal(readContentType(`text/plain; charset=${label}`).utf8, false, label)
    }
  })

  it('is found in time that grows with the length only', () => {
    const long = `text/plain; x="${'\\"'.repeat(50_000)}; charset=koi8-r`
    assert.equal(readContentType(long).label, 'utf-8')
    assert.equal(readContentType(`a/b${';'.repeat(100_000)}charset=koi8-r`).label, 'koi8-r')
  })
})

const MARKUP: [type: string, markup: BodyCharset['markup']][] = [
  ['text/html', 'html'],
  ['Text/HTML; charset=utf-8', 'html'],
  ['text/html ;charset=utf-8', 'html'],
  ['application/xhtml+xml', 'xml'],
  ['text/xml', 'xml'],
  ['application/xml', 'xml'],
  ['application/atom+xml; charset=utf-8', 'xml'],
  ['image/svg+xml', 'xml'],
  ['text/plain', undefined],
  ['text/css', undefined],
  ['application/json', undefined],
  ['application/javascript', undefined],
  ['text/html-sandboxed', undefined],
  ['text/xml-external-parsed-entity', undefined],
  ['', undefined],
]

describe('markup', () => {
  for (const [type, markup] of MARKUP) {
    it(`${JSON.stringify(type)} is ${markup ?? 'none'}`, () => assert.equal(readContentType(type).markup, markup))
  }
})
