import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { headers } from '@nats-io/transport-node'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import {
  type Connection,
  type ConnectionLostError,
  connect,
  listen,
  type Raw,
  stack,
  type UsageError,
} from '../../src/index.ts'
import { BrokerProxy } from '../broker-proxy.ts'
import { brokerName, Subject, withoutNats } from '../brokers.ts'
import { Gate } from '../gate.ts'

const bare = stack(() => {})
const calling = stack(line(), json(), jsonrpc.client())
const adding = stack(line(), json(), jsonrpc({ add: (a: number, b: number) => a + b }))

async function message({ read }: Pick<Raw, 'read'>): Promise<string> {
  for await (const bytes of read()) return String(Buffer.from(bytes))
  return assert.fail('there was no message')
}

function is(code: string, pattern: RegExp): (error: ConnectionLostError | UsageError) => boolean {
  return (error) => {
    assert.equal(error.code, code)
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /s3cret|\n/)
    return true
  }
}

describe('nats://', { skip: await withoutNats() }, () => {
  it('answers a foreign client, and shows its headers', async () => {
    await using subject = await Subject.open()
    const seen: Connection[] = []
    const app = stack(async (bag) => {
      seen.push(bag.connection)
      return `you said ${await message(bag)}`
    })
    await using _listener = await listen(subject.address, app)
    const fields = headers()
    fields.append('TraceParent', 'first')
    fields.append('TraceParent', 'second')
    const answer = await subject.client.request(subject.name, 'hello', { timeout: 5_000, headers: fields })
    assert.equal(answer.string(), 'you said hello')
    const { 'nats-reply-to': to, ...others } = seen[0]?.headers ?? {}
    assert.deepEqual(others, { traceparent: 'first', 'nats-subject': subject.name })
    assert.match(to ?? '', /^_INBOX\./)
  })

  it('takes what nobody wants an answer to, and reports what fails', async () => {
    await using subject = await Subject.open()
    const errors: unknown[] = []
    const both = new Gate()
    const done: string[] = []
    const app = stack(async (bag) => {
      done.push(await message(bag))
      if (done.length === 2) both.open()
      if (done.length === 1) throw new Error('cannot do that')
      return 'for nobody'
    })
    const listener = await listen(subject.address, app, { onError: (error) => errors.push(error) })
    subject.client.publish(subject.name, 'one')
    subject.client.publish(subject.name, 'two')
    await both.opened
    await listener.close()
    assert.deepEqual(done, ['one', 'two'])
    assert.match(errors.map(String).join(), /^Error: cannot do that$/)
  })

  it('is refused where nobody is: a write, a call, and what nobody waits for', async () => {
    await using subject = await Subject.open()
    const errors: unknown[] = []
    await using bag = await connect(subject.address, calling, { onError: (error) => errors.push(error) })
    const refused = is('REFUSED', /nobody listens there/)
    await assert.rejects(bag.rpc.call('add', 1, 2), refused)
    await assert.rejects(async () => bag.write(1), refused)
    bag.rpc.notify('job', 1)
    while (errors.length === 0) await subject.client.flush()
    assert.match(String(errors[0]), /nobody listens there/)
  })

  it('refuses more than it may have under way', async () => {
    await using subject = await Subject.open()
    const held = new Gate()
    const methods = {
      async wait() {
        await held.opened
        return 'done'
      },
    }
    await using _listener = await listen(`${subject.address}?prefetch=1`, stack(json(), jsonrpc(methods)))
    await using bag = await connect(subject.address, calling)
    const first = bag.rpc.call('wait')
    await assert.rejects(bag.rpc.call('wait'), is('REFUSED', /Busy/))
    held.open()
    assert.equal(await first, 'done')
  })

  it('refuses what the server would not take', async () => {
    await using subject = await Subject.open()
    await using _listener = await listen(
      subject.address,
      stack(json(), jsonrpc({ long: () => 'x'.repeat(2_000_000) })),
      {
        onError: () => {},
      },
    )
    await using bag = await connect(subject.address, calling)
    await assert.rejects(
      bag.rpc.call('add', 'x'.repeat(2_000_000)),
      is('WRITE_VALUE', /longer than the \d+ bytes that the NATS server takes/),
    )
    await assert.rejects(bag.rpc.call('long'), (error: { code: unknown }) => error.code === -32603)
  })

  it('shares one connection, which is closed with the last user', async () => {
    await using proxy = await BrokerProxy.open(4222)
    const address = `nats://127.0.0.1:${proxy.port}/${brokerName()}`
    const listener = await listen(address, adding)
    const bags = await Promise.all(Array.from({ length: 20 }, () => connect(address, calling)))
    for (const [at, bag] of bags.entries()) assert.equal(await bag.rpc.call('add', at, 1), at + 1)
    assert.equal(proxy.count, 1)
    await Promise.all(bags.map((bag) => bag[Symbol.asyncDispose]()))
    await listener.close()
    while (proxy.open > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('comes back on both sides: what was sent is lost at once, what waits is sent', async () => {
    await using proxy = await BrokerProxy.open(4222)
    const address = `nats://127.0.0.1:${proxy.port}/${brokerName()}`
    const begun = new Gate()
    const states: string[] = []
    const errors: unknown[] = []
    const methods = {
      async never() {
        begun.open()
        await new Promise(() => {})
      },
      add: (a: number, b: number) => a + b,
    }
    const options = { onState: (state: string) => states.push(state), onError: (error: unknown) => errors.push(error) }
    await using listener = await listen(address, stack(json(), jsonrpc(methods)), options)
    await using bag = await connect(address, calling)
    const never = bag.rpc.call('never')
    await begun.opened
    await proxy.stop()
    await assert.rejects(never, is('OUTCOME_UNKNOWN', /the connection was lost/))
    const waiting = bag.rpc.with({ timeoutMs: 30_000 }).call('add', 1, 2)
    while (!errors.some((error) => /nobody listens there/.test(String(error)))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(listener.state, 'waiting')
    await proxy.start()
    // The client may come back before the worker does.
    const outcome = await waiting.catch((error) => error.code)
    assert.ok(outcome === 3 || outcome === 'REFUSED', String(outcome))
    const isOpen = () => listener.state === 'open'
    while (!isOpen()) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await bag.rpc.call('add', 1, 2), 3)
    assert.deepEqual(states, ['waiting', 'open'])
    await listener.close({ graceMs: 0 })
  })

  it('says in one line what is wrong, without the password', async (test) => {
    const refuses = createServer((socket) => {
      socket.on('error', () => {})
      socket.write(`INFO ${JSON.stringify({ version: '2.9.10', auth_required: true, max_payload: 1_000 })}\r\n`)
      socket.once('data', () => socket.end("-ERR 'Authorization Violation'\r\n"))
    })
    await new Promise<void>((resolve) => refuses.listen(0, '127.0.0.1', resolve))
    const at = refuses.address()
    const port = typeof at === 'object' ? at?.port : 0
    const cases: [address: string, pattern: RegExp][] = [
      [
        `nats://ada:s3cret@127.0.0.1:${port}/x`,
        /^cannot connect to nats:\/\/ada@127.*the server refuses the password of user "ada"/,
      ],
      ['nats://ada:s3cret@127.0.0.1:1/x', /: nobody listens there\.$/],
      ['nats://ada:s3cret@no-such-host.invalid/x', /: no such host\.$/],
    ]
    test.after(() => refuses.close())
    for (const [address, pattern] of cases) {
      await assert.rejects(connect(address, bare), is('ADDRESS_UNREACHABLE', pattern))
      const listening = new RegExp(pattern.source.replace('connect to', 'listen on'))
      await assert.rejects(listen(address, bare), is('ADDRESS_UNREACHABLE', listening))
    }
  })
})
