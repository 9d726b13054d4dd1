// Whatever the interleaving: the events of a channel arrive in order, each once, however slow or bad its neighbours are.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Channel, channels } from '../../pipes/channels.ts'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { connect } from '../../src/net/connect.ts'
import { stack } from '../../src/stack.ts'
import { close, open, served } from '../channel-peer.ts'
import { settled } from '../tracing.ts'
import { freshPath } from '../transports/socket-path.ts'
import { freshName, serve } from '../wire.ts'

type Manner = 'fast' | 'slow' | 'absorbs' | 'absorbs slowly' | 'throws'

const MANNERS: readonly Manner[] = ['fast', 'slow', 'absorbs', 'absorbs slowly', 'throws']

/** A handler that notes what comes, in its manner. One that throws does so at its third event. */
function noting(manner: Manner, seen: unknown[]): (channel: Channel) => unknown {
  if (manner === 'absorbs') return (channel) => void channel.absorb((event) => seen.push(event))
  if (manner === 'absorbs slowly') {
    return (channel) =>
      channel.absorb(async (event) => {
        await settled()
        seen.push(event)
      })
  }
  return async (channel) => {
    for await (const event of channel) {
      if (manner === 'throws' && seen.length === 2) throw new Error('third')
      if (manner === 'slow') await settled()
      seen.push(event)
    }
  }
}

/** A handler that never takes anything. */
const stuck = (channel: Channel) => new Promise<void>((resolve) => channel.onClose(() => resolve()))

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('channels(): in order, exactly once', () => {
  it('to handlers of all manners', async () => {
    const interleaving = fc.array(fc.nat({ max: 5 }), { maxLength: 200 })
    const manners = fc.array(fc.constantFrom(...MANNERS), { minLength: 6, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(manners, interleaving, fc.nat({ max: 20 }), async (manners, order, pause) => {
        const seen: unknown[][] = manners.map(() => [])
        const table = Object.fromEntries(
          manners.map((manner, index) => [`c${index}`, noting(manner, seen[index] ?? [])] as const),
        )
        const peer = served(table, { maxQueued: 200 })
        const sent = manners.map(() => 0)
        for (const [at, index] of order.entries()) {
          peer.say({ channel: `c${index}`, event: sent[index] })
          sent[index] = (sent[index] ?? 0) + 1
          if (pause > 0 && at % pause === 0) await settled()
        }
        for (const index of manners.keys()) peer.say(close(`c${index}`))
        peer.end()
        while (peer.ended === undefined) await settled()
        for (const [index, manner] of manners.entries()) {
          const count = sent[index] ?? 0
          assert.deepEqual(seen[index], numbers(manner === 'throws' ? Math.min(count, 2) : count))
        }
        assert.equal(
          peer.errors.length,
          manners.filter((manner, index) => manner === 'throws' && (sent[index] ?? 0) > 2).length,
        )
      }),
      { numRuns: 60 },
    )
  })

  it('to a peer that grants as it likes, and takes as it likes', async () => {
    const step = fc.oneof(
      fc.record({ channel: fc.nat({ max: 3 }), credit: fc.nat({ max: 5 }) }),
      fc.constantFrom('full', 'drained', 'turn'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), async (steps) => {
        const names = ['c0', 'c1', 'c2', 'c3']
        const talk = async (channel: Channel) => {
          for (const number of numbers(30)) await channel.emit(number)
        }
        const peer = served(Object.fromEntries(names.map((name) => [name, talk] as const)), { maxQueued: 5 })
        const granted = new Map(names.map((name) => [name, 0]))
        const got = new Map(names.map((name) => [name, [] as unknown[]]))
        const look = () => {
          for (const message of peer.sent.splice(0)) {
            const { channel, event } = Object(message)
            if (event !== undefined) got.get(channel)?.push(event)
          }
          for (const [name, events] of got) assert.ok(events.length <= (granted.get(name) ?? 0))
        }
        for (const name of names) peer.say(open(name, { credit: 0 }))
        for (const taken of steps) {
          if (taken === 'full') peer.full = true
          else if (taken === 'drained') peer.drained()
          else if (taken === 'turn') await settled()
          else {
            const name = `c${taken.channel}`
            granted.set(name, (granted.get(name) ?? 0) + taken.credit)
            peer.say({ channel: name, credit: taken.credit })
          }
          look()
        }
        peer.drained()
        for (const name of names) {
          granted.set(name, Number.POSITIVE_INFINITY)
          peer.say({ channel: name, credit: 1_000 })
        }
        for (let turn = 0; turn < 200 && [...got.values()].some((events) => events.length < 30); turn++) {
          await settled()
          look()
        }
        for (const events of got.values()) assert.deepEqual(events, numbers(30))
      }),
      { numRuns: 60 },
    )
  })

  for (const [what, where] of [
    ['memory', freshName],
    ['a Unix socket', () => `ipc://${freshPath()}`],
  ] as const) {
    it(`200 channels on one connection, both ways, over ${what}`, async () => {
      const names = numbers(200).map((number) => `channel ${number}`)
      const seen = new Map<string, unknown[]>()
      const answer = async (channel: Channel<number>) => {
        const mine: unknown[] = []
        seen.set(channel.name, mine)
        for await (const event of channel) {
          mine.push(event)
          await channel.emit(`${channel.name}: ${event}`)
          if (channel.name === 'channel 7' && event === 5) throw new Error('seven')
        }
      }
      const table = Object.fromEntries([...names.map((name) => [name, answer] as const), ['stuck', stuck] as const])
      await using server = await serve(stack(line(), json(), channels(table, { maxQueued: 8 })), where())
      await using bag = await connect(server.address, stack(line(), json(), channels.client({ maxQueued: 8 })))
      const full = bag.channels.open('stuck')
      for (const number of numbers(8)) void full.emit(number)
      const each = names.map(async (name) => {
        const channel = bag.channels.open(name)
        const talking = (async () => {
          for (const number of numbers(50)) await channel.emit(number)
        })()
        talking.catch(() => {})
        const got: unknown[] = []
        for await (const event of channel) if (got.push(event) === 50) break
        await talking
        return got
      })
      const results = await Promise.allSettled(each)
      for (const [index, result] of results.entries()) {
        const name = names[index] ?? ''
        if (index === 7) {
          assert.equal(result.status, 'rejected')
          assert.equal(result.reason.code, 'failed')
          continue
        }
        assert.equal(result.status, 'fulfilled')
        assert.deepEqual(
          result.value,
          numbers(50).map((number) => `${name}: ${number}`),
        )
        assert.deepEqual(seen.get(name), numbers(50))
      }
      assert.deepEqual(server.errors.map(String), ['Error: seven'])
    })
  }
})
