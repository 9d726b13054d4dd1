import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { charsetOf } from '../../src/psgi/charset-labels.ts'
import { type CharsetTable, tableOf } from '../../src/psgi/charset-table.ts'

function table(label: string): CharsetTable {
  const charset = charsetOf(label)
  assert.ok(charset, label)
  return tableOf(charset)
}

/** Every character of the BMP beyond ASCII that the charset has. */
function has(label: string): string[] {
  const characters: string[] = []
  const known = table(label)
  for (let code = 0x80; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    if (!known.lacks(code)) characters.push(String.fromCharCode(code))
  }
  return characters
}

// How many characters of the BMP each charset has, beyond ASCII. Counted once with iconv-lite 0.7.3, when all of them
// were found to be read back by the indexes of the Encoding Standard (commit a985b62).
const CHARSETS: [label: string, count: number][] = [
  ['us-ascii', 0],
  ['ibm866', 128],
  ['iso-8859-1', 96],
  ['iso-8859-2', 128],
  ['iso-8859-3', 121],
  ['iso-8859-4', 128],
  ['iso-8859-5', 128],
  ['iso-8859-6', 83],
  ['iso-8859-7', 125],
  ['iso-8859-8', 92],
  ['iso-8859-8-i', 92],
  ['iso-8859-9', 96],
  ['iso-8859-10', 128],
  ['iso-8859-11', 88],
  ['iso-8859-13', 128],
  ['iso-8859-14', 128],
  ['iso-8859-15', 128],
  ['iso-8859-16', 128],
  ['koi8-r', 128],
  ['koi8-u', 126],
  ['macintosh', 125],
  ['x-mac-cyrillic', 127],
  ['windows-874', 97],
  ['tis-620', 87],
  ['windows-1250', 123],
  ['windows-1251', 127],
  ['windows-1252', 123],
  ['windows-1253', 111],
  ['windows-1254', 121],
  ['windows-1255', 105],
  ['windows-1256', 128],
  ['windows-1257', 116],
  ['windows-1258', 119],
  ['gb2312', 21792],
  ['gbk', 21792],
  ['gb18030', 63341],
  ['big5', 13492],
  ['big5-hkscs', 16777],
  ['euc-jp', 13175],
  ['shift_jis', 7389],
  ['euc-kr', 8224],
  ['windows-949', 17048],
  ['utf-16le', 63360],
  ['utf-16be', 63360],
]

// Node reads these labels otherwise than browsers: big5-hkscs as Windows code page 950, windows-949 as KS X 1001 alone.
const NODE_DIFFERS = new Set(['big5-hkscs', 'windows-949'])

// Node 20 reads windows-1252 as Latin-1, and drops 0xFF where it is to be strict.
function decoder(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    const found = new TextDecoder(label, { ignoreBOM: true })
    const isWestern = found.encoding === 'windows-1252'
    return isWestern && found.decode(Uint8Array.of(0x80)) !== '€' && label !== 'iso-8859-1' ? undefined : found
  } catch {
    return undefined // iso-8859-16: ICU has no table
  }
}

describe('every character that a charset has', () => {
  for (const [label, count] of CHARSETS) {
    it(`is read back by TextDecoder from ${label}, and there are ${count}`, () => {
      const characters = has(label)
      assert.equal(characters.length, count)
      const reader = decoder(label)
      if (reader === undefined || NODE_DIFFERS.has(label)) return
      const text = characters.join('\n')
      assert.equal(reader.decode(table(label).encode(text)), text)
    })
  }
})

describe('what readers would take for another character', () => {
  const LACKING: [label: string, characters: string][] = [
    ['iso-8859-1', '€\x80\x85\x9f\ufffd'],
    ['iso-8859-9', '€\x80\x9e\ufffd'],
    ['windows-1251', '\ufffdé'],
    ['windows-1252', '\ufffd\x81א'],
    ['koi8-u', '╝╬'],
    ['macintosh', '¤\u2126'],
    ['windows-1255', '\u05ba'],
    ['shift_jis', '¥‾\x80€'],
    ['euc-jp', '¥‾€'],
    ['gb18030', '\ue5e5\ue78d\ue864'],
    ['gbk', '\u01f9'],
    ['big5', '▓ぁж'],
    ['euc-kr', '똠펲€®'],
  ]
  for (const [label, characters] of LACKING) {
    it(`is lacking in ${label}: ${JSON.stringify(characters)}`, () => {
      for (const character of characters) assert.equal(table(label).lacks(character.codePointAt(0) ?? 0), true)
    })
  }
})

describe('bytes', () => {
  const BYTES: [label: string, character: string, hex: string][] = [
    ['windows-1252', '€', '80'],
    ['iso-8859-15', '€', 'a4'],
    ['koi8-r', 'Ж', 'f6'],
    ['shift_jis', '日', '93fa'],
    ['euc-jp', '日', 'c6fc'],
    ['gbk', '你', 'c4e3'],
    ['gbk', '€', '80'],
    ['gb18030', '€', 'a2e3'],
    ['gb18030', '😀', '9439fc36'],
    ['big5', '你', 'a741'],
    ['big5-hkscs', 'ぁ', 'c6e7'],
    ['big5-hkscs', '𠄌', '8845'],
    ['euc-kr', '한', 'c7d1'],
    ['windows-949', '똠', '8c63'],
    ['utf-16le', 'é😀', 'e9003dd800de'],
    ['utf-16be', 'é😀', '00e9d83dde00'],
  ]
  for (const [label, character, hex] of BYTES) {
    it(`of ${character} in ${label} are ${hex}`, () => {
      assert.equal(Buffer.from(table(label).encode(character)).toString('hex'), hex)
      for (const one of character) assert.equal(table(label).lacks(one.codePointAt(0) ?? 0), false)
    })
  }
})
