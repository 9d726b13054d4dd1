import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { clock, TICK_MS, watchClock } from '../../src/net/clock.ts'

describe('the clock', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }))
  afterEach(() => mock.timers.reset())

  it('goes as soon as somebody watches it', () => {
    clock.now = -1
    const stop = watchClock(() => {})
    assert.ok(clock.now >= 0)
    stop()
  })

  it('tells every watcher at every tick, until it stops', () => {
    const ticks: string[] = []
    const stopA = watchClock((now) => ticks.push(`a${now === clock.now}`))
    const stopB = watchClock(() => ticks.push('b'))
    mock.timers.tick(TICK_MS)
    stopA()
    mock.timers.tick(TICK_MS)
    stopB()
    mock.timers.tick(10 * TICK_MS)
    assert.deepEqual(ticks, ['atrue', 'b', 'b'])
  })

  it('goes again after it stood still', () => {
    let ticks = 0
    watchClock(() => ticks++)()
    const stop = watchClock(() => ticks++)
    mock.timers.tick(TICK_MS)
    stop()
    assert.equal(ticks, 1)
  })

  it('stops once, however often it is told', () => {
    let ticks = 0
    const stopA = watchClock(() => {})
    const stopB = watchClock(() => ticks++)
    stopA()
    stopA()
    mock.timers.tick(TICK_MS)
    stopB()
    assert.equal(ticks, 1)
  })
})
