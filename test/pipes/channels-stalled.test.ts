// A peer that takes nothing: whoever waits for it waits, and nothing grows.

import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { describe, it } from 'node:test'
import type { Channel } from '../../pipes/channels.ts'
import { server } from '../channel-client.ts'
import { close, codeOf, echo, event, open, served } from '../channel-peer.ts'
import { settled } from '../tracing.ts'
import { freshPath } from '../transports/socket-path.ts'
import { serve } from '../wire.ts'

describe('channels(): a stalled peer', () => {
  it('makes who waits wait, and costs no memory', async () => {
    let emitted = 0
    const flood = async (channel: Channel) => {
      for (;;) {
        await channel.emit(++emitted)
        if (emitted >= 1_000) return
      }
    }
    const peer = served({ flood, echo })
    peer.full = true
    assert.equal((await peer.ask(open('flood'))).length, 1)
    assert.equal(emitted, 2)
    peer.full = true
    peer.drained()
    const sent = await peer.heard()
    assert.equal(sent.length, 1_000)
    assert.deepEqual(sent.at(-1), close('flood'))
  })

  it('cuts off a handler that does not wait', async () => {
    const peer = served(
      {
        flood: (channel) => {
          for (let count = 0; count < 1_000; count++) void channel.emit(count)
        },
        echo,
      },
      { maxQueued: 10 },
    )
    peer.full = true
    assert.deepEqual(await peer.ask(open('flood')), [event('flood', 0)])
    peer.drained()
    assert.deepEqual((await peer.heard()).map(codeOf), [['flood', 'overrun']])
    assert.deepEqual(peer.errors, [])
  })

  it('gives each channel its turn', async () => {
    const names = ['a', 'b', 'c']
    const talk = async (channel: Channel) => {
      await Promise.all([1, 2, 3].map((each) => channel.emit(each)))
    }
    const peer = served({ a: talk, b: talk, c: talk, first: echo })
    peer.full = true
    peer.say(event('first', 0))
    await settled()
    assert.deepEqual(await peer.ask(...names.map((name) => open(name))), [event('first', 0)])
    peer.drained()
    assert.deepEqual(await peer.heard(), [
      ...[1, 2, 3].flatMap((each) => names.map((name) => event(name, each))),
      ...names.map((name) => close(name)),
    ])
  })

  it('costs a bounded amount of memory on a real socket', async () => {
    let emitted = 0
    const text = 'x'.repeat(1_024)
    const flood = async (channel: Channel) => {
      while (!channel.signal.aborted) {
        await channel.emit(text)
        emitted++
      }
    }
    const names = Array.from({ length: 50 }, (_, index) => `flood ${index}`)
    const path = freshPath()
    const table = Object.fromEntries(names.map((name) => [name, flood] as const))
    await using served = await serve(server(table), `ipc://${path}`)
    const socket = createConnection(path)
    socket.write(names.map((name) => `${JSON.stringify(open(name))}\n`).join(''))
    socket.pause()
    let before = -1
    // Until nothing more is emitted for a while, or far too much is.
    for (let quiet = 0; quiet < 100 && emitted < 20_000; quiet = emitted === before ? quiet + 1 : 0) {
      before = emitted
      await settled()
    }
    // What the kernel and the stream hold, and one that waits for each channel.
    assert.ok(emitted < 5_000, `${emitted} were emitted`)
    assert.ok(emitted > 0)
    socket.destroy()
    assert.deepEqual(served.errors, [])
  })
})
