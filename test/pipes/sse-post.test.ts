import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import type { SseMarbles } from '../../pipes/sse.ts'
import { type Bag, part } from '../../src/index.ts'
import type { Pipe } from '../../src/pipe.ts'
import { Gate } from '../gate.ts'
import { ask, serve, Wire } from '../wire.ts'
import { dataOf, opened, served } from './sse/streaming.ts'

describe('sse(), what is posted', () => {
  /** Says back what comes. */
  const echo: Pipe<SseMarbles> = part(json(), async ({ read, write }: Bag<SseMarbles>) => {
    for await (const value of read()) await write(value as never)
  })

  it('arrives on the connection of the stream that was told its id', async () => {
    await using server = await serve(served(echo))
    const [one, two] = [await opened(server.address), await opened(server.address)]
    assert.match(one.id, /^[\w-]{22}$/)
    assert.notEqual(one.id, two.id)
    using sender = await Wire.open(server.address)
    const body = '{"n":1}'
    const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    const byField = await sender.send(ask('POST /', `${fields}Stream-Id: ${one.id}\r\n`, body)).reply('POST')
    const byQuery = await sender.send(ask(`POST /?stream=${two.id}`, fields, body)).reply('POST')
    assert.deepEqual([byField.status, byQuery.status, byQuery.body.length], [204, 204, 0])
    for (const { wire } of [one, two]) {
      await wire.sees('data: {"n":1}\n\n')
      wire.destroy()
    }
  })

  it('is not there for whoever only writes', async () => {
    const goOn = new Gate()
    await using server = await serve(served(() => goOn.opened))
    using wire = await Wire.open(server.address)
    await wire.send(ask()).sees('retry')
    goOn.open()
    assert.deepEqual(dataOf(await wire.reply()), [])
  })

  const refused: readonly (readonly [string, string, string, number])[] = [
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1\r\n', 'a', 415],
    ['what is compressed', 'Content-Encoding: gzip\r\nContent-Length: 1\r\n', 'a', 415],
    ['what is too long', 'Content-Length: 30\r\n', 'x'.repeat(30), 413],
    ['what is too long, in chunks', 'Transfer-Encoding: chunked\r\n', `1e\r\n${'x'.repeat(30)}\r\n0\r\n\r\n`, 413],
  ]
  for (const [what, fields, body, status] of refused) {
    it(`${what} is answered ${status}, and the stream goes on`, async () => {
      await using server = await serve(served(echo, { maxBytes: 20 }))
      const { wire, id } = await opened(server.address)
      using sender = await Wire.open(server.address)
      const reply = await sender.send(ask(`POST /?stream=${id}`, fields, body)).reply('POST')
      assert.equal(reply.status, status)
      using again = await Wire.open(server.address)
      const good = await again.send(ask(`POST /?stream=${id}`, 'Content-Length: 1\r\n', '1')).reply('POST')
      assert.equal(good.status, 204)
      await wire.sees('data: 1\n\n')
      wire.destroy()
    })
  }

  it('is refused with 429 while too many wait, and taken when they do not', async () => {
    const goOn = new Gate()
    const big = 'x'.repeat(70_000)
    const seen: string[] = []
    const app = served(
      async ({ read, write }) => {
        const messages = read()
        await goOn.opened
        for await (const message of messages) {
          seen.push(String(message.byteLength))
          await write(`seen ${seen.length}`)
        }
      },
      { maxQueued: 2 },
    )
    await using server = await serve(app)
    const { wire, id } = await opened(server.address)
    using sender = await Wire.open(server.address)
    const post = async (body: string) =>
      (await sender.send(ask(`POST /?stream=${id}`, `Content-Length: ${body.length}\r\n`, body)).reply('POST')).status
    // The reader holds one such message, and pauses the stream.
    assert.deepEqual([await post(big), await post('a'), await post('bc'), await post('d')], [204, 204, 204, 429])
    goOn.open()
    await wire.sees('data: seen 3\n\n')
    assert.equal(await post('def'), 204)
    await wire.sees('data: seen 4\n\n')
    assert.deepEqual(seen, ['70000', '1', '2', '3'])
    wire.destroy()
  })

  it('is 404 once the stream has ended', async () => {
    const over = new Gate()
    const app = served(async ({ read, defer }) => {
      defer(() => over.open())
      for await (const _ of read());
    })
    await using server = await serve(app)
    const { wire, id } = await opened(server.address)
    wire.destroy()
    await over.opened
    using sender = await Wire.open(server.address)
    const reply = await sender.send(ask(`POST /?stream=${id}`, 'Content-Length: 1\r\n', '1')).reply('POST')
    assert.equal(reply.status, 404)
  })

  it('a sender that goes away in its body delivers nothing', async () => {
    const seen: unknown[] = []
    const app = served(
      part(json(), async ({ read, write }: Bag<SseMarbles>) => {
        for await (const value of read()) {
          seen.push(value)
          await write(value as never)
        }
      }),
    )
    await using server = await serve(app)
    const { wire, id } = await opened(server.address)
    const torn = await Wire.open(server.address)
    torn.send(ask(`POST /?stream=${id}`, 'Content-Length: 9\r\n', '[1'))
    torn.destroy()
    using sender = await Wire.open(server.address)
    await sender.send(ask(`POST /?stream=${id}`, 'Content-Length: 3\r\n', '[2]')).reply('POST')
    await wire.sees('data: [2]\n\n')
    assert.deepEqual(seen, [[2]])
    wire.destroy()
  })
})
