import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { stack } from '../../src/index.ts'
import { request } from '../../src/testing.ts'

describe('a request', () => {
  it('sends the target and the Host that the line names, and says when it is https', async () => {
    const app = stack(http(), ({ environ }) =>
      [environ['wsgi.url_scheme'], environ.HTTP_HOST, environ.REQUEST_URI, environ.QUERY_STRING].join(' '),
    )
    const table: [string, string][] = [
      ['GET /a?b=c', 'http localhost /a?b=c b=c'],
      ['GET http://example.com', 'http example.com / '],
      ['GET https://example.com:8443/x?y//z', 'https example.com:8443 /x?y//z y//z'],
      ['GET https://[::1]?q', 'https [::1] /?q q'],
      ['GET https://bücher.example/ß%20', 'https xn--bcher-kva.example /%C3%9F%20 '],
      ['OPTIONS *', 'http localhost * '],
      ['GET //a/../b', 'http localhost //a/../b '],
    ]
    for (const [line, seen] of table) assert.equal((await request(app, line)).text(), seen, line)
    assert.equal((await request(app, 'GET /', { headers: { host: 'mine' } })).text(), 'http mine / ')
  })

  it('sends headers of every form', async () => {
    const app = stack(http(), ({ environ }) => `${environ.HTTP_X_A}; ${environ.HTTP_COOKIE}`)
    for (const headers of [
      { 'X-A': ['1', '2'], Cookie: 'c' },
      [
        ['x-a', '1'],
        ['X-A', '2'],
        ['cookie', 'c'],
      ] as [string, string][],
      new Headers([
        ['x-a', '1'],
        ['x-a', '2'],
        ['cookie', 'c'],
      ]),
      new Map([
        ['x-a', '1, 2'],
        ['cookie', 'c'],
      ]),
    ]) {
      assert.equal((await request(app, 'GET /', { headers })).text(), '1, 2; c')
    }
  })

  it('says that there is no body where a server would expect one', async () => {
    const app = stack(http(), ({ environ }) => String(environ.CONTENT_LENGTH))
    assert.equal((await request(app, 'POST /')).text(), '0')
    assert.equal((await request(app, 'GET /')).text(), 'undefined')
  })

  it('refuses what is no request before it opens a pipe', async () => {
    let opened = 0
    const app = stack({ name: 'pool', open: () => void opened++ }, http(), () => '')
    const line = (given: unknown) => request(app, given as string)
    for (const given of [
      '',
      'GET',
      '/',
      'GET /a b',
      'GET /#a',
      'GET x',
      'get /',
      'G@T /',
      'GET *',
      'GET ftp://a/',
      'GET http:///a',
      'GET https://user@host/',
      'GET / HTTP/1.1',
      'GET /\r\nX: y',
      'CONNECT host',
      7,
      undefined,
    ]) {
      await assert.rejects(line(given), { name: 'UsageError', code: 'OPTION_BAD' }, String(given))
    }
    for (const headers of [
      { 'a b': '1' },
      { a: 'b\r\nc' },
      { a: '€' },
      { 'Content-Length': '1' },
      [['transfer-encoding', 'chunked']] as [string, string][],
      7 as unknown as Headers,
    ]) {
      await assert.rejects(request(app, 'GET /', { headers }), { name: 'UsageError', code: 'HEADER_BAD' })
    }
    for (const body of [null, 7, true, new Map(), new Set(), [].values(), { toJSON: () => undefined }]) {
      const bad = request(app, 'POST /', { body: body as object })
      await assert.rejects(bad, { name: 'UsageError', code: 'OPTION_BAD' })
    }
    assert.equal(opened, 0)
  })
})
