import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Forwarding } from '../../pipes/forwarded.ts'
import { type Fields, see } from './behind-proxy.ts'

const kinds = { 'X-Forwarded-For': 'x-forwarded', Forwarded: 'forwarded' } as const

describe('forwarded: the client', () => {
  const chains: [field: keyof typeof kinds, value: string, remote: string, port?: string][] = [
    ['X-Forwarded-For', '192.0.2.1', '192.0.2.1'],
    ['X-Forwarded-For', '192.0.2.1:4711', '192.0.2.1', '4711'],
    ['X-Forwarded-For', '2001:DB8::1', '2001:db8::1'],
    ['X-Forwarded-For', '[2001:db8::1]', '2001:db8::1'],
    ['X-Forwarded-For', '[2001:db8::1]:4711', '2001:db8::1', '4711'],
    ['X-Forwarded-For', '::ffff:192.0.2.1', '192.0.2.1'],
    ['X-Forwarded-For', '[::ffff:192.0.2.1]:80', '192.0.2.1', '80'],
    ['X-Forwarded-For', '\t192.0.2.1 ', '192.0.2.1'],
    ['X-Forwarded-For', '192.0.2.1,,', '192.0.2.1'],
    // What a client made up stands left of what the proxy has seen.
    ['X-Forwarded-For', '127.0.0.1, 192.0.2.1', '192.0.2.1'],
    ['X-Forwarded-For', '10.0.0.1, 198.51.100.9, 192.0.2.1', '192.0.2.1'],
    ['X-Forwarded-For', '", 192.0.2.1', '192.0.2.1'],
    ['X-Forwarded-For', '192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['X-Forwarded-For', '198.51.100.9, 192.0.2.1, fd00::7, 10.0.0.2', '192.0.2.1'],
    ['X-Forwarded-For', '::ffff:10.0.0.3, ::ffff:10.0.0.2', '10.0.0.3'],
    ['X-Forwarded-For', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    // The end of the chain.
    ['X-Forwarded-For', 'unknown', '127.0.0.1', '5000'],
    ['X-Forwarded-For', '192.0.2.1, unknown', '127.0.0.1', '5000'],
    ['X-Forwarded-For', '192.0.2.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['X-Forwarded-For', '192.0.2.1, _hidden:_port, 10.0.0.2', '10.0.0.2'],
    ['X-Forwarded-For', '192.0.2.1, nonsense, 10.0.0.2:1', '10.0.0.2', '1'],
    ['X-Forwarded-For', '', '127.0.0.1', '5000'],
    ['X-Forwarded-For', ' , ', '127.0.0.1', '5000'],
    ...['192.0.2', '192.0.2.256', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.1:x', '[192.0.2.1]'].map(
      (bad): [keyof typeof kinds, string, string, string] => ['X-Forwarded-For', bad, '127.0.0.1', '5000'],
    ),
    ...['[::1', '::1]', '[]', '[fe80::1%eth0]', 'fe80::1%eth0', 'localhost', '192.0.2.1 192.0.2.2', '_', '%00'].map(
      (bad): [keyof typeof kinds, string, string, string] => ['X-Forwarded-For', bad, '127.0.0.1', '5000'],
    ),
    ['Forwarded', 'for=192.0.2.1', '192.0.2.1'],
    ['Forwarded', 'For="192.0.2.1:4711";by=10.0.0.1', '192.0.2.1', '4711'],
    ['Forwarded', 'for="[2001:db8::1]:4711"', '2001:db8::1', '4711'],
    ['Forwarded', 'for="[2001:db8::1]:_obfuscated"', '2001:db8::1'],
    ['Forwarded', 'for=192.0.2.1:4711', '192.0.2.1', '4711'],
    ['Forwarded', 'for=[2001:db8::1]', '2001:db8::1'],
    ['Forwarded', 'for="::ffff:192.0.2.1"', '192.0.2.1'],
    ['Forwarded', 'for="192.0\\.2.1"', '192.0.2.1'],
    ['Forwarded', 'proto=http; for=192.0.2.1 ;by=_x', '192.0.2.1'],
    ['Forwarded', 'for=192.0.2.1;', '192.0.2.1'],
    ['Forwarded', 'for=198.51.100.9, for=192.0.2.1', '192.0.2.1'],
    ['Forwarded', 'for=192.0.2.1, for=10.0.0.3;secret="a, b;c\\", for=1.1.1.1", for="[fd00::2]"', '192.0.2.1'],
    // A quote that a client left open.
    ['Forwarded', 'for="127.0.0.1, for=192.0.2.1', '192.0.2.1'],
    ['Forwarded', 'for="x\\, for=192.0.2.1;by="[::1]"', '192.0.2.1'],
    ['Forwarded', 'for="127.0.0.1, for=192.0.2.1;by="[::1]";host="a"', '192.0.2.1'],
    ['Forwarded', 'for=198.51.100.9, "", for=10.0.0.2', '10.0.0.2'],
    // The end of the chain.
    ['Forwarded', 'for=192.0.2.1, for=unknown, for=10.0.0.2', '10.0.0.2'],
    ['Forwarded', 'for=192.0.2.1, for=_gazonk, for=10.0.0.2', '10.0.0.2'],
    ['Forwarded', 'for=192.0.2.1, proto=http, for=10.0.0.2', '10.0.0.2'],
    ['Forwarded', 'for=192.0.2.1, for=10.0.0.3;for=10.0.0.4, for=10.0.0.2', '10.0.0.2'],
    ...['for', '=', 'for=', 'for = 192.0.2.1', 'for="192.0.2.1', 'for=192.0.2.1"', 'for="192.0.2.1"x', '192.0.2.1'].map(
      (bad): [keyof typeof kinds, string, string, string] => ['Forwarded', bad, '127.0.0.1', '5000'],
    ),
    ...[
      'for=192.0.2.1;by',
      'for=192.0.2.1;;by=x',
      'f()r=192.0.2.1',
      '"for=192.0.2.1"',
      'for=192.0.2.1;for=192.0.2.1',
    ].map((bad): [keyof typeof kinds, string, string, string] => ['Forwarded', bad, '127.0.0.1', '5000']),
  ]
  for (const [field, value, remote, port] of chains) {
    it(`is ${remote}${port === undefined ? '' : `, port ${port},`} by ${field}: ${value}`, async () => {
      const { forwarded: said, environ } = await see({ [field]: value }, { header: kinds[field] })
      assert.equal(environ.REMOTE_ADDR, remote)
      assert.equal(environ.REMOTE_PORT, port)
      assert.equal(said.remote, remote)
      assert.equal(said.by, '127.0.0.1')
    })
  }

  it('is the one that a model of the chain says, for any chain', async () => {
    const trusted = fc.constantFrom('10.0.0.1', '10.9.9.9', 'fd00::1', '127.0.0.5')
    const strange = fc.constantFrom('192.0.2.1', '198.51.100.2', '2001:db8::9')
    const chain = fc.array(fc.oneof(trusted, strange, fc.constant('unknown')), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chain, async (addresses) => {
        let remote = '127.0.0.1'
        for (const address of [...addresses].reverse()) {
          if (address === 'unknown') break
          remote = address
          if (!/^(?:10|fd00|127)/.test(address)) break
        }
        const quoted = addresses.map((each) => `for="${each.includes('::') ? `[${each}]` : each}"`)
        assert.equal((await see({ 'X-Forwarded-For': addresses.join(', ') })).forwarded.remote, remote)
        assert.equal((await see({ Forwarded: quoted.join(',') }, { header: 'forwarded' })).forwarded.remote, remote)
      }),
    )
  })

  it('is never made up, and nothing throws, whatever a client sends before the proxy has added its address', async () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[",;=\\[\]\w.: -]*$/))
    await fc.assert(
      fc.asyncProperty(text, async (made) => {
        const custom = await see({ 'X-Forwarded-For': `${made}, 192.0.2.1` })
        assert.equal(custom.environ.REMOTE_ADDR, '192.0.2.1')
        for (const own of ['for=192.0.2.1', 'for="192.0.2.1:80";host="a:1"', 'by="[::1]";for=192.0.2.1;x="\\"\\\\"']) {
          const standard = await see({ Forwarded: `${made}, ${own}` }, { header: 'forwarded' })
          assert.equal(standard.environ.REMOTE_ADDR, '192.0.2.1', own)
        }
      }),
    )
  })

  it('is found in no time, however long the chain that a client sends', async () => {
    const long = `${'1,'.repeat(8_000)}192.0.2.1`
    assert.equal((await see({ 'X-Forwarded-For': long })).forwarded.remote, '192.0.2.1')
    const quotes = `${'"\\'.repeat(8_000)}, for=192.0.2.1`
    assert.equal((await see({ Forwarded: quotes }, { header: 'forwarded' })).forwarded.remote, '192.0.2.1')
  })
})

describe('forwarded: what was asked for', () => {
  type Asked = Pick<Forwarding, 'scheme' | 'host' | 'port'> & { authority: string }
  const inner: Asked = { scheme: 'http', host: 'inner', port: 8080, authority: 'inner:8080' }
  const asked: [name: string, fields: Fields, Partial<Asked>][] = [
    ['nothing is said', {}, {}],
    ['the address alone is said', { 'X-Forwarded-For': '192.0.2.1' }, {}],
    ['https is said', { 'X-Forwarded-Proto': 'https' }, { scheme: 'https' }],
    [
      'HTTPS is said, of a host without a port',
      { 'X-Forwarded-Proto': 'HTTPS', Host: 'a' },
      { scheme: 'https', host: 'a', port: 443, authority: 'a' },
    ],
    ['another scheme is said', { 'X-Forwarded-Proto': 'gopher' }, {}],
    [
      'a host is said',
      { 'X-Forwarded-Host': 'example.com' },
      { host: 'example.com', port: 80, authority: 'example.com' },
    ],
    [
      'a host with a port is said',
      { 'X-Forwarded-Host': 'example.com:81' },
      { host: 'example.com', port: 81, authority: 'example.com:81' },
    ],
    [
      'an IPv6 host is said',
      { 'X-Forwarded-Host': '[2001:db8::1]:81' },
      { host: '[2001:db8::1]', port: 81, authority: '[2001:db8::1]:81' },
    ],
    [
      'an IPv6 host without a port is said',
      { 'X-Forwarded-Host': '[::1]' },
      { host: '[::1]', port: 80, authority: '[::1]' },
    ],
    ['a port is said', { 'X-Forwarded-Port': '81' }, { port: 81, authority: 'inner:81' }],
    [
      'the usual port is said',
      { 'X-Forwarded-Port': '443', 'X-Forwarded-Proto': 'https' },
      { scheme: 'https', port: 443, authority: 'inner' },
    ],
    [
      'host, port and scheme are said',
      { 'X-Forwarded-Host': 'example.com:1', 'X-Forwarded-Port': '8443', 'X-Forwarded-Proto': 'https' },
      { scheme: 'https', host: 'example.com', port: 8443, authority: 'example.com:8443' },
    ],
    [
      'what is said cannot be read',
      { 'X-Forwarded-Host': 'a b', 'X-Forwarded-Port': '65536', 'X-Forwarded-Proto': '' },
      {},
    ],
    ['a host of markup is said', { 'X-Forwarded-Host': '"><script>' }, {}],
    ['a host with user information is said', { 'X-Forwarded-Host': 'a@b' }, {}],
    ['a host with a path is said', { 'X-Forwarded-Host': 'a/b' }, {}],
    ['a host with a port out of range is said', { 'X-Forwarded-Host': 'a:65536' }, {}],
    // The last is the trusted proxy's.
    [
      'a client said https first',
      { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https, http', Host: 'a' },
      { host: 'a', port: 80, authority: 'a' },
    ],
    [
      'two proxies said it',
      { 'X-Forwarded-For': '192.0.2.1, 10.0.0.2', 'X-Forwarded-Proto': 'https, http', Host: 'a' },
      { scheme: 'https', host: 'a', port: 443, authority: 'a' },
    ],
    [
      'a client and two proxies said it',
      { 'X-Forwarded-For': '192.0.2.1, 10.0.0.2', 'X-Forwarded-Host': 'evil,outer,middle' },
      { host: 'outer', port: 80, authority: 'outer' },
    ],
    [
      'the first of two proxies said it',
      { 'X-Forwarded-For': '192.0.2.1, 10.0.0.2', 'X-Forwarded-Host': 'outer' },
      { host: 'outer', port: 80, authority: 'outer' },
    ],
  ]
  for (const [name, fields, wanted] of asked) {
    it(`is in environ and in the marble, where ${name}`, async () => {
      const { forwarded: said, environ } = await see(fields)
      const { scheme, host, port, authority } = { ...inner, ...wanted }
      assert.deepEqual([said.scheme, said.host, said.port], [scheme, host, port])
      assert.deepEqual(
        [environ['wsgi.url_scheme'], environ.SERVER_NAME, environ.SERVER_PORT, environ.HTTP_HOST],
        [scheme, host, String(port), authority],
      )
    })
  }

  const elements: [value: string, Partial<Asked>][] = [
    [
      'proto=https;host="example.com:8443"',
      { scheme: 'https', host: 'example.com', port: 8443, authority: 'example.com:8443' },
    ],
    [
      'for=192.0.2.1;proto=https;host=example.com',
      { scheme: 'https', host: 'example.com', port: 443, authority: 'example.com' },
    ],
    [
      'for=unknown;host=outer;proto=https, for=10.0.0.2;proto=http',
      { scheme: 'https', host: 'outer', port: 443, authority: 'outer' },
    ],
    [
      'for=192.0.2.1;proto=https, for=10.0.0.2;host=middle;proto=http',
      { scheme: 'https', host: 'middle', port: 443, authority: 'middle' },
    ],
    ['for=1.1.1.1;proto=https;host=evil, for=192.0.2.1', {}],
    ['for=192.0.2.1;proto=https;host="evil, for=192.0.2.1', {}],
    ['for=nonsense;proto=https', {}],
    ['for=192.0.2.1;host="a\\"b"', {}],
  ]
  for (const [value, wanted] of elements) {
    it(`is in environ and in the marble, by Forwarded: ${value}`, async () => {
      const { forwarded: said, environ } = await see({ Forwarded: value }, { header: 'forwarded' })
      const { scheme, host, port, authority } = { ...inner, ...wanted }
      assert.deepEqual([said.scheme, said.host, said.port, environ.HTTP_HOST], [scheme, host, port, authority])
    })
  }
})
