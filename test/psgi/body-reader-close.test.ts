// How bodies are closed, and what becomes of their errors.

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { open_body } from '../../src/psgi/body-reader.ts'
import { readAll, readBody, WATCHED, withBody } from './body-kinds.ts'
import { bytes, refusesLater } from './encode-error.ts'

describe('a body that is not read to its end', () => {
  for (const [kind, make] of Object.entries(WATCHED)) {
    it(`is closed once: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, 'b')))
      assert.equal(await reader.read(), 'a')
      await reader.close()
      await reader.close()
      assert.deepEqual(log, ['closed'])
      assert.equal(await reader.read(), undefined)
    })

    it(`is closed by a character that its charset lacks: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, '€'), 'text/plain; charset=iso-8859-1'))
      assert.deepEqual(await reader.read(), bytes('a'))
      await refusesLater(async () => reader.read(), 'CHARACTER_MISSING', 'U+20AC')
      assert.deepEqual(log, ['closed'])
    })

    it(`is closed by a charset that cannot be written: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, 'b'), 'text/plain; charset=utf-7'))
      await refusesLater(async () => reader.read(), 'CHARSET_UNKNOWN', '"utf-7"')
      assert.deepEqual(log, ['closed'])
    })
  }

  it('is closed when one of its promises is rejected', async () => {
    const own = new Error('own')
    for (const kind of ['generator', 'iterator']) {
      const log: string[] = []
      const reader = open_body(withBody(WATCHED[kind]?.(log, Promise.reject(own))))
      assert.equal(reader.read(), 'a')
      await assert.rejects(
        async () => reader.read(),
        (error) => error === own,
      )
      assert.deepEqual(log, ['closed'])
    }
  })

  it('is closed at once where a stream has nothing to give', async () => {
    const node = new PassThrough()
    const reader = open_body(withBody(node))
    const waiting = reader.read()
    await setImmediate()
    await reader.close()
    assert.equal(node.destroyed, true)
    assert.equal(await waiting, undefined)

    let reason: unknown = 'open'
    const web = new ReadableStream({
      cancel(why) {
        reason = why
      },
    })
    const other = open_body(withBody(web))
    const hanging = other.read()
    await other.close()
    assert.equal(reason, undefined)
    assert.equal(await hanging, undefined)
  })

  it('gives no chunk that comes after it was closed', async () => {
    const log: string[] = []
    const { promise, resolve } = withResolvers<unknown>()
    const reader = open_body(withBody(WATCHED.generator?.(log, promise)))
    assert.equal(reader.read(), 'a')
    const waiting = reader.read()
    await reader.close()
    assert.deepEqual(log, ['closed'])
    resolve('b')
    assert.equal(await waiting, undefined)
  })

  it('is closed when it comes, where nobody had begun to wait for it', async () => {
    const log: string[] = []
    const body = WATCHED.generator?.(log, 'b') as Generator
    body.next()
    await open_body(withBody(Promise.resolve(body))).close()
    assert.deepEqual(log, ['closed'])
  })

  it('is closed when it comes, where it was still waited for', async () => {
    const log: string[] = []
    const { promise, resolve } = withResolvers<unknown>()
    const reader = open_body(withBody(promise))
    const waiting = reader.read()
    await reader.close()
    const body = WATCHED.generator?.(log, 'b') as Generator
    assert.equal(body.next().value, 'a')
    resolve(body)
    assert.equal(await waiting, undefined)
    assert.deepEqual(log, ['closed'])
  })

  it('keeps its first error where closing fails too', async () => {
    const bad = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 5 }),
        return() {
          throw new Error('second')
        },
      }),
    }
    await refusesLater(() => readBody(bad), 'FORMAT_MISMATCH')
    const late = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 5 }),
        return: () => Promise.reject(new Error('second')),
      }),
    }
    await refusesLater(() => readBody(late), 'FORMAT_MISMATCH')
    // Its chunks come at once all the same, so nobody waits for its end: that must not end the process.
    const hasty = {
      [Symbol.asyncIterator]: () => ({
        next: () => ({ done: false, value: 5 }),
        return: () => Promise.reject(new Error('second')),
      }),
    }
    await refusesLater(() => readBody(hasty), 'FORMAT_MISMATCH')
    await setImmediate()
  })
})

describe('a body that throws', () => {
  const own = new Error('own')
  const THROWING: Record<string, () => unknown> = {
    generator: function* () {
      yield 'a'
      throw own
    },
    'async generator': async function* () {
      yield 'a'
      throw own
    },
    'rejected promise': () => Promise.reject(own),
    'web stream': () => new ReadableStream({ start: (controller) => controller.error(own) }),
  }
  for (const [kind, make] of Object.entries(THROWING)) {
    it(`passes its error on as it is: ${kind}`, async () => {
      const reader = open_body(withBody(make()))
      await assert.rejects(
        () => readAll(reader),
        (error) => error === own,
      )
      assert.equal(await reader.read(), undefined)
    })
  }

  it('is not told to return', async () => {
    let told = false
    const iterator = {
      next() {
        throw own
      },
      return() {
        told = true
        return { done: true, value: undefined }
      },
    }
    await assert.rejects(
      () => readBody({ [Symbol.iterator]: () => iterator }),
      (error) => error === own,
    )
    await assert.rejects(
      () => readBody({ [Symbol.asyncIterator]: () => ({ ...iterator, next: () => Promise.reject(own) }) }),
      (error) => error === own,
    )
    assert.equal(told, false)
  })
})

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
