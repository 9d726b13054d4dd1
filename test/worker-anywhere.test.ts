// One worker, one client, and nothing but the address changes: the promise of the whole project in one test.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contentLength } from '../pipes/content-length.ts'
import { http } from '../pipes/http.ts'
import { json } from '../pipes/json.ts'
import { jsonrpc } from '../pipes/jsonrpc.ts'
import { lengthPrefixed } from '../pipes/length-prefixed.ts'
import { line } from '../pipes/line.ts'
import { msgpack } from '../pipes/msgpack.ts'
import { connect, listen, type Pipe, part, type Raw, type RpcError, stack } from '../src/index.ts'
import { Queue, Subject, withoutNats, withoutRabbit } from './brokers.ts'
import { Certificates, tlsAddress, withoutOpenssl } from './certificate.ts'
import { methods, worker } from './fixtures/worker.ts'
import { freshName } from './wire.ts'

type Worker = typeof methods

const noRabbit = await withoutRabbit()
const noNats = await withoutNats()

const client = stack(line(), json(), jsonrpc.client<Worker>())
const overHttp = stack(http.client({ path: '/service/api' }), json(), jsonrpc.client<Worker>())
const httpWorker = stack(http(), json(), jsonrpc(methods))

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipestack-worker-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** What a client does with the worker, wherever that is. */
async function use(address: string, through: typeof client = client): Promise<void> {
  await using bag = await connect(address, through, { timeoutMs: 10_000 })
  const { rpc } = bag
  assert.equal(await rpc.call('add', 2, 3), 5)
  assert.equal(await rpc.call('text.echo', 'Γειά σου, 你好, שלום 😀'), 'Γειά σου, 你好, שלום 😀')
  assert.deepEqual(await rpc.callNamed('resize', { url: 'a.png', width: 200 }), {
    url: 'a.png',
    width: 200,
    height: 100,
  })
  const all = await Promise.all(Array.from({ length: 100 }, (_, index) => rpc.call('add', index, index)))
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, index) => index * 2),
  )
  await assert.rejects(rpc.call('fails'), (error: RpcError) => error.code === 42 && error.message === 'as asked')
  const outcomes = await rpc.batch((batch) => [
    batch.call('add', 1, 1),
    batch.call('fails'),
    batch.call('text.echo', 'x'),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const long = 'x'.repeat(300_000)
  assert.equal(await rpc.call('text.echo', long), long)
}

describe('one worker', () => {
  const places: [name: string, address: () => string][] = [
    ['memory://', freshName],
    ['ipc://', () => `ipc://${folder}/worker.sock`],
    ['tcp://', () => 'tcp://127.0.0.1:0'],
  ]
  for (const [name, address] of places) {
    it(`is called at ${name}`, async () => {
      await using listener = await listen(address(), worker)
      await use(listener.address)
    })

    it(`is called at ${name} by HTTP, with one more pipe`, async () => {
      await using listener = await listen(address(), httpWorker)
      await use(listener.address, overHttp)
    })
  }

  it('is called at tls://', { skip: withoutOpenssl() }, async () => {
    using certificates = new Certificates()
    const own = certificates.issue('worker')
    await using listener = await listen(tlsAddress(own), worker)
    await use(`${listener.address.replace(/\?.*/, '')}?ca=${certificates.authority.cert}&servername=localhost`)
  })

  it('is called at amqp://', { skip: noRabbit }, async () => {
    await using queue = await Queue.open()
    await using _listener = await listen(queue.address, worker)
    await use(queue.address)
  })

  it('is called at nats://', { skip: noNats }, async () => {
    await using subject = await Subject.open()
    await using _listener = await listen(subject.address, worker)
    await use(subject.address)
  })

  it('is called at nats:// with a stream', { skip: noNats }, async () => {
    await using subject = await Subject.open('stream')
    await using _listener = await listen(subject.address, worker)
    await use(subject.address)
  })

  it('is called at stdio:', async () => {
    const module = join(dirname(fileURLToPath(import.meta.url)), 'fixtures/worker-process.js')
    await use(`stdio:${process.execPath} ${module}`)
  })

  const framings: [name: string, framing: () => Pipe<Raw, Raw>][] = [
    ['lengthPrefixed()', lengthPrefixed],
    ['contentLength()', contentLength],
  ]
  for (const [name, framing] of framings) {
    it(`is called through ${name}`, async () => {
      await using listener = await listen('tcp://127.0.0.1:0', stack(framing(), json(), jsonrpc(methods)))
      await use(listener.address, stack(framing(), json(), jsonrpc.client<Worker>()))
    })
  }

  it('is called through msgpack()', async () => {
    await using listener = await listen('tcp://127.0.0.1:0', stack(lengthPrefixed(), msgpack(), jsonrpc(methods)))
    await use(listener.address, stack(lengthPrefixed(), msgpack(), jsonrpc.client<Worker>()))
  })

  it('is called at several addresses at once', async () => {
    await using listener = await listen([freshName(), `ipc://${folder}/both.sock`, 'tcp://127.0.0.1:0'], worker)
    await Promise.all(listener.addresses.map((address) => use(address)))
  })

  it('calls its client back on the same connection', async () => {
    const asking = stack(
      line(),
      json(),
      jsonrpc({ 'ask me': part(async ({ rpc }) => `you said ${String(await rpc.call('name'))}`) }),
    )
    await using listener = await listen('tcp://127.0.0.1:0', asking)
    const answering = stack(line(), json(), jsonrpc.client({ methods: { name: () => 'Ada' } }))
    await using bag = await connect(listener.address, answering)
    assert.equal(await bag.rpc.call('ask me'), 'you said Ada')
  })
})
