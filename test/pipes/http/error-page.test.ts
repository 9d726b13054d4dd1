import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorResponse, statusOf } from '../../../pipes/http/error-page.ts'
import { PeerError, UsageError } from '../../../src/errors.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { ResponseMarble } from '../../../src/psgi/response.ts'

const evil = '<script>alert("&\'")</script>'

function withHeaders(...pairs: [string, string][]): ResponseMarble {
  const response = new ResponseMarble()
  response.header_list = new HeaderList(pairs)
  return response
}

describe('the status of an error', () => {
  it('is 500, whatever was thrown', () => {
    for (const thrown of [new Error('x'), new UsageError('HEADER_BAD', 'x'), 'x', null, { status: 404 }]) {
      assert.equal(statusOf(thrown), '500 Internal Server Error')
    }
  })

  it('is what a PeerError says, also where nobody knows its name', () => {
    assert.equal(statusOf(new PeerError('BODY_TOO_LONG', 'x', { status: 413 })), '413 Payload Too Large')
    assert.equal(statusOf(new PeerError('BODY_BAD', 'x')), '400 Bad Request')
    assert.equal(statusOf(new PeerError('BODY_BAD', 'x', { status: 499 })), '499 Error')
  })
})

describe('an error page', () => {
  it('says nothing of the inside', () => {
    const { body } = errorResponse(new Error('password=1'), undefined, false)
    assert.doesNotMatch(String(body), /password|at .*\.ts/)
    assert.match(String(body), /500 Internal Server Error/)
  })

  it('tells a peer what it did wrong, escaped', () => {
    const { body } = errorResponse(new PeerError('BODY_BAD', evil), undefined, false)
    assert.match(
      String(body),
      /&lt;script&gt;alert\(&quot;&amp;&#0?39;&quot;\)|&lt;script&gt;alert\(&quot;&amp;&#x27;&quot;\)/,
    )
    assert.doesNotMatch(String(body), /<script/)
  })

  it('shows error, stack and cause under debug, escaped', () => {
    const { body } = errorResponse(new Error(evil, { cause: new Error('why') }), undefined, true)
    assert.doesNotMatch(String(body), /<script/)
    assert.match(String(body), /&lt;script&gt;/)
    assert.match(String(body), /at .*error-page\.test/)
    assert.match(String(body), /why/)
  })

  it('is HTML in UTF-8 that no cache keeps', () => {
    const { header_list } = errorResponse(new Error('x'), undefined, false)
    assert.deepEqual(
      [...header_list.as_list()],
      [
        ['Content-Type', 'text/html; charset=utf-8'],
        ['Cache-Control', 'no-store'],
      ],
    )
  })

  it('keeps the header lines that hold for an error too, in order and spelling', () => {
    const before = withHeaders(
      ['set-cookie', 'a=1'],
      ['Access-Control-Allow-Origin', '*'],
      ['Set-Cookie', 'b=2: c'],
      ['X-Request-ID', '7'],
    )
    const pairs = [...errorResponse(new Error('x'), before, false).header_list.as_list()]
    assert.deepEqual(pairs.slice(0, 4), [
      ['set-cookie', 'a=1'],
      ['Access-Control-Allow-Origin', '*'],
      ['Set-Cookie', 'b=2: c'],
      ['X-Request-ID', '7'],
    ])
  })

  it('drops those that describe the page which is not sent', () => {
    const before = withHeaders(
      ['Content-Type', 'image/png'],
      ['content-length', '5'],
      ['Content-Encoding', 'gzip'],
      ['ETag', '"x"'],
      ['Last-Modified', 'now'],
      ['Location', '/x'],
      ['cache-control', 'max-age=9'],
      ['Expires', 'later'],
      ['Accept-Ranges', 'bytes'],
      ['Transfer-Encoding', 'gzip'],
      ['Connection', 'upgrade'],
    )
    const names = [...errorResponse(new Error('x'), before, false).header_list.as_list()].map(([name]) => name)
    assert.deepEqual(names, ['Content-Type', 'Cache-Control'])
  })

  it('is there also where the header list is what is wrong', () => {
    const before = withHeaders(['X', 'a\r\nb'])
    assert.deepEqual([...errorResponse(new Error('x'), before, false).header_list.as_list()].length, 2)
  })
})
