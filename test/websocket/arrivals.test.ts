import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PeerError, UsageError } from '../../src/errors.ts'
import type { Sink } from '../../src/net/connection.ts'
import { Arrivals } from '../../src/websocket/arrivals.ts'

/** Arrivals, and what becomes of them: what the socket and the sink are told, in order. */
function watched(more: Partial<Sink> = {}) {
  const told: string[] = []
  const arrivals = new Arrivals({ pause: () => told.push('(pause)'), resume: () => told.push('(resume)') })
  const sink: Sink = {
    data: (bytes) => told.push(`data ${bytes}`),
    end: () => told.push('end'),
    drained: () => {},
    drain: () => {},
    closed: (error) => told.push(`closed ${error?.message ?? 'well'}`),
    ...more,
  }
  const text = (message: string) => arrivals.message(Buffer.from(message), true)
  return { told, arrivals, sink, text }
}
const tick = () => new Promise<void>((resolve) => queueMicrotask(resolve))

describe('what arrives by WebSocket', () => {
  it('waits until somebody takes it', async () => {
    const { told, arrivals, sink, text } = watched()
    text('one')
    arrivals.take(sink)
    text('two')
    assert.deepEqual(told, [])
    await tick()
    text('three')
    assert.deepEqual(told, ['data one', 'data two', 'data three'])
  })

  it('is given as text where it is text, to a sink that takes text', async () => {
    const texts: string[] = []
    const { told, arrivals, sink, text } = watched({ text: (message) => texts.push(message) })
    arrivals.take(sink)
    await tick()
    text('Γειά')
    arrivals.message(Buffer.from('bytes'), false)
    assert.deepEqual([texts, told], [['Γειά'], ['data bytes']])
  })

  it('is held in the socket once too much waits', async () => {
    const { told, arrivals, sink } = watched()
    for (let at = 0; at < 3; at++) arrivals.message(Buffer.alloc(30_000), false)
    assert.deepEqual(told, ['(pause)'])
    assert.equal(arrivals.held, true)
    arrivals.take(sink)
    await tick()
    assert.deepEqual([told.length, told.at(-1)], [5, '(resume)'])
  })

  it('waits while the sink pauses, also where it does so again and again', async () => {
    const { told, arrivals, sink, text } = watched({
      data: (bytes) => {
        told.push(String(bytes))
        arrivals.pause()
        if (told.length > 4) arrivals.resume()
      },
    })
    arrivals.take(sink)
    await tick()
    for (const each of ['a', 'b', 'c']) text(each)
    assert.deepEqual(told, ['a', '(pause)'])
    arrivals.resume()
    assert.deepEqual(told, ['a', '(pause)', 'b'])
    arrivals.resume()
    arrivals.resume()
    assert.deepEqual(told, ['a', '(pause)', 'b', 'c', '(resume)'])
  })

  it('is all given before the end, wanted or not', async () => {
    const { told, arrivals, sink, text } = watched()
    arrivals.take(sink)
    await tick()
    arrivals.pause()
    text('a')
    text('b')
    arrivals.finish(undefined)
    text('late')
    arrivals.finish(new Error('twice'))
    assert.deepEqual(told, ['(pause)', 'data a', 'data b', 'end', 'closed well'])
  })

  it('is given to who takes it after the end', async () => {
    const { told, arrivals, sink, text } = watched()
    text('a')
    arrivals.finish(new Error('gone'))
    arrivals.take(sink)
    await tick()
    assert.deepEqual(told, ['data a', 'closed gone'])
  })

  it('may be broken: that is told once, behind what came before', async () => {
    const error = new PeerError('MESSAGE_BAD', 'bad')
    for (const early of [true, false]) {
      const { told, arrivals, sink, text } = watched({ broken: ({ message }) => told.push(`broken ${message}`) })
      if (!early) arrivals.take(sink)
      await tick()
      text('a')
      arrivals.broken(error)
      text('late')
      if (early) arrivals.take(sink)
      await tick()
      arrivals.finish(undefined)
      assert.deepEqual(told.slice(0, 2), ['data a', 'broken bad'])
      assert.equal(told.at(-1), 'closed well')
    }
  })

  it('closes with the error where nobody takes what is broken', async () => {
    const { told, arrivals, sink } = watched()
    arrivals.take(sink)
    await tick()
    arrivals.broken(new PeerError('MESSAGE_BAD', 'bad'))
    assert.deepEqual(told, [])
    arrivals.finish(undefined)
    assert.deepEqual(told, ['closed bad'])
  })

  it('is thrown away from drop() on, and the socket is read to its end', async () => {
    const { told, arrivals, sink, text } = watched()
    arrivals.take(sink)
    await tick()
    arrivals.pause()
    text('a')
    arrivals.drop()
    text('b')
    arrivals.pause()
    arrivals.broken(new PeerError('MESSAGE_BAD', 'bad'))
    arrivals.finish(undefined)
    assert.deepEqual(told, ['(pause)', '(resume)', 'end', 'closed well'])
  })

  it('has one reader', () => {
    const { arrivals, sink } = watched()
    arrivals.take(sink)
    assert.throws(
      () => arrivals.take(sink),
      (error) => error instanceof UsageError && error.code === 'READ_TWICE',
    )
  })
})
