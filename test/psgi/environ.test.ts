import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EnvironServer, environTemplate, keyOf, rehost } from '../../src/psgi/environ.ts'
import { Input } from '../../src/psgi/input.ts'

const tcp: EnvironServer = { scheme: 'http', local: 'tcp://127.0.0.1:8080', remote: 'tcp://127.0.0.2:40000' }
const ipc: EnvironServer = { scheme: 'http', local: 'ipc://run/app.sock', remote: 'ipc://run/app.sock' }
const input = new Input(undefined)
const template = (fields: [string, string][] = [], host = '', server = tcp) =>
  environTemplate(fields, host, server, input)

describe('environ', () => {
  it('has the keys that PEP 3333 wants, each of its type', () => {
    const environ = template([], 'example.org')
    for (const key of ['REQUEST_METHOD', 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'REQUEST_URI'] as const) {
      assert.equal(environ[key], '')
    }
    assert.equal(environ.SERVER_NAME, 'example.org')
    assert.equal(environ.SERVER_PORT, '8080')
    assert.equal(environ.SERVER_PROTOCOL, 'HTTP/1.1')
    assert.deepEqual(environ['wsgi.version'], [1, 0])
    assert.equal(environ['wsgi.url_scheme'], 'http')
    assert.equal(environ['wsgi.input'], input)
    assert.equal(typeof environ['wsgi.errors'].write, 'function')
    assert.equal(typeof environ['wsgi.errors'].flush, 'function')
    assert.equal(environ['wsgi.multithread'], false)
    assert.equal(environ['wsgi.multiprocess'], false)
    assert.equal(environ['wsgi.run_once'], false)
  })

  it('holds nothing but strings under keys without a dot, and no null anywhere', () => {
    for (const [key, value] of Object.entries(template([['X', '1']], 'a'))) {
      assert.notEqual(value, undefined, key)
      assert.notEqual(value, null, key)
      if (!key.includes('.')) assert.equal(typeof value, 'string', key)
    }
  })

  it('is a plain object that can be copied', () => {
    const environ = template()
    assert.equal(Object.getPrototypeOf(environ), Object.prototype)
    assert.deepEqual({ ...environ }, environ)
  })

  it('tells the peer by address and port', () => {
    assert.equal(template().REMOTE_ADDR, '127.0.0.2')
    assert.equal(template().REMOTE_PORT, '40000')
    const six = template([], '', { ...tcp, remote: 'tcp://[::1]:40000' })
    assert.equal(six.REMOTE_ADDR, '::1')
  })

  it('has no address of a peer on a Unix socket, and a server that is called localhost', () => {
    const environ = template([], '', ipc)
    assert.equal('REMOTE_ADDR' in environ, false)
    assert.equal('REMOTE_PORT' in environ, false)
    assert.equal(environ.SERVER_NAME, 'localhost')
    assert.equal(environ.SERVER_PORT, '80')
    assert.equal(template([], '', { ...ipc, scheme: 'https' }).SERVER_PORT, '443')
    assert.equal(template([], 'a:81', ipc).SERVER_PORT, '81')
  })

  it('names the server by Host, else by its own address', () => {
    assert.equal(template([], 'a:81').SERVER_NAME, 'a')
    assert.equal(template([], '[::1]:81').SERVER_NAME, '[::1]')
    assert.equal(template([], '').SERVER_NAME, '127.0.0.1')
    assert.equal(template([], '', { ...tcp, local: 'tcp://[::1]:8080' }).SERVER_NAME, '[::1]')
  })

  it('takes its port from the connection, whatever Host says', () => {
    assert.equal(template([], 'a:81').SERVER_PORT, '8080')
  })

  it('keeps values as they are, empty ones too', () => {
    const environ = template([
      ['X-Empty', ''],
      ['X-Bytes', '\xe9\xff'],
      ['X-List', 'a,  b'],
    ])
    assert.equal(environ.HTTP_X_EMPTY, '')
    assert.equal(environ.HTTP_X_BYTES, '\xe9\xff')
    assert.equal(environ.HTTP_X_LIST, 'a,  b')
  })

  it('joins repeated fields in order, cookies by semicolons', () => {
    const environ = template([
      ['X', '1'],
      ['Cookie', 'a=1'],
      ['x', ''],
      ['cookie', 'b=2'],
      ['X', '3'],
    ])
    assert.equal(environ.HTTP_X, '1, , 3')
    assert.equal(environ.HTTP_COOKIE, 'a=1; b=2')
  })

  it('has CONTENT_TYPE and CONTENT_LENGTH only where they were sent, and never with HTTP_', () => {
    const environ = template([
      ['content-type', 'a/b'],
      ['CONTENT-LENGTH', '3'],
    ])
    assert.equal(environ.CONTENT_TYPE, 'a/b')
    assert.equal(environ.CONTENT_LENGTH, '3')
    assert.equal('HTTP_CONTENT_TYPE' in environ, false)
    assert.equal('HTTP_CONTENT_LENGTH' in environ, false)
    assert.equal('CONTENT_TYPE' in template(), false)
    assert.equal('CONTENT_LENGTH' in template(), false)
  })

  it('lets the host of a target win over the Host field', () => {
    const environ = template([['Host', 'a']], 'a', ipc)
    rehost(environ, 'b:82', ipc)
    assert.equal(environ.HTTP_HOST, 'b:82')
    assert.equal(environ.SERVER_NAME, 'b')
    assert.equal(environ.SERVER_PORT, '82')
  })
})

describe('the key of a header field', () => {
  it('is upper case with underscores', () => {
    assert.equal(keyOf('X-Request-Id'), 'HTTP_X_REQUEST_ID')
    assert.equal(keyOf('dnt'), 'HTTP_DNT')
  })

  it('is not there for names with an underscore, which would pass for those with a hyphen (CVE-2015-0219)', () => {
    assert.equal(keyOf('X_Request-Id'), undefined)
    assert.equal(keyOf('Content_Type'), undefined)
    assert.equal(keyOf('__proto__'), undefined)
  })

  it('is not there for Proxy (httpoxy, CVE-2016-5385)', () => {
    assert.equal(keyOf('pRoXy'), undefined)
    assert.equal(keyOf('Proxy-Authorization'), 'HTTP_PROXY_AUTHORIZATION')
  })
})
