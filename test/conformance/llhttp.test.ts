// Cases of llhttp's own tests of requests (github.com/nodejs/llhttp, test/request) that the tables of test/pipes/http lack, in bytes of
// our own and with what RFC 9112 says of them. Where llhttp says something else, the name says so.

import { testTable, type WireCase } from '../wire-table.ts'

const request = (line: string, fields = '', body = '') => `${line} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const good = (name: string, bytes: string, saw: WireCase['saw'] = {}): WireCase => ({ name, bytes, status: 200, saw })
const bad = (name: string, bytes: string, status = 400): WireCase => ({ name, bytes, status })

testTable('llhttp: connections', [
  { ...good('end where close has a tab behind it', request('PUT /', 'Connection: close\t\r\n')), last: true },
  {
    ...good(
      'end where close is one of many options',
      request('PUT /', 'Connection: close, token, upgrade, keep-alive\r\n'),
    ),
    last: true,
  },
  good('go on where the list of options has empty members', request('PUT /', 'Connection: x,\t, ,Keep-Alive,\r\n')),
  {
    ...good(
      'end, whatever comes behind an empty line',
      `${request('POST /', 'Connection: close\r\nContent-Length: 4\r\n', 'q=42')}\r\n\r\nGET / HTTP/1.1`,
      { body: 'q=42' },
    ),
    last: true,
  },
  good(
    'do not become another protocol that is asked for',
    request('GET /chat', 'Connection: Upgrade\r\nUpgrade: WebSocket\r\n'),
  ),
  good(
    'do not become another protocol behind a body',
    request('PUT /', 'Connection: upgrade\r\nUpgrade: ws\r\nContent-Length: 4\r\n', 'abcd'),
    { body: 'abcd' },
  ),
  {
    name: 'take three requests with bodies and lines between them',
    bytes: [
      request('POST /1', 'Content-Length: 3\r\n', 'AAA'),
      request('PUT /2', 'Content-Length: 4\r\n', 'BBBB'),
      request('PATCH /3', 'Content-Length: 4\r\n', 'CCCC'),
    ].join('\r\n'),
    status: [200, 200, 200],
  },
  {
    ...good(
      'end behind HTTP/1.0, and what comes then is no request',
      `PUT / HTTP/1.0\r\nContent-Length: 0\r\n\r\n${request('PUT /2', CHUNKED)}`,
    ),
    last: true,
  },
  {
    ...good(
      'are left alone behind CONNECT',
      'CONNECT HOME_0.example:443 HTTP/1.0\r\nUser-Agent: x\r\n\r\nsome data\r\nand yet more',
      { uri: 'HOME_0.example:443' },
    ),
    last: true,
  },
])

testTable('llhttp: request lines', [
  ...['MKCOLA', 'REPORT', 'PURGE', 'SOURCE', 'UNLINK', 'M-SEARCH', 'ANNOUNCE'].map((method) =>
    good(`may have the method ${method}, known to llhttp or not`, request(`${method} /x`), { method }),
  ),
  good('may have a method with a body that is new', request('QUERY /contacts', 'Content-Length: 8\r\n', 'select x'), {
    method: 'QUERY',
    body: 'select x',
  }),
  bad('take * for OPTIONS alone, not for M-SEARCH', request('M-SEARCH *')),
  bad('are not those of ICE', 'SOURCE /music ICE/1.0\r\nHost: a\r\n\r\n'),
  bad('are not those of RTSP', 'OPTIONS /music RTSP/1.0\r\nHost: a\r\n\r\n'),
  bad('are not those of a protocol whose name ends in HTTP', 'GET /music IHTTP/1.0\r\nHost: a\r\n\r\n'),
  bad('have a version that is spoken here', 'GET / HTTP/5.6\r\nHost: a\r\n\r\n', 505),
  bad('are not the preface of HTTP/2 with another version', 'PRI * HTTP/1.1\r\nHost: a\r\n\r\nSM\r\n\r\n'),
  good('may have quotes in the target', request('GET /with_"lovely"_quotes?foo="bar"'), { query: 'foo="bar"' }),
  good('may have question marks in the query', request('GET /test.cgi?foo=bar?baz'), { query: 'foo=bar?baz' }),
  good('may have a vertical bar in the query', request('GET /test.cgi?query=|'), { query: 'query=|' }),
  good('may be absolute, with a port and a query and no path', request('GET http://b.example:1234?hail=all'), {
    host: 'b.example:1234',
    path: '/',
    query: 'hail=all',
  }),
  good('may be absolute, with a port alone', request('GET http://b.example:1234'), {
    host: 'b.example:1234',
    path: '/',
  }),
  bad('have no user and no password in the target', request('GET http://a%12:b!&*$@b.example:1234/toto')),
  bad('are in ASCII, whatever stands behind it', request('GET /\xce\xb4\xc2\xb6/pope?q=1#narf')),
  bad('end in CRLF before any field', 'GET / HTTP/1.1\rLine: 1\r\n\r\n'),
])

testTable('llhttp: header fields', [
  good(
    'may be those of old browsers',
    request('GET /', 'Keep-Alive: 300\r\nAccept-Charset: ISO-8859-1,utf-8;q=0.7\r\n'),
  ),
  good('may look odd', request('GET /', 'aaaaaaaaaaaaa:++++++++++\r\n'), {
    fields: { HTTP_HOST: 'a', HTTP_AAAAAAAAAAAAA: '++++++++++' },
  }),
  good('may hold UTF-8, a character for each byte', request('GET /', 'Test: D\xc3\xbcsseldorf\xff\r\n'), {
    fields: { HTTP_HOST: 'a', HTTP_TEST: 'D\xc3\xbcsseldorf\xff' },
  }),
  bad('have no @ in the name', request('GET /', 'Fo@: Failure\r\n')),
  bad('have no colon in the next line', request('GET /', 'name\r\n : value\r\n')),
  bad('are not folded, with a name and no value', request('GET /', 'Line:\r\n line3\r\n')),
  bad(
    'are not folded, in the field that frames the body',
    request('PUT /', 'Transfer-Encoding: chunked\r\n  abc\r\n', '0\r\n\r\n'),
  ),
  bad('are not folded, in the first line', 'GET / HTTP/1.1\r\n Host: foo\r\n\r\n'),
  bad('are not broken by escapes', request('GET /', 'Connection\r\x1b5\xd5eep-Alive\r\nAccept-Encoding: gzip\r\n')),
  bad('have no CR for a hyphen', request('PUT /', 'Content\rLength: 003\r\n', 'abc')),
  bad('do not end in CR and anything', request('PUT /', 'Content-Length: 3\r\n\rabc')),
  bad('do not end in CR and the beginning of a request', `GET / HTTP/1.1\r\nHost: a\r\n\rZ${request('GET /evil:')}`),
  bad('do not hide a coding behind LF', request('POST /', `x:x\n${CHUNKED}`, '1\r\nA\r\n0\r\n\r\n')),
  bad('do not hide a coding behind LF and an empty value', request('POST /', `x:\n${CHUNKED}`, '1\r\nA\r\n0\r\n\r\n')),
  bad('do not hide a coding behind CR and an empty value', request('POST /', `x:\r${CHUNKED}`, '1\r\nA\r\n0\r\n\r\n')),
  bad('do not hide a length behind LF', request('GET /', 'Dummy: x\nContent-Length: 23\r\n', request('GET /admin'))),
  bad(
    'do not hide a length behind a space',
    request('POST /hello', 'Foo: bar\r\n Content-Length: 38\r\n', request('GET /bye')),
  ),
  bad(
    'do not end in LF alone, from the first to the last',
    'POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n1\nA\n0\n\n',
  ),
])

testTable('llhttp: the framing of bodies', [
  good(
    'takes a length with tabs around it, which llhttp refuses',
    request('POST /', 'Content-Length:\t3\t \r\n', 'abc'),
    { body: 'abc' },
  ),
  good('takes a length among other fields', request('PUT /', 'Content-Length: 003\r\nOhai: world\r\n', 'abc'), {
    body: 'abc',
  }),
  {
    ...good('takes a length in any case, in HTTP/1.0', 'GET / HTTP/1.0\r\nconTENT-Length: 5\r\n\r\nHELLO', {
      body: 'HELLO',
    }),
    last: true,
  },
  bad('takes no length that no number can hold', request('PUT /', 'Content-Length: 1000000000000000000000\r\n')),
  bad(
    'takes no length beside a coding that is no coding',
    request('PUT /', 'Content-Length: 1\r\nTransfer-Encoding: identity\r\n', 'a'),
  ),
  bad(
    'takes no length beside empty codings',
    request('POST /', `Content-Length: 10\r\n${'Transfer-Encoding:\r\n'.repeat(3)}`, '2\r\nAA\r\n0\r\n'),
  ),
  bad('does not know pigeons', request('PUT /', 'Transfer-Encoding: pigeons\r\n')),
  bad(
    'takes no coding twice in one word',
    request('POST /', 'Transfer-Encoding: chunkedchunked\r\n', '5\r\nWorld\r\n0\r\n\r\n'),
  ),
  bad(
    'takes no coding behind chunked, in a field of its own',
    request('POST /', `${CHUNKED}Transfer-Encoding: deflate\r\n`, 'World'),
  ),
  bad(
    'knows no coding before chunked: 501',
    request('POST /', 'Transfer-Encoding: deflate, chunked\r\n', '5\r\nWorld\r\n0\r\n\r\n'),
    501,
  ),
  good(
    'takes chunks with several extensions, in tokens and in quotes',
    request(
      'POST /',
      CHUNKED,
      '5;ilovew3="I \\"love\\"; \\\\ext\\\\";so=much;foo\r\nhello\r\n6;blah;blah\r\n world\r\n000\r\n\r\n',
    ),
    { body: 'hello world' },
  ),
  good(
    'keeps a trailer that has the name of a header field',
    request('POST /', CHUNKED, '5\r\nhello\r\n0\r\nVary: *\r\nContent-Type: a/b\r\n\r\n'),
    {
      body: 'hello',
      trailers: [
        ['Vary', '*'],
        ['Content-Type', 'a/b'],
      ],
    },
  ),
  bad('wants a semicolon before an extension', request('POST /', CHUNKED, '2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n')),
  bad(
    'wants a quote at the end of an extension',
    request('POST /', CHUNKED, '5;a="abc";b="def; ghi\r\nhello\r\n0\r\n\r\n'),
  ),
  bad('wants a last chunk', request('PUT /', CHUNKED, '3\r\nfoo\r\n\r\n')),
  bad('takes no white space and no LF behind a size', request('PUT /', CHUNKED, '3 \n  \r\nfoo\r\n0\r\n\r\n')),
  bad('takes no CR CR behind a size', request('GET /', CHUNKED, '5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n')),
  bad('takes no chunk that runs into the next', request('GET /', CHUNKED, '5\r\nABCDE0\r\n\r\n')),
])
