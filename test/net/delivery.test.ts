import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Confirmed, Delivery, type DeliveryHome } from '../../src/net/delivery.ts'

/** A broker that confirms when it is told to, and what was said to it. */
class Home implements DeliveryHome<string> {
  readonly shown = 'amqp://test'
  readonly secure = false
  readonly said: string[] = []
  readonly unconfirmed: Confirmed[] = []

  headersOf(): Record<string, string> {
    return {}
  }

  wantsAnswer(message: string): boolean {
    return message === 'question'
  }

  answer(_delivery: Delivery<string>, content: Buffer, _posting: unknown, confirmed: Confirmed): boolean {
    this.said.push(`answer ${content}`)
    this.unconfirmed.push(confirmed)
    return true
  }

  async settle(_delivery: Delivery<string>, error: unknown): Promise<void> {
    this.said.push(error === undefined ? 'done' : String(error))
  }

  giveBack(): void {
    this.said.push('given back')
  }
}

function delivery(message = 'question'): { home: Home; delivery: Delivery<string> } {
  const home = new Home()
  return { home, delivery: new Delivery(home, message, Buffer.from(message)) }
}

describe('a message from a broker', () => {
  it('is done when its flow has ended and its answers are confirmed', async () => {
    const { home, delivery: it } = delivery()
    await it.write('one')
    await it.write('two')
    const settled = it.settle(undefined)
    home.unconfirmed[1]?.(null)
    await turn()
    assert.deepEqual(home.said, ['answer one', 'answer two'])
    home.unconfirmed[0]?.(null)
    await settled
    assert.deepEqual(home.said, ['answer one', 'answer two', 'done'])
    assert.throws(() => it.write('late'), /CONNECTION_CLOSED|is closed/)
  })

  it('has failed where an answer is refused, or the flow has cut it', async () => {
    const { home, delivery: it } = delivery()
    it.send('one')
    const settled = it.settle(undefined)
    home.unconfirmed[0]?.(new Error('refused'))
    await settled
    assert.deepEqual(home.said, ['answer one', 'Error: refused'])

    for (const cut of [(it: Delivery<string>) => it.reset(), (it: Delivery<string>) => it.destroy(new Error('x'))]) {
      const { home, delivery: it } = delivery()
      cut(it)
      await it.settle(undefined)
      assert.match(home.said.join(), /^Error: /)
    }
  })

  it('is given back once where the listener has no time for it, whatever comes of its flow', async () => {
    const { home, delivery: it } = delivery()
    it.destroy()
    it.destroy()
    assert.ok(it.signal.aborted)
    await it.settle(new Error('cut'))
    assert.deepEqual(home.said, ['given back'])
  })

  it("is nobody's any more where its broker is lost", async () => {
    const { home, delivery: it } = delivery()
    it.lose(new Error('lost'))
    await it.settle(undefined)
    assert.deepEqual(home.said, [])
  })

  it('wants its flow to wait while much is unconfirmed', async () => {
    const { home, delivery: it } = delivery()
    for (let at = 1; at < 256; at++) assert.equal(it.send('x'), true)
    assert.equal(it.send('x'), false)
    let drained = false
    const writing = Promise.resolve(it.write('x')).then(() => {
      drained = true
    })
    await turn()
    assert.equal(drained, false)
    for (const confirmed of home.unconfirmed) confirmed(null)
    await writing
    assert.equal(it.unsent, 0)
  })

  it('sends no answer that nobody wants', async () => {
    const { home, delivery: it } = delivery('job')
    await it.write('answer')
    await it.settle(undefined)
    assert.deepEqual(home.said, ['done'])
  })
})
