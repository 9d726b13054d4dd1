import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { serve, Wire } from '../wire.ts'

const hello = stack(({ connection }) => `${connection.remote} ${connection.local} ${connection.kind}`)
const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError)
  assert.equal(error.code, code)
  assert.match(error.message, words)
  assert.doesNotMatch(error.message, /\n/)
  return true
}

describe('tcp://', () => {
  for (const [host, name] of [
    ['127.0.0.1', 'IPv4'],
    ['[::1]', 'IPv6'],
    ['localhost', 'a name'],
  ]) {
    it(`listens on ${name}, on a free port, and tells both ends`, async () => {
      await using served = await serve(hello, `tcp://${host}:0`)
      const port = served.address.slice(`tcp://${host}:`.length)
      assert.match(port, /^[1-9]\d*$/)
      using wire = await Wire.open(served.address)
      const own = wire.socket?.localPort
      assert.equal(await wire.closed(), 'end')
      const [remote, local, kind] = wire.text().split(' ')
      assert.match(remote ?? '', new RegExp(`^tcp://(127\\.0\\.0\\.1|\\[::1\\]):${own}$`))
      assert.match(local ?? '', new RegExp(`^tcp://(127\\.0\\.0\\.1|\\[::1\\]):${port}$`))
      assert.equal(kind, 'stream')
    })
  }

  it('says that a port is taken', async () => {
    await using served = await serve(hello)
    const words = new RegExp(`^cannot listen on ${served.address}: another process holds it\\.$`)
    await assert.rejects(serve(hello, served.address), refused('PORT_TAKEN', words))
  })

  const bad: [string, string, RegExp][] = [
    ['tcp://127.0.0.1', 'ADDRESS_BAD', /wants a host and a port/],
    ['tcp://127.0.0.1:65536', 'ADDRESS_BAD', /0 to 65535/],
    ['tcp://127.0.0.1:0?backlog=5', 'ADDRESS_BAD', /unknown parameter "backlog"; tcp:\/\/ takes none/],
    ['tcp://192.0.2.1:0', 'ADDRESS_UNREACHABLE', /this machine has no such address/],
    ['tcp://no.such.host.invalid:0', 'ADDRESS_UNREACHABLE', /no such host/],
    ['http://127.0.0.1:0', 'ADDRESS_BAD', /"http" is unknown. There are: .*tcp:/],
    ['127.0.0.1:8080', 'ADDRESS_BAD', /is no address/],
  ]
  for (const [address, code, words] of bad) {
    it(`refuses ${address} in one line`, () => assert.rejects(serve(hello, address), refused(code, words)))
  }

  it('connects, and says where nobody listens', async () => {
    const { listener, address } = await serve(hello)
    {
      await using bag = await connect(address, stack({ name: 'nothing', open() {} }))
      let text = ''
      for await (const bytes of bag.read()) text += Buffer.from(bytes).toString()
      assert.equal(text, `${bag.connection.local} ${bag.connection.remote} stream`)
    }
    await listener.close()
    await assert.rejects(connect(address, hello), refused('ADDRESS_UNREACHABLE', /nobody listens there/))
  })
})
