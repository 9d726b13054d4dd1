import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { describe, it } from 'node:test'
import { http } from '../../../pipes/http.ts'
import { websocket } from '../../../pipes/websocket.ts'
import { stack } from '../../../src/index.ts'
import { header } from '../../replies.ts'
import { handshake, KEY } from '../../websocket-frames.ts'
import { type Served, serve, Wire } from '../../wire.ts'

const app = () => serve(stack(http(), websocket({ protocols: ['a', 'b'] }), ({ write }) => write('upgraded')))

/** The usual fields, but for those that are given; an empty one is left out. */
function fields(other: Record<string, string> = {}): string {
  const all = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...other,
  }
  return Object.entries(all)
    .map(([name, value]) => (value === '' ? '' : `${name}: ${value}\r\n`))
    .join('')
}

async function answer(served: Served, bytes: string) {
  using wire = await Wire.open(served.address)
  const reply = await wire.send(bytes).reply(bytes.startsWith('HEAD') ? 'HEAD' : 'GET')
  const closes = header(reply, 'connection')?.includes('close') === true
  if (closes) assert.equal(await wire.closed(), 'end')
  return { reply, closes, body: reply.body.toString().trimEnd() }
}

const wanting = (other: Record<string, string>) => handshake('/', '', fields(other))

describe('a handshake is refused', () => {
  const table: [name: string, bytes: string, status: number, body: RegExp][] = [
    ['with another method', wanting({}).replace('GET', 'POST'), 405, /begins with GET/],
    ['with HEAD', wanting({}).replace('GET', 'HEAD'), 405, /^$/],
    ['in HTTP/1.0', wanting({}).replace('HTTP/1.1', 'HTTP/1.0'), 426, /"Upgrade: websocket"/],
    ['without Upgrade', wanting({ Upgrade: '' }), 426, /"Upgrade: websocket"/],
    ['for another protocol', wanting({ Upgrade: 'h2c' }), 426, /"Upgrade: websocket"/],
    ['without Connection', wanting({ Connection: '' }), 400, /Connection field does not say "Upgrade"/],
    ['with Connection: keep-alive', wanting({ Connection: 'keep-alive' }), 400, /Connection field/],
    ['without a version', wanting({ 'Sec-WebSocket-Version': '' }), 426, /Version is 13/],
    ['of version 8', wanting({ 'Sec-WebSocket-Version': '8' }), 426, /Version is 13/],
    ['of two versions', wanting({ 'Sec-WebSocket-Version': '13, 8' }), 426, /Version is 13/],
    ['without a key', wanting({ 'Sec-WebSocket-Key': '' }), 400, /Key is not 16 bytes/],
    ['with a short key', wanting({ 'Sec-WebSocket-Key': 'dGhl' }), 400, /Key is not 16 bytes/],
    ['with two keys', wanting({ 'Sec-WebSocket-Key': `${KEY}, ${KEY}` }), 400, /Key is not 16 bytes/],
    ['with broken sub-protocols', wanting({ 'Sec-WebSocket-Protocol': 'a,,b' }), 400, /list of different tokens/],
    ['with a sub-protocol twice', wanting({ 'Sec-WebSocket-Protocol': 'a, a' }), 400, /list of different tokens/],
    [
      'with other sub-protocols',
      wanting({ 'Sec-WebSocket-Protocol': 'c, d' }),
      400,
      /none of the sub-protocols.*: a, b/,
    ],
    ['from another origin', wanting({ Origin: 'https://evil.example' }), 403, /origin/],
    ['with a body', `${wanting({ 'Content-Length': '4' })}body`, 400, /with a body/],
    ['with a body in chunks', `${wanting({ 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`, 400, /with a body/],
    ['with a request behind it', `${wanting({})}GET / HTTP/1.1\r\nHost: a\r\n\r\n`, 400, /bytes behind the request/],
    ['with a frame behind it', `${wanting({})}\x81\x00`, 400, /bytes behind the request/],
  ]
  for (const [name, bytes, status, body] of table) {
    it(`${name}: ${status}`, async () => {
      await using served = await app()
      const refused = await answer(served, bytes)
      assert.equal(refused.reply.status, status)
      assert.match(refused.body, body)
      assert.equal(refused.closes, /upgrade:/i.test(bytes) || bytes.includes('HTTP/1.0'), 'the connection ends with it')
      assert.deepEqual(served.errors, [])
    })
  }

  it('with the fields that say what is wanted', async () => {
    await using served = await app()
    const { reply } = await answer(served, wanting({ 'Sec-WebSocket-Version': '7' }))
    assert.equal(header(reply, 'upgrade'), 'websocket')
    assert.equal(header(reply, 'connection'), 'upgrade, close')
    assert.equal(header(reply, 'sec-websocket-version'), '13')
    assert.equal(header(reply, 'content-type'), 'text/plain; charset=utf-8')
    const wrongMethod = await answer(served, wanting({}).replace('GET', 'PUT'))
    assert.equal(header(wrongMethod.reply, 'allow'), 'GET')
  })

  it('over HTTP/2: 501', async () => {
    await using served = await app()
    const session = connectHttp2(served.url)
    const stream = session.request({ ':path': '/' })
    const status = await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
    let body = ''
    for await (const chunk of stream) body += chunk
    session.destroy()
    assert.equal(status, 501)
    assert.match(body, /not over HTTP\/2/)
  })
})

describe('a handshake is taken', () => {
  const table: [name: string, bytes: string][] = [
    ['as the RFC has it', wanting({})],
    ['in any case and order', wanting({ Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' })],
    ['with several protocols to upgrade to', wanting({ Upgrade: 'h2c, websocket' })],
    ['with an empty body', wanting({ 'Content-Length': '0' })],
    ['by an absolute target', wanting({}).replace('GET /', 'GET http://a.example/')],
    ['behind a request that is answered', `GET /no HTTP/1.1\r\nHost: a\r\n\r\n${wanting({})}`],
  ]
  for (const [name, bytes] of table) {
    it(name, async () => {
      await using served = await app()
      using wire = await Wire.open(served.address)
      await wire.send(bytes).sees('upgraded')
      assert.match(wire.text(), /HTTP\/1\.1 101 Switching Protocols/)
    })
  }

  it('byte by byte', async () => {
    await using served = await app()
    using wire = await Wire.open(served.address)
    await wire.drip(wanting({})).sees('upgraded')
  })
})
