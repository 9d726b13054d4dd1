import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { PREFACE } from '../../pipes/http/preface.ts'
import { http } from '../../pipes/http.ts'
import { UsageError } from '../../src/errors.ts'
import { listen } from '../../src/net/listen.ts'
import { stack } from '../../src/stack.ts'
import { type Certificate, Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { Http2Client } from '../http2.ts'
import { waiting } from '../waiting.ts'
import { ask, type HttpPipe, type Served, serve } from '../wire.ts'

const has = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof UsageError && error.code === code && message.test(error.message)
const says: HttpPipe = ({ environ }) =>
  [environ.SERVER_PROTOCOL, environ['wsgi.url_scheme'], environ.REMOTE_ADDR, environ.SERVER_NAME].join(' ')

describe('tls', { skip: withoutOpenssl() }, () => {
  let files: Certificates
  let server: Certificate
  let ca: Buffer
  let caFile: string

  before(() => {
    files = new Certificates()
    server = files.issue('server')
    caFile = files.authority.cert
    ca = readFileSync(caFile)
  })
  after(() => files[Symbol.dispose]())

  const gone = (socket: Socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  const portOf = ({ address }: { readonly address: string }) => Number(address.slice(address.lastIndexOf(':') + 1))
  /** Connects, and waits for the end of the handshake. */
  async function shake(served: { readonly address: string }, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connectTls({ port: portOf(served), host: '127.0.0.1', ca, ...options })
    await once(socket, 'secureConnect')
    return socket
  }
  /** Sends bytes, and gives all that comes until the end. */
  async function talk(socket: TLSSocket, bytes: string | Uint8Array): Promise<string> {
    socket.write(bytes)
    let text = ''
    for await (const chunk of socket.setEncoding('latin1')) text += chunk
    return text
  }
  const closing = ask('GET /', 'Connection: close\r\n')
  const serveSays = (): Promise<Served> => serve(stack(http(), says), tlsAddress(server))

  describe('ALPN', () => {
    const offers: [offer: string[] | undefined, agreed: string | false][] = [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1', 'h2'], 'h2'],
      [['h2'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [['spdy/3', 'http/1.1'], 'http/1.1'],
      [undefined, false],
    ]
    for (const [offer, agreed] of offers) {
      it(`agrees on ${agreed} where the peer offers ${offer ?? 'nothing'}`, async () => {
        await using served = await serveSays()
        const socket = await shake(served, offer === undefined ? {} : { ALPNProtocols: offer })
        assert.equal(socket.alpnProtocol, agreed)
        if (agreed === 'h2') socket.destroy()
        else assert.match(await talk(socket, closing), /\r\n\r\nHTTP\/1.1 https 127.0.0.1 a$/)
        assert.deepEqual(served.errors, [])
      })
    }

    it('refuses a peer that offers only what nobody speaks, and serves the next', async () => {
      await using served = await serveSays()
      const socket = connectTls({ port: portOf(served), host: '127.0.0.1', ca, ALPNProtocols: ['smtp'] })
      const [error] = await once(socket, 'error')
      assert.match(error.message, /no application protocol/)
      using client = new Http2Client(served.address.replace('tls', 'https'), { ca })
      assert.match((await client.ask()).body.toString(), /^HTTP\/2.0 https 127.0.0.1 127.0.0.1$/)
    })

    it('agrees on nothing where the stack speaks no known protocol, whatever the peer offers', async () => {
      await using served = await serve(
        stack(async ({ read, write }) => {
          for await (const chunk of read()) await write(chunk)
        }),
        tlsAddress(server),
      )
      const socket = await shake(served, { ALPNProtocols: ['h2', 'http/1.1'] })
      assert.equal(socket.alpnProtocol, false)
      socket.end('echo')
      assert.equal(String((await once(socket, 'data'))[0]), 'echo')
    })

    for (const offer of [['http/1.1'], []]) {
      it(`is the only way to HTTP/2: its preface is refused where the peer offered ${offer[0] ?? 'nothing'}`, async () => {
        await using served = await serveSays()
        const socket = await shake(served, { ALPNProtocols: offer })
        assert.match(await talk(socket, PREFACE), /^HTTP\/1.1 505 /)
      })
    }
  })

  it('carries many bytes both ways, and answers a peer that has ended its side', async () => {
    const echo: HttpPipe = ({ response, read }) => {
      response.body = read()
    }
    await using served = await serve(stack(http(), echo), tlsAddress(server))
    const body = Buffer.alloc(3_000_000, 'abc')
    const socket = await shake(served, { allowHalfOpen: true } as ConnectionOptions)
    socket.write(ask('POST /', `Connection: close\r\nContent-Length: ${body.length}\r\n`))
    socket.end(body)
    const parts: Buffer[] = []
    for await (const chunk of socket) parts.push(chunk)
    const all = Buffer.concat(parts)
    assert.match(all.subarray(0, 15).toString(), /^HTTP\/1.1 200 OK/)
    assert.ok(all.length > body.length && all.includes(Buffer.alloc(60_000, 'abc')))
  })

  it('lets the requests under way finish where the listener closes', async () => {
    const { begun, goOn, below } = waiting()
    const served = await serve(stack(http(), below), tlsAddress(server))
    const socket = await shake(served)
    const answer = talk(socket, ask())
    await begun.opened
    const closed = served.listener.close({ graceMs: 60_000 })
    goOn.open()
    assert.match(await answer, /late$/)
    await closed
  })

  describe('peers that are none', () => {
    it('a plaintext client gets no answer, and the server goes on', async () => {
      await using served = await serveSays()
      for (const bytes of [closing, PREFACE, Buffer.alloc(100_000), Buffer.of(22, 3, 1, 255, 255), 'SSH-2.0-x\r\n']) {
        const socket = connectPlain(portOf(served), '127.0.0.1')
        const closed = gone(socket)
        socket.write(bytes)
        await Promise.all([closed, socket.toArray().catch(() => [])])
      }
      assert.match(await talk(await shake(served), closing), /^HTTP\/1.1 200 OK/)
      assert.deepEqual(served.errors, [])
    })

    it('a client that says nothing is cut where the listener closes', async () => {
      const served = await serveSays()
      const socket = connectPlain(portOf(served), '127.0.0.1')
      const closed = gone(socket)
      await once(socket, 'connect')
      // It is accepted: what came behind it is served.
      assert.match(await talk(await shake(served), closing), /^HTTP\/1.1 200 OK/)
      socket.resume()
      await Promise.all([served.listener.close({ graceMs: 60_000 }), closed])
    })

    it('a client that leaves in the middle of the handshake or of a request does no harm', async () => {
      await using served = await serveSays()
      const socket = connectTls({ port: portOf(served), host: '127.0.0.1', ca })
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.destroy()
      const other = await shake(served)
      other.write('GET / HT')
      other.destroy()
      assert.match(await talk(await shake(served), closing), /^HTTP\/1.1 200 OK/)
      assert.deepEqual(served.errors, [])
    })
  })

  describe('mutual TLS', () => {
    it('serves who shows a certificate that the authority signed, and nobody else', async () => {
      const friend = files.issue('friend')
      using strangers = new Certificates()
      const stranger = strangers.issue('stranger')
      await using served = await serve(stack(http(), says), tlsAddress(server, `&ca=${caFile}`))
      const own = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) })
      assert.match(await talk(await shake(served, own(friend)), closing), /^HTTP\/1.1 200 OK/)
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        for (const options of [{}, own(stranger)]) {
          const socket = connectTls({ port: portOf(served), host: '127.0.0.1', ca, maxVersion, ...options })
          const closed = gone(socket)
          let received = ''
          socket.on('data', (chunk) => {
            received += chunk
          })
          socket.write(closing)
          await closed
          assert.equal(received, '')
        }
      }
      assert.match(await talk(await shake(served, own(friend)), closing), /^HTTP\/1.1 200 OK/)
      assert.deepEqual(served.errors, [])
    })
  })

  describe('what is wrong with an address', () => {
    const address = (more: string) => `tls://127.0.0.1:0?${more}`
    it('is said in one line', async () => {
      const other = files.issue('other')
      const [empty, text] = [files.file('empty.pem', ''), files.file('text.pem', 'not a certificate')]
      const wrong: [address: string, message: RegExp][] = [
        [address(''), /wants the PEM files of a certificate and its key/],
        [address(`cert=${server.cert}`), /wants the PEM files/],
        [address(`key=${server.key}`), /wants the PEM files/],
        [tlsAddress(server, '&cerf=x'), /unknown parameter "cerf"; there are: cert, key, ca/],
        [tlsAddress({ ...server, cert: '/nowhere.crt' }), /its cert file cannot be read: ENOENT/],
        [tlsAddress({ ...server, key: '/nowhere.key' }), /its key file cannot be read: ENOENT/],
        [tlsAddress({ ...server, key: files.folder }), /its key file cannot be read: EISDIR/],
        [tlsAddress({ ...server, cert: text }), /its certificate or key is broken/],
        [tlsAddress({ ...server, cert: empty }), /its certificate or key is broken/],
        [tlsAddress({ ...server, key: text }), /its certificate or key is broken/],
        [tlsAddress({ ...server, key: empty }), /its certificate or key is broken/],
        [tlsAddress({ ...server, key: other.key }), /its certificate or key is broken: .*key values mismatch/],
        [tlsAddress(server, '&ca=/nowhere.crt'), /its ca file cannot be read: ENOENT/],
        [tlsAddress(server, `&ca=${text}`), /its certificate or key is broken/],
        [tlsAddress(server, `&ca=${empty}`), /its certificate or key is broken/],
      ]
      for (const [each, message] of wrong) {
        await assert.rejects(listen(each, stack(http(), says)), has('ADDRESS_BAD', message), each)
      }
    })

    it('is that it is taken', async () => {
      await using served = await serveSays()
      const taken = tlsAddress(server).replace(':0?', `:${portOf(served)}?`)
      await assert.rejects(listen(taken, stack(http(), says)), has('PORT_TAKEN', /another process holds it/))
    })
  })
})
