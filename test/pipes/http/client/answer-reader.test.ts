import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AnswerHead, fieldOf } from '../../../../pipes/http/client/answer-head.ts'
import { AnswerReader } from '../../../../pipes/http/client/answer-reader.ts'
import { PeerError } from '../../../../src/errors.ts'

interface Read {
  readonly heads: AnswerHead[]
  readonly body: string
  readonly done: boolean
  readonly rest: string
}

/** Reads `pieces` as the answer to one request; `end`: the peer ends then. */
function read(pieces: readonly Buffer[], method = 'POST', end = false): Read {
  const heads: AnswerHead[] = []
  let body = ''
  let rest = ''
  const reader = new AnswerReader({
    head: (head) => heads.push(head),
    body: (piece) => {
      body += piece.toString('latin1')
    },
  })
  reader.begin(method)
  for (const piece of pieces) {
    if (reader.done) rest += piece.toString('latin1')
    else rest += reader.feed(piece)?.toString('latin1') ?? ''
  }
  if (end) reader.end()
  return { heads, body, done: reader.done, rest }
}

const whole = (text: string) => [Buffer.from(text, 'latin1')]
const drips = (text: string) => [...Buffer.from(text, 'latin1')].map((byte) => Buffer.of(byte))

/** name, bytes, what is read of them */
type Row = readonly [
  string,
  string,
  { status: number; body?: string; keepAlive?: boolean; method?: string; ends?: boolean },
]

const ANSWERS: readonly Row[] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { status: 200, body: 'hello' }],
  ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200 }],
  ['no reason', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', { status: 200 }],
  ['no SP behind the status', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { status: 200 }],
  ['an unknown status', 'HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n', { status: 799 }],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    { status: 200, body: 'abcde' },
  ],
  [
    'chunks with extensions and trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b;c="d"\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
    { status: 200, body: 'abc' },
  ],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204 }],
  ['204 with a length of 0', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', { status: 204 }],
  ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', { status: 204, keepAlive: false }],
  ['204 with chunks', 'HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n', { status: 204, keepAlive: false }],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { status: 304 }],
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { status: 200, method: 'HEAD' }],
  ['HEAD of chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', { status: 200, method: 'HEAD' }],
  ['HEAD of no length', 'HTTP/1.1 200 OK\r\n\r\n', { status: 200, method: 'HEAD' }],
  ['the end', 'HTTP/1.1 200 OK\r\n\r\nhello', { status: 200, body: 'hello', keepAlive: false, ends: true }],
  ['nothing and the end', 'HTTP/1.1 200 OK\r\n\r\n', { status: 200, keepAlive: false, ends: true }],
  ['close', 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n', { status: 200, keepAlive: false }],
  [
    'close among others',
    'HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n',
    { status: 200, keepAlive: false },
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', { status: 200, body: 'ok', keepAlive: false }],
  [
    'HTTP/1.0, kept',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
    { status: 200, body: 'ok' },
  ],
  ['100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', { status: 200, body: 'ok' }],
  [
    'early hints, twice',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno',
    { status: 404, body: 'no' },
  ],
]

const BROKEN: readonly (readonly [string, string, RegExp, string?])[] = [
  ['another protocol', 'SSH-2.0-x\r\n', /begins with "S.*no status line/],
  ['another version', 'HTTP/2.0 200 OK\r\n\r\n', /no status line/],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', /no status line/],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', /no status line/],
  ['a status of 0', 'HTTP/1.1 000 OK\r\n\r\n', /no status line/],
  ['a bare LF', 'HTTP/1.1 200 OK\n\n', /no status line/],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', /no status line/],
  ['a folded line', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', /folded/],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n', /only a colon/],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n', /two Content-Length/],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n', /digits alone/],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n', /digits alone/],
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    /both Content-Length/,
  ],
  ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', /"gzip, chunked"/],
  ['chunked not last', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n', /"chunked, identity"/],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', /in HTTP\/1.0/],
  ['switching protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', /switches/],
  [
    'a chunk without a size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
    /chunk begins with/,
    'BODY_BAD',
  ],
  ['a long chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc', /followed by/, 'BODY_BAD'],
  ['a bare LF in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\n', /only hexadecimal/, 'BODY_BAD'],
  ['a long head', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(20_000)}`, /longer than 16384 bytes/, 'HEAD_TOO_LONG'],
  ['a long status line', `HTTP/1.1 200 ${'b'.repeat(20_000)}`, /longer than 16384 bytes/, 'HEAD_TOO_LONG'],
  ['many fields', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(101)}\r\n`, /more than 100/, 'HEAD_TOO_LONG'],
]

describe('AnswerReader', () => {
  for (const [name, bytes, { status, body = '', keepAlive = true, method, ends = false }] of ANSWERS) {
    it(`reads an answer with ${name}, whole, byte by byte, and with bytes behind it`, () => {
      for (const pieces of [whole(bytes), drips(bytes)]) {
        const found = read(pieces, method, ends)
        assert.deepEqual([found.body, found.done, found.rest, found.heads.length], [body, true, '', 1])
        assert.deepEqual([found.heads[0]?.status, found.heads[0]?.keepAlive], [status, keepAlive])
      }
      if (ends) return
      const found = read(whole(`${bytes}HTTP/1.1 200`), method)
      assert.deepEqual([found.body, found.done, found.rest], [body, true, 'HTTP/1.1 200'])
    })

    it(`takes no beginning of an answer with ${name} for a whole one`, () => {
      for (let cut = 0; cut < bytes.length; cut++) {
        const found = read(whole(bytes.slice(0, cut)), method)
        assert.equal(found.done, false, `cut at ${cut}`)
      }
    })
  }

  for (const [name, bytes, message, code = 'HEAD_BAD'] of BROKEN) {
    it(`refuses ${name}, whole and byte by byte`, () => {
      for (const pieces of [whole(bytes), drips(bytes)]) {
        assert.throws(
          () => read(pieces),
          (error) => error instanceof PeerError && error.code === code && message.test(error.message),
        )
      }
    })
  }

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.from(
      'HTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\nrest',
    )
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        const found = read(pieces)
        assert.deepEqual([found.body, found.done, found.rest], ['abcde', true, 'rest'])
      }),
    )
  })

  it('reads a head of exactly the most bytes, and none that has one more', () => {
    const head = (size: number) => {
      const [start, end] = ['HTTP/1.1 204 No\r\nA: ', '\r\n\r\n']
      return `${start}${'x'.repeat(size - start.length - end.length)}${end}`
    }
    assert.equal(read(whole(head(16_384))).done, true)
    assert.equal(read(drips(head(16_384))).done, true)
    assert.throws(() => read(whole(head(16_385))), /longer than 16384 bytes/)
    assert.throws(() => read(drips(head(16_385))), /longer than 16384 bytes/)
  })

  it('reads another answer after the first', () => {
    const bodies: string[] = []
    const reader = new AnswerReader({ head: () => {}, body: (piece) => bodies.push(piece.toString()) })
    for (const body of ['one', 'four']) {
      reader.begin('POST')
      assert.equal(reader.begun, false)
      assert.equal(
        reader.feed(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)),
        undefined,
      )
      assert.deepEqual([reader.done, reader.begun], [true, true])
    }
    assert.deepEqual(bodies, ['one', 'four'])
  })
})

describe('fieldOf()', () => {
  it('gives the first of several, in any spelling', () => {
    const found = read(whole('HTTP/1.1 200 OK\r\nX-AA: 1\r\nx-Ab: 2\r\nX-AB: 3\r\nContent-Length: 0\r\n\r\n'))
    const block = found.heads[0]?.block
    assert.ok(block !== undefined)
    assert.deepEqual(
      ['x-aa', 'x-ab', 'x-ac', 'content-length'].map((name) => fieldOf(block, name)),
      ['1', '2', undefined, '0'],
    )
  })
})
