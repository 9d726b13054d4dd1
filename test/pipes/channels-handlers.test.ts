import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChannelError, type ChannelMarbles, channels } from '../../pipes/channels.ts'
import { failureOf, part } from '../../src/index.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { ChannelPeer, close, codeOf, echo, event, holder, open, served } from '../channel-peer.ts'
import { Gate } from '../gate.ts'
import { settled, Trace } from '../tracing.ts'

describe('channels(): handlers and ends', () => {
  describe('a handler that fails', () => {
    it('closes its channel, tells no internals, and kills no other', async () => {
      const secret = new Error('secret')
      const peer = served({
        sync: () => {
          throw secret
        },
        later: async () => {
          throw secret
        },
        absorbing: (channel) =>
          void channel.absorb(() => {
            throw secret
          }),
        waiting: (channel) => channel.absorb(() => Promise.reject(secret)),
        echo,
      })
      const answers = await peer.ask(
        ...['echo', 'sync', 'later', 'absorbing', 'waiting', 'echo'].map((name) => event(name, 1)),
      )
      assert.deepEqual(
        answers.filter((answer) => Object(answer).error === undefined),
        [event('echo', 1), event('echo', 1)],
      )
      const errors = answers.filter((answer) => Object(answer).error !== undefined)
      const error = { code: 'failed', message: 'the handler of the channel failed' }
      assert.deepEqual(
        errors,
        ['sync', 'absorbing', 'later', 'waiting'].map((channel) => ({ channel, error })),
      )
      assert.deepEqual(peer.errors, [secret, secret, secret, secret])
      assert.equal(failureOf(secret)?.pipe, 'sync')
      peer.end()
      await settled()
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('with a ChannelError tells that, and nobody else', async () => {
      const peer = served({
        get: async () => {
          throw new ChannelError('no-money', 'pay first')
        },
      })
      assert.deepEqual(await peer.ask(open('get')), [
        { channel: 'get', error: { code: 'no-money', message: 'pay first' } },
      ])
      assert.deepEqual(peer.errors, [])
    })

    it('after its channel was closed is reported still', async () => {
      const { channel, hold } = holder()
      const peer = served({
        hold: async (each) => {
          await Promise.race([hold(each), new Promise<void>((resolve) => each.onClose(() => resolve()))])
          throw new Error('cleanup')
        },
      })
      peer.say(open('hold'))
      await channel
      assert.deepEqual(await peer.ask(close('hold')), [close('hold')])
      assert.deepEqual(peer.errors.map(String), ['Error: cleanup'])
    })

    it('in onClose is reported', async () => {
      const { channel, done, hold } = holder()
      const peer = served({ hold })
      peer.say(open('hold'))
      const held = await channel
      held.onClose(() => {
        throw new Error('sync')
      })
      held.onClose(() => Promise.reject(new Error('later')))
      done.open()
      await settled()
      assert.deepEqual(peer.errors.map(String), ['Error: sync', 'Error: later'])
    })
  })

  describe('parts', () => {
    it('are flows of their own, with the channel in their bag', async () => {
      const t = new Trace()
      const peer = served({
        get: part(t.pipe('db'), async ({ channel, db }) => {
          t.note('step')
          for await (const each of channel) await channel.emit([db, each])
        }),
      })
      assert.deepEqual(await peer.ask(event('get', 1), event('get', 2)), [
        event('get', ['db', 1]),
        event('get', ['db', 2]),
      ])
      assert.equal(`${t}`, '+db step')
      assert.deepEqual(await peer.ask(close('get')), [close('get')])
      assert.equal(`${t}`, '+db step -db')
    })

    it('read and write events, and emit what a step returns', async () => {
      const peer = served({
        sum: part(async ({ read, write }: ChannelMarbles & object) => {
          let sum = 0
          for await (const each of read()) {
            sum += Number(each)
            if (sum > 5) break
            await write(sum)
          }
          return `total ${sum}`
        }),
      })
      assert.deepEqual(await peer.ask(event('sum', 2), event('sum', 3), event('sum', 4)), [
        event('sum', 2),
        event('sum', 5),
        event('sum', 'total 9'),
        close('sum'),
      ])
    })

    it('leave with the error, close their channel with one, and fire their signal', async () => {
      const t = new Trace()
      const aborted = new Gate()
      const peer = served({
        bad: part(t.pipe('db'), () => Promise.reject(new Error('secret'))),
        live: part(async ({ signal }) => {
          signal.addEventListener('abort', () => aborted.open())
          await aborted.opened
        }),
      })
      assert.deepEqual((await peer.ask(open('bad'), open('live'))).map(codeOf), [['bad', 'failed']])
      assert.equal(`${t}`, '+db -db(secret)')
      assert.equal(peer.errors.length, 1)
      peer.say(close('live'))
      await aborted.opened
      peer.end()
      await settled()
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('do not run the rest of the stack, which is entered once', async () => {
      const t = new Trace()
      const peer = new ChannelPeer(part(channels({ get: part(t.step('get')) }), t.step('rest')))
      await peer.ask(open('get'), open('get'))
      assert.equal(`${t}`, 'rest get get')
    })
  })

  describe('the end', () => {
    it("of the peer's side ends loops; what is emitted then is still sent", async () => {
      const peer = served({
        total: async (channel) => {
          let count = 0
          for await (const _ of channel) count++
          await channel.emit(count)
        },
        sink: (channel) => void channel.absorb(() => {}),
      })
      peer.say(event('total', 1), event('total', 1), event('sink', 1))
      peer.end()
      assert.deepEqual(await peer.heard(), [close('sink'), event('total', 2), close('total')])
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('of the connection ends loops, and is told with an error to onClose', async () => {
      const told: unknown[] = []
      const peer = served({
        live: async (channel) => {
          channel.onClose((error) => told.push(error))
          for await (const each of channel) told.push(each)
          told.push('end')
        },
      })
      const cause = new Error('reset')
      peer.say(event('live', 1)).close(cause)
      assert.deepEqual(await peer.heard(), [])
      const [lost, ...rest] = told
      assert.equal(Object(lost).code, 'OUTCOME_UNKNOWN')
      assert.equal(Object(lost).cause, cause)
      assert.deepEqual(rest, [1, 'end'])
      assert.deepEqual(peer.ended, { error: undefined })
      assert.deepEqual(peer.errors, [])
    })

    it('of the listener tells the channels first, then their handlers, then ends the flow', async () => {
      const { channel, done, hold } = holder()
      const peer = served({ echo, hold })
      peer.say(open('echo'), open('hold'))
      const held = await channel
      peer.full = true
      peer.drain()
      assert.equal(held.signal.aborted, true)
      peer.say(event('echo', 1), close('echo'), open('echo'))
      peer.drained()
      const [first, second, third] = await peer.heard()
      assert.deepEqual([first, second], [close('echo', 'going-away'), close('hold', 'going-away')])
      assert.deepEqual(codeOf(third), ['echo', 'going-away'])
      // A handler that goes on does not keep it open.
      assert.equal(peer.closedByUs, true)
      assert.equal(peer.ended, undefined)
      done.open()
      await settled()
      assert.deepEqual(peer.ended, { error: undefined })
    })

    it('of the rest of the stack by an error is that of the channels', async () => {
      const gate = new Gate()
      const peer = new ChannelPeer(
        part(channels<ValueMarbles>({ echo }), () => gate.opened.then(() => Promise.reject(new Error('rest')))),
      )
      await peer.ask(open('echo'))
      gate.open()
      assert.deepEqual(await peer.heard(), [close('echo', 'going-away')])
      assert.equal(String(peer.ended?.error), 'Error: rest')
    })
  })
})
