import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ChunkedDecoder } from '../../../pipes/http/chunked.ts'
import { testTable, type WireCase } from '../../wire-table.ts'

const chunked = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`
const good = (name: string, body: string, saw: WireCase['saw'] = { body: 'abc' }): WireCase => ({
  name,
  bytes: chunked(body),
  status: 200,
  ...(saw === undefined ? {} : { saw }),
})
const bad = (name: string, body: string): WireCase => ({ name, bytes: chunked(body), status: 400, says: /RFC 9112/ })

testTable('a chunked body', [
  good('is its chunks joined', '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n'),
  good('may be empty', '0\r\n\r\n', { body: '' }),
  good('may hold CRLF and chunks', '9\r\n0\r\n\r\nabc\n\r\n0\r\n\r\n', { body: '0\r\n\r\nabc\n' }),
  good('has sizes in hexadecimal, in any case', 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n', {
    body: '01234567890123456789',
  }),
  good('may have zeros before a size', '0003\r\nabc\r\n000\r\n\r\n'),
  good('may have extensions, which are nothing to us', '3;a\r\nabc\r\n0;b=c;d="e;\\"\tf\xe9"\r\n\r\n'),
  good('may have an empty quoted extension', '3;a=""\r\nabc\r\n0\r\n\r\n'),
  good('may have trailers, which are kept apart', '3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-sum:2\r\n\r\n', {
    body: 'abc',
    trailers: [
      ['X-Sum', '1'],
      ['x-sum', '2'],
    ],
    fields: { HTTP_HOST: 'a', HTTP_TRANSFER_ENCODING: 'chunked' },
  }),
  bad('has a size', '\r\nabc\r\n0\r\n\r\n'),
  bad('has a size before an extension', ';a\r\nabc\r\n0\r\n\r\n'),
  bad('has no size with a sign', '+3\r\nabc\r\n0\r\n\r\n'),
  bad('has no negative size', '-3\r\nabc\r\n0\r\n\r\n'),
  bad('has no size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'),
  bad('has no size with an underscore', '0_3\r\nabc\r\n0\r\n\r\n'),
  bad('has no size in other letters', '3g\r\nabc\r\n0\r\n\r\n'),
  bad('has no space before a size', ' 3\r\nabc\r\n0\r\n\r\n'),
  bad('has no space behind a size', '3 \r\nabc\r\n0\r\n\r\n'),
  bad('has no tab behind a size', '3\t\r\nabc\r\n0\r\n\r\n'),
  bad('has no size that overflows 64 bits', '10000000000000003\r\nabc\r\n0\r\n\r\n'),
  bad('has no size that overflows 53 bits', '20000000000003\r\nabc\r\n0\r\n\r\n'),
  bad('has no endless size', `${'0'.repeat(100)}3\r\nabc\r\n0\r\n\r\n`),
  bad('has CRLF behind a size, not LF', '3\nabc\r\n0\r\n\r\n'),
  bad('has CRLF behind a size, not CR', '3\rabc\r\n0\r\n\r\n'),
  bad('has CRLF behind data', '3\r\nabc0\r\n\r\n'),
  bad('has CRLF behind data, not LF', '3\r\nabc\n0\r\n\r\n'),
  bad('has CRLF behind data, not CR', '3\r\nabc\r0\r\n\r\n'),
  bad('has as much data as it says, not more', '3\r\nabcd\r\n0\r\n\r\n'),
  bad('has as much data as it says, not less', '4\r\nabc\r\n0\r\n\r\n'),
  bad('has CRLF behind the last size, not LF', '3\r\nabc\r\n0\n\r\n'),
  bad('ends in CRLF, not in LF', '3\r\nabc\r\n0\r\n\n'),
  bad('ends in CRLF, not in CR', '3\r\nabc\r\n0\r\n\rx'),
  bad('has no empty extension', '3;\r\nabc\r\n0\r\n\r\n'),
  bad('has no empty extension before another', '3;;a\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension without a name', '3;=a\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension without its value', '3;a=\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension with two values', '3;a=b=c\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension with a space', '3; a\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension with a bare LF', '3;a\nabc\r\n0\r\n\r\n'),
  bad('has no extension with CR and no LF', '3;a\rb\r\nabc\r\n0\r\n\r\n'),
  bad('has no extension with NUL', '3;a\0\r\nabc\r\n0\r\n\r\n'),
  bad('has no quoted extension with CRLF', '3;a="\r\n"\r\nabc\r\n0\r\n\r\n'),
  bad('has no quoted extension with an escaped LF', '3;a="\\\n"\r\nabc\r\n0\r\n\r\n'),
  bad('has no quoted extension with something behind it', '3;a="b"c\r\nabc\r\n0\r\n\r\n'),
  bad('has no endless extensions', `3;${'a'.repeat(5_000)}\r\nabc\r\n0\r\n\r\n`),
  bad('has no endless extensions over several chunks', `${`1;${'a'.repeat(500)}\r\nx\r\n`.repeat(10)}0\r\n\r\n`),
  bad('has trailers with a colon', '0\r\nX\r\n\r\n'),
  bad('has no folded trailers', '0\r\nX: a\r\n b\r\n\r\n'),
  bad('has no trailers with control characters', '0\r\nX: a\0\r\n\r\n'),
  bad('has no trailers with a bare LF', '0\r\nX: a\n\r\n'),
  bad('has no Content-Length in its trailers', '0\r\nContent-Length: 3\r\n\r\n'),
  bad('has no Transfer-Encoding in its trailers', '0\r\ntransfer-encoding: chunked\r\n\r\n'),
  bad('has no Host in its trailers', '0\r\nHost: b\r\n\r\n'),
])

describe('trailers that are too long', () => {
  const long = 'x'.repeat(120)
  testTable(
    'are 431',
    [
      { name: 'in one field', bytes: chunked(`0\r\nX: ${long}\r\n\r\n`), status: 431 },
      { name: 'in several fields', bytes: chunked(`0\r\n${`X: ${'x'.repeat(20)}\r\n`.repeat(6)}\r\n`), status: 431 },
      { name: 'without an end', bytes: chunked(`0\r\nX: ${long}`), status: 431 },
    ],
    { maxHeadBytes: 110 },
  )
})

describe('a chunked decoder', () => {
  const limits = { maxHeadBytes: 1_000, maxFields: 10 }

  /** Decodes pieces; gives the data, and what is left behind the body. */
  function decode(pieces: readonly Buffer[]): { data: string; left: number; decoder: ChunkedDecoder } {
    const decoder = new ChunkedDecoder(limits)
    const taken: Buffer[] = []
    let left = 0
    for (const piece of pieces) {
      const at = decoder.feed(piece, 0, piece.length, (data) => taken.push(Buffer.from(data)))
      left += piece.length - at
    }
    return { data: Buffer.concat(taken).toString('latin1'), left, decoder }
  }

  it('gives the same for every cut of the bytes, and stops where the body ends', () => {
    const chunk = fc.tuple(
      fc.string({ minLength: 1, unit: 'binary-ascii' }),
      fc.constantFrom('', ';a', ';a=b', ';a="\\""'),
    )
    fc.assert(
      fc.property(fc.array(chunk), fc.array(fc.nat(400)), fc.boolean(), (chunks, cuts, trailer) => {
        const coded = chunks.map(([data, extension]) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`)
        const bytes = Buffer.from(`${coded.join('')}0\r\n${trailer ? 'X: 1\r\n' : ''}\r\nrest`, 'latin1')
        const ends = [...new Set(cuts.filter((cut) => cut < bytes.length)), bytes.length].sort((a, b) => a - b)
        const pieces = ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
        const { data, left, decoder } = decode(pieces)
        assert.equal(data, chunks.map(([each]) => each).join(''))
        assert.equal(left, 'rest'.length)
        assert.equal(decoder.done, true)
        assert.deepEqual(decoder.trailers, trailer ? [['X', '1']] : [])
      }),
    )
  })

  it('is not done before its last byte', () => {
    const body = '3\r\nabc\r\n0\r\nX: 1\r\n\r\n'
    for (let length = 0; length < body.length; length++) {
      assert.equal(decode([Buffer.from(body.slice(0, length))]).decoder.done, false)
    }
  })

  it('begins where it is told to', () => {
    const decoder = new ChunkedDecoder(limits)
    const bytes = Buffer.from('xx0\r\n\r\nyy')
    assert.equal(
      decoder.feed(bytes, 2, bytes.length, () => assert.fail()),
      7,
    )
  })
})
