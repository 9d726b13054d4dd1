import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { locationOf } from '../../../pipes/files/location.ts'

const at = (SCRIPT_NAME: string, PATH_INFO: string, QUERY_STRING = '') =>
  locationOf({ SCRIPT_NAME, PATH_INFO, QUERY_STRING })

describe('the location of a folder', () => {
  it('is its path with a slash, percent-encoded, with the query', () => {
    assert.equal(at('', '/dir'), '/dir/')
    assert.equal(at('', ''), '/')
    assert.equal(at('/static', ''), '/static/')
    assert.equal(at('/sta tic', '/a/ü?#%', 'q=%2F&r=?'), '/sta%20tic/a/%C3%BC%3F%23%25/?q=%2F&r=?')
    assert.equal(at('', '/a:b@c;d'), '/a%3Ab%40c%3Bd/')
    assert.equal(at('', '/\ud800'), '/%EF%BF%BD/')
    assert.equal(at('', '/a\r\nSet-Cookie: x'), '/a%0D%0ASet-Cookie%3A%20x/')
  })

  it('is on the same host, whatever the path', () => {
    assert.equal(at('//evil.example', '/dir'), '/evil.example/dir/')
    assert.equal(at('', '//evil.example'), '/evil.example/')
    assert.equal(at('/\\evil.example', ''), '/%5Cevil.example/')
    assert.equal(at('', 'http://evil.example'), '/http%3A//evil.example/')
    const path = fc.array(
      fc.oneof(fc.constantFrom('/', '\\', '.', '..', '@', ':', 'evil.example'), fc.string({ unit: 'binary' })),
    )
    fc.assert(
      fc.property(path, path, (script, rest) => {
        const location = at(script.join(''), rest.join(''))
        assert.match(location, /^\/(?!\/)[!-~]*$/)
        assert.equal(new URL(location, 'http://here/x').host, 'here')
      }),
    )
  })
})
