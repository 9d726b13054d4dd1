import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allowLine, wrongMethod } from '../../src/psgi/methods.ts'

describe('a method', () => {
  it('is any token', () => {
    for (const method of ['GET', 'PROPFIND', 'x', "!#$%&'*+-.^_`|~9", 'Geta'])
      assert.equal(wrongMethod(method), undefined)
  })

  it('is nothing else', () => {
    for (const method of ['', 'A B', 'A/B', 'A:', 'É', 'A\r', 'A\n']) assert.match(wrongMethod(method) ?? '', /a token/)
  })

  it('is written as the RFC writes it', () => {
    assert.equal(wrongMethod('patch'), 'methods are case-sensitive: write PATCH')
    assert.equal(wrongMethod('Get'), 'methods are case-sensitive: write GET')
  })
})

describe('an Allow line', () => {
  it('brings HEAD along with GET, and OPTIONS always, each once', () => {
    assert.equal(allowLine(['GET', 'POST']), 'GET, HEAD, POST, OPTIONS')
    assert.equal(allowLine(['HEAD', 'OPTIONS', 'GET']), 'HEAD, OPTIONS, GET')
    assert.equal(allowLine(['PUT']), 'PUT, OPTIONS')
    assert.equal(allowLine([]), 'OPTIONS')
  })
})
