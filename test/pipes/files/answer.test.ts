import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answer, cacheLines, forbidSniffing } from '../../../pipes/files/answer.ts'
import { HeaderList, type HeaderPair, ResponseHeaders, ResponseMarble } from '../../../src/index.ts'

const TEXT = ['Content-Type', 'text/plain; charset=utf-8']

function responseWith(...lines: HeaderPair[]): ResponseMarble {
  const response = new ResponseMarble()
  response.header_list = new HeaderList(lines)
  return response
}

describe('an answer', () => {
  it('is its reason as text, or a body in bytes', () => {
    const response = new ResponseMarble()
    response.status_format = 'ascii'
    response.body_format = 'shift_jis'
    answer(response, '403 Forbidden', [['X-A', '1']])
    assert.deepEqual(response.toJSON(), {
      status: '403 Forbidden',
      header_list: new HeaderList([['X-A', '1'], TEXT as [string, string]]),
      body: 'Forbidden\n',
      status_format: 'unicode',
      header_list_format: 'unicode',
      body_format: 'unicode',
    })
    answer(response, '200 OK', [], new Uint8Array(3))
    assert.deepEqual([response.body, response.body_format], [new Uint8Array(3), 'bytes'])
    assert.deepEqual([...response.header_list.as_list()], [['X-A', '1']])
  })

  it('keeps the lines of the pipes above, but for those that the file has', () => {
    const mine: HeaderPair[] = [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Content-Security-Policy', "default-src 'self'"],
      ['Content-Disposition', 'attachment'],
      [Buffer.from('X-Bytes'), Buffer.from('1')],
    ]
    const others = [
      'content-type',
      'CONTENT-LENGTH',
      'ETag',
      'Last-Modified',
      'Content-Range',
      'Location',
      'Accept-Ranges',
    ]
    const response = responseWith(
      ...mine,
      ...others.map((name): HeaderPair => [name, 'x']),
      ['cache-control', 'no-store'],
      [Buffer.from('etag'), 'x'],
    )
    answer(response, '304 Not Modified', [['Cache-Control', 'max-age=9']], [])
    assert.deepEqual([...response.header_list.as_list()], [...mine, ['Cache-Control', 'max-age=9']])
  })

  it('drops lines in another encoding, and leaves a list that it was given as it is', () => {
    const headers = new ResponseHeaders({ 'X-A': '1' })
    const response = new ResponseMarble()
    response.header_list = headers
    response.header_list_format = 'latin1'
    answer(response, '403 Forbidden', [])
    assert.deepEqual([...response.header_list.as_list()], [TEXT])
    assert.equal(response.header_list_format, 'unicode')
    assert.equal(headers.length, 1)
  })
})

describe('sniffing', () => {
  it('is forbidden once', () => {
    const response = responseWith(['x-content-type-options', 'sniff'], ['X-A', '1'])
    forbidSniffing(response)
    forbidSniffing(response)
    assert.deepEqual(
      [...response.header_list.as_list()],
      [
        ['X-A', '1'],
        ['X-Content-Type-Options', 'nosniff'],
      ],
    )
  })
})

describe('caching', () => {
  it('is as the option says, else as a pipe above says, else not without asking', () => {
    const set = responseWith(['CACHE-CONTROL', 'private'])
    assert.deepEqual(cacheLines(set, undefined), [])
    assert.deepEqual(cacheLines(set, 0), [['Cache-Control', 'max-age=0']])
    assert.deepEqual(cacheLines(new ResponseMarble(), undefined), [['Cache-Control', 'max-age=0']])
    assert.deepEqual(cacheLines(new ResponseMarble(), 60), [['Cache-Control', 'max-age=60']])
  })
})
