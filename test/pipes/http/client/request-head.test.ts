import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkFields, hostOf, RequestHeads } from '../../../../pipes/http/client/request-head.ts'
import { UsageError } from '../../../../src/errors.ts'

const heads = (method = 'POST', fields = {}) => new RequestHeads(method, '/p?q', 'h', checkFields(fields))

describe('RequestHeads', () => {
  it('writes what the request is, for whom, and how long', () => {
    assert.equal(
      heads().head('application/json', undefined, 5),
      'POST /p?q HTTP/1.1\r\nhost: h\r\naccept: application/json, text/event-stream\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n',
    )
    assert.equal(heads('GET').head(undefined, undefined, 0), 'GET /p?q HTTP/1.1\r\nhost: h\r\naccept: */*\r\n\r\n')
    assert.match(heads().head(undefined, undefined, 5), /\r\ncontent-length: 5\r\n\r\n$/)
    assert.match(
      heads('PUT').head('a/b; c=d', undefined, 0),
      /accept: a\/b, text\/event-stream\r\ncontent-length: 0\r\n\r\n$/,
    )
    assert.match(heads('DELETE').head('a/b', undefined, 1), /content-type: a\/b\r\ncontent-length: 1\r\n\r\n$/)
  })

  it('takes fields for all requests and for one, which go before them', () => {
    const all = heads('POST', { Host: 'x', Accept: 'y', 'X-A': '1', 'X-B': '2' })
    assert.equal(
      all.head('t/u', { 'x-b': '3', 'content-type': 'v/w' }, 1),
      'POST /p?q HTTP/1.1\r\nhost: x\r\naccept: y\r\nx-a: 1\r\nx-b: 3\r\ncontent-type: v/w\r\ncontent-length: 1\r\n\r\n',
    )
    assert.match(all.head('t/u', undefined, 1), /x-b: 2\r\ncontent-type: t\/u/)
    assert.match(all.head('t/v', undefined, 1), /content-type: t\/v/)
  })

  it('refuses what would end a line, frame the request, or stand twice', () => {
    const refused: readonly Record<string, string>[] = [
      { 'a b': 'zz' },
      { '': 'zz' },
      { 'a:': 'zz' },
      { a: 'zz\r\nb: zz' },
      { a: 'zz\n' },
      { a: '\0' },
      { a: '你' },
      { 'Content-Length': 'zz' },
      { 'transfer-encoding': 'chunked' },
      { connection: 'close' },
      { Expect: '100-continue' },
      { Upgrade: 'x' },
      { a: 'zz', A: 'zz' },
    ]
    for (const fields of refused) {
      assert.throws(
        () => checkFields(fields),
        (error) => error instanceof UsageError && error.code === 'HEADER_BAD' && !/zz/.test(error.message),
        JSON.stringify(fields),
      )
      assert.throws(() => heads().head(undefined, fields, 0), UsageError)
    }
  })
})

describe('hostOf()', () => {
  const table: readonly (readonly [string, string])[] = [
    ['tcp://example.com:8080', 'example.com:8080'],
    ['tcp://example.com:80', 'example.com'],
    ['tcp://example.com:443', 'example.com:443'],
    ['tls://example.com:443', 'example.com'],
    ['tls://example.com:8443?ca=x', 'example.com:8443'],
    ['tls://10.0.0.1:443?servername=example.com', 'example.com'],
    ['tcp://[::1]:8080', '[::1]:8080'],
    ['tcp://[::1]:80', '[::1]'],
    ['ipc://run/app.sock', 'localhost'],
    ['ipc:///run/a:80', 'localhost'],
    ['memory://name', 'localhost'],
    ['stdio:', 'localhost'],
  ]
  for (const [address, host] of table) it(`is ${host} for ${address}`, () => assert.equal(hostOf(address), host))
})
