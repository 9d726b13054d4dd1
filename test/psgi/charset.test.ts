import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { charsetEncoder } from '../../src/psgi/charset.ts'
import { readContentType } from '../../src/psgi/content-type.ts'
import { latin1, refuses } from './encode-error.ts'

/** All that an encoder for this Content-Type gives for these chunks. */
function encode(type: string, ...chunks: string[]): Uint8Array {
  const encoder = charsetEncoder(readContentType(type))
  return Buffer.concat([...chunks.map((chunk) => encoder.write(chunk)), encoder.end()])
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('UTF-8', () => {
  it('is what is written without a charset', () => {
    assert.equal(hex(encode('text/plain', 'é中€😀')), hex(new TextEncoder().encode('é中€😀')))
    assert.equal(hex(encode('', 'é')), 'c3a9')
  })

  it('writes a surrogate that stands alone as U+FFFD', () => {
    assert.equal(hex(encode('text/plain', 'a\ud83d', 'b')), '61efbfbd62')
    assert.equal(hex(encode('text/plain', 'a\ud83d')), '61efbfbd')
    assert.equal(hex(encode('text/plain', '\ude00')), 'efbfbd')
  })

  it('does not load iconv-lite', () => {
    const module = new URL('../../src/psgi/charset.js', import.meta.url)
    const loaded = (type: string) => `
      const { charsetEncoder } = await import(${JSON.stringify(module.href)})
      charsetEncoder({ label: '${type}', utf8: ${type === 'utf-8'}, markup: undefined, type: 'text/plain' }).write('é')
      const { createRequire } = await import('node:module')
      const names = Object.keys(createRequire(${JSON.stringify(module.href)}).cache).join()
      console.log(names.includes('iconv-lite'))`
    const run = (type: string) => execFileSync(process.execPath, ['--input-type=module', '-e', loaded(type)]).toString()
    assert.equal(run('utf-8').trim(), 'false')
    assert.equal(run('iso-8859-1').trim(), 'true')
  })
})

describe('a charset that cannot be written', () => {
  for (const label of [
    'utf-7',
    'UTF-7',
    'utf-32',
    'iso-2022-jp',
    'iso-2022-kr',
    'hz-gb-2312',
    'x-user-defined',
    'klingon',
  ]) {
    it(`${label} is refused`, () => {
      const words = ['response.header_list', `"${label.toLowerCase()}"`, 'utf-8']
      refuses(() => charsetEncoder(readContentType(`text/plain; charset=${label}`)), 'CHARSET_UNKNOWN', ...words)
    })
  }

  it('an empty label is refused', () => {
    refuses(() => charsetEncoder(readContentType('text/plain; charset=""')), 'CHARSET_UNKNOWN', '""')
  })
})

describe('a character that the charset lacks', () => {
  const REFERENCES: [type: string, text: string, written: string][] = [
    ['text/html; charset=iso-8859-1', 'a€b', 'a&#8364;b'],
    ['text/html; charset=us-ascii', 'é😀', '&#233;&#128512;'],
    ['text/html; charset=iso-8859-1', '€€é€', '&#8364;&#8364;\xe9&#8364;'],
    ['text/html; charset=windows-1252', 'א€', '&#1488;\x80'],
    ['application/xhtml+xml; charset=iso-8859-1', '€', '&#8364;'],
    ['image/svg+xml; charset=us-ascii', 'é', '&#233;'],
    ['text/xml; charset=us-ascii', 'é\x85', '&#233;&#133;'],
    ['text/html; charset=us-ascii', '\ufffd\ud83d!', '&#65533;&#65533;!'],
    ['text/html; charset=us-ascii', '\uffff', '&#65535;'],
    ['text/html; charset=shift_jis', '¥‾', '&#165;&#8254;'],
    ['text/html; charset=iso-8859-1', '&#8364; <b> &amp; ?', '&#8364; <b> &amp; ?'],
  ]
  for (const [type, text, written] of REFERENCES) {
    it(`is a reference in ${type}: ${JSON.stringify(text)}`, () => assert.equal(latin1(encode(type, text)), written))
  }

  const REFUSALS: [type: string, text: string, code: string][] = [
    ['text/plain; charset=iso-8859-1', 'a€', 'U+20AC'],
    ['text/plain; charset=shift_jis', '😀', 'U+1F600'],
    ['text/css; charset=windows-1252', 'א', 'U+05D0'],
    ['application/json; charset=us-ascii', 'é', 'U+00E9'],
    ['application/javascript; charset=big5', '€é', 'U+00E9'],
    ['text/plain; charset=iso-8859-1', '\x80', 'U+0080'],
    ['text/plain; charset=koi8-r', '\ud83d!', 'U+FFFD'],
    // HTML reads &#128; as the euro sign.
    ['text/html; charset=iso-8859-1', '\x80', 'U+0080'],
    ['text/html; charset=shift_jis', '\x9f', 'U+009F'],
    // XML 1.0 §2.2: Char ends at U+FFFD in the BMP.
    ['application/xml; charset=us-ascii', '\ufffe', 'U+FFFE'],
  ]
  for (const [type, text, code] of REFUSALS) {
    it(`is refused in ${type}: ${JSON.stringify(text)}`, () => {
      const label = readContentType(type).label
      refuses(() => encode(type, text), 'CHARACTER_MISSING', 'response.body', code, `"${label}"`)
    })
  }

  it('is refused at the end too, where half a pair waited', () => {
    refuses(() => encode('text/plain; charset=koi8-r', 'a\ud83d'), 'CHARACTER_MISSING', 'U+FFFD')
  })

  it('never becomes a question mark', () => {
    const characters = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !text.includes('?'))
    const types = fc.constantFrom(
      'iso-8859-1',
      'shift_jis',
      'gbk',
      'big5',
      'euc-kr',
      'euc-jp',
      'koi8-r',
      'windows-1255',
    )
    fc.assert(
      fc.property(types, characters, (label, text) => {
        const written = encode(`application/xml; charset=${label}`, text.replace(/[\ufffe\uffff]/g, ''))
        // A double-byte character never ends in 0x3f in these charsets.
        assert.equal(latin1(written).includes('?'), false)
      }),
    )
  })
})

describe('UTF-16', () => {
  it('has no byte order mark where the label says the order', () => {
    assert.equal(hex(encode('text/plain; charset=utf-16le', 'a', 'é')), '6100e900')
    assert.equal(hex(encode('text/plain; charset=utf-16be', 'a', 'é')), '006100e9')
  })

  it('begins with one byte order mark where it does not', () => {
    assert.equal(hex(encode('text/plain; charset=utf-16', '', 'a', 'é')), 'fffe6100e900')
    assert.equal(hex(encode('text/plain; charset=utf-16', '\ufeffa', 'é')), 'fffe6100e900')
    assert.equal(hex(encode('text/plain; charset=utf-16', '')), '')
  })

  it('keeps a byte order mark that the text brings', () => {
    assert.equal(hex(encode('text/plain; charset=utf-16le', '\ufeffa')), 'fffe6100')
  })

  it('writes a surrogate that stands alone as U+FFFD', () => {
    assert.equal(hex(encode('text/plain; charset=utf-16le', '\ud83da')), 'fdff6100')
    assert.equal(hex(encode('text/plain; charset=utf-16be', '\ud83d')), 'fffd')
  })
})

describe('chunks', () => {
  const labels = ['utf-8', 'utf-16', 'utf-16be', 'gb18030', 'big5-hkscs', 'shift_jis', 'iso-8859-1', 'us-ascii']
  const text = fc
    .array(fc.constantFrom('a', 'é', '中', '😀', '\ud83d', '\ude00', '𠄌', 'Ê\u0304'))
    .map((all) => all.join(''))

  it('give the same bytes wherever they are cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...labels), text, fc.array(fc.nat(30)), (label, whole, cuts) => {
        const type = `text/html; charset=${label}`
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length]
        const chunks = places.slice(1).map((place, at) => whole.slice(places[at], place))
        assert.equal(hex(encode(type, ...chunks)), hex(encode(type, whole)))
      }),
    )
  })

  it('are Uint8Arrays and no Buffers', () => {
    for (const label of labels) {
      const encoder = charsetEncoder(readContentType(`text/html; charset=${label}`))
      for (const chunk of [encoder.write('a'), encoder.write('é\ud83d'), encoder.end()]) {
        assert.equal(Object.getPrototypeOf(chunk), Uint8Array.prototype, label)
      }
    }
  })
})
