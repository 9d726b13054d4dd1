import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PeerError, UsageError } from '../../src/errors.ts'
import { ByteReader } from '../../src/net/byte-reader.ts'
import type { DrivenConnection, Sink } from '../../src/net/connection.ts'

function reading() {
  const told: string[] = []
  const connection = {
    remote: 'memory://x',
    take: (_: Sink) => told.push('take'),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
  }
  return { told, reader: new ByteReader(connection as unknown as DrivenConnection) }
}

const text = (result: IteratorResult<Uint8Array>) => (result.done ? 'end' : Buffer.from(result.value).toString())

describe('read()', () => {
  it('gives what came, in order, also what comes later', async () => {
    const { reader } = reading()
    reader.data(Buffer.from('a'))
    const iterator = reader[Symbol.asyncIterator]()
    assert.equal(text(await iterator.next()), 'a')
    const next = iterator.next()
    reader.data(Buffer.from('b'))
    assert.equal(text(await next), 'b')
    reader.end()
    assert.equal(text(await iterator.next()), 'end')
    assert.equal(text(await iterator.next()), 'end')
  })

  it('goes on in a second loop where the first was left', async () => {
    const { reader } = reading()
    for (const piece of ['a', 'b', 'c']) reader.data(Buffer.from(piece))
    reader.end()
    const seen: string[] = []
    for await (const bytes of reader) {
      seen.push(Buffer.from(bytes).toString())
      break
    }
    for await (const bytes of reader) seen.push(Buffer.from(bytes).toString())
    assert.deepEqual(seen, ['a', 'b', 'c'])
  })

  it('refuses two readers at once', async () => {
    const { reader } = reading()
    const first = reader[Symbol.asyncIterator]().next()
    const isTwice = (error: unknown) => error instanceof UsageError && error.code === 'READ_TWICE'
    await assert.rejects(reader[Symbol.asyncIterator]().next(), isTwice)
    reader.data(Buffer.from('a'))
    assert.equal(text(await first), 'a')
  })

  it('pauses the connection while much waits to be read, once, and resumes it once', async () => {
    const { reader, told } = reading()
    for (let count = 0; count < 4; count++) reader.data(Buffer.alloc(30_000))
    assert.deepEqual(told, ['take', 'pause'])
    const iterator = reader[Symbol.asyncIterator]()
    await iterator.next()
    assert.deepEqual(told, ['take', 'pause'])
    await iterator.next()
    await iterator.next()
    assert.deepEqual(told, ['take', 'pause', 'resume'])
  })

  it('gives what came before the connection broke, then an error, again and again', async () => {
    const { reader } = reading()
    reader.data(Buffer.from('a'))
    reader.closed(new Error('ECONNRESET'))
    reader.data(Buffer.from('late'))
    const iterator = reader[Symbol.asyncIterator]()
    assert.equal(text(await iterator.next()), 'a')
    const isGone = (error: unknown) =>
      error instanceof PeerError && error.code === 'CONNECTION_CLOSED' && /ECONNRESET/.test(error.message)
    await assert.rejects(iterator.next(), isGone)
    await assert.rejects(iterator.next(), isGone)
  })

  it('ends where the connection does, or where the listener closes, also for who waits', async () => {
    for (const end of ['end', 'drain', 'closed'] as const) {
      const { reader } = reading()
      const waiting = reader[Symbol.asyncIterator]().next()
      if (end === 'closed') reader.closed(undefined)
      else reader[end]()
      assert.equal(text(await waiting), 'end')
    }
  })
})
