import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '../../src/errors.ts'
import { checkMessage, Drain } from '../../src/net/message-writing.ts'

describe('what is written to a message connection', () => {
  it('is text or bytes', () => {
    for (const message of ['', 'a', new Uint8Array(0), Buffer.from('a')]) checkMessage(message)
    for (const [value, found] of [
      [null, 'null'],
      [undefined, 'undefined'],
      [7, 'number'],
      [{}, 'object'],
    ] as const) {
      assert.throws(
        () => checkMessage(value, { pipe: 'p' }),
        (error) =>
          error instanceof UsageError &&
          error.code === 'WRITE_VALUE' &&
          error.pipe === 'p' &&
          error.message.includes(`not ${found === 'null' ? 'null' : `a value of type ${found}`}.`),
      )
    }
  })

  it('waits until the connection takes more, or is gone', async () => {
    const drain = new Drain()
    let gone: Error | undefined
    const taken = drain.wait(() => gone)
    assert.equal(drain.size, 1)
    drain.wake()
    await taken
    assert.equal(drain.size, 0)
    const lost = drain.wait(() => gone)
    // Nobody waits for this one, and it must not end the process.
    void drain.wait(() => gone)
    gone = new Error('gone')
    drain.wake()
    await assert.rejects(lost, gone)
  })
})
