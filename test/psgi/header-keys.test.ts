import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { environKey, headerName, isHeaderKey } from '../../src/psgi/header-keys.ts'

describe('environKey', () => {
  const table: [string, string | undefined][] = [
    ['Host', 'HTTP_HOST'],
    ['x-foo-bar', 'HTTP_X_FOO_BAR'],
    ['x_foo_bar', 'HTTP_X_FOO_BAR'],
    ['Content-Type', 'CONTENT_TYPE'],
    ['content-length', 'CONTENT_LENGTH'],
    ['Content_Type', 'HTTP_CONTENT_TYPE'],
    ['content_length', 'HTTP_CONTENT_LENGTH'],
    ['', undefined],
    ['a b', undefined],
    ['a:', undefined],
    ['a\n', undefined],
    ['ho\u017ft', undefined],
  ]
  for (const [name, key] of table) it(`${JSON.stringify(name)} is ${key}`, () => assert.equal(environKey(name), key))
})

describe('headerName', () => {
  const table: [string, string][] = [
    ['HTTP_X_FOO_BAR', 'X-Foo-Bar'],
    ['HTTP_ETAG', 'Etag'],
    ['HTTP_WWW_AUTHENTICATE', 'Www-Authenticate'],
    ['HTTP_DNT', 'Dnt'],
    ['HTTP_X_B3_TRACEID', 'X-B3-Traceid'],
    ['CONTENT_TYPE', 'Content-Type'],
    ['CONTENT_LENGTH', 'Content-Length'],
    ['HTTP_CONTENT_TYPE', 'Content_Type'],
    ['HTTP_CONTENT_LENGTH', 'Content_Length'],
  ]
  for (const [key, name] of table) it(`${key} is ${name}`, () => assert.equal(headerName(key), name))

  it('leads back to its key', () => {
    const letters = [..."ABCXYZ019_!#$%&'*+.^`|~"]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...letters), { minLength: 1 }), (some) => {
        const key = `HTTP_${some.join('')}`
        assert.equal(isHeaderKey(key), true)
        assert.equal(environKey(headerName(key)), key)
      }),
    )
  })
})

describe('isHeaderKey', () => {
  for (const key of ['HTTP_HOST', 'CONTENT_TYPE', 'CONTENT_LENGTH', 'HTTP_CONTENT_TYPE']) {
    it(`${key} is one`, () => assert.equal(isHeaderKey(key), true))
  }
  for (const key of ['HTTP_', 'HTTP_x', 'HTTP_A-B', 'HTTP', 'http_host', 'PATH_INFO', 'wsgi.input', '', 5, undefined]) {
    it(`${key} is none`, () => assert.equal(isHeaderKey(key), false))
  }
})
