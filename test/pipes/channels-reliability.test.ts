// Many subscribers, stalled ones, and a server that is killed: each gets every event, in order, once. The server is a process of its own.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { type Channel, type Channels, channels } from '../../pipes/channels.ts'
import { json } from '../../pipes/json.ts'
import { liveOn } from '../../src/client/live.ts'
import { WAYS } from '../../src/client/order.ts'
import { connect, stack } from '../../src/index.ts'
import { SOON } from '../channel-client.ts'
import { PATHS, TestPage } from '../client/live-server.ts'
import type { Tick } from '../fixtures/ticking-process.ts'
import { Gate } from '../gate.ts'
import { TickingServer } from '../ticking-server.ts'

interface Ticks {
  readonly ticks: { readonly out: Tick }
}

const SUBSCRIBERS = 2_000
/** As many connections as are made at once: a listener's backlog is not endless. */
const AT_ONCE = 250

/** A foreign client that has opened the channel. `credit`: as many events as it takes; undefined: it does not count. */
async function subscribe(server: TickingServer, take: (event: Tick) => void, credit?: number): Promise<WebSocket> {
  const socket = new WebSocket(server.url('ws', PATHS.websocket), { perMessageDeflate: false })
  socket.on('message', (data) => {
    const { event } = JSON.parse(String(data))
    if (event !== undefined) take(event)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ channel: 'ticks', open: true, ...(credit === undefined ? {} : { credit }) }))
  // It is answered behind what was sent before: the channel is open then.
  socket.ping()
  await once(socket, 'pong')
  return socket
}

describe('channels(): reliability', { timeout: 60_000 }, () => {
  it(`gives ${SUBSCRIBERS} subscribers by WebSocket 100 events each, in order, and loses none`, async () => {
    await using server = await TickingServer.start()
    const got = new Uint32Array(SUBSCRIBERS)
    const all = new Gate()
    let missing = SUBSCRIBERS
    const faults: string[] = []
    const takes = (index: number) => (event: Tick) => {
      const number = (got[index] ?? 0) + 1
      got[index] = number
      if (event.number !== number) faults.push(`${index}: ${event.number} in place of ${number}`)
      if (number === 100 && --missing === 0) all.open()
    }
    const sockets: WebSocket[] = []
    while (sockets.length < SUBSCRIBERS) {
      const batch = Array.from({ length: AT_ONCE }, (_, at) => {
        const index = sockets.length + at
        return subscribe(server, takes(index), index % 2 === 0 ? 1_000 : undefined)
      })
      sockets.push(...(await Promise.all(batch)))
    }
    server.publish(100)
    await all.opened
    for (const socket of sockets) socket.terminate()
    assert.deepEqual(faults, [])
    assert.ok(got.every((count) => count === 100))
  })

  it('is held up by no stalled subscriber, which costs a bounded amount of memory', async () => {
    await using server = await TickingServer.start()
    const [stalled, rounds, each, length] = [10, 40, 100, 10_000]
    const sockets = await Promise.all(Array.from({ length: stalled }, () => subscribe(server, () => {})))
    for (const socket of sockets) socket.pause()
    const healthy = await Promise.all(
      [1, 2, 3].map(() => connect(server.url('ws', PATHS.websocket), stack(json(), channels.client<Ticks>()))),
    )
    // From the first event on, wherever it stands when they have come.
    const loops = healthy.map((bag) => bag.channels.open('ticks', { after: '0' })[Symbol.asyncIterator]())
    const { heap: before } = await server.memory()
    for (let round = 0; round < rounds; round++) {
      server.publish((round + 1) * each, length)
      for (const loop of loops) {
        for (let at = 1; at <= each; at++) assert.equal((await loop.next()).value?.number, round * each + at)
      }
    }
    const { heap, dropped } = await server.memory()
    // 40 MB were published.
    assert.ok(heap - before < 8_000_000, `${heap - before} bytes are held`)
    assert.ok(dropped > 0, 'the stalled were given all of it')
    for (const socket of sockets) socket.terminate()
    for (const bag of healthy) await bag[Symbol.asyncDispose]()
  })

  it('goes on with every client, by every way, when the server was killed', async () => {
    await using server = await TickingServer.start()
    const total = 3_000
    const bags = await Promise.all(
      Array.from({ length: 20 }, () =>
        connect(server.url('ws', PATHS.websocket), stack(json(), channels.client<Ticks>()), { reconnect: SOON }),
      ),
    )
    const pages = WAYS.map((way) =>
      liveOn<Ticks>(new TestPage(), { [way]: server.url('http', PATHS[way]) }, { reconnect: SOON }),
    )
    const middle = new Gate()
    let begun = 0
    const follow = async (opened: Channels<Ticks>): Promise<number[]> => {
      const numbers: number[] = []
      const channel: Channel<Tick, never> = opened.open('ticks', { after: '0' })
      for await (const { number } of channel) {
        if (numbers.push(number) === 100 && ++begun === bags.length + pages.length) middle.open()
        if (numbers.length === total) break
      }
      return numbers
    }
    const followed = [...bags.map((bag) => bag.channels), ...pages].map(follow)
    server.publish(total)
    await middle.opened
    await server.kill()
    await server.start()
    server.publish(total)
    const wanted = Array.from({ length: total }, (_, index) => index + 1)
    for (const numbers of await Promise.all(followed)) assert.deepEqual(numbers, wanted)
    for (const page of pages) page.close()
    for (const bag of bags) await bag[Symbol.asyncDispose]()
  })
})
