// Known ways to have two parsers read one stream as different requests, after what the HTTP Garden found in servers and proxies
// (github.com/narfindustries/http-garden, TROPHIES.md; the numbers are its bugs of servers, S, and of proxies, T), in bytes of our own.

import { testTable, type WireCase } from '../wire-table.ts'

const request = (fields = '', body = '', line = 'POST /') => `${line} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
const EVIL = request('', '', 'GET /evil')
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const bad = (name: string, bytes: string, status = 400): WireCase => ({ name, bytes, status })

testTable('http-garden: request lines', [
  bad('have a version that ends (S5)', 'GET /test HTTP/1.32\r\nHost: a\r\n\r\n'),
  bad('have a version without CR (S15)', 'GET / HTTP/\r\r1.1\r\nHost: a\r\n\r\n'),
  bad('have a version of one digit each (S24)', 'GET / HTTP/4294967295.255\r\nHost: a\r\n\r\n'),
  bad('have a version, not dots (S40)', 'GET / HTTP/............0596.7407.\r\nHost: a\r\n\r\n'),
  bad('have a method that is a token to its end (S6)', 'G=":<>(e),[T];?" /get HTTP/1.1\r\nHost: a\r\n\r\n'),
  bad('have a method that is no NUL (S40)', '\0 / HTTP/1.1\r\nHost: a\r\n\r\n'),
  bad('have a target that is one (S7)', 'GET ! HTTP/1.1\r\nHost: a\r\n\r\n'),
  bad('are not split by LF (S9)', 'GET /\nHTTP/1.1\r\nHost: a\r\n\r\n'),
])

testTable('http-garden: header fields', [
  bad('hold no NUL before a CR (S2)', request('Header: v\0\ralue\r\n')),
  bad('do not end at a NUL (S35)', request('Test: test\0THESE BYTES\r\nConnection: close\r\n')),
  bad('do not lose a NUL at the end (S43)', request('Evil: evil\0\r\n')),
  bad('do not lose a space before the colon (S3)', request(`Content-Length : ${EVIL.length}\r\n`, EVIL)),
  bad('do not lose a tab before the first name (S4)', 'GET / HTTP/1.1\r\n\tContent-Length: 1\r\nHost: a\r\n\r\nX'),
  bad('do not begin in Latin-1 (S8)', request('\xefoo: bar\r\n')),
  bad('do not end their names in Latin-1 white space (S20, T6)', request('Content-Length\x85: 10\r\n', '0123456789')),
  {
    name: 'keep Latin-1 white space around their values (S41)',
    bytes: request('User: \x85admin\xa0\r\n'),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a', HTTP_USER: '\x85admin\xa0' } },
  },
  bad(
    'frame nothing with Latin-1 white space in a coding (S12)',
    request('Transfer-Encoding: \xa0chunked\xa0\r\n', '0\r\n\r\n'),
  ),
  bad(
    'frame nothing with high bytes in a coding (S46)',
    request('Transfer-Encoding: \xffchunked\xff\r\n', '1\r\nZ\r\n0\r\n\r\n'),
  ),
  bad('name no host with high bytes (S46)', 'POST / HTTP/1.1\r\nHost: \xffa\xff\r\n\r\n'),
  bad('name no host with NUL (T12)', 'GET / HTTP/1.1\r\nHost: a.example\0.evil.example\r\n\r\n'),
  bad('are not ended by CR (S13)', request('Visible: :/\rSmuggled: :)\r\n')),
  bad('have no delimiters in their names (S14)', request('"(),/;<=>?@[/]{}: whatever\r\n')),
  bad('have a name where they come first, too (S18)', 'GET / HTTP/1.1\r\n: ignored\r\nHost: a\r\n\r\n'),
  bad('are not ended by one that is only a colon (S27)', request(`:\r\nI: am chopped off\r\n`)),
  bad('are not ended by LF LF behind a colon (S19)', request(`Useless:\n\n${EVIL}`)),
  bad('have a colon, not a space (S28)', request('Content-Length 10\r\n', '0123456789')),
  bad(
    'are one line each, names too (S37)',
    request('Transfer-\r\nEncoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  ),
  bad('are not cut by LF in their names (T14)', request('Te\nst: test\r\n')),
  bad('are not joined to the one before (T20)', request('a:b\r\nc\0\r\n')),
])

testTable('http-garden: lengths', [
  ...['+1_0', '1_0', '-48', '1Z', '0x10', '1 0', '1\v', '\xa03', '3\x85', '\xb2'].map((length) =>
    bad(
      `are not ${JSON.stringify(length)} (S10, S26, S29, T1)`,
      request(`Content-Length: ${length}\r\n`, '0123456789'),
    ),
  ),
  {
    name: 'are decimal, also where they begin with 0 (S32)',
    bytes: request('Content-Length: 010\r\n', '0123456789'),
    status: 200,
    saw: { body: '0123456789' },
  },
  bad('are not empty before another request (S16, S38)', request('Content-Length: \r\n', EVIL)),
  bad(
    'are not empty before another length (S42, T11)',
    request(`Content-Length: \r\nContent-Length: ${EVIL.length}\r\n`, EVIL),
  ),
  bad('are not 1 and 0 (S23)', request('Content-Length: 1\r\nContent-Length: 0\r\n', 'Z')),
  bad(
    'are not 0 and those of a request (S33, T22)',
    request(`Content-Length: 0\r\nContent-Length: ${EVIL.length}\r\n`, EVIL),
  ),
  {
    name: 'of 0 leave the next request alone (S48)',
    bytes: request('Content-Length: 0\r\nConnection:keep-alive\r\n') + request('Content-Length: 5\r\n', 'hello'),
    status: [200, 200],
  },
  {
    name: 'count for GET, too (T21)',
    bytes: request('Content-Length: 10\r\n', '1234567890', 'GET /'),
    status: 200,
    saw: { method: 'GET', body: '1234567890' },
  },
])

testTable('http-garden: codings', [
  bad(
    'are no ",chunked" beside a length (S21, T9, T15)',
    request('Transfer-Encoding: ,chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
  ),
  bad('are no unknown ones (S44)', request('Transfer-Encoding: blegh\r\n', '1\r\nZ\r\n0\r\n\r\n')),
  bad('are not two (S11, T25)', request(CHUNKED + CHUNKED, '1\r\nZ\r\n0\r\n\r\n')),
  bad('are none beside a length, in this order (T23)', request(`Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n')),
  bad('are none in a list of one and nothing', request('Transfer-Encoding: chunked ,\r\n', '0\r\n\r\n')),
  bad('have no vertical tab before them', request('Transfer-Encoding:\vchunked\r\n', '0\r\n\r\n')),
])

testTable('http-garden: chunks', [
  ...['0_2e', '+0', '-0', '-0x0', '0x0', '0X0', '', '           0', '1these-bytes', 'Z', '0\0', '\xb2'].map((size) =>
    bad(
      `have no size ${JSON.stringify(size)} (S1, S17, S22, S25, T2, T7, T19, T24)`,
      request(CHUNKED, `${size}\r\n\r\n${EVIL}0\r\n\r\n`),
    ),
  ),
  bad('are not ended by CR and anything (S31)', request(CHUNKED, `5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n${EVIL}`)),
  bad('have no CR in an extension (S36)', request(CHUNKED, `2;a=b\r\rXX\r\n0\r\n\r\n${EVIL}`)),
  bad('have no CR before an extension (T3)', request(CHUNKED, `2\r\r;a\r\n02\r\n41\r\n0\r\n\r\n${EVIL}`)),
  bad('are not ended by two bytes of any kind (S39)', request(CHUNKED, `0\r\nX:${EVIL}`)),
  bad('are not skipped to the next line (S47)', request(CHUNKED, `INVALID!!!\r\n${EVIL}`)),
  bad('have no bare CR and LF in their lines (T4)', request(CHUNKED, '1\r0\n')),
  bad('have CRLF behind their data (T13)', request(CHUNKED, 'a\r\n0123456789\n0\r\n\r\n')),
  bad('have no empty line before the last (T17)', request(CHUNKED, `3\r\nabc\r\n\r\n0\r\n\r\n${EVIL}`)),
  {
    name: 'are followed by a request, not by NUL (bonus 3)',
    bytes: `${request(CHUNKED, '0\r\n\r\n')}\0`,
    status: [200, 400],
  },
])
