import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it, mock } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { http } from '../../pipes/http.ts'
import { UsageError } from '../../src/errors.ts'
import { stack } from '../../src/stack.ts'
import { type Certificate, Certificates, replaceFiles, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { Http2Client } from '../http2.ts'
import { ask, type Served, serve } from '../wire.ts'

/** How often the files are looked at (src/transports/tls.ts). */
const RELOAD_MS = 5_000
const app = stack(http(), () => 'hello')

describe('the certificate of tls://', { skip: withoutOpenssl() }, () => {
  let files: Certificates
  let ca: Buffer

  before(() => {
    files = new Certificates()
    ca = readFileSync(files.authority.cert)
  })
  after(() => files[Symbol.dispose]())

  function dial({ address }: Served, options: ConnectionOptions = {}): TLSSocket {
    const port = Number(address.slice(address.lastIndexOf(':') + 1))
    return connectTls({ port, host: '127.0.0.1', ca, ...options })
  }
  async function shake(served: Served, options?: ConnectionOptions): Promise<TLSSocket> {
    const socket = dial(served, options)
    await once(socket, 'secureConnect')
    return socket
  }
  /** The common name of the certificate that a new connection is shown. */
  async function shown(served: Served, options?: ConnectionOptions): Promise<string> {
    const socket = await shake(served, options)
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return String(subject.CN)
  }
  /** Waits for a new certificate, by as many connections as it takes. */
  async function until(served: Served, name: string): Promise<void> {
    while ((await shown(served)) !== name);
  }
  async function hello(socket: TLSSocket): Promise<void> {
    socket.write(ask())
    assert.match(String((await once(socket, 'data'))[0]), /hello$/)
  }
  const isBad = (error: unknown) => error instanceof UsageError && error.code === 'ADDRESS_BAD'

  it('is loaded again by listener.reload(), while open connections live on', async () => {
    const own = files.issue('first')
    await using served = await serve(app, tlsAddress(own))
    const old = await shake(served)
    using oldClient = new Http2Client(served.address.replace('tls', 'https'), { ca })
    assert.equal((await oldClient.ask()).status, 200)
    replaceFiles(own, files.issue('second'))
    assert.equal(await shown(served), 'first')
    await served.listener.reload()
    assert.equal(await shown(served), 'second')
    await hello(old)
    assert.equal((await oldClient.ask()).status, 200)
    old.destroy()
    assert.deepEqual(served.errors, [])
  })

  it('is not taken from a session that was begun under the last one', async () => {
    const own = files.issue('first')
    await using served = await serve(app, tlsAddress(own))
    const socket = await shake(served)
    const ticket = once(socket, 'session')
    await hello(socket)
    const [session] = await ticket
    socket.destroy()
    replaceFiles(own, files.issue('second'))
    await served.listener.reload()
    assert.equal(await shown(served, { session }), 'second')
  })

  it('stays as it was where the new one cannot be loaded, and the error says why', async () => {
    const own = files.issue('first')
    await using served = await serve(app, tlsAddress(own))
    const [cert, key] = [readFileSync(own.cert), readFileSync(own.key)]
    const breakages: (() => void)[] = [
      () => writeFileSync(own.cert, 'nonsense'),
      () => writeFileSync(own.cert, ''),
      () => writeFileSync(own.key, readFileSync(files.issue('other').key)),
      () => rmSync(own.key),
      () => rmSync(own.cert),
    ]
    for (const breakIt of breakages) {
      breakIt()
      await assert.rejects(served.listener.reload(), isBad)
      assert.equal(await shown(served), 'first')
      writeFileSync(own.cert, cert)
      writeFileSync(own.key, key)
    }
    await served.listener.reload()
    replaceFiles(own, files.issue('second'))
    await served.listener.reload()
    assert.equal(await shown(served), 'second')
  })

  it('takes the authorities of the peers along', async () => {
    const own = files.issue('first')
    using others = new Certificates()
    const authorities = files.file('authorities.crt', ca)
    await using served = await serve(app, tlsAddress(own, `&ca=${authorities}`))
    const pair = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) })
    const [friend, stranger] = [pair(files.issue('friend')), pair(others.issue('stranger'))]
    const isServed = async (options: ConnectionOptions) => {
      // TLS 1.2: a refused certificate is part of the handshake.
      const socket = await shake(served, { ...options, maxVersion: 'TLSv1.2' }).catch(() => undefined)
      socket?.destroy()
      return socket !== undefined
    }
    assert.deepEqual([await isServed(friend), await isServed(stranger)], [true, false])
    writeFileSync(authorities, readFileSync(others.authority.cert))
    await served.listener.reload()
    assert.deepEqual([await isServed(friend), await isServed(stranger)], [false, true])
  })

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`takes the authorities of the peers along, also for sessions that they trusted: ${maxVersion}`, async () => {
      const own = files.issue('first')
      using others = new Certificates()
      const authorities = files.file('authorities.crt', ca)
      await using served = await serve(app, tlsAddress(own, `&ca=${authorities}`))
      const { cert, key } = files.issue('friend')
      const friend = { cert: readFileSync(cert), key: readFileSync(key), maxVersion }
      const first = dial(served, friend)
      // In TLS 1.2 it comes with the handshake.
      const ticket = once(first, 'session')
      await once(first, 'secureConnect')
      await hello(first)
      const [session] = await ticket
      first.destroy()
      const again = await shake(served, { ...friend, session })
      assert.equal(again.isSessionReused(), true)
      await hello(again)
      again.destroy()
      writeFileSync(authorities, readFileSync(others.authority.cert))
      await served.listener.reload()
      const late = dial(served, { ...friend, session })
      let received = ''
      late.on('data', (chunk) => {
        received += chunk
      })
      late.write(ask())
      await new Promise((resolve) => late.on('error', () => {}).once('close', resolve))
      assert.equal(received, '')
    })
  }

  describe('in files that change', () => {
    /** Serves with a clock that goes on by hand. */
    async function serveWatched(own: Certificate): Promise<Served> {
      mock.timers.enable({ apis: ['setInterval'] })
      const served = await serve(
        stack(() => 'hello'),
        tlsAddress(own),
      )
      return {
        ...served,
        [Symbol.asyncDispose]: async () => {
          mock.timers.reset()
          await served[Symbol.asyncDispose]()
        },
      }
    }

    it('is loaded within seconds, while open connections live on', async () => {
      const own = files.issue('first')
      await using served = await serveWatched(own)
      assert.equal(await shown(served), 'first')
      replaceFiles(own, files.issue('second'))
      mock.timers.tick(RELOAD_MS)
      await until(served, 'second')
      replaceFiles(own, files.issue('third'))
      mock.timers.tick(RELOAD_MS)
      await until(served, 'third')
      assert.deepEqual(served.errors, [])
    })

    it('is not loaded where they did not change', async () => {
      const own = files.issue('first')
      await using served = await serveWatched(own)
      mock.timers.tick(3 * RELOAD_MS)
      const socket = await shake(served)
      const [session] = await once(socket, 'session')
      socket.destroy()
      mock.timers.tick(3 * RELOAD_MS)
      for (let round = 0; round < 5; round++) await shown(served)
      const next = await shake(served, { session })
      // A new certificate would have new keys for tickets.
      assert.equal(next.isSessionReused(), true)
      next.destroy()
    })

    it('is loaded once both files fit, and what did not fit is reported', async () => {
      const own = files.issue('first')
      const next = files.issue('second')
      await using served = await serveWatched(own)
      writeFileSync(own.cert, readFileSync(next.cert))
      mock.timers.tick(RELOAD_MS)
      while (served.errors.length === 0) assert.equal(await shown(served), 'first')
      assert.ok(isBad(served.errors[0]))
      mock.timers.tick(RELOAD_MS)
      for (let round = 0; round < 5; round++) assert.equal(await shown(served), 'first')
      writeFileSync(own.key, readFileSync(next.key))
      mock.timers.tick(RELOAD_MS)
      await until(served, 'second')
      assert.equal(served.errors.length, 1)
    })

    it('is left alone when the listener has closed', async () => {
      const own = files.issue('first')
      const served = await serveWatched(own)
      await served.listener.close({ graceMs: 0 })
      rmSync(own.cert)
      mock.timers.tick(3 * RELOAD_MS)
      // As long as a look at the files would take, and longer.
      for (let round = 0; round < 20; round++) await readFile(own.key)
      await served[Symbol.asyncDispose]()
      assert.deepEqual(served.errors, [])
    })
  })
})
