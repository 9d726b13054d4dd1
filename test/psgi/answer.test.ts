import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeaderList, PeerError, type PsgiResponse, ResponseHeaders, ResponseMarble } from '../../src/index.ts'
import { answerNotAllowed, answerNotFound } from '../../src/psgi/answer.ts'

const QUESTION = { pipe: 'router', value: '/x' }
const PLAIN = ['Content-Type', 'text/plain; charset=utf-8']
const utf8 = (text: string) => new TextEncoder().encode(text)

function linesOf(response: PsgiResponse): unknown[] {
  return [...response.header_list.as_list()]
}

describe('a short answer', () => {
  it('replaces status, body and all formats', () => {
    const response = new ResponseMarble()
    response.status = utf8('200 OK')
    response.status_format = 'utf-8'
    response.body = [utf8('text')]
    response.body_format = 'utf-8'
    answerNotFound(response, QUESTION)
    assert.deepEqual(response.toJSON(), {
      status: '404 Not Found',
      header_list: new HeaderList([PLAIN as [string, string]]),
      body: ['Not Found\n'],
      status_format: 'unicode',
      header_list_format: 'unicode',
      body_format: 'unicode',
    })
  })

  it('keeps the lines of a foreign list that are not about the body', () => {
    const headers = new ResponseHeaders([
      ['ETag', '"1"'],
      ['X-Request-Id', '7'],
      ['Content-Security-Policy', "default-src 'self'"],
      ['Content-Length', '5'],
      ['content-encoding', 'gzip'],
      ['Allow', 'PUT'],
      ['Vary', 'Origin'],
    ])
    const response = new ResponseMarble()
    response.header_list = headers
    answerNotAllowed(response, 'PUT', 'GET', QUESTION)
    assert.deepEqual(linesOf(response), [
      ['X-Request-Id', '7'],
      ['Content-Security-Policy', "default-src 'self'"],
      ['Vary', 'Origin'],
      ['Allow', 'GET'],
      PLAIN,
    ])
    assert.equal(headers.length, 7)
  })

  it('keeps lines of bytes, which may stand under unicode', () => {
    const response = new ResponseMarble()
    const cookie = [utf8('Set-Cookie'), utf8('a=1')] as const
    response.header_list = new HeaderList([[utf8('Content-Type'), utf8('text/html')], cookie])
    answerNotFound(response, QUESTION)
    assert.deepEqual(linesOf(response), [cookie, PLAIN])
  })

  it('drops lines in another encoding', () => {
    const response = new ResponseMarble()
    response.header_list = new HeaderList([[utf8('Set-Cookie'), utf8('a=1')]])
    response.header_list_format = 'latin1'
    answerNotFound(response, QUESTION)
    assert.deepEqual([linesOf(response), response.header_list_format], [[PLAIN], 'unicode'])
  })

  it('takes a response that is no ResponseMarble', () => {
    const response: PsgiResponse = { status: '200 OK', header_list: new HeaderList([['Vary', '*']]), body: 'x' }
    answerNotFound(response, QUESTION)
    assert.deepEqual([response.status, response.body], ['404 Not Found', ['Not Found\n']])
    assert.deepEqual(linesOf(response), [['Vary', '*'], PLAIN])
  })

  it('to OPTIONS has neither body nor Content-Type', () => {
    const response = new ResponseMarble()
    answerNotAllowed(response, 'OPTIONS', 'GET', QUESTION)
    assert.deepEqual([response.status, linesOf(response), response.body], ['204 No Content', [['Allow', 'GET']], []])
  })

  it('without a response is an error with its status', () => {
    const is = (status: number) => (error: unknown) =>
      error instanceof PeerError && error.code === 'ROUTE_MISSING' && error.status === status && error.pipe === 'router'
    assert.throws(() => answerNotFound(undefined, QUESTION), is(404))
    assert.throws(() => answerNotAllowed(undefined, 'OPTIONS', 'GET', QUESTION), is(405))
  })
})
