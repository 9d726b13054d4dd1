import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Line, LineSink } from '../../src/client/line.ts'
import type { Page } from '../../src/client/page.ts'
import { sseLine } from '../../src/client/sse-line.ts'

/** A stream that is written to by hand, and what is answered to what is posted. */
class Stream {
  readonly told: unknown[] = []
  readonly posted: unknown[] = []
  readonly line: Line
  readonly closed: Promise<void>
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #heard: () => void = () => {}

  /** @param answers to each POST; one without is not answered */
  constructor(head: ResponseInit, answers: readonly number[] = []) {
    const left = [...answers]
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
    })
    const fetch: Page['fetch'] = async (_url, { method, headers, body: text, signal }) => {
      signal.addEventListener('abort', () => this.told.push('aborted'))
      if (method !== 'POST') return new Response(body, head)
      this.posted.push([headers['Stream-Id'], text])
      this.#heard()
      const status = left.shift()
      if (status === undefined) return new Promise(() => {})
      return new Response(null, { status, headers: { 'Retry-After': '0' } })
    }
    let closed: () => void
    this.closed = new Promise((resolve) => {
      closed = resolve
    })
    const sink: LineSink = {
      opened: () => this.#tell('opened'),
      text: (text) => this.#tell(text),
      value: () => assert.fail('value'),
      drained: () => this.#tell('drained'),
      closed: (error) => {
        this.#tell(error.message)
        closed()
      },
    }
    this.line = sseLine('http://a/', sink, { page: { fetch }, credentials: 'omit', timeoutMs: 1_000 })
  }

  #tell(what: string): void {
    this.told.push(what)
    this.#heard()
  }

  comes(text: string): this {
    this.#controller?.enqueue(new TextEncoder().encode(text))
    return this
  }

  ends(): this {
    this.#controller?.close()
    return this
  }

  /** Resolves when something holds that is heard of. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = () => holds() && resolve()
      this.#heard()
    })
  }
}

const EVENTS: ResponseInit = { headers: { 'Content-Type': 'text/event-stream' } }

describe('a line by server-sent events', { timeout: 20_000 }, () => {
  it('is open when it knows the id of the stream, and gives messages from then on', async () => {
    const stream = new Stream(EVENTS).comes('retry: 5\n\n: hi\n\nevent: stream\ndata: x7\n\ndata: {"a":1}\n\n')
    stream.comes('event: other\ndata: 2\n\nevent: stream\ndata: x8\n\ndata: {"b":2}\n\n').ends()
    await stream.closed
    assert.deepEqual(stream.told.slice(0, 4), ['opened', '{"a":1}', '{"b":2}', 'aborted'])
    assert.equal(stream.told.at(-1), 'http://a/ ended the stream')
  })

  it('posts one message after the other, again where there was no room', async () => {
    const stream = new Stream(EVENTS, [204, 429, 429, 204]).comes('event: stream\ndata: x7\n\n')
    await stream.until(() => stream.told.includes('opened'))
    assert.equal(stream.line.send({ a: 1 }), false)
    assert.equal(stream.line.send({ b: 2 }), false)
    await stream.until(() => stream.told.includes('drained'))
    assert.deepEqual(stream.posted, [
      ['x7', '{"a":1}'],
      ['x7', '{"b":2}'],
      ['x7', '{"b":2}'],
      ['x7', '{"b":2}'],
    ])
    stream.line.cut()
  })

  for (const status of [404, 413, 500]) {
    it(`is closed where a message is answered with ${status}`, async () => {
      const stream = new Stream(EVENTS, [status]).comes('event: stream\ndata: x7\n\n')
      await stream.until(() => stream.told.includes('opened'))
      stream.line.send({ a: 1 })
      await stream.closed
      assert.equal(stream.told.at(-1), `http://a/ answered a message with ${status}`)
    })
  }

  it('gives nothing while it is paused', async () => {
    const stream = new Stream(EVENTS).comes('event: stream\ndata: x7\n\n')
    await stream.until(() => stream.told.includes('opened'))
    stream.line.pause()
    // What was asked for already still comes.
    stream.comes('data: 1\n\n')
    await stream.until(() => stream.told.includes('1'))
    stream.comes('data: 2\n\n')
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(stream.told, ['opened', '1'])
    stream.line.resume()
    await stream.until(() => stream.told.includes('2'))
    stream.line.cut()
  })

  it('lets what was given to it leave before it is closed, and says nothing then', async () => {
    const stream = new Stream(EVENTS, [204, 204]).comes('event: stream\ndata: x7\n\n')
    await stream.until(() => stream.told.includes('opened'))
    stream.line.send({ a: 1 })
    stream.line.send({ b: 2 })
    stream.line.close()
    await stream.until(() => stream.posted.length === 2)
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(stream.told.includes('aborted'))
    assert.ok(stream.told.every((each) => each === 'opened' || each === 'aborted'))
  })

  for (const [what, head] of [
    ['another status', { ...EVENTS, status: 503 }],
    ['another type', { headers: { 'Content-Type': 'text/html' } }],
  ] as const) {
    it(`is closed for ${what}`, async () => {
      const stream = new Stream(head)
      await stream.closed
      assert.match(String(stream.told.at(-1)), /and no stream of events/)
    })
  }
})
