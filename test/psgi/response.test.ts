import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { header_lines } from '../../src/psgi/head.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { defaultHeaders, type PsgiResponse, ResponseMarble } from '../../src/psgi/response.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

const SIX = ['status', 'header_list', 'body', 'status_format', 'header_list_format', 'body_format']

describe('the six attributes', () => {
  it('have the defaults of the specification', () => {
    const response = new ResponseMarble()
    assert.equal(response.status, '200 OK')
    assert.ok(response.header_list instanceof HeaderList)
    assert.deepEqual([...response.header_list.as_list()], [['Content-Type', 'text/html; charset=utf-8']])
    assert.deepEqual(response.body, [])
    assert.equal(response.status_format, 'unicode')
    assert.equal(response.header_list_format, 'unicode')
    assert.equal(response.body_format, 'unicode')
  })

  it('keep what is assigned to them', () => {
    const response = new ResponseMarble()
    const header_list = new ResponseHeaders()
    const given: PsgiResponse = {
      status: '404 Not Found',
      header_list,
      body: 'gone',
      status_format: 'ascii',
      header_list_format: 'latin-1',
      body_format: 'bytes',
    }
    Object.assign(response, given)
    assert.deepEqual(response.toJSON(), given)
    assert.equal(response.header_list, header_list)
  })

  it('belong to each response alone', () => {
    const one = new ResponseMarble()
    const other = new ResponseMarble()
    assert.ok(one.header_list instanceof HeaderList)
    one.header_list.push(['X-One', '1'])
    assert.deepEqual([...other.header_list.as_list()], [['Content-Type', 'text/html; charset=utf-8']])
    assert.equal(header_lines(new ResponseMarble()).lines, 'Content-Type: text/html; charset=utf-8\r\n')
    assert.notEqual(one.body, other.body)
  })

  it('survive being deleted', () => {
    const response = new ResponseMarble()
    response.status = '201 Created'
    for (const name of SIX) assert.equal(Reflect.deleteProperty(response, name), true)
    assert.equal(response.status, '201 Created')
    assert.equal(response.body_format, 'unicode')
  })
})

describe('any other attribute', () => {
  it('is refused at run time', () => {
    const response = new ResponseMarble()
    for (const name of ['headers', 'statusCode', 'state', 'headerList', '0']) {
      assert.throws(() => Object.assign(response, { [name]: 1 }), TypeError)
      assert.equal(Reflect.set(response, name, 1), false)
      assert.equal(name in response, false)
    }
  })

  it('is refused by the compiler', () => {
    const response = new ResponseMarble()
    // @ts-expect-error Property 'headers' does not exist on type 'ResponseMarble'.
    assert.throws(() => (response.headers = {}), TypeError)
  })
})

describe('the compiler', () => {
  it('takes every kind of body and no other', () => {
    const response = new ResponseMarble()
    response.body = 'text'
    response.body = new Uint8Array(1)
    response.body = new ArrayBuffer(1)
    response.body = ['a', new Uint8Array(1), Promise.resolve('b')]
    response.body = new Set(['a'])
    response.body = { length: 1, 0: 'a' }
    response.body = Promise.resolve(['a'])
    response.body = Readable.from(['a'])
    response.body = new ReadableStream<Uint8Array>()
    response.body = new Blob(['a'])
    response.body = (function* () {
      yield 'a'
    })()
    response.body = (async function* () {
      yield 'a'
    })()
    // @ts-expect-error Type 'number' is not assignable
    response.body = 5
    // @ts-expect-error Type 'number' is not assignable
    response.body = [1, 2]
    // @ts-expect-error Type '{}' is not assignable
    response.body = {}
    // @ts-expect-error Type 'undefined' is not assignable
    response.body = undefined
    // @ts-expect-error Type 'number' is not assignable
    response.status = 404
    // @ts-expect-error Property 'as_list' is missing
    response.header_list = { 'Content-Type': 'text/plain' }
  })
})

describe('showing', () => {
  it('console.log shows the six', () => {
    const response = new ResponseMarble()
    response.body = 'hello'
    const shown = inspect(response)
    assert.match(shown, /^ResponseMarble \{/)
    for (const name of SIX) assert.ok(shown.includes(`${name}:`), shown)
    assert.ok(shown.includes("'hello'"))
  })

  it('JSON holds the six', () => {
    const response = new ResponseMarble()
    response.body = 'hello'
    const read: unknown = JSON.parse(JSON.stringify(response))
    assert.deepEqual(read, {
      status: '200 OK',
      header_list: [['Content-Type', 'text/html; charset=utf-8']],
      body: 'hello',
      status_format: 'unicode',
      header_list_format: 'unicode',
      body_format: 'unicode',
    })
  })
})

describe('the default header list', () => {
  it('counts as untouched until it is asked for or replaced', () => {
    const response = new ResponseMarble()
    assert.equal(defaultHeaders(response), true)
    response.status = '404 Not Found'
    response.body = 'x'
    assert.equal(defaultHeaders(response), true)
    const list = response.header_list
    assert.equal(defaultHeaders(response), false)
    assert.equal(response.header_list, list)
    const other = new ResponseMarble()
    other.header_list = new HeaderList()
    assert.equal(defaultHeaders(other), false)
  })

  it('does not come back when undefined is assigned', () => {
    const response = new ResponseMarble()
    Object.assign(response, { header_list: undefined })
    assert.equal(defaultHeaders(response), false)
    assert.equal(response.header_list, undefined)
  })

  it('is never that of a foreign response', () => {
    assert.equal(defaultHeaders({ status: '200 OK', header_list: new HeaderList(), body: [] }), false)
  })
})
