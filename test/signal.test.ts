// The signal of a flow: made when it is asked for, following the flow around it, let go of at the end.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { alias, type Bag, lazy, type Next, type Pipe, part, pipe, run } from '../src/index.ts'
import { failing, server, settled, Trace, through } from './tracing.ts'

/** A connection: a flow of its own with a signal to follow. */
function connection(signal: AbortSignal): Pipe<{}, {}> {
  return { name: 'connection', through: (_bag, next: Next<object>) => next({ signal }, () => {}) }
}

/** Writes down the signals that it is asked for. */
function asking(): { signals: AbortSignal[]; asks: (bag: Bag) => void } {
  const signals: AbortSignal[] = []
  return { signals, asks: (bag) => void signals.push(bag.signal) }
}

/** Counts how often an AbortController is made while `run` runs. */
async function controllersOf(run: () => Promise<unknown>): Promise<number> {
  const real = globalThis.AbortController
  let made = 0
  globalThis.AbortController = class extends real {
    constructor() {
      super()
      made++
    }
  }
  try {
    await run()
  } finally {
    globalThis.AbortController = real
  }
  return made
}

describe('signal', () => {
  it('is made only when asked for, and once for a flow', async () => {
    const t = new Trace()
    const flow = (step: (bag: Bag) => unknown) => () =>
      run(
        part(
          t.pipe('a'),
          through('in', (next) => next()),
          step,
          step,
        ),
      )
    assert.equal(await controllersOf(flow(() => {})), 0)
    assert.equal(await controllersOf(flow((bag) => void bag.signal)), 1)
  })

  it('is the same for aliased and lazy pipes', async () => {
    const { signals, asks } = asking()
    const enter = (bag: Bag) => asks(bag)
    await run(part(asks, alias(pipe('a', enter), { a: 'b' }), lazy(pipe('c', enter)), (bag) => bag.enter('c')))
    assert.equal(signals.length, 3)
    assert.equal(new Set(signals).size, 1)
  })

  it('is another for a flow inside, and follows the one outside', async () => {
    const { signals, asks } = asking()
    const outer = new AbortController()
    const t = new Trace()
    const fires = () => outer.abort('gone')
    await run(part(connection(outer.signal), asks, server(t), asks, server(t), asks, fires))
    assert.equal(new Set(signals).size, 3)
    assert.deepEqual(
      signals.map(({ reason }) => reason),
      ['gone', 'gone', 'gone'],
    )
  })

  it('follows over a flow that did not ask itself', async () => {
    const { signals, asks } = asking()
    const outer = new AbortController()
    const t = new Trace()
    await run(part(connection(outer.signal), server(t), server(t), asks, () => outer.abort('gone')))
    assert.equal(signals[0]?.reason, 'gone')
  })

  it('is aborted from the start if the one outside is', async () => {
    const { signals, asks } = asking()
    await run(part(connection(AbortSignal.abort('gone')), server(new Trace()), asks))
    assert.equal(signals[0]?.reason, 'gone')
  })

  it('without anything to follow never fires', async () => {
    const { signals, asks } = asking()
    await run(part(asks))
    assert.equal(signals[0]?.aborted, false)
  })

  it('follows no more when the flow has ended', async () => {
    const { signals, asks } = asking()
    const outer = new AbortController()
    await run(part(connection(outer.signal), asks))
    outer.abort('gone')
    assert.equal(signals[0]?.aborted, false)
  })

  it('still fires while deferred functions run', async () => {
    const outer = new AbortController()
    const seen: unknown[] = []
    const defers = (bag: Bag) =>
      bag.defer(async () => {
        await settled()
        outer.abort('gone')
        seen.push(bag.signal.reason)
      })
    await run(part(connection(outer.signal), defers))
    assert.deepEqual(seen, ['gone'])
  })

  for (const [how, ends] of [
    ['well', () => {}],
    ['with an error', failing('E')],
    ['late', settled],
  ] as const) {
    it(`leaves no listener behind on the signal outside, where the flow ends ${how}`, async () => {
      const outer = new AbortController()
      const { asks } = asking()
      const requests = through('requests', async (next) => {
        for (let count = 0; count < 20; count++) await next()
        assert.equal(getEventListeners(outer.signal, 'abort').length, 1)
      })
      const t = new Trace()
      await run(part(connection(outer.signal), asks, requests, server(t), t.pipe('a', { enter: asks }), ends))
      assert.equal(getEventListeners(outer.signal, 'abort').length, 0)
    })
  }

  it('asked for after the end follows nobody, and leaves no listener behind', async () => {
    const outer = new AbortController()
    let kept: Bag | undefined
    const keeps = (bag: Bag) => {
      kept = bag
    }
    await run(part(connection(outer.signal), keeps))
    assert.equal(kept?.signal.aborted, false)
    assert.equal(getEventListeners(outer.signal, 'abort').length, 0)
  })
})
