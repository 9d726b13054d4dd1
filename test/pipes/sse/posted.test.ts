import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Posted } from '../../../pipes/sse/posted.ts'
import type { Sink } from '../../../src/net/connection.ts'

function posted(maxQueued = 3, maxBytes = 100) {
  const queue = new Posted({ maxQueued, maxBytes })
  const told: string[] = []
  const sink: Sink = {
    data: (message) => told.push(String(Buffer.from(message))),
    end() {},
    drained() {},
    drain() {},
    closed: (error) => told.push(error === undefined ? 'closed' : error.message),
  }
  const send = (text: string) => {
    const kept = queue.reserve() && queue.push(Buffer.from(text))
    if (kept) queue.release()
    return kept
  }
  return { queue, told, sink, send }
}

describe('what is posted to a stream', () => {
  it('is given in order, once somebody takes it', async () => {
    const { queue, told, sink, send } = posted()
    assert.deepEqual([send('a'), send('b')], [true, true])
    queue.take(sink)
    assert.deepEqual(told, [])
    await Promise.resolve()
    send('c')
    assert.deepEqual(told, ['a', 'b', 'c'])
  })

  it('waits while it is not wanted, up to the limits', async () => {
    const { queue, told, sink, send } = posted()
    queue.take(sink)
    await Promise.resolve()
    queue.pause()
    assert.deepEqual([send('a'), send('b'), send('c'), send('d')], [true, true, true, false])
    queue.resume()
    assert.deepEqual(told, ['a', 'b', 'c'])
    assert.equal(send('e'), true)
  })

  it('counts what is on its way, and gives the room back', () => {
    const { queue } = posted(2)
    assert.deepEqual([queue.reserve(), queue.reserve(), queue.reserve()], [true, true, false])
    queue.release()
    assert.equal(queue.reserve(), true)
  })

  it('counts bytes; one message of any length fits alone', () => {
    const { send } = posted(9, 10)
    assert.equal(send('x'.repeat(10)), true)
    assert.equal(send('y'), false)
    const { send: second, queue } = posted(9, 10)
    assert.equal(second('x'), true)
    assert.equal(queue.push(Buffer.from('y'.repeat(10))), false)
  })

  it('a sink that pauses within a message gets no further one', async () => {
    const { queue, told, sink, send } = posted()
    queue.take({
      ...sink,
      data(message) {
        sink.data(message)
        queue.pause()
      },
    })
    await Promise.resolve()
    send('a')
    send('b')
    assert.deepEqual(told, ['a'])
    queue.resume()
    assert.deepEqual(told, ['a', 'b'])
  })

  it('gives what came before the end, and then the end, once', async () => {
    const { queue, told, sink, send } = posted()
    queue.take(sink)
    await Promise.resolve()
    queue.pause()
    send('a')
    queue.close(new Error('cut'))
    queue.close(undefined)
    assert.deepEqual(told, [])
    assert.equal(send('b'), false)
    queue.resume()
    queue.resume()
    assert.deepEqual(told, ['a', 'cut'])
  })

  it('whoever takes it after the end is told', async () => {
    const { queue, told, sink } = posted()
    queue.close(undefined)
    queue.take(sink)
    await Promise.resolve()
    assert.deepEqual(told, ['closed'])
  })
})
