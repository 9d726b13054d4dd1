import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PeerError } from '../../../src/errors.ts'
import { CODE, FRAME, Frames, frame, INITIAL_WINDOW_SIZE, number, request, settings } from '../../frames.ts'
import { Gate } from '../../gate.ts'
import { type HttpPipe, type Served, sends, serveHttp } from '../../wire.ts'

const isGone = (error: unknown) => error instanceof PeerError && error.code === 'CONNECTION_CLOSED'

/** A body that says one thing, and then nothing any more. */
class Silent implements AsyncIterableIterator<string> {
  readonly #closed: () => void
  readonly #over = new Gate<unknown>()
  #said = false

  constructor(closed: () => void) {
    this.#closed = closed
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<string>> {
    if (this.#said) await this.#over.opened
    const done = this.#said
    this.#said = true
    return done ? { done, value: undefined } : { done, value: 'first' }
  }

  async return(): Promise<IteratorResult<string>> {
    this.#closed()
    this.#over.open(undefined)
    return { done: true, value: undefined }
  }
}

/** The ways in which a stream can be gone. */
const ways: readonly [name: string, (frames: Frames, served: Served) => unknown][] = [
  ['is cancelled', (frames) => frames.reset(1)],
  ['is reset with an error', (frames) => frames.reset(1, CODE.INTERNAL_ERROR)],
  ['is reset without an error', (frames) => frames.reset(1, CODE.NO_ERROR)],
  ['loses its connection', (frames) => frames.wire.destroy()],
  ['is cut with its listener', (_, served) => served.listener.close({ graceMs: 0 })],
]

/** Whether the connection goes on. */
const resets = (name: string) => /reset|cancelled/.test(name)

describe('a stream that is gone', () => {
  for (const [name, go] of ways) {
    it(`fires the signal of its flow and no other: ${name}`, async () => {
      const [begun, other, fired] = [new Gate<unknown>(), new Gate<unknown>(), new Gate<unknown>()]
      const signals: AbortSignal[] = []
      await using served = await serveHttp(async ({ signal, environ }) => {
        signals.push(signal)
        if (environ.PATH_INFO === '/other') {
          other.open(undefined)
          await fired.opened
          return 'x'
        }
        signal.addEventListener('abort', () => fired.open(signal.reason))
        begun.open(undefined)
        await fired.opened
        return 'nobody reads it'
      })
      using frames = await Frames.open(served.address)
      frames.ask(1).ask(3, request('/other'))
      await Promise.all([begun.opened, other.opened])
      void go(frames, served)
      assert.ok(isGone(await fired.opened))
      if (resets(name)) {
        assert.equal(signals[1]?.aborted, false)
        await frames.over(3)
        assert.equal(frames.status(3), 200)
      }
      assert.deepEqual(served.errors, [])
    })

    it(`fires the signal where a body waits that nobody reads: ${name}`, async () => {
      const [begun, fired] = [new Gate<unknown>(), new Gate<unknown>()]
      await using served = await serveHttp(async ({ signal }) => {
        signal.addEventListener('abort', () => fired.open(undefined))
        begun.open(undefined)
        await fired.opened
      })
      using frames = await Frames.open(served.address)
      frames.ask(1, request('/', 'POST'), false)
      for (let sent = 0; sent < 4; sent++) frames.send(frame(FRAME.DATA, 0, 1, Buffer.alloc(16_000)))
      await begun.opened
      await frames.settle()
      void go(frames, served)
      await fired.opened
    })

    it(`has fired the signal of a flow that asks late: ${name}`, async () => {
      const [begun, early, goOn, asked] = [
        new Gate<unknown>(),
        new Gate<unknown>(),
        new Gate<unknown>(),
        new Gate<unknown>(),
      ]
      await using served = await serveHttp(async (bag) => {
        if (bag.environ.PATH_INFO === '/early') {
          bag.signal.addEventListener('abort', early.open)
          begun.open(undefined)
          await Promise.race([early.opened, asked.opened])
        } else {
          await goOn.opened
          asked.open(bag.signal.aborted)
        }
      })
      using frames = await Frames.open(served.address)
      frames.ask(1).ask(3, request('/early'))
      await begun.opened
      const going = go(frames, served)
      await (resets(name) ? frames.settle() : early.opened)
      goOn.open(undefined)
      assert.equal(await asked.opened, true)
      await going
    })

    it(`closes the source of its body, which waits: ${name}`, async () => {
      const closed = new Gate<unknown>()
      await using served = await serveHttp(sends({ body: () => new Silent(() => closed.open(undefined)) }))
      using frames = await Frames.open(served.address)
      frames.ask(1)
      await frames.sees(FRAME.DATA, 1)
      void go(frames, served)
      await closed.opened
      assert.deepEqual(served.errors, [])
    })

    it(`closes the source of its body, which is not pulled since the peer takes no more: ${name}`, async () => {
      const closed = new Gate<unknown>()
      await using served = await serveHttp(
        sends({
          body: function* () {
            try {
              for (;;) yield 'x'.repeat(10_000)
            } finally {
              closed.open(undefined)
            }
          },
        }),
      )
      using frames = await Frames.open(served.address)
      frames.ask(1)
      await frames.wire.until(() => frames.data(1).length >= 65_535)
      void go(frames, served)
      await closed.opened
      assert.deepEqual(served.errors, [])
    })

    it(`makes write() and the body of the request fail: ${name}`, async () => {
      const failed: unknown[] = []
      const [begun, over] = [new Gate<unknown>(), new Gate<unknown>()]
      await using served = await serveHttp(async ({ write, environ }) => {
        begun.open(undefined)
        await environ['wsgi.input'].read().catch((error) => failed.push(error))
        try {
          for (;;) await write('x'.repeat(10_000))
        } catch (error) {
          failed.push(error)
        }
        over.open(undefined)
      })
      using frames = await Frames.open(served.address)
      frames.ask(1, request('/', 'POST'), false).send(frame(FRAME.DATA, 0, 1, 'abc'))
      await begun.opened
      await frames.settle()
      void go(frames, served)
      await over.opened
      assert.equal(failed.length, 2)
      assert.ok(failed.every(isGone))
    })
  }

  it('fires the signal of a HEAD, whose response is over before it begins', async () => {
    const [begun, fired] = [new Gate(), new Gate()]
    await using served = await serveHttp(async ({ signal }) => {
      signal.addEventListener('abort', () => fired.open())
      begun.open()
      await fired.opened
    })
    using frames = await Frames.open(served.address)
    frames.ask(1, request('/', 'HEAD'))
    await begun.opened
    frames.reset(1)
    await fired.opened
  })

  it('runs deferred functions all the same', async () => {
    const [begun, over] = [new Gate<unknown>(), new Gate<unknown>()]
    await using served = await serveHttp(async ({ defer, signal }) => {
      defer(() => over.open(undefined))
      begun.open(undefined)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
    using frames = await Frames.open(served.address)
    frames.ask(1)
    await begun.opened
    frames.reset(1)
    await over.opened
  })

  it('runs deferred functions where a peer that took nothing is gone', async () => {
    const over = new Gate<unknown>()
    await using served = await serveHttp(({ defer }) => {
      defer(() => over.open(undefined))
      return 'x'.repeat(100_000)
    })
    using frames = await Frames.open(served.address)
    frames.ask(1)
    await frames.sees(FRAME.DATA, 1)
    frames.wire.destroy()
    await over.opened
  })
})

describe('a peer that takes nothing', () => {
  const below: [name: string, pipe: HttpPipe][] = [
    ['a small response', () => 'x'],
    ['a long response', () => 'x'.repeat(1_000_000)],
    [
      'a stream',
      sends({
        body: function* () {
          for (;;) yield 'x'.repeat(10_000)
        },
      }),
    ],
    ['a refusal', () => 'never'],
  ]
  for (const [name, pipe] of below) {
    it(`is given up after the idle time-out, with everything that is held for it: ${name}`, async () => {
      await using served = await serveHttp(pipe, { idleTimeoutMs: 100 })
      using frames = await Frames.open(served.address)
      frames.send(settings([[INITIAL_WINDOW_SIZE, 0]])).ask(1, request(name === 'a refusal' ? '/%ff' : '/'))
      assert.equal((await frames.over(1)).reset, CODE.CANCEL)
      assert.equal(await frames.wire.closed(), 'end')
      assert.equal(frames.goaway, CODE.NO_ERROR)
      assert.deepEqual(served.errors, [])
    })
  }

  it('is not given up where it takes a little from time to time', async () => {
    await using served = await serveHttp(() => 'x'.repeat(1_500_000), { idleTimeoutMs: 400 })
    using frames = await Frames.open(served.address)
    frames.send(settings([[INITIAL_WINDOW_SIZE, 0]]), frame(FRAME.WINDOW_UPDATE, 0, 0, number(2_000_000))).ask(1)
    await frames.sees(FRAME.HEADERS, 1)
    const other = await serveHttp(() => 'tick', { idleTimeoutMs: 100 })
    // Each turn takes as long as the idle time-out of another connection, so that time passes without a clock of ours.
    for (let taken = 0; taken < 1_500_000; taken += 300_000) {
      frames.send(frame(FRAME.WINDOW_UPDATE, 0, 1, number(300_000)))
      await frames.wire.until(() => frames.data(1).length >= taken + 300_000)
      using idle = await Frames.open(other.address)
      await idle.wire.closed()
    }
    assert.equal((await frames.over(1)).reset, undefined)
    assert.equal(frames.data(1).length, 1_500_000)
    await other[Symbol.asyncDispose]()
  })
})
