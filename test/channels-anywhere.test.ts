// One value of channels(), and nothing but the way there changes: a Unix socket, WebSocket, server-sent events, long-poll.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type ChannelError, type Channels, channels } from '../pipes/channels.ts'
import { http } from '../pipes/http.ts'
import { json } from '../pipes/json.ts'
import { jsonrpc } from '../pipes/jsonrpc.ts'
import { line } from '../pipes/line.ts'
import { longpoll } from '../pipes/longpoll.ts'
import { router } from '../pipes/router.ts'
import { sse } from '../pipes/sse.ts'
import { websocket } from '../pipes/websocket.ts'
import { liveOn } from '../src/client/live.ts'
import { WAYS } from '../src/client/order.ts'
import { connect, part, stack } from '../src/index.ts'
import { PATHS, TestPage, take } from './client/live-server.ts'
import { type Live, live } from './fixtures/live.ts'
import { serve } from './wire.ts'

const overSocket = stack(line(), json(), live)
const overHttp = stack(
  http(),
  router({
    [PATHS.websocket]: part(websocket(), json(), live),
    [PATHS.sse]: part(sse(), json(), live),
    [PATHS.longpoll]: part(json(), jsonrpc(longpoll(live))),
  }),
)

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipestack-channels-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** What a client does with the channels, wherever they are. */
async function use(channels: Channels<Live>): Promise<void> {
  // Its handler does nothing at all, and holds up nobody.
  const stuck = channels.open('stuck')
  await stuck.emit('is this taken?')

  const echo = channels.open('echo')
  const sums = channels.open('sums')
  const texts = Array.from({ length: 250 }, (_, index) => `Γειά σου, 你好, שלום 😀 ${index}`)
  const numbers = texts.map((_, index) => index)
  for (const [index, text] of texts.entries()) {
    void echo.emit(text)
    void sums.emit(index)
  }
  const [echoed, added] = await Promise.all([take(echo, texts.length), take(sums, texts.length)])
  assert.deepEqual(echoed, texts)
  assert.deepEqual(
    added,
    numbers.map((number) => (number * (number + 1)) / 2),
  )
  const others = [null, false, 0, '', [], { a: [{ b: 1.5 }] }, 'x'.repeat(300_000)]
  for (const other of others) void echo.emit(other)
  assert.deepEqual(await take(echo, others.length), others)

  const counted: number[] = []
  for await (const number of channels.open('countdown')) counted.push(number)
  assert.deepEqual(counted, [3, 2, 1])

  // Whoever comes back has what it missed, and nothing twice.
  const first = channels.open('log')
  for (const text of ['a', 'b']) void first.emit(text)
  assert.deepEqual(await take(first, 2), ['a', 'b'])
  const { after: last } = first
  first.close()
  const second = channels.open('log')
  void second.emit('c')
  assert.deepEqual(await take(second, 1), ['c'])
  second.close()
  const third = channels.open('log', last === undefined ? {} : { after: last })
  void third.emit('d')
  assert.deepEqual(await take(third, 2), ['c', 'd'])
  third.close()

  await assert.rejects(
    take(channels.open('refuses'), 1),
    (error: ChannelError) => error.code === 'not-today' && error.message === 'as asked',
  )
  // The compiler knows better.
  const unknown: Channels = channels as unknown as Channels
  await assert.rejects(take(unknown.open('nowhere'), 1), (error: ChannelError) => error.code === 'unknown-channel')

  // The handler is told that its channel was closed.
  const closings = channels.open('closings')
  const watched = channels.open('watched')
  await watched.emit('hello')
  watched.close()
  assert.equal((await take(closings, 1)).length, 1)
}

describe('the same channels', { timeout: 30_000 }, () => {
  it('are opened at ipc://', async () => {
    await using served = await serve(overSocket, `ipc://${folder}/live.sock`)
    await using bag = await connect(served.address, stack(line(), json(), channels.client<Live>()))
    await use(bag.channels)
    assert.deepEqual(served.errors, [])
  })

  it('are opened at ws://', async () => {
    await using served = await serve(overHttp)
    const address = served.address.replace('tcp', 'ws') + PATHS.websocket
    await using bag = await connect(address, stack(json(), channels.client<Live>()))
    await use(bag.channels)
    assert.deepEqual(served.errors, [])
  })

  for (const way of WAYS) {
    it(`are opened in a page, by ${way}`, async () => {
      await using served = await serve(overHttp)
      const url = served.address.replace('tcp', 'http') + PATHS[way]
      using client = liveOn<Live>(new TestPage(), { [way]: url }, {})
      await use(client)
      assert.equal(client.transport, way)
      assert.deepEqual(served.errors, [])
    })
  }

  it('are opened by all ways at once', async () => {
    await using socket = await serve(overSocket, `ipc://${folder}/all.sock`)
    await using web = await serve(overHttp)
    await using bag = await connect(socket.address, stack(line(), json(), channels.client<Live>()))
    const page = (way: (typeof WAYS)[number]) =>
      liveOn<Live>(new TestPage(), { [way]: web.address.replace('tcp', 'http') + PATHS[way] }, {})
    const pages = WAYS.map(page)
    const logs = [bag.channels, ...pages].map((each) => each.open('log'))
    // Each has heard of itself, so it hears of the others from now on.
    for (const [index, log] of logs.entries()) {
      void log.emit(`hello from ${index}`)
      let heard: string | undefined
      while (heard !== `hello from ${index}`) [heard] = await take(log, 1)
    }
    void logs[0]?.emit('to all')
    for (const log of logs) {
      let heard: string | undefined
      while (heard !== 'to all') [heard] = await take(log, 1)
    }
    for (const each of pages) each.close()
  })
})
