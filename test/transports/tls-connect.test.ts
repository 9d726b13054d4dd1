import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { PeerError, UsageError } from '../../src/errors.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { type Certificate, Certificates, tlsAddress, withoutOpenssl } from '../certificate.ts'
import { type Served, serve } from '../wire.ts'

const has = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof UsageError && error.code === code && message.test(error.message)

describe('connect() to tls://', { skip: withoutOpenssl() }, () => {
  let files: Certificates
  let server: Certificate
  let caFile: string

  before(() => {
    files = new Certificates()
    server = files.issue('server')
    caFile = files.authority.cert
  })
  after(() => files[Symbol.dispose]())

  const echo = stack(async ({ read, write }) => {
    for await (const chunk of read()) await write(chunk)
  })
  const client = stack(() => {})
  const to = (served: Served, more = `ca=${caFile}`) => `${served.address.replace(/^tcp/, 'tls')}?${more}`
  async function first(address: string): Promise<string> {
    await using bag = await connect(address, client)
    await bag.write('hello')
    for await (const chunk of bag.read()) return String(chunk)
    throw new PeerError('CONNECTION_CLOSED', 'nothing came')
  }

  it('speaks to a server whose certificate the authority signed for the name', async () => {
    await using served = await serve(echo, tlsAddress(server))
    assert.equal(await first(to(served)), 'hello')
    assert.equal(await first(to(served, `ca=${caFile}&servername=localhost`)), 'hello')
    assert.equal(await first(to(served, `ca=${caFile}&servername=127.0.0.1`)), 'hello')
    assert.equal(await first(to(served).replace('127.0.0.1', 'localhost')), 'hello')
  })

  it('refuses a server of another name, of another authority, and one whose certificate nobody vouches for', async () => {
    using strangers = new Certificates()
    await using served = await serve(echo, tlsAddress(server))
    await using named = await serve(echo, tlsAddress(files.issue('named', 'DNS:localhost')))
    const refused: [address: string, message: RegExp][] = [
      [to(served, ''), /cannot connect to tls:.*: (?:self-signed certificate|unable to)/],
      [to(served, `ca=${strangers.authority.cert}`), /unable to|self-signed/],
      [to(served, `ca=${caFile}&servername=example.com`), /does not match certificate's altnames/],
      [to(served, `ca=${caFile}&servername=127.0.0.2`), /127\.0\.0\.2 is not in the cert's list/],
      [to(named), /127\.0\.0\.1 is not in the cert's list/],
    ]
    for (const [address, message] of refused) {
      await assert.rejects(first(address), has('ADDRESS_UNREACHABLE', message), address)
    }
    assert.equal(await first(to(named, `ca=${caFile}&servername=localhost`)), 'hello')
  })

  it('shows a certificate of its own', async () => {
    const friend = files.issue('friend')
    await using served = await serve(echo, tlsAddress(server, `&ca=${caFile}`))
    assert.equal(await first(to(served, `ca=${caFile}&cert=${friend.cert}&key=${friend.key}`)), 'hello')
    await assert.rejects(first(to(served)))
  })

  it('refuses parameters that nobody reads, and files that it cannot use', async () => {
    await using served = await serve(echo, tlsAddress(server))
    await assert.rejects(first(to(served, 'verify=no')), has('ADDRESS_BAD', /unknown parameter "verify"/))
    await assert.rejects(first(to(served, 'ca=/nowhere.crt')), has('ADDRESS_BAD', /ca file cannot be read/))
    const text = files.file('text.pem', 'not a certificate')
    await assert.rejects(first(to(served, `ca=${text}`)), has('ADDRESS_BAD', /is broken/))
  })

  it('says that nobody listens, that a server speaks no TLS, and that one never answers', async () => {
    const gone = await serve(echo, tlsAddress(server))
    await gone[Symbol.asyncDispose]()
    await assert.rejects(first(to(gone)), has('ADDRESS_UNREACHABLE', /nobody listens there/))
    await using plain = await serve(echo)
    await assert.rejects(first(to(plain)), has('ADDRESS_UNREACHABLE', /cannot connect to tls:/))
    // Reads, and says nothing.
    await using silent = await serve(stack(({ signal }) => once(signal, 'abort')))
    const never = to(silent)
    await assert.rejects(
      connect(
        never,
        stack(() => {}),
        { timeoutMs: 50 },
      ),
      has('ADDRESS_UNREACHABLE', /longer than 50 ms/),
    )
    const reason = new Error('enough')
    const giveUp = new AbortController()
    const connecting = connect(
      never,
      stack(() => {}),
      { signal: giveUp.signal },
    )
    giveUp.abort(reason)
    await assert.rejects(connecting, reason)
  })
})
