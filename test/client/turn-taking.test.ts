import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TurnTaking } from '../../src/client/turn-taking.ts'
import { settled } from '../tracing.ts'

/** Messages that arrive when they are let through. */
class Sent {
  readonly requests: (readonly object[])[] = []
  readonly told: string[] = []
  #through: ((error?: Error) => void)[] = []

  leave(messages: readonly object[]): Promise<void> {
    this.requests.push(messages)
    return new Promise((resolve, reject) => {
      this.#through.push((error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  drained(): void {
    this.told.push('drained')
  }

  failed(error: unknown): void {
    this.told.push(String(error))
  }

  async through(error?: Error): Promise<void> {
    this.#through.shift()?.(error)
    await settled()
  }
}

const [A, B, C, D] = [{ a: 1 }, { b: 1 }, { c: 1 }, { d: 1 }]

describe('TurnTaking', () => {
  it('sends what comes in one tick together, and asks for no more than fits', async () => {
    const sent = new Sent()
    const turns = new TurnTaking(2, sent)
    assert.deepEqual([turns.add(A), turns.add(B)], [true, false])
    await settled()
    assert.deepEqual(sent.requests, [[A, B]])
    await sent.through()
    assert.deepEqual(sent.told, ['drained'])
  })

  it('lets a request arrive before the next one leaves', async () => {
    const sent = new Sent()
    const turns = new TurnTaking(2, sent)
    turns.add(A)
    await settled()
    assert.deepEqual([turns.add(B), turns.add(C), turns.add(D)], [false, false, false])
    await settled()
    assert.deepEqual(sent.requests, [[A]])
    await sent.through()
    assert.deepEqual(sent.requests, [[A], [B, C]])
    await sent.through()
    await sent.through()
    assert.deepEqual(sent.requests, [[A], [B, C], [D]])
    assert.deepEqual(sent.told, ['drained'])
  })

  it('fails once, and sends nothing more', async () => {
    const sent = new Sent()
    const turns = new TurnTaking(1, sent)
    turns.add(A)
    turns.add(B)
    await settled()
    await sent.through(new Error('refused'))
    assert.deepEqual(sent.requests, [[A]])
    assert.deepEqual(sent.told, ['Error: refused'])
  })

  it('says when all have left, once it is to end', async () => {
    const sent = new Sent()
    const turns = new TurnTaking(1, sent)
    turns.end(() => sent.told.push('at once'))
    turns.add(A)
    turns.add(B)
    turns.end(() => sent.told.push('ended'))
    await settled()
    await sent.through()
    assert.deepEqual(sent.told, ['at once'])
    await sent.through()
    assert.deepEqual(sent.told, ['at once', 'ended'])
  })

  it('sends and says nothing once it is dropped', async () => {
    const sent = new Sent()
    const turns = new TurnTaking(1, sent)
    turns.add(A)
    turns.add(B)
    await settled()
    turns.drop()
    await sent.through(new Error('cut'))
    assert.equal(turns.add(C), false)
    await settled()
    assert.deepEqual(sent.requests, [[A]])
    assert.deepEqual(sent.told, [])
  })
})
