import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { SendQueue, SLICE_BYTES } from '../../src/net/send-queue.ts'

/** A stream that takes what it is given when told to. */
function slowStream() {
  const taken: Buffer[] = []
  let take = () => {}
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      take = () => {
        taken.push(chunk)
        done()
      }
    },
  })
  return { stream, taken, take: () => take() }
}

describe('a send queue', () => {
  it('gives the stream a slice after the other, each when the one before is taken', () => {
    const { stream, taken, take } = slowStream()
    const queue = new SendQueue(stream)
    const long = Buffer.from(Uint8Array.from({ length: 2 * SLICE_BYTES + 5 }, (_, at) => at % 251))
    queue.add(long)
    queue.add('\xe9nd')
    assert.equal(queue.size, long.length + 3)
    assert.equal(queue.feed(), false)
    assert.equal(stream.writableLength, SLICE_BYTES)
    assert.equal(queue.size, SLICE_BYTES + 5 + 3)
    take()
    assert.equal(queue.feed(), false)
    assert.equal(stream.writableLength, SLICE_BYTES)
    take()
    assert.equal(queue.feed(), true)
    assert.equal(queue.size, 0)
    take()
    take()
    assert.deepEqual(Buffer.concat(taken), Buffer.concat([long, Buffer.of(0xe9), Buffer.from('nd')]))
  })

  it('gives everything at once to a stream that takes it at once', () => {
    const taken: Buffer[] = []
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        taken.push(chunk)
        done()
      },
    })
    const queue = new SendQueue(stream)
    queue.add(Buffer.alloc(5 * SLICE_BYTES))
    assert.equal(queue.feed(), true)
    assert.equal(Buffer.concat(taken).length, 5 * SLICE_BYTES)
  })
})
