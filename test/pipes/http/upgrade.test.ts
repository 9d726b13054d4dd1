import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../../pipes/http.ts'
import { websocket } from '../../../pipes/websocket.ts'
import { type Bag, type Pipe, type Raw, stack, UsageError } from '../../../src/index.ts'
import { upgradeOf } from '../../../src/psgi/upgrade.ts'
import { Gate } from '../../gate.ts'
import { handshake } from '../../websocket-frames.ts'
import { ask, type HttpPipe, serve, serveHttp, Wire } from '../../wire.ts'

/** Takes the connection over, and speaks a protocol of its own. */
const takes: HttpPipe = async ({ environ }) => {
  const handover = await upgradeOf(environ)?.()
  if (handover === undefined) return 'nothing to take'
  if ('why' in handover) return handover.why
  const { stream } = handover
  stream.write('HTTP/1.1 101 x\r\n\r\n')
  stream.resume()
  await new Promise((resolve) => stream.once('data', (bytes) => stream.end(`heard ${bytes}`, () => resolve(undefined))))
  return undefined
}
const asking = ask('GET /', 'Connection: upgrade\r\nUpgrade: x\r\n')

describe('the upgrade of a request', () => {
  it('hands the connection over', async () => {
    await using served = await serveHttp(takes)
    using wire = await Wire.open(served.address)
    await wire.send(asking).sees('101')
    wire.send('GET / HTTP/1.1')
    assert.equal(await wire.closed(), 'end')
    assert.equal(wire.text(), 'HTTP/1.1 101 x\r\n\r\nheard GET / HTTP/1.1')
    assert.deepEqual(served.errors, [])
  })

  it('is there where the Connection field asks for it', async () => {
    await using served = await serveHttp(takes)
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(ask('GET /', 'Upgrade: x\r\n')).reply()).body.toString(), 'nothing to take')
    assert.equal(
      (await wire.send(ask('GET /', 'Connection: keep-alive\r\n')).reply()).body.toString(),
      'nothing to take',
    )
  })

  it('reports an error that comes after it, and answers nothing', async () => {
    const failure = new Error('as asked')
    const taken = new Gate()
    await using served = await serveHttp(async (bag) => {
      await upgradeOf(bag.environ)?.()
      taken.open()
      throw failure
    })
    using wire = await Wire.open(served.address)
    wire.send(asking)
    await taken.opened
    await served.listener.close({ graceMs: 1 })
    await wire.closed()
    assert.equal(wire.text(), '')
    assert.deepEqual(served.errors, [failure])
  })

  it('is too late once something was written, or the response was sent', async () => {
    const late: unknown[] = []
    const done = new Gate()
    await using served = await serveHttp(async ({ environ, write, defer }) => {
      await write('written')
      await upgradeOf(environ)?.().catch((error) => late.push(error))
      defer(async () => {
        await upgradeOf(environ)?.().catch((error) => late.push(error))
        done.open()
      })
    })
    using wire = await Wire.open(served.address)
    assert.equal((await wire.send(asking).reply()).body.toString(), 'written')
    await done.opened
    assert.deepEqual(
      late.map((error) => error instanceof UsageError && error.code),
      ['RESPONSE_SENT', 'RESPONSE_SENT'],
    )
  })

  it('is refused where a pipe above has laid its own read and write over the connection', async () => {
    const overlaid: Pipe<Raw, Raw> = {
      name: 'overlaid',
      adds: ['connection', 'read', 'write'],
      through: (bag: Bag<Raw>, next) =>
        next({ connection: bag.connection, read: () => bag.read(), write: (chunk) => bag.write(chunk) }),
    }
    await using served = await serve(stack(overlaid, http(), websocket(), () => {}))
    using wire = await Wire.open(served.address)
    const reply = await wire.send(handshake()).reply()
    assert.equal(reply.status, 501)
    assert.match(reply.body.toString(), /cannot be handed over/)
  })
})
