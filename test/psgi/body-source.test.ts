import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { describe, it } from 'node:test'
import { closeUnread, openSource } from '../../src/psgi/body-source.ts'

describe('closing a body that nobody read', () => {
  it('finishes a generator that was not begun', () => {
    const generator = (function* () {
      yield assert.fail('begun')
    })()
    closeUnread(generator)
    assert.deepEqual(generator.next(), { done: true, value: undefined })
  })

  it('finishes an async generator that was not begun', async () => {
    const generator = (async function* () {
      yield assert.fail('begun')
    })()
    await closeUnread(generator)
    assert.deepEqual(await generator.next(), { done: true, value: undefined })
  })

  it('closes a generator that the pipe had begun', () => {
    let closed = false
    const generator = (function* () {
      try {
        yield 'a'
      } finally {
        closed = true
      }
    })()
    generator.next()
    closeUnread(generator)
    assert.equal(closed, true)
  })

  it('destroys a Node stream, and cancels a web stream', async () => {
    const node = Readable.from(['a'])
    closeUnread(node)
    assert.equal(node.destroyed, true)
    let cancelled = false
    const web = new ReadableStream({
      cancel() {
        cancelled = true
      },
    })
    await closeUnread(web)
    assert.equal(cancelled, true)
  })

  it('closes what a promise brings', async () => {
    const node = Readable.from(['a'])
    await closeUnread(Promise.resolve(node))
    assert.equal(node.destroyed, true)
  })

  it('tells of errors', async () => {
    const own = new Error('own')
    const isOwn = (error: unknown) => error === own
    const bad = {
      next: () => ({ done: true }),
      return() {
        throw own
      },
    }
    assert.throws(() => closeUnread(bad), isOwn)
    await assert.rejects(async () => closeUnread(Promise.reject(own)), isOwn)
  })

  it('leaves alone what holds nothing', () => {
    let asked = false
    const lazy = {
      [Symbol.iterator]() {
        asked = true
        return [].values()
      },
    }
    for (const body of ['a', new Uint8Array(1), ['a'], new Set(['a']), lazy, undefined, null, 5, { length: 0 }]) {
      assert.equal(closeUnread(body), undefined)
    }
    assert.equal(asked, false)
  })
})

describe('opening a body', () => {
  it('asks an iterable for its iterator once, at once, and closes that', () => {
    const log: string[] = []
    const source = openSource({
      [Symbol.iterator]() {
        log.push('opened')
        return { next: () => ({ done: true, value: undefined }), return: () => log.push('closed') }
      },
    })
    assert.deepEqual(log, ['opened'])
    source.close()
    assert.deepEqual(log, ['opened', 'closed'])
  })

  it('takes bytes for bytes and not for numbers', () => {
    const buffer = Buffer.from('ab')
    assert.deepEqual(openSource(buffer).next(), { done: false, value: buffer })
  })

  it('takes what is iterable both ways for asynchronous', () => {
    const both = {
      [Symbol.iterator]: () => ['a'].values(),
      [Symbol.asyncIterator]: () => Readable.from(['b']).iterator(),
    }
    assert.equal(openSource(both).kind, 'later')
  })
})
