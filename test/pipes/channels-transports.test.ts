// The same channels over whatever gives values.

import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import { type Channel, channels } from '../../pipes/channels.ts'
import { json } from '../../pipes/json.ts'
import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import { msgpack } from '../../pipes/msgpack.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { connect } from '../../src/net/connect.ts'
import type { Raw } from '../../src/net/connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { part, stack } from '../../src/stack.ts'
import { server, take } from '../channel-client.ts'
import { echo, event, open } from '../channel-peer.ts'
import { Gate } from '../gate.ts'
import { settled } from '../tracing.ts'
import { freshPath } from '../transports/socket-path.ts'
import { freshName, serve, serveHttp, Wire } from '../wire.ts'

describe('channels(): over', () => {
  it('a Unix socket, by hand: two lines in, three out', async () => {
    const path = freshPath()
    await using served = await serve(server({ echo }), `ipc://${path}`)
    const socket = createConnection({ path, allowHalfOpen: true })
    socket.end('{"channel":"echo","event":"Grüße"}\n{"channel":"echo","event":[1]}\n')
    let text = ''
    for await (const bytes of socket) text += bytes
    assert.equal(
      text,
      '{"channel":"echo","event":"Grüße"}\n{"channel":"echo","event":[1]}\n{"channel":"echo","close":"done"}\n',
    )
    assert.deepEqual(served.errors, [])
  })

  it('MessagePack, length-prefixed', async () => {
    await using served = await serve(stack(lengthPrefixed(), msgpack(), channels({ echo })), freshName())
    await using bag = await connect(served.address, stack(lengthPrefixed(), msgpack(), channels.client()))
    const channel = bag.channels.open('echo')
    await channel.emit({ bytes: 1 })
    assert.deepEqual(await take(channel, 1), [{ bytes: 1 }])
  })

  it('a read and a write that somebody has made, also where nothing is read for long', async () => {
    const said = new Gate<unknown>()
    const sent: unknown[] = []
    const gone = new Gate<Error | undefined>()
    const live = async (channel: Channel) => {
      channel.onClose((error) => gone.open(error))
      await channel.emit('first')
      for await (const each of channel) await channel.emit(each)
    }
    const made: Pipe<Raw, ValueMarbles> = {
      name: 'made',
      adds: ['read', 'write'],
      through: ({ connection }, next) =>
        next({
          connection,
          async *read() {
            yield open('live')
            yield await said.opened
            await new Promise(() => {})
          },
          write: async (value) => {
            await settled()
            sent.push(value)
          },
        }),
    }
    await using served = await serve(stack(made, channels({ live })), freshName())
    using wire = await Wire.open(served.address)
    while (sent.length === 0) await settled()
    said.open(event('live', 'second'))
    while (sent.length < 2) await settled()
    assert.deepEqual(sent, [event('live', 'first'), event('live', 'second')])
    // Its reading half knows nothing of it; the flow does.
    await served.listener.close({ graceMs: 0 })
    assert.equal(Object(await gone.opened).code, 'OUTCOME_UNKNOWN')
    assert.equal(wire.text(), '')
  })

  it('http() itself is refused: one message goes each way', async () => {
    await using served = await serveHttp(part(json(), channels({ echo })))
    using wire = await Wire.open(served.address)
    const body = JSON.stringify(event('echo', 1))
    const reply = await wire
      .send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      .reply('POST')
    assert.match(String(Reflect.get(reply, 'status')), /500/)
    assert.equal(Object(served.errors[0]).code, 'CONNECTION_BRIEF')
  })
})
