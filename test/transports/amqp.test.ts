import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message } from 'amqplib'
import { json } from '../../pipes/json.ts'
import { jsonrpc } from '../../pipes/jsonrpc.ts'
import { type Connection, connect, listen, type Raw, stack } from '../../src/index.ts'
import { Queue, withoutRabbit } from '../brokers.ts'
import { Gate } from '../gate.ts'

/** Reads the one message of a connection. */
async function message({ read }: Pick<Raw, 'read'>): Promise<string> {
  let text = ''
  for await (const bytes of read()) text += Buffer.from(bytes)
  return text
}

/** What comes into a queue, one after the other. */
async function* arrivals({ channel }: Queue, name: string): AsyncGenerator<Message, void, undefined> {
  const come: Message[] = []
  let wake = () => {}
  await channel.consume(
    name,
    (each) => {
      if (each !== null) come.push(each)
      wake()
    },
    { noAck: true },
  )
  for (;;) {
    const next = come.shift()
    if (next !== undefined) yield next
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

async function next(arriving: AsyncIterator<Message>): Promise<Message> {
  const { value } = await arriving.next()
  return value ?? assert.fail()
}

describe('amqp://', { skip: await withoutRabbit() }, () => {
  describe('a message', () => {
    it('is a connection of its own, with headers and properties, and what is written answers it', async () => {
      await using queue = await Queue.open()
      const seen: Connection[] = []
      const app = stack(async (bag) => {
        seen.push(bag.connection)
        await bag.write('first')
        return `you said ${await message(bag)}`
      })
      await using _listener = await listen(queue.address, app)
      const { queue: replies } = await queue.channel.assertQueue('', { exclusive: true })
      const arriving = arrivals(queue, replies)
      const options = { replyTo: replies, correlationId: 'c-1', messageId: 'm-1', contentType: 'text/plain' }
      queue.channel.sendToQueue(queue.name, Buffer.from('hello'), {
        ...options,
        headers: { TraceParent: 'x', n: 7, list: [1] },
      })
      const answers = [await next(arriving), await next(arriving)]
      assert.deepEqual(
        answers.map(({ content }) => String(content)),
        ['first', 'you said hello'],
      )
      assert.deepEqual(
        answers.map(({ properties }) => properties.correlationId),
        ['c-1', 'c-1'],
      )
      assert.equal(seen[0]?.kind, 'message')
      assert.deepEqual(seen[0]?.headers, {
        traceparent: 'x',
        n: '7',
        'content-type': 'text/plain',
        'amqp-correlation-id': 'c-1',
        'amqp-reply-to': replies,
        'amqp-message-id': 'm-1',
        'amqp-redelivered': 'false',
        'amqp-exchange': '',
        'amqp-routing-key': queue.name,
      })
    })

    it('that nobody wants an answer to is done all the same', async () => {
      await using queue = await Queue.open()
      const done: string[] = []
      const listener = await listen(
        queue.address,
        stack(async (bag) => {
          done.push(await message(bag))
          return 'for nobody'
        }),
      )
      queue.channel.sendToQueue(queue.name, Buffer.from('job'))
      queue.channel.sendToQueue(queue.name, Buffer.alloc(0))
      while (done.length < 2) await queue.channel.checkQueue(queue.name)
      await listener.close()
      assert.deepEqual(done.sort(), ['', 'job'])
      assert.equal((await queue.channel.checkQueue(queue.name)).messageCount, 0)
    })

    it('whose flow fails comes once more, then goes to the dead-letter queue with its reason; others go on', async () => {
      await using queue = await Queue.open()
      const tries: (string | undefined)[] = []
      const done: string[] = []
      const errors: unknown[] = []
      const app = stack(async (bag) => {
        const text = await message(bag)
        if (text !== 'poison') return void done.push(text)
        tries.push(bag.connection.headers?.['amqp-redelivered'])
        throw new Error('cannot digest this')
      })
      await using _listener = await listen(`${queue.address}?prefetch=1`, app, {
        onError: (error) => errors.push(error),
      })
      queue.channel.sendToQueue(queue.name, Buffer.from('poison'), {
        messageId: 'm',
        correlationId: 'c',
        headers: { own: 'header' },
      })
      for (let at = 0; at < 10; at++) queue.channel.sendToQueue(queue.name, Buffer.from(`job ${at}`))
      const dead = await next(arrivals(queue, `${queue.name}.dead`))
      assert.equal(String(dead.content), 'poison')
      assert.equal(dead.properties.messageId, 'm')
      assert.equal(dead.properties.correlationId, 'c')
      const { 'x-died-at': when, ...headers } = dead.properties.headers ?? {}
      assert.ok(Math.abs(Date.now() - Date.parse(when)) < 60_000)
      assert.deepEqual(headers, { own: 'header', 'x-reason': 'cannot digest this', 'x-queue': queue.name })
      while (done.length < 10) await queue.channel.checkQueue(queue.name)
      assert.deepEqual(tries, ['false', 'true'])
      assert.equal(errors.length, 2)
    })

    it('is not tried again with requeue=0, and left to the broker with dead=', async () => {
      await using queue = await Queue.open()
      let tries = 0
      const app = stack(() => {
        tries++
        throw new Error('no')
      })
      const listener = await listen(`${queue.address}?requeue=0&dead=`, app, { onError: () => {} })
      queue.channel.sendToQueue(queue.name, Buffer.from('x'))
      while (tries === 0) await queue.channel.checkQueue(queue.name)
      await listener.close()
      assert.equal(tries, 1)
      assert.equal((await queue.channel.checkQueue(queue.name)).messageCount, 0)
    })

    it('that is no JSON ends in the dead-letter queue, or is answered by jsonrpc()', async () => {
      await using queue = await Queue.open()
      const reading = stack(json(), async ({ read }) => {
        for await (const _ of read()) {
        }
      })
      await using _listener = await listen(`${queue.address}?requeue=0`, reading, { onError: () => {} })
      queue.channel.sendToQueue(queue.name, Buffer.from('{'))
      const dead = await next(arrivals(queue, `${queue.name}.dead`))
      assert.equal(dead.properties.headers?.['x-reason-code'], 'MESSAGE_BAD')

      await using other = await Queue.open()
      await using _calling = await listen(other.address, stack(json(), jsonrpc({})))
      await using bag = await connect(
        other.address,
        stack(() => {}),
      )
      await bag.write('{')
      for await (const bytes of bag.read()) {
        assert.equal(JSON.parse(String(Buffer.from(bytes))).error.code, -32700)
        break
      }
    })

    it('is acknowledged only when its flow has ended', async () => {
      await using queue = await Queue.open()
      const held = new Gate()
      const begun = new Gate()
      const listener = await listen(
        queue.address,
        stack(async () => {
          begun.open()
          await held.opened
        }),
      )
      queue.channel.sendToQueue(queue.name, Buffer.from('x'))
      await begun.opened
      // Cut before its end: somebody else gets it.
      await listener.close({ graceMs: 0 })
      held.open()
      let waiting = 0
      while (waiting === 0) waiting = (await queue.channel.checkQueue(queue.name)).messageCount
      assert.equal(waiting, 1)
    })
  })
})
