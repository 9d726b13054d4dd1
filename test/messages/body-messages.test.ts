import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { PeerError } from '../../src/errors.ts'
import { valuesOf } from '../../src/messages/pulled-channel.ts'
import type { ValueChannel, ValueMarbles, Values } from '../../src/messages/values.ts'
import { stack } from '../../src/stack.ts'
import { request } from '../../src/testing.ts'
import { ask, serve, Wire } from '../wire.ts'

/** Takes the channel as jsonrpc() does. */
function taking(told: string[], value: (channel: ValueChannel, value: unknown) => void = () => {}) {
  return (bag: ValueMarbles) =>
    new Promise<void>((resolve) => {
      const channel = valuesOf(bag)
      channel.take({
        value(given) {
          told.push(`value ${given}`)
          value(channel, given)
        },
        bad: (error) => told.push(`bad ${error.code}`),
        end() {
          told.push('end')
          resolve()
        },
        drained: () => {},
        closed(error) {
          told.push(`closed ${error?.message}`)
          resolve()
        },
        drain: () => {},
      })
    })
}

describe('the bodies of a request as a channel', () => {
  it('give one value and take one', async () => {
    const told: string[] = []
    const app = stack(
      http(),
      json(),
      taking(told, (channel) => channel.send('answer')),
    )
    assert.equal((await request(app, 'POST /', { body: '7' })).text(), '"answer"')
    assert.deepEqual(told, ['value 7', 'end'])
  })

  it('have the response, and the fields of the request', async () => {
    const seen: unknown[] = []
    const app = stack(
      http(),
      json(),
      taking([], ({ headers, response }) => {
        if (response !== undefined) response.status = '202 Accepted'
        seen.push(headers?.traceparent, headers?.['idempotency-key'], headers?.['content-type'])
      }),
    )
    const headers = { traceparent: '00-1', 'Idempotency-Key': 'k', 'Content-Type': 'application/json' }
    assert.equal((await request(app, 'POST /', { body: '7', headers })).status, 202)
    assert.deepEqual(seen, ['00-1', 'k', 'application/json'])
  })

  it('tell what is bad and what is too long to whoever takes them', async () => {
    const told: string[] = []
    const app = stack(http(), json({ maxBytes: 3 }), taking(told))
    for (const body of ['x', '12345']) assert.equal((await request(app, 'POST /', { body })).status, 200)
    assert.deepEqual(told, ['bad MESSAGE_BAD', 'end', 'bad BODY_TOO_LONG', 'end'])
  })

  it('close with the error where that was asked for, and it is answered', async () => {
    const told: string[] = []
    const app = stack(http(), json({ invalid: 'close' }), taking(told))
    const answer = await request(app, 'POST /', { body: 'x' })
    assert.equal(answer.status, 400)
    assert.match(told.join(), /^closed a message is no JSON/)
  })

  it('answer what is wrong with the request itself by its own status, whoever takes them', async () => {
    const told: string[] = []
    const loop = async ({ read }: Values) => {
      for await (const _ of read()) assert.fail('there is no value')
    }
    for (const below of [taking(told), loop]) {
      await using served = await serve(stack(http(), json(), below))
      using wire = await Wire.open(served.address)
      wire.send(ask('POST /', 'Transfer-Encoding: chunked\r\n', '1\r\n[\r\nx\r\n'))
      const reply = await wire.reply('POST')
      assert.equal(reply.status, 400)
      const [error] = served.errors
      assert.ok(error instanceof PeerError)
      assert.equal(error.code, 'BODY_BAD')
    }
    assert.match(told.join(), /^closed /)
  })

  it('are closed where the peer goes away, and the flow ends in that', async () => {
    const told: string[] = []
    await using served = await serve(stack(http(), json(), taking(told)))
    using wire = await Wire.open(served.address)
    wire.send(ask('POST /', 'Content-Length: 9\r\n', '[1'))
    wire.socket?.resetAndDestroy()
    while (told.length === 0) await turn()
    assert.match(told.join(), /^closed /)
    while (served.errors.length === 0) await turn()
    const [error] = served.errors
    assert.ok(error instanceof PeerError)
    assert.equal(error.code, 'CONNECTION_CLOSED')
  })
})
