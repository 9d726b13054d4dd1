import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { http } from '../../pipes/http.ts'
import { json } from '../../pipes/json.ts'
import { router } from '../../pipes/router.ts'
import { websocket } from '../../pipes/websocket.ts'
import { liveOn } from '../../src/client/live.ts'
import { WAYS } from '../../src/client/order.ts'
import { part, stack } from '../../src/stack.ts'
import { serve } from '../wire.ts'
import { LiveServer, reaches, type Served, TestPage, take } from './live-server.ts'

describe('Reconnecting', { timeout: 60_000 }, () => {
  describe('which way it takes', () => {
    for (const [blocked, way] of [
      [[], 'websocket'],
      [['websocket'], 'sse'],
      [['websocket', 'sse'], 'longpoll'],
    ] as const) {
      it(`is ${way}, with ${blocked.join(' and ') || 'nothing'} blocked`, async () => {
        await using server = await LiveServer.start()
        const page = new TestPage(...blocked)
        using live = liveOn<Served>(page, server.urls(), {})
        const echo = live.open('echo')
        await echo.emit('hello')
        assert.deepEqual(await take(echo, 1), ['hello'])
        assert.equal(live.transport, way)
        assert.deepEqual([...new Set(page.asked)], [...blocked, way])
        page.asked.length = 0
        // The next page of the tab knows.
        using next = liveOn<Served>(page, server.urls(), {})
        await reaches(next, 'open')
        assert.equal(page.asked[0], way)
      })
    }

    it('is the next one where the connection opens and nothing gets through', async () => {
      const silent = stack(http(), router({ '/live': part(websocket(), json(), () => new Promise(() => {})) }))
      await using dead = await serve(silent)
      await using server = await LiveServer.start()
      const urls = { ...server.urls('sse'), websocket: `${dead.url}/live` }
      using live = liveOn<Served>(new TestPage(), urls, { timeoutMs: 100 })
      const echo = live.open('echo')
      await echo.emit('hello')
      assert.deepEqual(await take(echo, 1), ['hello'])
      assert.equal(live.transport, 'sse')
    })

    it('is none while all are blocked; then it goes on', async () => {
      await using server = await LiveServer.start()
      const page = new TestPage(...WAYS)
      using live = liveOn<Served>(page, server.urls(), { reconnect: { maxMs: 10 } })
      const echo = live.open('echo')
      void echo.emit('hello')
      assert.match(String(await reaches(live, 'waiting')), /poll did not answer/)
      assert.deepEqual(page.asked, [...WAYS])
      page.blocked.delete('sse')
      assert.deepEqual(await take(echo, 1), ['hello'])
      assert.equal(live.transport, 'sse')
    })

    it('is closed after as many attempts as were allowed, and its channels with it', async () => {
      const page = new TestPage(...WAYS)
      const live = liveOn<Served>(
        page,
        { websocket: 'http://127.0.0.1:1/live' },
        { reconnect: { attempts: 2, maxMs: 1 } },
      )
      const echo = live.open('echo')
      const emitted = echo.emit('hello')
      assert.match(String(await reaches(live, 'closed')), /blocked/)
      assert.deepEqual(page.asked, ['websocket', 'websocket', 'websocket'])
      await assert.rejects(async () => emitted, { name: 'ConnectionLostError', code: 'NOT_SENT' })
      await assert.rejects(take(echo, 1), { name: 'ConnectionLostError', code: 'NOT_SENT' })
    })
  })

  describe('a page', () => {
    it('that is seen again, or online again, does not wait any longer', async () => {
      await using server = await LiveServer.start()
      const page = new TestPage('sse')
      // It would wait for longer than the test may take.
      const reconnect = { minMs: 1_000_000_000, maxMs: 2_000_000_000 }
      using live = liveOn<Served>(page, server.urls('sse'), { reconnect })
      await reaches(live, 'waiting')
      for (const [type, visibilityState] of [
        ['online', 'hidden'],
        ['pageshow', 'hidden'],
        ['visibilitychange', 'visible'],
      ] as const) {
        page.visibilityState = visibilityState
        const before = page.asked.length
        page.happens(type)
        assert.equal(live.state, 'connecting')
        await reaches(live, 'waiting')
        assert.equal(page.asked.length, before + 1)
      }
      page.visibilityState = 'hidden'
      page.happens('visibilitychange')
      assert.equal(live.state, 'waiting')
      page.blocked.clear()
      page.happens('online')
      await reaches(live, 'open')
    })

    it('that is put away has no connection, and has one when it is taken out again', async () => {
      await using server = await LiveServer.start()
      const page = new TestPage()
      using live = liveOn<Served>(page, server.urls(), {})
      const log = live.open('log')
      await log.emit('one')
      assert.deepEqual(await take(log, 1), ['one'])
      page.happens('pagehide')
      assert.equal(live.state, 'waiting')
      await server.hub.publish('log', 'two')
      page.happens('pageshow')
      assert.deepEqual(await take(log, 1), ['two'])
      assert.equal(live.state, 'open')
    })

    it('that was offline makes a new connection: the old one may be dead without a sign', async () => {
      await using server = await LiveServer.start()
      const page = new TestPage()
      using live = liveOn<Served>(page, server.urls(), {})
      const log = live.open('log')
      await log.emit('one')
      assert.deepEqual(await take(log, 1), ['one'])
      page.happens('online')
      await log.emit('two')
      assert.deepEqual(await take(log, 1), ['two'])
      assert.deepEqual(page.asked, ['websocket', 'websocket'])
    })
  })
})
