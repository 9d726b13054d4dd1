import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { connect, listen, stack } from '../../src/index.ts'
import { BrokerProxy } from '../broker-proxy.ts'
import { Queue, withoutRabbit } from '../brokers.ts'
import { Gate } from '../gate.ts'
import { killWorkers } from './killed-workers.ts'

const calling = stack(json(), jsonrpc.client())

describe('listen() at amqp://', { skip: await withoutRabbit() }, () => {
  it('comes back when the broker was lost, and gets again what was under way', async () => {
    await using proxy = await BrokerProxy.open(5672)
    await using queue = await Queue.open()
    const states: string[] = []
    const errors: unknown[] = []
    const begun = new Gate()
    const back = new Gate()
    const seen: string[] = []
    const app = stack(async ({ connection, read }) => {
      for await (const _ of read()) seen.push(connection.headers?.['amqp-redelivered'] ?? '')
      if (seen.length > 1) return 'done'
      begun.open()
      await new Promise((resolve) => connection.signal.addEventListener('abort', resolve))
      return 'too late'
    })
    await using listener = await listen(`amqp://127.0.0.1:${proxy.port}/${queue.name}`, app, {
      onState: (state) => {
        states.push(state)
        if (state === 'open') back.open()
      },
      onError: (error) => errors.push(error),
    })
    await using bag = await connect(
      queue.address,
      stack(() => {}),
    )
    await bag.write('x')
    await begun.opened
    await proxy.stop()
    while (errors.length < 2) await queue.channel.checkExchange('amq.direct')
    assert.equal(listener.state, 'waiting')
    await proxy.start()
    await back.opened
    assert.equal(listener.state, 'open')
    for await (const bytes of bag.read()) {
      assert.equal(String(Buffer.from(bytes)), 'done')
      break
    }
    assert.deepEqual(seen, ['false', 'true'])
    await listener.close()
    assert.deepEqual(states, ['waiting', 'open', 'closed'])
    // What the flow came to, and that nobody listens: once, however often it tries.
    assert.match(errors.map(String).join('\n'), /is lost/)
    assert.equal(errors.filter((error) => /nobody listens there/.test(String(error))).length, 1)
  })

  it('declares its queue again when that was deleted', async () => {
    await using queue = await Queue.open()
    const again = new Gate()
    await using _listener = await listen(queue.address, stack(json(), jsonrpc({ echo: (text: string) => text })), {
      onState: (state) => {
        if (state === 'open') again.open()
      },
    })
    await using bag = await connect(queue.address, calling)
    assert.equal(await bag.rpc.call('echo', 'one'), 'one')
    await queue.channel.deleteQueue(queue.name)
    await again.opened
    assert.equal(await bag.rpc.call('echo', 'two'), 'two')
  })

  it('can be closed while it waits', async () => {
    await using proxy = await BrokerProxy.open(5672)
    await using queue = await Queue.open()
    const waiting = new Gate()
    const listener = await listen(
      `amqp://127.0.0.1:${proxy.port}/${queue.name}`,
      stack(() => {}),
      {
        onState: (state) => {
          if (state === 'waiting') waiting.open()
        },
        onError: () => {},
      },
    )
    await proxy.stop()
    await waiting.opened
    await listener.close()
    assert.equal(listener.state, 'closed')
  })

  it('finishes what is under way when it closes, and leaves the rest to others', async () => {
    await using queue = await Queue.open()
    const held = new Gate()
    const begun = new Gate()
    const done: string[] = []
    const app = stack(async ({ read }) => {
      let text = ''
      for await (const bytes of read()) text = String(Buffer.from(bytes))
      begun.open()
      await held.opened
      done.push(text)
      return text
    })
    const listener = await listen(`${queue.address}?prefetch=2`, app)
    await using bag = await connect(
      queue.address,
      stack(() => {}),
    )
    for (let at = 0; at < 10; at++) await bag.write(String(at))
    await begun.opened
    const closing = listener.close()
    let left = 0
    while (left < 8) left = (await queue.channel.checkQueue(queue.name)).messageCount
    held.open()
    await closing
    assert.deepEqual(done.sort(), ['0', '1'])
    assert.equal((await queue.channel.checkQueue(queue.name)).messageCount, 8)
  })

  it('loses no job when workers are killed', async (test) => {
    await using queue = await Queue.open()
    const waiting = async () => (await queue.channel.checkQueue(queue.name)).messageCount
    const { killed, doubles } = await killWorkers(queue.address, waiting)
    test.diagnostic(`10,000 jobs, ${killed} workers killed, ${doubles} jobs begun more than once`)
    assert.equal(killed, 6)
    assert.equal(await waiting(), 0)
    assert.equal((await queue.channel.checkQueue(`${queue.name}.dead`)).messageCount, 0)
  })

  it('does all that was confirmed, however often the broker is lost on both sides', async () => {
    await using theirs = await BrokerProxy.open(5672)
    await using ours = await BrokerProxy.open(5672)
    await using queue = await Queue.open()
    const done = new Set<string>()
    const app = stack(async ({ read }) => {
      for await (const bytes of read()) done.add(String(Buffer.from(bytes)))
    })
    await using _listener = await listen(`amqp://127.0.0.1:${theirs.port}/${queue.name}`, app, { onError: () => {} })
    await using bag = await connect(
      `amqp://127.0.0.1:${ours.port}/${queue.name}`,
      stack(() => {}),
      {
        reconnect: { maxMs: 20 },
      },
    )
    const confirmed: string[] = []
    let next = 0
    const lane = async () => {
      for (let job = next++; job < 3_000; job = next++) {
        try {
          await bag.write(String(job))
          confirmed.push(String(job))
        } catch {
          // Perhaps it was sent, perhaps not. There is a next one.
          await queue.channel.checkQueue(queue.name)
        }
        if (job % 500 === 250) theirs.cut()
        if (job % 500 === 0) ours.cut()
      }
    }
    await Promise.all(Array.from({ length: 20 }, lane))
    assert.ok(confirmed.length > 1_000, String(confirmed.length))
    while (!confirmed.every((job) => done.has(job))) await queue.channel.checkQueue(queue.name)
  })
})
