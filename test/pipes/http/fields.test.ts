import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fieldsOf, parsed, parseFields } from '../../../pipes/http/fields.ts'
import { testTable, type WireCase } from '../../wire-table.ts'

const withFields = (lines: string) => `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`
const good = (name: string, lines: string, fields: Record<string, string>): WireCase => ({
  name,
  bytes: withFields(lines),
  status: 200,
  saw: { fields: { HTTP_HOST: 'a', ...fields } },
})
const bad = (name: string, lines: string, says?: RegExp): WireCase => ({
  name,
  bytes: withFields(lines),
  status: 400,
  ...(says === undefined ? {} : { says }),
})

testTable('header fields', [
  good('are optional', '', {}),
  good('are found in any case', 'x-A: 1\r\n', { HTTP_X_A: '1' }),
  good('need no space before the value', 'X:1\r\n', { HTTP_X: '1' }),
  good('lose white space around the value', 'X: \t 1 \t \r\n', { HTTP_X: '1' }),
  good('keep white space in the value', 'X: a  \tb\r\n', { HTTP_X: 'a  \tb' }),
  good('may be empty', 'X:\r\nY: \t\r\n', { HTTP_X: '', HTTP_Y: '' }),
  good('may hold colons and quotes', 'X: a:b"c\r\n', { HTTP_X: 'a:b"c' }),
  good('may hold obs-text, a character for each byte', 'X: \x80\xff\r\n', { HTTP_X: '\x80\xff' }),
  good('may have any token as their name', "!#$%&'*+-.^`|~9: 1\r\n", { "HTTP_!#$%&'*+_.^`|~9": '1' }),
  good('are joined where they are repeated', 'X: 1\r\nY: 2\r\nx: 3\r\n', { HTTP_X: '1, 3', HTTP_Y: '2' }),
  good('are joined by semicolons where they are cookies', 'Cookie: a=1\r\nCookie: b=2\r\n', {
    HTTP_COOKIE: 'a=1; b=2',
  }),
  good('with an underscore in the name are dropped', 'X_A: 1\r\nX-A: 2\r\nContent_Length: 9\r\n', { HTTP_X_A: '2' }),
  good('named Proxy are dropped', 'Proxy: evil\r\n', {}),
  good('named as parts of an object are only fields', 'constructor: 1\r\nhasOwnProperty: 2\r\n', {
    HTTP_CONSTRUCTOR: '1',
    HTTP_HASOWNPROPERTY: '2',
  }),
  good('of content have keys of their own', 'Content-Type: a/b\r\nContent-Length: 0\r\n', {
    CONTENT_TYPE: 'a/b',
    CONTENT_LENGTH: '0',
  }),
  bad('have a colon', 'X\r\n', /only a colon/),
  bad('have a name', ': 1\r\n', /empty name/),
  bad('have no space before the colon', 'X : 1\r\n'),
  bad('have no tab before the colon', 'X\t: 1\r\n'),
  bad('have no space in the name', 'X Y: 1\r\n'),
  bad('have no control character in the name', 'X\0Y: 1\r\n'),
  bad('have no DEL in the name', 'X\x7f: 1\r\n'),
  bad('have an ASCII name', 'X\xe9: 1\r\n'),
  bad('have no delimiter in the name', 'X(Y): 1\r\n'),
  bad('have no NUL in the value', 'X: a\0b\r\n'),
  bad('have no control character in the value', 'X: a\x01b\r\n'),
  bad('have no vertical tab in the value', 'X: a\x0bb\r\n'),
  bad('have no form feed in the value', 'X: a\x0cb\r\n'),
  bad('have no DEL in the value', 'X: a\x7fb\r\n'),
  bad('have no bare CR in the value', 'X: a\rb\r\n'),
  bad('have no bare LF in the value', 'X: a\nY: b\r\n'),
  bad('do not end in a bare LF', 'X: a\n'),
  bad('do not end in a bare CR', 'X: a\rY: b\r\n'),
  bad('do not end in CR CR LF', 'X: a\r\r\n'),
  bad('are not folded', 'X: a\r\n b\r\n', /folded/),
  bad('are not folded by tabs', 'X: a\r\n\tb\r\n', /folded/),
  bad('are not folded from the start', ' X: a\r\n'),
  bad('do not begin with a bare LF', '\nX: a\r\n'),
  bad('do not begin with a bare CR', '\rX: a\r\n'),
  bad('have one Content-Type', 'Content-Type: a/b\r\nContent-Type: c/d\r\n', /two Content-Type/),
  { name: 'do not end in LF LF', bytes: 'GET / HTTP/1.1\r\nHost: a\n\n', status: 400 },
  { name: 'do not end in a bare LF as an empty line', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n\n', status: 400 },
])

const post = (lines: string, body: string) => `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`

testTable('the fields that frame a body', [
  { name: 'may be Content-Length', bytes: post('Content-Length: 3\r\n', 'abc'), status: 200, saw: { body: 'abc' } },
  {
    name: 'may have zeros before the length',
    bytes: post('Content-Length: 003\r\n', 'abc'),
    status: 200,
    saw: { body: 'abc' },
  },
  { name: 'may say that the body is empty', bytes: post('Content-Length: 0\r\n', ''), status: 200, saw: { body: '' } },
  {
    name: 'may be Transfer-Encoding',
    bytes: post('transfer-encoding: \tChunked \r\n', '3\r\nabc\r\n0\r\n\r\n'),
    status: 200,
    saw: { body: 'abc' },
  },
  { name: 'may be missing: there is no body', bytes: post('', ''), status: 200, saw: { body: '' } },
  {
    name: 'may frame the body of a GET',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    status: 200,
    saw: { body: 'abc' },
  },
  ...[
    '',
    '+3',
    '-3',
    '3.0',
    '0x3',
    '3 3',
    '3,3',
    '3, 3',
    '3;',
    '"3"',
    '３',
    '1e1',
    '9999999999999999',
    '18446744073709551619',
  ].map(
    (value): WireCase => ({
      name: `are no Content-Length of ${JSON.stringify(value)}`,
      bytes: post(`Content-Length: ${value}\r\n`, 'abc'),
      status: 400,
      says: /Content-Length/,
    }),
  ),
  ...[
    '',
    'gzip',
    'identity',
    'chunked, gzip',
    'chunked, chunked',
    ',chunked',
    'chunked,',
    'chunked;q=1',
    'xchunked',
    '"chunked"',
    'chunked x',
    'chun\tked',
  ].map(
    (value): WireCase => ({
      name: `are no Transfer-Encoding of ${JSON.stringify(value)}`,
      bytes: post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'),
      status: 400,
      says: /Transfer-Encoding/,
    }),
  ),
  {
    name: 'know of no other coding: 501',
    bytes: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    status: 501,
    says: /only "chunked"/,
  },
  {
    name: 'are not two lengths',
    bytes: post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'),
    status: 400,
    says: /two Content-Length/,
  },
  {
    name: 'are not two equal lengths',
    bytes: post('Content-Length: 3\r\ncontent-length: 3\r\n', 'abc'),
    status: 400,
    says: /two Content-Length/,
  },
  {
    name: 'are not two codings',
    bytes: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: 400,
    says: /two Transfer-Encoding/,
  },
  {
    name: 'are not a coding in two fields',
    bytes: post('Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: 400,
    says: /two Transfer-Encoding/,
  },
  {
    name: 'are not length and coding',
    bytes: post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: 400,
    says: /both/,
  },
  {
    name: 'are not coding and length',
    bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n', '0\r\n\r\n'),
    status: 400,
    says: /both/,
  },
  {
    name: 'are no coding in HTTP/1.0',
    bytes: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    says: /HTTP\/1\.0/,
  },
  {
    name: 'are not hidden by a space before the colon',
    bytes: post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'are not hidden by a control character',
    bytes: post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'are not hidden by a name with an underscore',
    bytes: post('Content_Length: 3\r\n', ''),
    status: 200,
    saw: { body: '' },
  },
])

testTable('Expect', [
  {
    name: 'may be 100-continue',
    bytes: post('Expect: 100-Continue\r\nContent-Length: 3\r\n', 'abc'),
    status: [100, 200],
  },
  { name: 'may be 100-continue where there is no body', bytes: post('Expect: 100-continue\r\n', ''), status: 200 },
  {
    name: 'is nothing to HTTP/1.0',
    bytes: 'POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc',
    status: 200,
  },
  {
    name: 'is nothing else',
    bytes: post('Expect: x\r\nContent-Length: 3\r\n', 'abc'),
    status: 417,
    says: /only "100-continue"/,
  },
  { name: 'is not empty', bytes: post('Expect:\r\n', ''), status: 417 },
  { name: 'is no list', bytes: post('Expect: 100-continue, x\r\n', ''), status: 417 },
  { name: 'is there once', bytes: post('Expect: 100-continue\r\nExpect: 100-continue\r\n', ''), status: 400 },
])

testTable(
  'fields that are too many',
  [
    { name: 'are not refused at the limit', bytes: withFields('X: 1\r\n'.repeat(9)), status: 200 },
    {
      name: 'are 431 beyond it',
      bytes: withFields('X: 1\r\n'.repeat(10)),
      status: 431,
      says: /more than 10 header fields/,
    },
    {
      name: 'are 431 also if they never end',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\n${'X:\r\n'.repeat(20)}`,
      status: 431,
    },
    {
      name: 'are 431 also in a trailer',
      bytes: post('Transfer-Encoding: chunked\r\n', `0\r\n${'X:\r\n'.repeat(11)}\r\n`),
      status: 431,
    },
  ],
  { maxFields: 10 },
)

describe('a block of fields', () => {
  const parse = (text: string) => {
    const bytes = Buffer.from(text, 'latin1')
    return parseFields(bytes, 0, bytes.length, { maxHeadBytes: 1_000, maxFields: 10 }, 'header')
  }

  it('keeps order, spelling and repeated names', () => {
    const block = parse('X-a: 1\r\nx-A:2\r\nCookie: \r\n\r\n!')
    assert.ok(block)
    assert.deepEqual(
      [...fieldsOf(block)],
      [
        ['X-a', '1'],
        ['x-A', '2'],
        ['Cookie', ''],
      ],
    )
    assert.equal(parsed.end, 'X-a: 1\r\nx-A:2\r\nCookie: \r\n\r\n'.length)
  })

  it('is incomplete without its empty line', () => {
    assert.equal(parse('X: 1\r\n'), undefined)
    assert.equal(parse('X: 1\r\n\r'), undefined)
    assert.deepEqual(parse('\r\n')?.offsets, [])
  })

  it('tells Connection options in lower case, from all fields', () => {
    assert.deepEqual(parse('Connection: Close, TE\r\nconnection: Upgrade\r\n\r\n')?.connection, [
      'close',
      'te',
      'upgrade',
    ])
  })

  it('is not broken by names that only look like framing ones', () => {
    const block = parse(
      'hose: 1\r\ncontent-typo: 2\r\nconnectiox: 3\r\nexpert: 4\r\ncontent-lengtx: 5\r\ntransfer-encodinx: 6\r\n\r\n',
    )
    assert.equal(block?.host, undefined)
    assert.equal(block?.contentLength, -1)
    assert.equal(block?.transferEncoding, undefined)
    assert.deepEqual(block?.connection, [])
  })
})
