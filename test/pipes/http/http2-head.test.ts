import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { responseHeaders } from '../../../pipes/http/http2-head.ts'
import { CODE, FLAG, FRAME, Frames, frame, request } from '../../frames.ts'
import { Http2Client } from '../../http2.ts'
import { sends, serveHttp } from '../../wire.ts'
import { mirror, type Seen } from '../../wire-table.ts'

type Fields = readonly (readonly [string, string])[]
const bare = (path = '/', method = 'GET'): [string, string][] => [
  [':method', method],
  [':scheme', 'http'],
  [':path', path],
]
const with_ = (...more: [string, string][]) => request('/', 'GET', more)

interface HeadCase {
  readonly name: string
  readonly fields: Fields
  /** The status; or the code that the stream is reset with. */
  readonly status: number | { readonly reset: number }
  /** The code that a newer nghttp2 resets it with, before we see it. */
  readonly newer?: { readonly reset: number }
  readonly saw?: Partial<Seen>
  readonly says?: RegExp
}

const refused = { reset: CODE.PROTOCOL_ERROR }
const cases: HeadCase[] = [
  {
    name: 'a path with a query',
    fields: request('/a%20b/%CE%B3?x=%20&y'),
    status: 200,
    saw: { method: 'GET', path: '/a b/γ', query: 'x=%20&y', uri: '/a%20b/%CE%B3?x=%20&y', protocol: 'HTTP/2.0' },
  },
  { name: 'an empty query', fields: request('/?'), status: 200, saw: { path: '/', query: '' } },
  { name: 'a query with question marks', fields: request('/?a?b'), status: 200, saw: { query: 'a?b' } },
  { name: 'two slashes', fields: request('//evil/x'), status: 200, saw: { path: '//evil/x', host: 'a' } },
  { name: 'a path that is not UTF-8', fields: request('/%ff'), status: 400, says: /percent-encoded UTF-8/ },
  { name: 'a path with a broken escape', fields: request('/%2'), status: 400, says: /percent-encoded UTF-8/ },
  { name: 'a path with a fragment', fields: request('/a#b'), status: 400, says: /VCHAR without "#"/ },
  { name: 'a path with a raw character', fields: request('/\xe9'), status: 400, says: /VCHAR/ },
  { name: 'a path with a space', fields: request('/a b'), status: refused },
  { name: 'a path without a slash', fields: request('x'), status: refused },
  { name: 'an empty path', fields: request(''), status: refused },
  { name: 'an absolute path', fields: request('http://b/'), status: refused },
  { name: 'OPTIONS *', fields: request('*', 'OPTIONS'), status: 200, saw: { path: '*', uri: '*' } },
  { name: 'GET *', fields: request('*'), status: refused },
  {
    name: 'a method of its own',
    fields: request('/', 'BREW'),
    status: 200,
    saw: { method: 'BREW' },
  },
  { name: 'a method that is no token', fields: request('/', 'GE T'), status: refused },
  {
    name: 'CONNECT',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'b:443'],
    ],
    status: 200,
    saw: { method: 'CONNECT', path: '', query: '', uri: 'b:443', host: 'b:443', server: 'b' },
  },
  {
    name: 'CONNECT without a port',
    fields: [
      [':method', 'CONNECT'],
      [':authority', 'b'],
    ],
    status: 400,
    says: /host:port/,
  },
  { name: 'no host', fields: bare(), status: refused },
  { name: 'Host alone', fields: [...bare(), ['host', 'b:81']], status: 200, saw: { host: 'b:81', server: 'b' } },
  { name: ':authority alone', fields: request(), status: 200, saw: { host: 'a', server: 'a' } },
  { name: ':authority and the same Host', fields: with_(['host', 'A']), status: 200, saw: { host: 'a' } },
  { name: ':authority and another Host', fields: with_(['host', 'b']), status: 400, says: /different hosts/ },
  { name: 'two Hosts', fields: [...bare(), ['host', 'a'], ['host', 'a']], status: refused },
  { name: 'user information', fields: [...bare(), [':authority', 'me@a']], status: 400, newer: refused },
  { name: 'an odd host', fields: [...bare(), ['host', 'a b']], status: refused },
  { name: 'a host that is none', fields: [...bare(), ['host', 'a:b:c']], status: 400, says: /names its host/ },
  { name: 'a second :path', fields: [...request(), [':path', '/b']], status: refused },
  { name: 'an unknown pseudo-header field', fields: [...request(), [':x', 'y']], status: refused },
  { name: 'a pseudo-header field behind a field', fields: [['x-a', '1'], ...request()], status: refused },
  { name: 'no scheme', fields: request().filter(([name]) => name !== ':scheme'), status: refused },
  { name: 'a name in upper case', fields: with_(['X-A', '1']), status: refused },
  { name: 'Connection', fields: with_(['connection', 'close']), status: refused },
  { name: 'Transfer-Encoding', fields: with_(['transfer-encoding', 'chunked']), status: refused },
  {
    name: 'a line end in a value, which node:http2 drops',
    fields: with_(['x-a', '1\r\nx-b: 2']),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a' } },
  },
  {
    name: 'crumbs of a cookie',
    fields: with_(['cookie', 'a=1'], ['x-a', '1'], ['cookie', 'b=2'], ['x-a', '2']),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a', HTTP_COOKIE: 'a=1; b=2', HTTP_X_A: '1, 2' } },
  },
  {
    name: 'names with an underscore, and Proxy',
    fields: with_(['x_a', 'evil'], ['x-a', 'good'], ['proxy', 'evil'], ['content_length', '5']),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a', HTTP_X_A: 'good' } },
  },
  {
    name: 'bytes above ASCII in a value',
    fields: with_(['x-a', '\xc3\xa9']),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a', HTTP_X_A: '\xc3\xa9' } },
  },
  {
    name: 'a Content-Type',
    fields: with_(['content-type', 'text/plain']),
    status: 200,
    saw: { fields: { HTTP_HOST: 'a', CONTENT_TYPE: 'text/plain' } },
  },
  {
    name: 'two Content-Types',
    fields: with_(['content-type', 'text/plain'], ['content-type', 'text/html']),
    status: 400,
    says: /two content-type/,
  },
  { name: 'two Content-Lengths', fields: with_(['content-length', '0'], ['content-length', '0']), status: refused },
  { name: 'an odd Content-Length', fields: with_(['content-length', '+1']), status: refused },
  { name: 'an unknown expectation', fields: with_(['expect', 'wonders']), status: 417, says: /100-continue/ },
  { name: 'two expectations', fields: with_(['expect', '100-continue'], ['expect', 'x']), status: 400, says: /two/ },
  {
    name: 'as many fields as may be',
    fields: with_(...Array.from({ length: 99 }, (_, at): [string, string] => [`x-${at}`, ''])),
    status: 200,
  },
  {
    name: 'a few fields too many',
    fields: with_(...Array.from({ length: 150 }, (_, at): [string, string] => [`x-${at}`, ''])),
    status: 431,
    says: /more than 100 header fields/,
  },
  {
    name: 'many fields too many',
    fields: with_(...Array.from({ length: 1_000 }, (_, at): [string, string] => [`x-${at}`, ''])),
    status: { reset: CODE.ENHANCE_YOUR_CALM },
  },
  { name: 'a long field', fields: with_(['x-a', 'x'.repeat(16_000)]), status: 200 },
  {
    name: 'a field too long',
    fields: with_(['x-a', 'x'.repeat(16_360)]),
    status: 431,
    says: /longer than 16384 bytes/,
  },
  { name: 'a path too long', fields: request(`/${'x'.repeat(16_384)}`), status: 431, says: /longer than 16384/ },
]

describe('the head of a request in HTTP/2', () => {
  for (const { name, fields, status, newer, saw, says } of cases) {
    it(`is read or refused, and the connection goes on: ${name}`, async () => {
      await using served = await serveHttp(mirror)
      using client = new Http2Client(served.url)
      const reply = await rawReply(served.address, fields)
      if (newer !== undefined && reply.reset !== undefined) assert.equal(reply.reset, newer.reset)
      else if (typeof status !== 'number') assert.equal(reply.reset, status.reset, reply.body)
      else {
        assert.equal(reply.reset, undefined)
        // HPACK has no number of its own for 417 and 431.
        assert.equal(reply.status ?? status, status, reply.body)
        assert.equal(status < 400, reply.body.startsWith('{'), reply.body)
      }
      if (says !== undefined) assert.match(reply.body, says)
      if (saw !== undefined) {
        const seen = JSON.parse(reply.body) as Seen
        for (const [key, value] of Object.entries(saw)) assert.deepEqual(seen[key as keyof Seen], value, key)
      }
      assert.deepEqual(served.errors, [])
      assert.equal((await client.ask()).status, 200)
    })
  }

  it('is refused with the status that says why', async () => {
    await using served = await serveHttp(mirror, { maxFields: 5, maxHeadBytes: 200 })
    using client = new Http2Client(served.url)
    assert.equal((await client.ask({ ':path': '/%ff' })).status, 400)
    assert.equal((await client.ask({ expect: 'wonders' })).status, 417)
    assert.equal((await client.ask({ a: '', b: '', c: '', d: '', e: '' })).status, 200)
    assert.equal((await client.ask({ a: '', b: '', c: '', d: '', e: '', f: '' })).status, 431)
    const reply = await client.ask({ a: 'x'.repeat(200) })
    assert.equal(reply.status, 431)
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(Number(reply.headers['content-length']), reply.body.length)
    assert.ok(reply.headers.date)
    assert.equal((await client.ask({ ':method': 'HEAD', a: 'x'.repeat(200) })).status, 431)
  })

  it('is refused with its body unread, and the peer is told that it need not send it', async () => {
    await using served = await serveHttp(mirror)
    using frames = await Frames.open(served.address)
    for (const [stream, method] of [
      [1, 'POST'],
      [3, 'HEAD'],
    ] as const) {
      frames.ask(stream, request('/%ff', method), false).send(frame(FRAME.DATA, 0, stream, 'abc'))
      await frames.over(stream)
      const reset = await frames.sees(FRAME.RST_STREAM, stream)
      assert.equal(reset.body.readUInt32BE(), CODE.NO_ERROR)
      assert.equal(frames.status(stream), 400)
    }
  })

  it('may be as long in HTTP/2 as in HTTP/1.1, also where the peer has not heard of the limit', async () => {
    await using served = await serveHttp(mirror, { maxHeadBytes: 1_000 })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'GET', [['x-a', 'x'.repeat(2_000)]]))
    await frames.over(1)
    assert.match(frames.data(1).toString(), /longer than 1000 bytes/)
  })
})

describe('the head of a response in HTTP/2', () => {
  it('has names in lower case, and lines of one name joined but for those that cannot be', () => {
    const lines =
      'Vary: a\r\nSet-Cookie: a=1\r\nvary: b\r\nset-cookie: b=2\r\nWWW-Authenticate: x\r\nWWW-Authenticate: y\r\nVary: c'
    assert.deepEqual(responseHeaders('404 Not Found', lines), {
      ':status': '404',
      vary: 'a, b, c',
      'set-cookie': ['a=1', 'b=2'],
      'www-authenticate': ['x', 'y'],
    })
  })

  it('has no fields that are about the connection', () => {
    const names = [
      'Connection',
      'Keep-Alive',
      'Proxy-Connection',
      'Transfer-Encoding',
      'Upgrade',
      'TE',
      'HTTP2-Settings',
    ]
    const lines = names.map((name) => `${name}: x\r\n`).join('')
    assert.deepEqual(responseHeaders('200 OK', lines), { ':status': '200' })
  })

  const lists = ['Content-Encoding', 'Content-Language', 'ETag', 'Location', 'Retry-After', 'X-Content-Type-Options']
  for (const name of lists) {
    it(`is sent where ${name} comes twice, in a whole response and in a stream`, async () => {
      const headers: [string, string][] = [
        ['Content-Type', 'text/plain'],
        [name, '1'],
        [name, '2'],
      ]
      async function* body() {
        yield 'a'
        yield 'b'
      }
      for (const each of [() => 'ab', body]) {
        await using served = await serveHttp(sends({ headers, body: each }))
        using client = new Http2Client(served.url)
        const reply = await client.ask()
        // What a field may not say twice is refused before: with a page, and the connection goes on.
        assert.ok(reply.status === 200 || reply.status === 500, String(reply.code))
        if (reply.status === 200) assert.equal(reply.headers[name.toLowerCase()], '1, 2')
        assert.equal(served.errors.length, reply.status === 200 ? 0 : 1)
      }
    })
  }

  it('keeps two Set-Cookie apart, in their order', async () => {
    const headers: [string, string][] = [
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT'],
      ['X-A', '\xe9'],
      ['set-cookie', 'b=2'],
    ]
    await using served = await serveHttp(sends({ headers, body: () => 'x' }))
    using client = new Http2Client(served.url)
    const reply = await client.ask()
    assert.deepEqual(reply.headers['set-cookie'], ['a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT', 'b=2'])
    assert.equal(reply.headers['x-a'], '\xe9')
  })
})

async function rawReply(address: string, fields: Fields) {
  using frames = await Frames.open(address)
  // Knows the limits.
  frames.send(frame(FRAME.SETTINGS, FLAG.ACK, 0))
  await frames.settle()
  frames.ask(1, fields)
  const { reset } = await frames.over(1)
  const reply = { reset, status: frames.status(1), body: frames.data(1).toString() }
  // The connection goes on.
  frames.ask(3)
  await frames.over(3)
  assert.equal(frames.status(3), 200)
  return reply
}
