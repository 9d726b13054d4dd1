import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { PeerError, UsageError } from '../../src/errors.ts'
import type { Format } from '../../src/messages/format.ts'
import { type Invalid, MessageChannel, type Messages, TextChannel } from '../../src/messages/message-channel.ts'
import { drivenValues, type ValueMarbles, type ValueSink } from '../../src/messages/values.ts'
import type { Posting, Sink } from '../../src/net/connection.ts'

const bad = (message: string) => new PeerError('MESSAGE_BAD', message)

/** Text in capitals is bad; a value that is no string cannot be written. */
const format: Format = {
  name: 'caps',
  mediaType: 'text/plain',
  maxBytes: 100,
  encode(value) {
    if (typeof value !== 'string') throw new UsageError('WRITE_VALUE', 'no string')
    return value
  },
  decode: (message) => format.decodeText?.(Buffer.from(message).toString()),
  decodeText(text) {
    if (text !== text.toLowerCase()) throw bad(text)
    return text
  },
}

/** A channel over messages that a test gives, and all that is told on either side. */
function channelOver(invalid?: Invalid<never>, more: Partial<Messages> = {}) {
  const told: string[] = []
  let sink: Sink | undefined
  const messages: Messages = {
    remote: 'memory://x',
    headers: { traceparent: '00' },
    take(taken) {
      sink = taken
    },
    send: (message, posting?: Posting) => told.push(`send ${message}${posting === undefined ? '' : ' posted'}`) < 0,
    write: (message) => void told.push(`write ${message}`),
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    destroy: (error) => {
      told.push('destroy')
      sink?.closed(error)
    },
    ...more,
  }
  const channel = new TextChannel(messages, format, { bag: {}, invalid })
  const values: ValueSink = {
    value: (value) => told.push(`value ${value}`),
    bad: (error) => told.push(`bad ${error.message}`),
    end: () => told.push('end'),
    drained: () => told.push('drained'),
    closed: (error) => told.push(`closed ${error?.message}`),
    drain: () => told.push('drain'),
  }
  return {
    told,
    channel,
    take() {
      channel.take(values)
      return this.sink
    },
    get sink(): Sink {
      assert.ok(sink !== undefined)
      return sink
    },
  }
}

describe('a channel of values that is taken', () => {
  it('gives values as they come, of text and of bytes, and tells the rest', () => {
    const over = channelOver()
    const sink = over.take()
    sink.text?.('a')
    sink.data(Buffer.from('b'))
    sink.drained()
    sink.drain()
    sink.end()
    sink.closed(new Error('gone'))
    assert.deepEqual(over.told, ['value a', 'value b', 'drained', 'drain', 'end', 'closed gone'])
  })

  it('takes text only where the format is text', () => {
    assert.equal('text' in MessageChannel.prototype, false)
    assert.equal('text' in TextChannel.prototype, true)
  })

  it('gives bad messages to the sink and goes on', () => {
    const over = channelOver()
    const sink = over.take()
    sink.text?.('A')
    sink.data(Buffer.from('B'))
    sink.text?.('c')
    sink.broken?.(bad('torn'))
    sink.text?.('d')
    assert.deepEqual(over.told, ['bad A', 'bad B', 'value c', 'bad torn', 'end'])
    over.channel.finish()
  })

  it('sends, with what goes beside a message, and sends nothing of what cannot be written', () => {
    const { told, channel } = channelOver()
    assert.equal(channel.send('a'), false)
    channel.send('b', { headers: { a: '1' } })
    assert.throws(() => channel.send(1), UsageError)
    assert.throws(() => channel.check(1), UsageError)
    channel.check('c')
    assert.deepEqual(told, ['send a', 'send b posted'])
    assert.deepEqual([channel.headers, channel.response], [{ traceparent: '00' }, undefined])
  })

  it('has one reader', () => {
    const over = channelOver()
    over.take()
    assert.throws(() => over.take(), UsageError)
    assert.throws(() => over.channel.read(), UsageError)
    const read = channelOver()
    read.channel.read()
    assert.throws(() => read.take(), UsageError)
  })

  it('pauses and resumes its messages once', () => {
    const over = channelOver()
    over.take()
    over.channel.pause()
    over.channel.pause()
    over.channel.resume()
    over.channel.resume()
    assert.deepEqual(over.told, ['pause', 'resume'])
  })

  it('is found in a bag by its read, unless that or write is laid over', () => {
    const { channel } = channelOver()
    const { read, write } = channel
    const bag = (own: object): ValueMarbles => ({ connection: undefined as never, read, write, ...own })
    assert.equal(drivenValues(bag({})), channel)
    assert.equal(drivenValues(bag({ write: () => {} })), undefined)
    assert.equal(drivenValues(bag({ read: () => read() })), undefined)
  })
})

describe('a channel of values that was told what to do with bad messages', () => {
  it('closes with the error, and throws it in the end', () => {
    const over = channelOver('close')
    const sink = over.take()
    sink.text?.('A')
    sink.text?.('b')
    assert.deepEqual(over.told, ['destroy', 'closed A'])
    assert.throws(() => over.channel.finish(), /^PeerError: A$/)
  })

  it('answers by a function, and goes on', () => {
    const over = channelOver((error) => `sorry ${error.message}`)
    const sink = over.take()
    sink.text?.('A')
    sink.text?.('b')
    assert.deepEqual(over.told, ['write sorry A', 'value b'])
  })

  it('lets nothing in and does not end before an answer is written', async () => {
    let go = (_: string) => {}
    const asked = new Promise<string>((resolve) => {
      go = resolve
    })
    const over = channelOver(() => asked)
    const sink = over.take()
    sink.text?.('A')
    over.channel.pause()
    over.channel.resume()
    sink.end()
    assert.deepEqual(over.told, ['pause'])
    go('sorry')
    await turn()
    assert.deepEqual(over.told, ['pause', 'write sorry', 'end', 'resume'])
  })

  it('waits for a peer that does not take the answer', async () => {
    let go = () => {}
    const taken = new Promise<void>((resolve) => {
      go = resolve
    })
    const over = channelOver(() => 'sorry', { write: () => taken })
    over.take().text?.('A')
    assert.deepEqual(over.told, ['pause'])
    go()
    await turn()
    assert.deepEqual(over.told, ['pause', 'resume'])
  })
})

describe('read() of a channel of values', () => {
  it('throws a bad message once all that came before is read, and nothing behind it comes', async () => {
    const over = channelOver()
    const loop = over.channel.read()[Symbol.asyncIterator]()
    for (const text of ['a', 'B', 'c']) over.sink.text?.(text)
    assert.deepEqual(await loop.next(), { done: false, value: 'a' })
    for (let count = 0; count < 2; count++) await assert.rejects(loop.next(), /^PeerError: B$/)
    over.channel.finish()
  })

  it('throws what broke the messages as it is, and a broken connection as CONNECTION_CLOSED', async () => {
    for (const [end, message] of [
      [(sink: Sink) => sink.broken?.(bad('torn')), /^PeerError: torn$/],
      [(sink: Sink) => sink.closed(bad('late')), /^PeerError: late$/],
      [
        (sink: Sink) => sink.closed(new Error('ECONNRESET')),
        /^PeerError: the connection to memory:\/\/x broke: ECONNRESET$/,
      ],
      [(sink: Sink) => sink.failed?.(new Error('refused')), /^Error: refused$/],
    ] as const) {
      const over = channelOver()
      const loop = over.channel.read()[Symbol.asyncIterator]()
      end(over.sink)
      await assert.rejects(loop.next(), message)
    }
  })

  it('ends where the peer does, and where the listener closes', async () => {
    for (const end of ['end', 'drain'] as const) {
      const over = channelOver()
      const waiting = over.channel.read()[Symbol.asyncIterator]().next()
      over.sink[end]()
      assert.deepEqual(await waiting, { done: true, value: undefined })
    }
  })

  it('pauses while much waits, by the length of the messages', async () => {
    const over = channelOver()
    const loop = over.channel.read()[Symbol.asyncIterator]()
    over.sink.text?.('x'.repeat(60_000))
    over.sink.data(Buffer.from('x'.repeat(10_000)))
    assert.deepEqual(over.told, ['pause'])
    await loop.next()
    assert.deepEqual(over.told, ['pause', 'resume'])
  })

  it('pauses while many short ones wait', () => {
    const over = channelOver()
    over.channel.read()
    for (let count = 0; count < 1_100; count++) over.sink.text?.('x')
    assert.deepEqual(over.told, ['pause'])
  })
})
