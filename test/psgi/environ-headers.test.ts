import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EnvironHeaders } from '../../src/psgi/environ-headers.ts'
import { ENVIRON_KEYS } from '../../src/psgi/header-keys.ts'

const make = () => ({
  REQUEST_METHOD: 'GET',
  HTTP_HOST: 'x.test',
  HTTP_IF_NONE_MATCH: '"1"',
  CONTENT_TYPE: 'text/plain',
  'wsgi.input': null,
})

describe('reading', () => {
  it('finds headers without regard to case', () => {
    const headers = new EnvironHeaders(make())
    assert.equal(headers.get('host'), 'x.test')
    assert.equal(headers.get('If-None-Match'), '"1"')
    assert.equal(headers.get('CONTENT-TYPE'), 'text/plain')
    assert.equal(headers.has('hOsT'), true)
  })

  it('a missing header gives the fallback', () => {
    const headers = new EnvironHeaders(make())
    assert.equal(headers.get('Accept'), undefined)
    assert.equal(headers.get('Accept', '*/*'), '*/*')
    assert.equal(headers.get('Host', '*/*'), 'x.test')
    assert.equal(headers.has('Accept'), false)
  })

  it('lists headers only, in title case and in the order of the environ', () => {
    const headers = new EnvironHeaders({ ...make(), HTTP_ETAG: 'x', HTTP_: 'bare', HTTP_x: 'lower', http_a: 'none' })
    assert.deepEqual([...headers.keys()], ['Host', 'If-None-Match', 'Content-Type', 'Etag'])
    assert.deepEqual([...headers.values()], ['x.test', '"1"', 'text/plain', 'x'])
    const pairs = [
      ['Host', 'x.test'],
      ['If-None-Match', '"1"'],
      ['Content-Type', 'text/plain'],
      ['Etag', 'x'],
    ]
    assert.deepEqual([...headers.entries()], pairs)
    assert.deepEqual([...headers.items()], pairs)
    assert.deepEqual([...headers], pairs)
    assert.deepEqual(headers.toJSON(), pairs)
    assert.equal(headers.length, 4)
  })

  it('other keys of the environ are out of reach', () => {
    const headers = new EnvironHeaders({ ...make(), HTTP_: 'bare', [Symbol('HTTP_A')]: 'symbol' })
    for (const name of ['REQUEST_METHOD', 'Request-Method', 'wsgi.input', '', '__proto__', 'constructor']) {
      assert.equal(headers.get(name), undefined)
      assert.equal(headers.has(name), false)
    }
    assert.equal(headers.length, 3)
  })

  it('an environ without headers has none', () => {
    assert.equal(new EnvironHeaders({ PATH_INFO: '/' }).length, 0)
    assert.deepEqual([...new EnvironHeaders({})], [])
  })

  it('HTTP_CONTENT_TYPE never stands in for CONTENT_TYPE', () => {
    const headers = new EnvironHeaders({ HTTP_CONTENT_TYPE: 'evil', HTTP_CONTENT_LENGTH: '9' })
    assert.equal(headers.get('Content-Type'), undefined)
    assert.equal(headers.has('Content-Length'), false)
    assert.deepEqual(
      [...headers],
      [
        ['Content_Type', 'evil'],
        ['Content_Length', '9'],
      ],
    )
    assert.equal(headers.get('Content_Type'), 'evil')
  })

  it('underscore and hyphen are one name, since they are one key', () => {
    const headers = new EnvironHeaders({ HTTP_X_FOO_BAR: '1' })
    assert.equal(headers.get('x_foo_bar'), '1')
    assert.equal(headers.get('x-foo-bar'), '1')
    assert.equal(headers.length, 1)
  })

  it('a value that is no string is told, not handed on', () => {
    const headers = new EnvironHeaders({ CONTENT_LENGTH: 5, HTTP_A: null })
    const message = 'environ.CONTENT_LENGTH is a number; a header is a string, or is not there.'
    assert.throws(() => headers.get('Content-Length'), { code: 'HEADER_BAD', message })
    assert.throws(() => [...headers.values()], { code: 'HEADER_BAD', message })
    assert.throws(() => headers.get('A'), { code: 'HEADER_BAD' })
    assert.deepEqual([...headers.keys()], ['Content-Length', 'A'])
  })

  it('a key that holds undefined is absent', () => {
    const headers = new EnvironHeaders({ CONTENT_TYPE: undefined, HTTP_HOST: 'x' })
    assert.deepEqual([...headers], [['Host', 'x']])
    assert.equal(headers.has('Content-Type'), false)
    assert.throws(() => headers.pop('Content-Type'), { code: 'KEY_MISSING' })
  })

  it('equals heeds names and values, but not order', () => {
    const of = (environ: object) => new EnvironHeaders(environ)
    assert.equal(of({ HTTP_A: '1', HTTP_B: '2' }).equals(of({ HTTP_B: '2', PATH_INFO: '/', HTTP_A: '1' })), true)
    assert.equal(of({ HTTP_A: '1' }).equals(of({ HTTP_A: '2' })), false)
    assert.equal(of({ HTTP_A: '1' }).equals(of({ HTTP_A: '1', HTTP_B: '2' })), false)
    assert.equal(of({ HTTP_A: '1' }).equals(of({ HTTP_B: '1' })), false)
    assert.equal(of({}).equals([]), false)
  })
})

describe('writing goes through to the environ, and is seen from there', () => {
  it('set', () => {
    const environ: Record<string, unknown> = make()
    const headers = new EnvironHeaders(environ)
    headers.set('X-New', '1')
    headers.set('host', 'y.test')
    headers.set('Content-Length', '3')
    assert.equal(environ.HTTP_X_NEW, '1')
    assert.equal(environ.HTTP_HOST, 'y.test')
    assert.equal(environ.CONTENT_LENGTH, '3')
    environ.HTTP_HOST = 'z.test'
    assert.equal(headers.get('Host'), 'z.test')
  })

  it('set refuses what is no header name and what is no string, and changes nothing', () => {
    const environ = make()
    const headers = new EnvironHeaders(environ)
    const message = 'EnvironHeaders got the name "a b"; allowed are pairs of a token (RFC 9110 §5.6.2) and a string.'
    assert.throws(() => headers.set('a b', '1'), { name: 'UsageError', code: 'HEADER_BAD', message })
    assert.throws(() => headers.set('', '1'), { code: 'HEADER_BAD' })
    assert.throws(() => headers.set('A', 1 as never), {
      code: 'HEADER_BAD',
      message: /a value of "A" that is a number/,
    })
    assert.throws(() => headers.set(1 as never, '1'), { code: 'HEADER_BAD', message: /a name that is a number/ })
    assert.throws(() => headers.get(1 as never), { code: 'HEADER_BAD' })
    assert.deepEqual(environ, make())
  })

  it('delete removes the key, and names it where it is missing', () => {
    const environ = make()
    const headers = new EnvironHeaders(environ)
    headers.delete('HOST')
    assert.equal('HTTP_HOST' in environ, false)
    assert.throws(() => headers.delete('Host'), {
      code: 'KEY_MISSING',
      message: 'EnvironHeaders.delete() found no environ.HTTP_HOST.',
    })
    assert.throws(() => headers.delete('a b'), { code: 'KEY_MISSING', message: /no "a b", which is no header name/ })
  })

  it('pop gives the value and removes the key, or gives the fallback', () => {
    const environ = make()
    const headers = new EnvironHeaders(environ)
    assert.equal(headers.pop('Host'), 'x.test')
    assert.equal('HTTP_HOST' in environ, false)
    assert.equal(headers.pop('Host', undefined), undefined)
    assert.equal(headers.pop('Host', 'none'), 'none')
    assert.throws(() => headers.pop('Host'), { code: 'KEY_MISSING', message: /environ\.HTTP_HOST/ })
  })

  it('update takes what a multi-dict takes', () => {
    const environ: Record<string, unknown> = make()
    new EnvironHeaders(environ).update({ Host: 'y.test', 'X-A': '1' })
    new EnvironHeaders(environ).update([['x-b', '2']])
    assert.deepEqual(environ, { ...make(), HTTP_HOST: 'y.test', HTTP_X_A: '1', HTTP_X_B: '2' })
  })

  it('update refuses a name that comes twice, and writes nothing then', () => {
    const environ = make()
    const headers = new EnvironHeaders(environ)
    const twice = [
      ['X-A', '1'],
      ['x_a', '2'],
    ] as const
    assert.throws(() => headers.update(twice), { code: 'HEADER_BAD', message: /"x_a" twice/ })
    assert.throws(() => headers.update({ 'X-A': '1', 'X-B': 2 as never }), { code: 'HEADER_BAD' })
    assert.throws(() => headers.update(['a'] as never), { code: 'HEADER_BAD', message: /a string at position 0/ })
    assert.deepEqual(environ, make())
  })
})

describe('an environ of a class', () => {
  class Environ {
    CONTENT_TYPE: string | undefined = undefined
    PATH_INFO = '/'
    private readonly fields = new Map([['HTTP_HOST', 'x.test']])

    get HTTP_HOST(): string | undefined {
      return this.fields.get('HTTP_HOST')
    }

    set HTTP_HOST(value: string | undefined) {
      if (value === undefined) this.fields.delete('HTTP_HOST')
      else this.fields.set('HTTP_HOST', value)
    }

    [ENVIRON_KEYS as symbol](): Iterable<string> {
      return ['PATH_INFO', 'CONTENT_TYPE', ...this.fields.keys()].values()
    }
  }

  it('tells its keys by the symbol pipestack.environ.keys', () => {
    assert.equal(ENVIRON_KEYS, Symbol.for('pipestack.environ.keys'))
    const headers = new EnvironHeaders(new Environ())
    assert.deepEqual([...headers], [['Host', 'x.test']])
    assert.equal(headers.length, 1)
  })

  it('is written through its accessors', () => {
    const environ = new Environ()
    const headers = new EnvironHeaders(environ)
    headers.set('Host', 'y.test')
    assert.equal(environ.HTTP_HOST, 'y.test')
    assert.equal(headers.pop('Host'), 'y.test')
    assert.equal(environ.HTTP_HOST, undefined)
    assert.equal(headers.length, 0)
  })
})

describe('EnvironHeaders of what is no environ', () => {
  for (const given of [undefined, null, 'environ', 5]) {
    it(`are refused: ${given}`, () => {
      assert.throws(() => new EnvironHeaders(given as never), { name: 'UsageError', code: 'OPTION_BAD' })
    })
  }
})
