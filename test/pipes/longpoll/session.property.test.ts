// Whatever the network does, every event and every message comes once, and in order.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PollSession } from '../../../pipes/longpoll/session.ts'
import { CONNECTION, FATES, PollingClient } from './polling.ts'

const TERMS = { waitMs: 1_000, ackTimeoutMs: 1_000, maxKept: 5, maxKeptChars: 1_000, maxMessages: 3 }

const step = fc.oneof(
  fc.record({ do: fc.constantFrom('poll', 'emit'), fate: fc.constantFrom(...FATES) }),
  fc.record({ do: fc.constantFrom('write', 'say'), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('pause', 'resume', 'settle', 'wait') }),
)

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a session of long-polling', () => {
  it('gives every event and every message once, in order, over any network', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const session = new PollSession('x', CONNECTION, TERMS)
        const { channel } = session
        const seen: unknown[] = []
        let [written, said] = [0, 0]
        channel.take({
          value: (value) => seen.push(value),
          bad: (error) => assert.fail(error),
          end() {},
          drained() {},
          closed() {},
          drain() {},
        })
        const client = new PollingClient(session, TERMS.maxMessages)
        for (const each of steps) {
          if (each.do === 'poll' && 'fate' in each) client.poll(each.fate)
          else if (each.do === 'emit' && 'fate' in each) client.emit(each.fate)
          else if (each.do === 'write' && 'count' in each) {
            for (let left = each.count; left > 0; left--) channel.send({ event: ++written })
          } else if (each.do === 'say' && 'count' in each) {
            for (let left = each.count; left > 0; left--) client.say({ message: ++said })
          } else if (each.do === 'pause') channel.pause()
          else if (each.do === 'resume') channel.resume()
          else if (each.do === 'settle') client.settle()
          else await turn()
        }
        channel.resume()
        // From now on the network is fine.
        for (let rounds = 0; rounds < 200 && (client.events.length < written || client.taken < said); rounds++) {
          client.settle()
          if (client.events.length < written) client.poll('arrives')
          if (client.taken < said) client.emit('arrives')
          await turn()
        }
        const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
        assert.deepEqual(
          client.events,
          numbers(written).map((event) => ({ event })),
        )
        assert.deepEqual(
          seen,
          numbers(said).map((message) => ({ message })),
        )
      }),
      { numRuns: 300 },
    )
  })
})
