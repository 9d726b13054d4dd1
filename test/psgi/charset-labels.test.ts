import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { charsetOf } from '../../src/psgi/charset-labels.ts'
import { readContentType } from '../../src/psgi/content-type.ts'

// https://encoding.spec.whatwg.org/#names-and-labels, one label of each encoding and some of the stranger ones
const LABELS = `us-ascii ascii ansi_x3.4-1968 ibm866 866 iso-8859-1 latin1 l1 iso_8859-1:1987 iso-8859-2 latin2
  iso-8859-3 iso-8859-4 iso-8859-5 cyrillic iso-8859-6 arabic iso-8859-6-i iso-8859-7 greek8 sun_eu_greek iso-8859-8
  visual iso-8859-8-i logical iso-8859-9 latin5 iso-8859-10 iso-8859-11 iso-8859-13 iso-8859-14 iso-8859-15 l9
  iso-8859-16 koi8-r koi8_r koi koi8-u koi8-ru macintosh x-mac-roman x-mac-cyrillic windows-874 tis-620 dos-874
  windows-1250 cp1250 x-cp1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256
  windows-1257 windows-1258 gb2312 gb_2312-80 chinese gbk x-gbk gb18030 big5 csbig5 big5-hkscs euc-jp x-euc-jp
  shift_jis sjis windows-31j ms_kanji euc-kr korean ks_c_5601-1987 windows-949 utf-16le utf-16be utf-16 ucs-2`

const REFUSED = `utf-7 utf7 unicode-1-1-utf-7 utf-32 utf-32le utf-32be cesu-8 iso-2022-jp csiso2022jp iso-2022-kr
  iso-2022-cn hz-gb-2312 replacement x-user-defined base64 hex binary utf-7-imap cp437 klingon __proto__ constructor`

describe('labels', () => {
  for (const label of LABELS.split(/\s+/)) {
    it(`${label} is known`, () => assert.ok(charsetOf(label)))
  }

  for (const label of [...REFUSED.split(/\s+/), '']) {
    it(`${JSON.stringify(label)} is refused`, () => {
      assert.equal(charsetOf(label), undefined)
      assert.equal(readContentType(`a/b; charset="${label}"`).utf8, false)
    })
  }

  it('names that mean one charset share its table', () => {
    assert.equal(charsetOf('latin1'), charsetOf('iso-8859-1'))
    assert.notEqual(charsetOf('latin1'), charsetOf('windows-1252'))
  })
})
