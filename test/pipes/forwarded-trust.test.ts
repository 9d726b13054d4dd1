import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ForwardedOptions, forwarded } from '../../pipes/forwarded.ts'
import { http } from '../../pipes/http.ts'
import { UsageError } from '../../src/errors.ts'
import { stack } from '../../src/stack.ts'
import { request } from '../../src/testing.ts'
import { freshPath } from '../transports/socket-path.ts'
import { ask, serve, Wire } from '../wire.ts'
import { type Fields, see, TRUST } from './behind-proxy.ts'

/** All that a client can make up. */
const MADE_UP: Fields = {
  Forwarded: 'for=10.0.0.1;proto=https;host=evil',
  'X-Forwarded-For': '10.0.0.1',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'evil',
  'X-Forwarded-Port': '1',
  'X-Forwarded-Server': 'evil',
  'X-Forwarded-Prefix': '/evil',
  'X-Forwarded-Ssl': 'on',
  'X-Forwarded': 'evil',
  'X-Real-IP': '10.0.0.1',
}
const fieldsOf = (environ: object) => Object.keys(environ).filter((key) => /^HTTP_/.test(key) && key !== 'HTTP_HOST')

describe('forwarded: whom to trust', () => {
  const peers: [peer: string, trust: readonly string[], by: string | undefined][] = [
    ['tcp://127.0.0.1:1', ['127.0.0.1'], '127.0.0.1'],
    ['tcp://127.9.9.9:1', ['127.0.0.1/8'], '127.9.9.9'],
    ['tcp://127.0.0.1:1', ['127.0.0.2'], undefined],
    ['tcp://[::1]:1', ['::1'], '::1'],
    ['tcp://[::1]:1', ['127.0.0.1', 'unix'], undefined],
    ['tcp://[::ffff:127.0.0.1]:1', ['127.0.0.1'], '127.0.0.1'],
    ['tcp://127.0.0.1:1', ['::ffff:127.0.0.1'], '127.0.0.1'],
    ['tls://127.0.0.1:1', ['127.0.0.1'], '127.0.0.1'],
    ['tcp://[fe80::1%eth0]:1', ['fe80::/10'], 'fe80::1'],
    ['ipc://run/app.sock', ['unix'], 'unix'],
    ['ipc://run/app.sock', ['127.0.0.1', '::/0', '0.0.0.0/0'], undefined],
    ['memory://test', ['unix'], 'unix'],
    ['tcp://127.0.0.1:1', ['unix'], undefined],
    ['tcp://127.0.0.1:1', [], undefined],
    ['ipc://run/app.sock', [], undefined],
  ]
  for (const [peer, trust, by] of peers) {
    it(`${by === undefined ? 'is not' : 'is'} ${peer} with [${trust}]`, async () => {
      const { forwarded: said, environ } = await see({ 'X-Forwarded-For': '192.0.2.1' }, { trust }, peer)
      assert.equal(said.by, by)
      if (by !== undefined) assert.equal(environ.REMOTE_ADDR, '192.0.2.1')
      else assert.notEqual(environ.REMOTE_ADDR, '192.0.2.1')
      assert.equal(environ.HTTP_X_FORWARDED_FOR, by === undefined ? undefined : '192.0.2.1')
    })
  }

  it('leaves environ as it is where the peer is not trusted, but for the fields that nobody may believe', async () => {
    for (const header of ['x-forwarded', 'forwarded'] as const) {
      const peer = 'tcp://192.0.2.9:5000'
      const plain = await see({ 'X-Other': 'kept' }, { trust: [] }, peer)
      const { forwarded: said, environ } = await see({ ...MADE_UP, 'X-Other': 'kept' }, { header }, peer)
      assert.deepEqual({ ...environ, 'wsgi.input': 0 }, { ...plain.environ, 'wsgi.input': 0 })
      assert.deepEqual(said, { remote: '192.0.2.9', scheme: 'http', host: 'inner', port: 8080, by: undefined })
    }
  })

  it('writes the address of a peer in one way, trusted or not', async () => {
    for (const [peer, remote] of [
      ['tcp://[::ffff:192.0.2.9]:1', '192.0.2.9'],
      ['tcp://[2001:DB8:0::1]:1', '2001:db8::1'],
      ['tcp://[fe80::1%eth0]:1', 'fe80::1%eth0'],
    ] as const) {
      const { forwarded: said, environ } = await see({}, {}, peer)
      assert.equal(said.remote, remote)
      assert.equal(environ.REMOTE_ADDR, remote)
    }
  })

  it('reads exactly one kind of field, and removes the other', async () => {
    const standard = await see(MADE_UP, { header: 'forwarded' })
    assert.deepEqual(fieldsOf(standard.environ), ['HTTP_FORWARDED'])
    assert.equal(standard.forwarded.host, 'evil')
    const custom = await see({ ...MADE_UP, 'X-Forwarded-Host': 'custom' })
    assert.equal(custom.environ.HTTP_FORWARDED, undefined)
    assert.equal(custom.forwarded.host, 'custom')
    for (const [fields, header] of [
      [{ Forwarded: 'for=192.0.2.1;proto=https' }, 'x-forwarded'],
      [{ 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https' }, 'forwarded'],
    ] as const) {
      const { forwarded: said, environ } = await see(fields, { header })
      assert.deepEqual([said.remote, said.scheme, fieldsOf(environ)], ['127.0.0.1', 'http', []])
    }
  })

  it('gives a peer without an address none, where nobody tells the client', async () => {
    const { forwarded: said, environ } = await see({}, { trust: ['unix'] }, 'ipc://run/app.sock')
    assert.equal(said.remote, undefined)
    assert.ok(!('REMOTE_ADDR' in environ) && !('REMOTE_PORT' in environ))
  })

  it('keeps the port of the peer with the address of the peer alone', async () => {
    assert.equal((await see({})).environ.REMOTE_PORT, '5000')
    assert.ok(!('REMOTE_PORT' in (await see({ 'X-Forwarded-For': '192.0.2.1' })).environ))
  })
})

describe('forwarded: in a stack', () => {
  const app = stack(http(), forwarded({ trust: TRUST.concat('unix') }), ({ forwarded: said, environ }) =>
    JSON.stringify([said, environ.REMOTE_ADDR, environ.HTTP_HOST]),
  )
  const fields = 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: example.com\r\n'
  const client = (by: string) => [
    { remote: '192.0.2.1', scheme: 'https', host: 'example.com', port: 443, by },
    '192.0.2.1',
    'example.com',
  ]

  it('tells the client over TCP, a Unix socket and memory, and each request of a connection on its own', async () => {
    for (const [address, by] of [
      ['tcp://127.0.0.1:0', '127.0.0.1'],
      [`ipc://${freshPath()}`, 'unix'],
    ] as const) {
      await using served = await serve(app, address)
      using wire = await Wire.open(served.address)
      for (let round = 0; round < 3; round++) {
        const first = await wire.send(ask('GET /', fields)).reply()
        assert.deepEqual(JSON.parse(first.body.toString()), client(by))
        const other = await wire.send(ask('GET /', fields.replace('192.0.2.1', '198.51.100.2'))).reply()
        assert.equal(JSON.parse(other.body.toString())[1], '198.51.100.2')
        const bare = await wire.send(ask()).reply()
        assert.equal(JSON.parse(bare.body.toString())[0].by, by)
        assert.notEqual(JSON.parse(bare.body.toString())[1], '192.0.2.1')
      }
    }
    const headers = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'example.com' }
    assert.deepEqual((await request(app, 'GET /', { headers })).json(), client('unix'))
  })

  it('takes lines of one field together, and no name with an underscore', async () => {
    const lines = 'X-Forwarded-For: 198.51.100.1\r\nX_Forwarded_For: 10.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n'
    await using served = await serve(app)
    using wire = await Wire.open(served.address)
    const reply = await wire.send(ask('GET /', lines)).reply()
    assert.equal(JSON.parse(reply.body.toString())[1], '192.0.2.1')
  })
})

describe('forwarded: options', () => {
  const wrong: [options: unknown, message: RegExp][] = [
    [undefined, /^forwarded\(\) takes \{ trust: \[\.\.\.\] \}, not undefined\.$/],
    [null, /not null/],
    ['127.0.0.1', /not "127\.0\.0\.1"/],
    [{}, /takes a list of your proxies as trust, not undefined/],
    [{ trust: '127.0.0.1' }, /as trust, not "127\.0\.0\.1"/],
    [{ trust: true }, /as trust, not a boolean/],
    [{ trust: ['10.0.0.0/33'] }, /trusts IP addresses .* and 'unix', not "10\.0\.0\.0\/33"/],
    [{ trust: ['127.0.0.1', 'localhost'] }, /not "localhost"/],
    [{ trust: ['*'] }, /not "\*"/],
    [{ trust: [''] }, /not ""/],
    [{ trust: [1] }, /not a number/],
    [{ trust: [], header: 'X-Forwarded-For' }, /takes 'x-forwarded' or 'forwarded' as header, not "X-Forwarded-For"/],
    [{ trust: [], header: ['forwarded'] }, /not an array of 1/],
    [{ trust: [], hops: 1 }, /has no option "hops"\. There are: trust, header\./],
  ]
  for (const [options, message] of wrong) {
    it(`are refused when it is built: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => forwarded(options as ForwardedOptions),
        (error) =>
          error instanceof UsageError &&
          error.code === 'OPTION_BAD' &&
          error.pipe === 'forwarded' &&
          message.test(error.message),
      )
    })
  }
})
