import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ClientUrls, liveOn } from '../src/client/live.ts'
import { WAYS } from '../src/client/order.ts'
import { ChannelError, connect } from '../src/client.ts'
import { LiveServer, reaches, type Served, TestPage, take } from './client/live-server.ts'

describe('client', { timeout: 60_000 }, () => {
  for (const way of WAYS) {
    describe(`by ${way}`, () => {
      it('gets what it emits back, in order', async () => {
        await using server = await LiveServer.start()
        using live = liveOn<Served>(new TestPage(), server.urls(way), {})
        const echo = live.open('echo')
        const sent = Array.from({ length: 300 }, (_, number) => ({ number, text: 'Grüße, 你好' }))
        for (const event of sent) void echo.emit(event)
        assert.deepEqual(await take(echo, sent.length), sent)
        assert.equal(live.state, 'open')
        assert.equal(live.transport, way)
        assert.deepEqual(server.errors, [])
      })

      it('hears of the handler that failed, and of the channel that is none', async () => {
        await using server = await LiveServer.start()
        using live = liveOn<Record<string, { in: unknown; out: unknown }>>(new TestPage(), server.urls(way), {})
        for (const [name, code] of [
          ['broken', 'failed'],
          ['nowhere', 'unknown-channel'],
        ] as const) {
          const channel = live.open(name)
          const closed = new Promise<Error | undefined>((resolve) => channel.onClose(resolve))
          await assert.rejects(take(channel, 1), (error) => error instanceof ChannelError && error.code === code)
          const error = await closed
          assert.ok(error instanceof ChannelError)
        }
        assert.equal(live.state, 'open')
      })

      it('comes back to a server that was started anew, and gets every event that the hub has, once', async () => {
        await using server = await LiveServer.start()
        using live = liveOn<Served>(new TestPage(), server.urls(way), { reconnect: { maxMs: 50 }, timeoutMs: 500 })
        const log = live.open('log')
        await log.emit('begin')
        const expected = ['begin']
        const taken = await take(log, 1)
        for (let round = 0; round < 3; round++) {
          for (let number = 0; number < 20; number++) {
            const text = `${round}.${number}`
            expected.push(text)
            await server.hub.publish('log', text)
          }
          taken.push(...(await take(log, expected.length - taken.length)))
          const waiting = reaches(live, 'waiting')
          await server.stop()
          await server.hub.publish('log', 'while it was down')
          expected.push('while it was down')
          assert.ok((await waiting) instanceof Error)
          // What is emitted meanwhile waits.
          const emitted = log.emit(`queued in ${round}`)
          await server.start()
          await emitted
          taken.push(...(await take(log, 2)))
          expected.push(`queued in ${round}`)
        }
        assert.deepEqual(taken, expected)
      })

      it('closes its channels when it is closed, and tries nothing more', async () => {
        await using server = await LiveServer.start()
        const page = new TestPage()
        const live = liveOn<Served>(page, server.urls(way), {})
        const echo = live.open('echo')
        await echo.emit(1)
        assert.deepEqual(await take(echo, 1), [1])
        const closed = reaches(live, 'closed')
        live.close()
        await closed
        assert.deepEqual(await take(echo, 1), [])
        await assert.rejects(async () => echo.emit(2), { name: 'ConnectionLostError', code: 'NOT_SENT' })
        assert.throws(() => live.open('log'), { code: 'NOT_SENT' })
        for (const type of ['online', 'pageshow']) page.happens(type)
        assert.equal(live.state, 'closed')
        assert.equal(live.transport, undefined)
        assert.equal(
          [...page.listeners.values()].reduce((sum, { size }) => sum + size, 0),
          0,
        )
        live.close()
      })

      it('two pages see each other', async () => {
        await using server = await LiveServer.start()
        using one = liveOn<Served>(new TestPage(), server.urls(way), {})
        using other = liveOn<Served>(new TestPage(), server.urls(), {})
        const [log, otherLog] = [one.open('log'), other.open('log')]
        await log.emit('from one')
        assert.deepEqual(await take(log, 1), ['from one'])
        await otherLog.emit('from the other')
        assert.deepEqual(await take(otherLog, 2), ['from one', 'from the other'])
        assert.deepEqual(await take(log, 1), ['from the other'])
      })
    })
  }

  describe('what waits', () => {
    it('is bounded: one event more is rejected, and said to be not sent', async () => {
      const page = new TestPage(...WAYS)
      using live = liveOn<Served>(page, { sse: 'http://127.0.0.1:1/' }, { maxQueued: 2 })
      const echo = live.open('echo')
      void echo.emit(1)
      void echo.emit(2)
      await assert.rejects(async () => echo.emit(3), { name: 'ConnectionLostError', code: 'NOT_SENT' })
    })

    it('is rejected at once, where that is wanted', async () => {
      const page = new TestPage(...WAYS)
      using live = liveOn<Served>(page, { sse: 'http://127.0.0.1:1/' }, { away: 'reject' })
      await assert.rejects(async () => live.open('echo').emit(1), { name: 'ConnectionLostError', code: 'NOT_SENT' })
    })
  })

  describe('what it is given', () => {
    const WRONG: readonly [ClientUrls, object, RegExp][] = [
      [{}, {}, /got no URL/],
      [{ sse: '/relative' }, {}, /a URL of http: or https: as sse, not "\/relative"/],
      [{ longpoll: 'ftp://a/' }, {}, /as longpoll/],
      [{ sse: 'ws://a/' }, {}, /as sse/],
      [{ websocket: 'ws://a/' }, { maxQueued: 0 }, /maxQueued/],
      [{ websocket: 'ws://a/' }, { timeoutMs: -1 }, /timeoutMs/],
      [{ websocket: 'ws://a/' }, { away: 'drop' }, /'queue' or 'reject'/],
      [{ websocket: 'ws://a/' }, { timeout: 1 }, /has no option "timeout"/],
      [{ websocket: 'ws://a/' }, { reconnect: { minMs: 0 } }, /minMs/],
    ]
    for (const [urls, options, message] of WRONG) {
      it(`is refused: ${JSON.stringify([urls, options])}`, () => {
        assert.throws(() => connect(urls, options), { name: 'UsageError', message })
      })
    }

    it('may be relative to the page', async () => {
      await using server = await LiveServer.start()
      const page = new TestPage()
      page.baseURI = `${server.url}/app/index.html`
      using live = liveOn<Served>(page, { sse: '../events' }, {})
      await reaches(live, 'open')
    })

    it('may throw in a callback: that is reported, and the others are called', async () => {
      await using server = await LiveServer.start()
      const errors: unknown[] = []
      using live = liveOn<Served>(new TestPage(), server.urls('sse'), { onError: (error) => errors.push(error) })
      const thrown = new Error('in a callback')
      live.onState(() => {
        throw thrown
      })
      await reaches(live, 'open')
      assert.deepEqual(errors, [thrown])
    })
  })
})
