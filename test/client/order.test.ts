import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { Order, WAYS } from '../../src/client/order.ts'
import { TestPage } from './live-server.ts'

describe('Order', () => {
  it('begins with the best way, and tries all', () => {
    const order = new Order(WAYS, new TestPage(), 'a')
    assert.deepEqual(order.round(), WAYS)
    assert.deepEqual(order.round(), WAYS)
  })

  it('tries the one that worked alone, twice; then the others behind it', () => {
    const order = new Order(WAYS, new TestPage(), 'a')
    order.worked('sse')
    assert.deepEqual(
      [1, 2, 3].map(() => order.round()),
      [['sse'], ['sse'], ['sse', 'websocket', 'longpoll']],
    )
    order.worked('sse')
    assert.deepEqual(order.round(), ['sse'])
  })

  it('is remembered for the pages of the tab, for each server by itself', () => {
    const page = new TestPage()
    new Order(WAYS, page, 'a').worked('longpoll')
    assert.deepEqual(new Order(WAYS, page, 'a').round(), ['longpoll'])
    assert.deepEqual(new Order(WAYS, page, 'b').round(), WAYS)
    assert.deepEqual(new Order(['websocket', 'sse'], page, 'a').round(), ['websocket', 'sse'])
  })

  it('tries what is better again after ten minutes', () => {
    mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
    try {
      const order = new Order(WAYS, new TestPage(), 'a')
      order.worked('sse')
      mock.timers.tick(600_001)
      assert.deepEqual(order.round(), WAYS)
      order.worked('sse')
      assert.deepEqual(order.round(), ['sse'])
      mock.timers.tick(500_000)
      order.worked('sse')
      mock.timers.tick(100_001)
      assert.deepEqual(order.round(), WAYS)
      order.worked('websocket')
      mock.timers.tick(600_001)
      assert.deepEqual(order.round(), ['websocket'])
    } finally {
      mock.timers.reset()
    }
  })

  for (const kept of ['no JSON', 'null', '1', '{}', '{"way":"pigeon","at":1}']) {
    it(`takes no notice of what is no memory: ${kept}`, () => {
      const page = new TestPage()
      page.kept.set('pipestack:a', kept)
      assert.deepEqual(new Order(WAYS, page, 'a').round(), WAYS)
    })
  }

  it('does without a store that is forbidden', () => {
    const forbidden = () => {
      throw new Error('SecurityError')
    }
    const page = { fetch: new TestPage().fetch, sessionStorage: { getItem: forbidden, setItem: forbidden } }
    const order = new Order(WAYS, page, 'a')
    order.worked('sse')
    assert.deepEqual(order.round(), ['sse'])
  })
})
