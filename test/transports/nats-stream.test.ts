import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { type ConnectionLostError, connect, listen, type Raw, stack, type UsageError } from '../../src/index.ts'
import { BrokerProxy } from '../broker-proxy.ts'
import { Subject, withoutNats } from '../brokers.ts'
import { Gate } from '../gate.ts'
import { killWorkers } from './killed-workers.ts'

const bare = stack(() => {})

async function message({ read }: Pick<Raw, 'read'>): Promise<string> {
  for await (const bytes of read()) return String(Buffer.from(bytes))
  return assert.fail('there was no message')
}

describe('nats:// with a stream', { skip: await withoutNats() }, () => {
  it('keeps what is written while nobody is there', async () => {
    await using subject = await Subject.open('stream')
    await (await listen(subject.address, bare)).close()
    await using bag = await connect(subject.address, bare)
    await Promise.all(Array.from({ length: 2_000 }, (_, at) => bag.write(String(at))))
    assert.equal(await subject.kept(), 2_000)
    const done = new Set<string>()
    const all = new Gate()
    const listener = await listen(
      subject.address,
      stack(async (bag) => {
        done.add(await message(bag))
        if (done.size === 2_000) all.open()
      }),
    )
    await all.opened
    await listener.close()
    assert.equal(await subject.kept(), 0)
  })

  it('tries once more what fails, then puts it aside with its reason; others go on', async () => {
    await using subject = await Subject.open('stream')
    const done: string[] = []
    let tries = 0
    const app = stack(async (bag) => {
      const text = await message(bag)
      if (text !== 'poison') return void done.push(text)
      tries++
      throw new Error('cannot digest\nthis')
    })
    const dead = subject.client.subscribe(`${subject.name}.dead`, { max: 1 })
    await using _listener = await listen(`${subject.address}&prefetch=1`, app, { onError: () => {} })
    await using bag = await connect(subject.address, bare)
    await bag.write('poison')
    for (let at = 0; at < 10; at++) await bag.write(`job ${at}`)
    for await (const { data, headers } of dead) {
      assert.equal(String(Buffer.from(data)), 'poison')
      assert.equal(headers?.get('x-reason'), 'cannot digest this')
      assert.equal(headers?.get('x-queue'), subject.name)
    }
    assert.equal(tries, 2)
    assert.equal(done.length, 10)
    while ((await subject.kept()) !== 1) await subject.client.flush()
  })

  it('is refused where no stream keeps the subject', async () => {
    await using subject = await Subject.open()
    await using bag = await connect(`${subject.address}?stream=${subject.name.replace('.', '-')}`, bare)
    const refused = (error: ConnectionLostError) => error.code === 'REFUSED' && /no stream keeps/.test(error.message)
    await assert.rejects(async () => bag.write('x'), refused)
    const missing = (error: UsageError) =>
      error.code === 'ADDRESS_UNREACHABLE' && /there is no stream "x-1"/.test(error.message)
    await assert.rejects(listen(`${subject.address}?stream=x-1&declare=0`, bare), missing)
  })

  it('says which subject a stream lacks', async () => {
    await using subject = await Subject.open('stream')
    const { stream, name } = subject
    await subject.ask(`STREAM.CREATE.${stream}`, { name: stream, subjects: [name], storage: 'memory' })
    const lacks = (error: UsageError) => /does not keep the subject for dead messages "/.test(error.message)
    await assert.rejects(listen(subject.address, bare), lacks)
    await using _listener = await listen(`${subject.address}&dead=`, bare)
  })

  it('gets again what was under way when the server was lost', async () => {
    await using proxy = await BrokerProxy.open(4222)
    await using subject = await Subject.open('stream')
    const begun = new Gate()
    let tries = 0
    const methods = {
      async slow() {
        if (++tries > 1) return 'done'
        begun.open()
        return new Promise(() => {})
      },
    }
    const address = `nats://127.0.0.1:${proxy.port}/${subject.name}?stream=${subject.stream}&ackwait=1`
    const listener = await listen(address, stack(json(), jsonrpc(methods)), { onError: () => {} })
    await using bag = await connect(subject.address, stack(line(), json(), jsonrpc.client()))
    const slow = bag.rpc.call('slow')
    await begun.opened
    proxy.cut()
    assert.equal(await slow, 'done')
    await listener.close({ graceMs: 0 })
  })

  it('leaves to others what takes long, only when its worker is gone', async () => {
    await using subject = await Subject.open('stream')
    let tries = 0
    const begun = new Gate()
    const over = new Gate()
    const app = stack(async () => {
      tries++
      begun.open()
      await over.opened
    })
    const said = subject.client.subscribe(`$JS.ACK.${subject.stream}.>`)
    await using _first = await listen(`${subject.address}&ackwait=1`, app)
    await using _second = await listen(`${subject.address}&ackwait=1`, app)
    await using bag = await connect(subject.address, bare)
    await bag.write('x')
    await begun.opened
    // Three for each second that a worker may be silent.
    let signs = 0
    for await (const each of said) {
      assert.equal(each.string(), '+WPI')
      if (++signs === 6) break
    }
    over.open()
    while ((await subject.kept()) > 0) await subject.client.flush()
    assert.equal(tries, 1)
  })

  it('loses no job when workers are killed', async (test) => {
    await using subject = await Subject.open('stream')
    const { killed, doubles } = await killWorkers(`${subject.address}&ackwait=1`, () => subject.kept())
    test.diagnostic(`10,000 jobs, ${killed} workers killed, ${doubles} jobs begun more than once`)
    assert.equal(killed, 6)
    assert.equal(await subject.kept(), 0)
  })
})
