import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { handOver } from '../../src/net/handover.ts'
import { PulledConnection } from '../../src/net/pulled-connection.ts'
import { connectionPair } from '../../src/transports/memory.ts'
import { Gate } from '../gate.ts'

describe('a connection that is handed over', () => {
  it('is a stream, paused, and what happens to it is told', async () => {
    const [ours, theirs] = connectionPair('handover')
    const told: unknown[] = []
    const closed = new Gate()
    const handover = handOver(theirs, (error) => {
      told.push(error)
      closed.open()
    })
    assert.ok(handover !== undefined)
    ours.send('hello')
    handover.onDrain(() => told.push('drain'))
    theirs.drain()
    handover.stream.resume()
    assert.equal(String((await once(handover.stream, 'data'))[0]), 'hello')
    const error = new Error('as asked')
    theirs.destroy(error)
    await closed.opened
    assert.deepEqual(told, ['drain', error])
    assert.equal(handover.connection, theirs)
  })

  it('tells at once of a listener that wants to close already', () => {
    const [, theirs] = connectionPair('handover')
    const handover = handOver(theirs)
    theirs.drain()
    let drained = 0
    handover?.onDrain(() => drained++)
    assert.equal(drained, 1)
    theirs.destroy()
  })

  it('runs on a stream, or is not handed over', () => {
    const [ours] = connectionPair('handover')
    assert.equal(handOver(new PulledConnection(ours)), undefined)
    ours.destroy()
  })
})
