// Cases of the suites named h1spec (github.com: uNetworking/h1spec, dropseed/h1spec, LeaYeh/h1spec) that the tables of test/pipes/http
// lack, in bytes of our own. Differs: a higher minor version (HTTP/1.2) is 505 here.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { freshName, serveHttp, Wire } from '../wire.ts'
import { mirror, testTable, type WireCase } from '../wire-table.ts'

const request = (fields = '', body = '', line = 'GET /') => `${line} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
const bad = (name: string, bytes: string, status = 400): WireCase => ({ name, bytes, status })

testTable('h1spec', [
  {
    name: 'takes a tab before a value, and an empty one',
    bytes: 'GET / HTTP/1.1\r\nhoSt:\ta\r\nempty:\r\n\r\n',
    status: 200,
    saw: { host: 'a' },
  },
  bad('refuses a line without a version that ends in a space', 'GET / \r\n\r\n'),
  bad('refuses brackets in a name', request('X-Invalid[]: test\r\n')),
  bad('refuses a bell in a value', request('X-Bad: test\x07\r\n')),
  bad(
    'refuses a length that is negative beyond all numbers',
    request('Content-Length: -123456789123456789123456789\r\n'),
  ),
  bad('refuses a length of letters', request('Content-Length: abc\r\n')),
  bad('refuses a length without Host', 'GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n'),
  bad('refuses words before a request', `Extra line${request()}`),
  bad('refuses CR and a field behind the last field', request('\rSome-Header: Test\r\n')),
  bad('refuses HTTP/9.9', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 505),
  bad('refuses HTTP/4.2 without fields', 'GET / HTTP/4.2\r\n\r\n', 505),
  bad('refuses HTTP/0.0', 'GET / HTTP/0.0\r\n\r\n', 505),
  bad('refuses HTTP/-1.1', 'GET / HTTP/-1.1\r\n\r\n'),
  bad('refuses HTTP/2.0 in a request of its own', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505),
  bad(
    'reads nothing behind a chunk of no size',
    request('Transfer-Encoding: chunked\r\n', `Z\r\nhello\r\n0\r\n\r\n${request()}`),
  ),
  bad(
    'reads nothing behind a chunk without its end',
    request('Transfer-Encoding: chunked\r\n', `5\r\nhello0\r\n\r\n${request()}`),
  ),
  {
    name: 'takes a method in lower case for one of its own',
    bytes: request('', '', 'get /'),
    status: 200,
    saw: { method: 'get' },
  },
])

describe('h1spec: a request that has not come as a whole', () => {
  const bytes = request('Content-Length: 3\r\n', 'abc', 'POST /x?y')

  it('is waited for, wherever it stops', async () => {
    await using served = await serveHttp(mirror, {}, freshName())
    for (let at = 0; at < bytes.length; at++) {
      using wire = await Wire.open(served.address)
      wire.send(bytes.slice(0, at))
      for (let count = 0; count < 5; count++) await turn()
      assert.equal(wire.text(), '', `answered after ${JSON.stringify(bytes.slice(0, at))}`)
      assert.equal(wire.over, undefined, `closed after ${JSON.stringify(bytes.slice(0, at))}`)
      assert.equal((await wire.send(bytes.slice(at)).reply()).status, 200)
    }
  })
})
