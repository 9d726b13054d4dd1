import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsed } from '../../../pipes/http/fields.ts'
import { HeadCache, parseHead } from '../../../pipes/http/head.ts'
import { PeerError } from '../../../src/errors.ts'
import { testTable, type WireCase } from '../../wire-table.ts'

const get = (line: string) => `${line}\r\nHost: a\r\n\r\n`

testTable('a request line', [
  {
    name: 'is a method, a target and a version',
    bytes: get('GET /x?y=1 HTTP/1.1'),
    status: 200,
    saw: { method: 'GET', path: '/x', query: 'y=1', uri: '/x?y=1', protocol: 'HTTP/1.1', host: 'a', server: 'a' },
  },
  {
    name: 'takes any token as its method, in any case',
    bytes: get("get-it!#$%&'*+.^_`|~ / HTTP/1.1"),
    status: 200,
    saw: { method: "get-it!#$%&'*+.^_`|~" },
  },
  { name: 'may have an empty line before it', bytes: `\r\n${get('GET / HTTP/1.1')}`, status: 200, saw: { path: '/' } },
  {
    name: 'may have several empty lines before it',
    bytes: `\r\n\r\n\r\n${get('GET / HTTP/1.1')}`,
    status: 200,
    saw: { path: '/' },
  },
  {
    name: 'may have an empty line before it after another request',
    bytes: `${get('GET / HTTP/1.1')}\r\n${get('GET /2 HTTP/1.1')}`,
    status: [200, 200],
  },
  {
    name: 'is HTTP/1.0 too',
    bytes: 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    status: 200,
    saw: { protocol: 'HTTP/1.0', host: undefined },
  },
  { name: 'begins with no bare LF', bytes: `\n${get('GET / HTTP/1.1')}`, status: 400 },
  { name: 'begins with no bare CR', bytes: `\r${get('GET / HTTP/1.1')}`, status: 400 },
  { name: 'begins with no space', bytes: get(' GET / HTTP/1.1'), status: 400 },
  { name: 'begins with a method', bytes: get('/ HTTP/1.1'), status: 400 },
  { name: 'has a method that is a token', bytes: get('G(T / HTTP/1.1'), status: 400 },
  { name: 'has a method without control characters', bytes: get('G\0T / HTTP/1.1'), status: 400 },
  { name: 'has a method in ASCII', bytes: get('G\xcbT / HTTP/1.1'), status: 400 },
  { name: 'has one space before the target', bytes: get('GET  / HTTP/1.1'), status: 400 },
  { name: 'has one space behind the target', bytes: get('GET /  HTTP/1.1'), status: 400 },
  { name: 'has no tab before the target', bytes: get('GET\t/ HTTP/1.1'), status: 400 },
  { name: 'has no tab behind the target', bytes: get('GET /\tHTTP/1.1'), status: 400 },
  { name: 'has a target', bytes: get('GET HTTP/1.1'), status: 400 },
  { name: 'has a target without a raw space', bytes: get('GET /a b HTTP/1.1'), status: 400 },
  { name: 'has a target without control characters', bytes: get('GET /a\0b HTTP/1.1'), status: 400 },
  { name: 'has a target without DEL', bytes: get('GET /a\x7fb HTTP/1.1'), status: 400 },
  { name: 'has a target in ASCII', bytes: get('GET /\xc3\xa9 HTTP/1.1'), status: 400 },
  { name: 'has a target without a fragment', bytes: get('GET /a#b HTTP/1.1'), status: 400 },
  { name: 'has a target without a bare CR', bytes: get('GET /a\rb HTTP/1.1'), status: 400 },
  { name: 'has a target without a bare LF', bytes: get('GET /a\nb HTTP/1.1'), status: 400 },
  { name: 'has a version (RFC 1945 simple requests are refused)', bytes: 'GET /\r\n', status: 400 },
  { name: 'has a version, not only a space for it', bytes: get('GET / '), status: 400 },
  { name: 'ends in CRLF, not in LF', bytes: 'GET / HTTP/1.1\nHost: a\r\n\r\n', status: 400 },
  { name: 'ends in CRLF, not in LF, also where nothing else comes', bytes: 'GET / HTTP/1.1\n\n', status: 400 },
  { name: 'ends in CRLF, not in CR', bytes: 'GET / HTTP/1.1\rHost: a\r\n\r\n', status: 400 },
  { name: 'ends in CRLF, not in CR CR LF', bytes: 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', status: 400 },
  { name: 'ends without a space', bytes: get('GET / HTTP/1.1 '), status: 400 },
  { name: 'has the version in upper case', bytes: get('GET / http/1.1'), status: 400 },
  { name: 'has a version of two digits', bytes: get('GET / HTTP/1.10'), status: 400 },
  { name: 'has a version of digits', bytes: get('GET / HTTP/1.x'), status: 400 },
  { name: 'has a version with a dot', bytes: get('GET / HTTP/1,1'), status: 400 },
  { name: 'has a whole version', bytes: get('GET / HTTP/1'), status: 400 },
  { name: 'has a version of HTTP', bytes: get('GET / ICAP/1.0'), status: 400 },
  { name: 'has a minor version that is spoken here', bytes: get('GET / HTTP/1.2'), status: 505 },
  { name: 'has a version of two digits, of which the first is no help', bytes: get('GET / HTTP/1.32'), status: 400 },
  { name: 'ends in CRLF, whatever the version', bytes: 'GET / HTTP/1.2\nHost: a\r\n\r\n', status: 400 },
  { name: 'has a major version that is spoken here', bytes: get('GET / HTTP/3.0'), status: 505 },
  { name: 'has no version before 1', bytes: get('GET / HTTP/0.9'), status: 505 },
  { name: 'is nothing like the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\nHost: a\r\n\r\n', status: 505 },
  { name: 'is not a TLS ClientHello', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
])

testTable('a request target', [
  {
    name: 'is percent-decoded as UTF-8',
    bytes: get('GET /gr%C3%BC%C3%9Fe/%E4%BD%A0?%C3%BC HTTP/1.1'),
    status: 200,
    saw: { path: '/grüße/你', query: '%C3%BC', uri: '/gr%C3%BC%C3%9Fe/%E4%BD%A0?%C3%BC' },
  },
  { name: 'is not decoded twice', bytes: get('GET /%2541 HTTP/1.1'), status: 200, saw: { path: '/%41' } },
  {
    name: 'is refused where the path is not UTF-8',
    bytes: get('GET /%FF HTTP/1.1'),
    status: 400,
    says: /percent-encoded UTF-8/,
  },
  { name: 'is refused where an escape is cut off', bytes: get('GET /%e HTTP/1.1'), status: 400 },
  { name: 'is refused where an encoded surrogate is in the path', bytes: get('GET /%ED%A0%80 HTTP/1.1'), status: 400 },
  {
    name: 'may hold anything in its query',
    bytes: get('GET /?%FF%?/? HTTP/1.1'),
    status: 200,
    saw: { path: '/', query: '%FF%?/?' },
  },
  {
    name: 'may begin with two slashes',
    bytes: get('GET //evil/x HTTP/1.1'),
    status: 200,
    saw: { path: '//evil/x', host: 'a' },
  },
  {
    name: 'may be absolute, and names the host then',
    bytes: get('GET http://b:81/x?y HTTP/1.1'),
    status: 200,
    saw: { path: '/x', query: 'y', uri: 'http://b:81/x?y', host: 'b:81', server: 'b' },
  },
  {
    name: 'may be absolute with an empty path',
    bytes: get('GET HTTP://b?y HTTP/1.1'),
    status: 200,
    saw: { path: '/', query: 'y', host: 'b' },
  },
  {
    name: 'may be absolute in HTTP/1.0 without Host',
    bytes: 'GET http://b/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    status: 200,
    saw: { host: 'b', server: 'b' },
  },
  { name: 'has no user in an absolute form', bytes: get('GET http://u@b/ HTTP/1.1'), status: 400 },
  { name: 'has a host in an absolute form', bytes: get('GET http:///x HTTP/1.1'), status: 400 },
  { name: 'has a scheme of the web in an absolute form', bytes: get('GET ftp://b/ HTTP/1.1'), status: 400 },
  { name: 'has a sound port in an absolute form', bytes: get('GET http://b:8x/ HTTP/1.1'), status: 400 },
  { name: 'is a path or a URI', bytes: get('GET x HTTP/1.1'), status: 400 },
  {
    name: 'is * for OPTIONS',
    bytes: get('OPTIONS * HTTP/1.1'),
    status: 200,
    saw: { method: 'OPTIONS', path: '*', uri: '*' },
  },
  { name: 'is not * for GET', bytes: get('GET * HTTP/1.1'), status: 400 },
  { name: 'is nothing behind * for OPTIONS', bytes: get('OPTIONS *x HTTP/1.1'), status: 400 },
  {
    name: 'is an authority for CONNECT',
    bytes: get('CONNECT b:443 HTTP/1.1'),
    status: 200,
    last: true,
    saw: { method: 'CONNECT', path: '', uri: 'b:443', host: 'b:443' },
  },
  { name: 'has a port for CONNECT', bytes: get('CONNECT b HTTP/1.1'), status: 400 },
  { name: 'is no path for CONNECT', bytes: get('CONNECT / HTTP/1.1'), status: 400 },
  { name: 'is no authority for GET', bytes: get('GET b:443 HTTP/1.1'), status: 400 },
])

const withHost = (lines: string) => `GET / HTTP/1.1\r\n${lines}\r\n`

testTable('Host', [
  ...['a', 'a.b:80', 'A-b_c.~', '127.0.0.1:8080', '[::1]', '[::1]:80', '', 'a:', '%41b', "!$&'()*+,;="].map(
    (host): WireCase => ({
      name: `may be ${JSON.stringify(host)}`,
      bytes: withHost(`Host: ${host}\r\n`),
      status: 200,
      saw: { host },
    }),
  ),
  ...[
    'a b',
    'a,b c',
    'u@a',
    'a/',
    'http://a',
    'a:b',
    'a:80:80',
    '::1',
    '[::1',
    '[::1]x',
    '[zz]',
    '[:]',
    '[1.2.3.4]',
    '[::1',
    'a?b',
    'a#b',
    'a\\b',
    '"a"',
    '<a>',
    'ä',
    'a\xe9',
    '%4',
    '%zz',
    'a\tb',
    'a:123456',
  ].map(
    (host): WireCase => ({
      name: `is not ${JSON.stringify(host)}`,
      bytes: withHost(`Host: ${host}\r\n`),
      status: 400,
      says: /Host/,
    }),
  ),
  { name: 'is there', bytes: withHost(''), status: 400, says: /no Host/ },
  {
    name: 'is there also with an absolute target',
    bytes: 'GET http://b/ HTTP/1.1\r\n\r\n',
    status: 400,
    says: /no Host/,
  },
  { name: 'is there once', bytes: withHost('Host: a\r\nHost: b\r\n'), status: 400, says: /two Host/ },
  {
    name: 'is there once, also if both are the same',
    bytes: withHost('Host: a\r\nhOST: a\r\n'),
    status: 400,
    says: /two Host/,
  },
  { name: 'is no list', bytes: withHost('Host: a, b\r\n'), status: 400, says: /Host/ },
  { name: 'is found in any case', bytes: withHost('hOsT:a\r\n'), status: 200, saw: { host: 'a' } },
  {
    name: 'is not found under a name that only looks like it',
    bytes: withHost('Most: a\r\n'),
    status: 400,
    says: /no Host/,
  },
])

testTable(
  'a head that is too long',
  [
    { name: 'is 414 where the request line is', bytes: get(`GET /${'x'.repeat(300)} HTTP/1.1`), status: 414 },
    { name: 'is 414 where the request line never ends', bytes: `GET /${'x'.repeat(300)}`, status: 414 },
    { name: 'is 414 where the method never ends', bytes: 'x'.repeat(300), status: 414 },
    { name: 'is 431 where a field is', bytes: withHost(`Host: a\r\nX: ${'x'.repeat(300)}\r\n`), status: 431 },
    {
      name: 'is 431 where a field never ends',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(300)}`,
      status: 431,
    },
    {
      name: 'is 431 where the fields are',
      bytes: withHost(`Host: a\r\n${`X: ${'x'.repeat(30)}\r\n`.repeat(9)}`),
      status: 431,
    },
    {
      name: 'is 431 where a field name never ends',
      bytes: `GET / HTTP/1.1\r\nHost: a\r\n${'x'.repeat(300)}`,
      status: 431,
    },
  ],
  { maxHeadBytes: 250 },
)

describe('a head', () => {
  const limits = { maxHeadBytes: 100, maxFields: 10 }
  const parse = (text: string, cache = new HeadCache(), max = limits) => {
    const bytes = Buffer.from(text, 'latin1')
    return parseHead(bytes, 0, bytes.length, max, cache)
  }

  it('is not there until its empty line is', () => {
    const text = get('GET / HTTP/1.1')
    for (let length = 0; length < text.length; length++) assert.equal(parse(text.slice(0, length)), undefined)
    for (const more of ['', 'GET']) {
      assert.ok(parse(`${text}${more}`))
      assert.equal(parsed.end, text.length)
    }
  })

  it('shares the fields of the head before, if they are the same', () => {
    const cache = new HeadCache()
    const first = parse(get('GET /1 HTTP/1.1'), cache)
    const second = parse(get('POST /2 HTTP/1.1'), cache)
    assert.equal(second?.block, first?.block)
    assert.equal(second?.path, '/2')
    assert.notEqual(parse('GET / HTTP/1.1\r\nHost: b\r\n\r\n', cache)?.block, first?.block)
    cache.drop()
    assert.notEqual(parse(get('GET /1 HTTP/1.1'), cache)?.block, first?.block)
  })

  it('does not take fields that go on for those of the head before', () => {
    const cache = new HeadCache()
    parse(get('GET / HTTP/1.1'), cache)
    assert.equal(parse('GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n', cache)?.block.offsets.length, 8)
  })

  it('is held to its limit also where its fields are known', () => {
    const cache = new HeadCache()
    const fields = `Host: a\r\nX: ${'x'.repeat(40)}\r\n\r\n`
    assert.ok(parse(`GET / HTTP/1.1\r\n${fields}`, cache))
    assert.throws(
      () => parse(`GET /${'y'.repeat(40)} HTTP/1.1\r\n${fields}`, cache),
      (error) => error instanceof PeerError && error.status === 431,
    )
  })

  it('may be exactly as long as its limit', () => {
    const head = get('GET / HTTP/1.1')
    assert.ok(parse(head, new HeadCache(), { maxHeadBytes: head.length, maxFields: 1 }))
    assert.throws(() => parse(head, new HeadCache(), { maxHeadBytes: head.length - 1, maxFields: 1 }), /longer than/)
  })
})
