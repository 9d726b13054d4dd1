// The command-line tools of rabbitmq-c publish to what we serve, and read what we publish.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { connect, listen, stack } from '../../src/index.ts'
import { Queue, withoutRabbit } from '../brokers.ts'
import { Gate } from '../gate.ts'

const run = promisify(execFile)
const SERVER = ['-u', 'amqp://guest:guest@127.0.0.1:5672']

function withoutTools(): string | false {
  if (process.env.CI !== undefined) return false
  try {
    execFileSync('amqp-publish', ['--help'], { stdio: 'ignore' })
    return false
  } catch {
    return 'there is no amqp-publish on this machine (amqp-tools)'
  }
}

const skip = withoutTools() || (await withoutRabbit())

describe('amqp-tools', { skip }, () => {
  it('amqp-publish sends a job, and gets its answer into a queue of its own', async () => {
    await using queue = await Queue.open()
    await using replies = await Queue.open()
    await replies.channel.assertQueue(replies.name)
    const seen = new Gate<Readonly<Record<string, string>> | undefined>()
    const app = stack(async ({ connection, read }) => {
      seen.open(connection.headers)
      for await (const bytes of read()) return `did ${Buffer.from(bytes)}`
      return undefined
    })
    await using _listener = await listen(queue.address, app)
    const message = ['-r', queue.name, '-b', 'this job', '-t', replies.name, '-C', 'text/plain', '-H', 'x-own: yes']
    await run('amqp-publish', [...SERVER, ...message])
    const headers = await seen.opened
    assert.equal(headers?.['content-type'], 'text/plain')
    assert.equal(headers?.['x-own'], 'yes')
    let answer = ''
    while (answer === '') {
      const got = await run('amqp-get', [...SERVER, '-q', replies.name]).catch(() => ({ stdout: '' }))
      answer = got.stdout
    }
    assert.equal(answer, 'did this job')
  })

  it('amqp-get reads what is written', async () => {
    await using queue = await Queue.open()
    await queue.channel.assertQueue(queue.name, { durable: true })
    await using bag = await connect(
      queue.address,
      stack(() => {}),
    )
    await bag.write('for somebody else')
    assert.equal((await run('amqp-get', [...SERVER, '-q', queue.name])).stdout, 'for somebody else')
  })
})
