import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EncodeError } from '../../src/errors.ts'
import { readField } from '../../src/psgi/header-field.ts'
import { bytes, latin1, refuses } from './encode-error.ts'

const text = (name: unknown, value: unknown) => readField(name, value, 'unicode', true, 2)
const raw = (name: unknown, value: unknown) => readField(name, value, 'latin-1', false, 2)

const GOOD: [name: string, value: string][] = [
  ['Content-Type', 'text/plain'],
  ['x', ''],
  ["!#$%&'*+-.^_`|~09azAZ", 'x'],
  ['X-Tab', 'a\tb'],
  ['X-Latin', 'Grüße \x80\xff'],
  ['X-Spaces', '  kept as they are  '],
  ['X-Visible', ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
]

describe('a line', () => {
  for (const [name, value] of GOOD) {
    it(`${JSON.stringify(name)} with ${JSON.stringify(value)} is sent`, () => {
      for (const field of [text(name, value), text(bytes(name), bytes(value)), raw(bytes(name), bytes(value))]) {
        assert.equal(field.name, name)
        assert.equal(field.value, value)
        assert.equal(field.line, `${name}: ${value}\r\n`)
      }
    })
  }
})

describe('a name that is no token', () => {
  for (const name of [
    '',
    ' ',
    'a b',
    'a:',
    ':',
    'a\r\nb',
    'a\n',
    '\0',
    'é',
    'a\x80',
    '中',
    '\u010a',
    'a,b',
    '(a)',
    'a/b',
    'a"',
    '[a]',
    'a\t',
  ]) {
    it(`${JSON.stringify(name)} is refused`, () => {
      refuses(() => text(name, 'x'), 'HEADER_BAD', 'the name of response.header_list[2]', 'RFC 9110')
      if (name !== '中' && name !== '\u010a')
        refuses(() => raw(bytes(name), bytes('x')), 'HEADER_BAD', 'header_list[2]')
    })
  }
})

describe('a value that cannot be sent', () => {
  const BAD: [value: string, code: string, offset: number][] = [
    ['a\r\nSet-Cookie: b', 'U+000D', 1],
    ['a\n', 'U+000A', 1],
    ['\r', 'U+000D', 0],
    ['secret\0', 'U+0000', 6],
    ['\x01', 'U+0001', 0],
    ['\x1f', 'U+001F', 0],
    ['\x7f', 'U+007F', 0],
    ['\x0b', 'U+000B', 0],
  ]
  for (const [value, code, offset] of BAD) {
    it(`${JSON.stringify(value)} is refused and not shown`, () => {
      const words = ['response.header_list[2] "X-A"', code, `offset ${offset}`]
      refuses(() => text('X-A', value), 'HEADER_BAD', ...words)
      refuses(() => text('X-A', bytes(value)), 'HEADER_BAD', ...words)
      refuses(() => raw(bytes('X-A'), bytes(value)), 'HEADER_BAD', ...words)
      assert.throws(
        () => text('X-A', value),
        (error: Error) => !error.message.includes('secret'),
      )
    })
  }

  for (const [value, code] of [
    ['a中', 'U+4E2D'],
    ['\u010d\u010a', 'U+010D'],
    ['\u0100', 'U+0100'],
    ['😀', 'U+1F600'],
    ['\ud83d', 'U+D83D'],
    ['\u2028', 'U+2028'],
  ] as const) {
    it(`${JSON.stringify(value)} is refused, being beyond Latin-1`, () => {
      refuses(() => text('X-A', value), 'HEADER_BAD', code, 'Latin-1', 'RFC 8187')
    })
  }

  for (const value of [5, undefined, null, ['a'], {}, true, new Uint16Array(1)]) {
    it(`${JSON.stringify(value) ?? 'undefined'} is refused, being no string`, () => {
      refuses(() => text('X-A', value), 'HEADER_BAD', 'the value of response.header_list[2] "X-A" is')
      refuses(() => text(value, 'x'), 'HEADER_BAD', 'the name of response.header_list[2] is')
    })
  }

  it('text under a bytes format is refused, as name and as value', () => {
    const words = ['is text', 'response.header_list_format', '"latin-1"']
    refuses(() => raw('X-A', bytes('x')), 'FORMAT_MISMATCH', 'the name of response.header_list[2]', ...words)
    refuses(() => raw(bytes('X-A'), 'x'), 'FORMAT_MISMATCH', 'the value of response.header_list[2] "X-A"', ...words)
  })
})

describe('fields that hold a URI', () => {
  const IRIS: [iri: string, uri: string][] = [
    ['/plain?a=b#c', '/plain?a=b#c'],
    ['/straße', '/stra%C3%9Fe'],
    ['/路径?q=é', '/%E8%B7%AF%E5%BE%84?q=%C3%A9'],
    ['/😀', '/%F0%9F%98%80'],
    ['/\ud83d', '/%EF%BF%BD'],
    ['/100%25/é', '/100%25/%C3%A9'],
    ['/\u010d\u010a', '/%C4%8D%C4%8A'],
    ['/\x85', '/%C2%85'],
  ]
  for (const name of ['Location', 'content-location', 'REFRESH']) {
    for (const [iri, uri] of IRIS) {
      it(`${name}: ${JSON.stringify(iri)} is sent as ${uri}`, () => assert.equal(text(name, iri).value, uri))
    }
  }

  it('are still refused with control characters', () => {
    refuses(() => text('Location', '/é\r\nX: y'), 'HEADER_BAD', 'U+000D')
  })

  it('keep bytes as they are', () => {
    assert.equal(text('Location', bytes('/\xc3\xa9')).value, '/\xc3\xa9')
    assert.equal(raw(bytes('Location'), bytes('/\xc3\xa9')).value, '/\xc3\xa9')
  })

  it('are the only ones: a Link is refused', () => {
    refuses(() => text('Link', '</中>'), 'HEADER_BAD', 'U+4E2D')
  })
})

describe('Content-Length', () => {
  for (const [value, length] of [
    ['0', 0],
    ['12', 12],
    ['0012', 12],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ] as const) {
    it(`${value} is read`, () => {
      assert.equal(text('content-length', value).length, length)
      assert.equal(raw(bytes('Content-Length'), bytes(value)).length, length)
    })
  }

  for (const value of ['', ' ', '-1', '+1', '1.0', '1e3', '0x10', '5, 5', '5 ', ' 5', '9007199254740992', '٣', '1_0']) {
    it(`${JSON.stringify(value)} is refused`, () => refuses(() => text('Content-Length', value), 'HEADER_BAD'))
  }
})

describe('whatever a line is', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\0', '\u010a', '\u010d', '\u0d0a', ':', ' ', 'é', '😀') }),
    fc.constantFrom('Location', 'Content-Length', 'X-A'),
  )
  it('it is refused or one line of bytes', () => {
    fc.assert(
      fc.property(part, part, fc.boolean(), (name, value, asBytes) => {
        try {
          const field = asBytes ? raw(Buffer.from(name), Buffer.from(value)) : text(name, value)
          assert.match(field.line, /^[!-9;-~]+: [\t -~\x80-\xff]*\r\n$/)
          assert.equal(latin1(bytes(field.line)), field.line)
        } catch (error) {
          assert.ok(error instanceof EncodeError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
