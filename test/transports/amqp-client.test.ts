import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GetMessage } from 'amqplib'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { line } from '../../pipes/line.ts'
import { type ConnectionLostError, connect, listen, stack, UsageError } from '../../src/index.ts'
import { BrokerProxy } from '../broker-proxy.ts'
import { Queue, withoutRabbit } from '../brokers.ts'
import { Gate } from '../gate.ts'

const bare = stack(() => {})
const calling = stack(line(), json(), jsonrpc.client())

function unreachable(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError, String(error))
    assert.equal(error.code, 'ADDRESS_UNREACHABLE')
    assert.match(error.message, pattern)
    assert.doesNotMatch(error.message, /s3cret|\n/)
    return true
  }
}

const refused = (error: ConnectionLostError) => error.code === 'REFUSED' && /taken by no queue/.test(error.message)

describe('connect() to amqp://', { skip: await withoutRabbit() }, () => {
  it('writes what the broker has confirmed', async () => {
    await using queue = await Queue.open()
    await queue.channel.assertQueue(queue.name, { durable: true })
    await using bag = await connect(queue.address, bare)
    await Promise.all(Array.from({ length: 5_000 }, (_, at) => bag.write(`job ${at}`)))
    assert.equal((await queue.channel.checkQueue(queue.name)).messageCount, 5_000)
    const first = await queue.channel.get(queue.name, { noAck: true })
    assert.ok(first !== false)
    assert.equal(String(first.content), 'job 0')
    assert.equal(first.properties.deliveryMode, 2)
  })

  it('is refused what no queue takes: a write, a call, and what nobody waits for', async () => {
    await using queue = await Queue.open()
    const errors: unknown[] = []
    await using bag = await connect(queue.address, calling, { onError: (error) => errors.push(error) })
    await assert.rejects(bag.rpc.call('add', 1, 2), refused)
    await assert.rejects(async () => bag.write(1), refused)
    bag.rpc.notify('job', 1)
    while (errors.length === 0) await queue.channel.checkExchange('amq.direct')
    assert.match(String(errors[0]), /taken by no queue/)
  })

  it('tells how long a call may wait in the queue, and by headers what travels beside it', async () => {
    await using queue = await Queue.open()
    await queue.channel.assertQueue(queue.name, { durable: true })
    await using bag = await connect(queue.address, calling)
    const call = bag.rpc.with({ timeoutMs: 30_000, idempotencyKey: 'k' }).call('late')
    call.catch(() => {})
    let message: GetMessage | false = false
    while (message === false) message = await queue.channel.get(queue.name, { noAck: true })
    const { expiration, headers, contentType } = message.properties
    assert.ok(Number(expiration) > 0 && Number(expiration) <= 30_000)
    assert.deepEqual(headers, { 'rpc-timeout-ms': expiration, 'idempotency-key': '"k"' })
    assert.equal(contentType, 'application/json')
  })

  it('shares one connection to the broker', async () => {
    await using proxy = await BrokerProxy.open(5672)
    await using queue = await Queue.open()
    const address = `amqp://127.0.0.1:${proxy.port}/${queue.name}`
    await using _first = await listen(address, stack(json(), jsonrpc({ add: (a: number, b: number) => a + b })))
    await using _second = await listen(address, stack(json(), jsonrpc({ add: (a: number, b: number) => a + b })))
    const bags = await Promise.all(Array.from({ length: 20 }, () => connect(address, calling)))
    for (const [at, bag] of bags.entries()) assert.equal(await bag.rpc.call('add', at, 1), at + 1)
    assert.equal(proxy.count, 1)
    await Promise.all(bags.map((bag) => bag[Symbol.asyncDispose]()))
    assert.equal(proxy.open, 1)
  })

  it('is held back by a reader who does not read, and loses nothing', async () => {
    await using queue = await Queue.open()
    const app = stack(async ({ write }) => {
      for (let at = 0; at < 2_000; at++) await write(String(at))
    })
    await using _listener = await listen(queue.address, app)
    await using bag = await connect(queue.address, bare)
    await bag.write('go')
    let at = 0
    for await (const bytes of bag.read()) {
      assert.equal(String(Buffer.from(bytes)), String(at++))
      if (at === 1) for (let turns = 0; turns < 200; turns++) await queue.channel.checkExchange('amq.direct')
      if (at === 2_000) break
    }
  })

  it('says in one line what is wrong, without the password', async () => {
    await using queue = await Queue.open()
    const { name } = queue
    await queue.channel.assertQueue(name, { durable: false })
    const cases: [address: string, pattern: RegExp][] = [
      [
        `amqp://guest:s3cret@127.0.0.1/${name}`,
        /^cannot connect to amqp:\/\/guest@127\.0\.0\.1\/.*: the broker refuses the password of user "guest"/,
      ],
      [
        `amqp://guest:guest@127.0.0.1/nowhere?queue=${name}`,
        /there is no virtual host "nowhere", or user "guest" may not use it\.$/,
      ],
      [`amqp://guest:s3cret@127.0.0.1:1/${name}`, /guest@127\.0\.0\.1:1.*: nobody listens there\.$/],
      [`amqp://guest:s3cret@no-such-host.invalid/${name}`, /: no such host\.$/],
    ]
    for (const [address, pattern] of cases) {
      await assert.rejects(connect(address, bare), unreachable(pattern))
      await assert.rejects(
        listen(address, bare),
        unreachable(new RegExp(pattern.source.replace('connect to', 'listen on'))),
      )
    }
    await assert.rejects(
      listen(queue.address, bare),
      unreachable(/queue ".*" is declared otherwise \(durable\).*declare=0/),
    )
    await assert.rejects(
      listen(`amqp://127.0.0.1/${name}-x?declare=0`, bare),
      unreachable(/a queue is missing, and declare=0/),
    )
    await using _listener = await listen(`${queue.address}?declare=0&dead=`, bare)
  })

  it('gives up when it is told to', async () => {
    await using queue = await Queue.open()
    await assert.rejects(connect(queue.address, bare, { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  })

  it('sends again what waits, on the next connection; what was sent is lost at once', async () => {
    await using proxy = await BrokerProxy.open(5672)
    await using queue = await Queue.open()
    const begun = new Gate()
    const held = new Gate<string>()
    const states: string[] = []
    const methods = {
      slow() {
        begun.open()
        return held.opened
      },
      add: (a: number, b: number) => a + b,
    }
    // The worker has a way of its own.
    await using _listener = await listen(queue.address, stack(json(), jsonrpc(methods)))
    await using bag = await connect(`amqp://127.0.0.1:${proxy.port}/${queue.name}`, calling, {
      onState: (state) => states.push(state),
    })
    const slow = bag.rpc.call('slow')
    const again = bag.rpc.with({ whenLost: 'resend', idempotencyKey: 'once' }).call('slow')
    await begun.opened
    await proxy.stop()
    await assert.rejects(slow, (error: ConnectionLostError) => error.code === 'OUTCOME_UNKNOWN')
    const waiting = bag.rpc.call('add', 1, 2)
    const hasty = bag.rpc.with({ offline: 'reject' }).call('add', 1, 2)
    await assert.rejects(hasty, (error: ConnectionLostError) => error.code === 'NOT_SENT')
    await proxy.start()
    assert.equal(await waiting, 3)
    held.open('late')
    assert.equal(await again, 'late')
    assert.deepEqual(states.slice(0, 3), ['connecting', 'open', 'waiting'])
    assert.equal(states.at(-1), 'open')
  })
})
