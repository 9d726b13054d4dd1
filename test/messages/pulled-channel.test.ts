import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { valuesOf } from '../../src/messages/pulled-channel.ts'
import type { ValueMarbles, ValueSink, Values } from '../../src/messages/values.ts'
import type { Connection } from '../../src/net/connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { stack } from '../../src/stack.ts'
import { errorsOf, isUsage } from '../pipes/marshalled.ts'
import { freshName, serve, Wire } from '../wire.ts'

function pulled(own: Partial<ValueMarbles> & { response?: ResponseMarble }, kind: Connection['kind'] = 'message') {
  const told: string[] = []
  const channel = valuesOf({
    connection: { kind, remote: 'memory://x' } as Connection,
    async *read() {
      yield 1
      yield 2
    },
    write: () => {},
    ...own,
  })
  const sink: ValueSink = {
    value: (value) => told.push(`value ${value}`),
    bad: (error) => told.push(`bad ${error.message}`),
    end: () => told.push('end'),
    drained: () => told.push('drained'),
    closed: (error) => told.push(`closed ${error?.message}`),
    drain: () => told.push('drain'),
  }
  return { told, channel, sink }
}

describe('the channel in a bag', () => {
  it('is that of json(), where nothing is laid over it', async () => {
    const seen: unknown[] = []
    const pipe = stack(line(), json(), (bag) => {
      const { read, write } = bag
      const channel = valuesOf(bag)
      seen.push(channel.read === read, channel.write === write, 'finish' in channel)
    })
    await using served = await serve(pipe, freshName())
    using wire = await Wire.open(served.address)
    await wire.closed()
    assert.deepEqual([seen, served.errors], [[true, true, true], []])
  })

  it("drives a pipe's own read and write of values", async () => {
    const doubled: Pipe<Values, Values> = {
      name: 'doubled',
      adds: ['read', 'write'],
      through: ({ read, write }, next) =>
        next({
          async *read() {
            for await (const value of read()) yield Number(value) * 2
          },
          write: (value) => write({ value }),
        }),
    }
    const pipe = stack(
      line(),
      json(),
      doubled,
      (bag) =>
        new Promise<void>((resolve) => {
          const channel = valuesOf(bag)
          channel.take({
            value: (value) => channel.send(value),
            bad: () => {},
            end: () => resolve(),
            drained: () => {},
            closed: () => resolve(),
            drain: () => {},
          })
        }),
    )
    await using served = await serve(pipe)
    using wire = await Wire.open(served.address)
    wire.send('1\n2\n').end()
    await wire.closed()
    assert.deepEqual([wire.text(), served.errors], ['{"value":2}\n{"value":4}\n', []])
  })
})

describe('a connection without a channel', () => {
  for (const [what, above] of [
    ['bytes', []],
    ['messages', [line()]],
  ] as const) {
    it(`says that a marshalling pipe is missing, where there are ${what}`, async () => {
      // As the compiler says, too.
      const pipe = Reflect.apply(stack, undefined, [...above, (bag: ValueMarbles) => void valuesOf(bag)])
      const errors = await errorsOf(pipe)
      assert.ok(isUsage('MARSHALLING_MISSING', 'Put json() or msgpack() above')(errors[0]))
    })
  }
})

describe('a channel over read and write', () => {
  it('tells what comes, and the end', async () => {
    const { told, channel, sink } = pulled({})
    channel.take(sink)
    await turn()
    assert.deepEqual(told, ['value 1', 'value 2', 'end'])
  })

  it('reads no further while it is paused', async () => {
    const { told, channel, sink } = pulled({})
    channel.pause()
    channel.take(sink)
    await turn()
    assert.deepEqual(told, ['value 1'])
    channel.resume()
    await turn()
    assert.deepEqual(told, ['value 1', 'value 2', 'end'])
  })

  it('throws at once what write throws at once', () => {
    const { channel } = pulled({
      write() {
        throw new TypeError('mine')
      },
    })
    assert.throws(() => channel.send(1), /mine/)
  })

  it('writes one value after the other, and says when all are written', async () => {
    const written: unknown[] = []
    let running = 0
    const { told, channel, sink } = pulled({
      async write(value) {
        assert.equal(++running, 1)
        await turn()
        running--
        written.push(value)
      },
      read: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
    })
    channel.take(sink)
    assert.deepEqual([channel.send('a'), channel.send('b')], [false, false])
    while (told.length === 0) await turn()
    assert.deepEqual([written, told], [['a', 'b'], ['drained']])
  })

  it('is gone where reading or writing fails, once', async () => {
    const reading = pulled({
      // biome-ignore lint/correctness/useYield: it fails before
      async *read() {
        throw new Error('read')
      },
      write: () => Promise.reject(new Error('write')),
    })
    reading.channel.take(reading.sink)
    reading.channel.send(1)
    await turn()
    assert.equal(reading.told.length, 1)
    assert.match(reading.told.join(), /^closed (read|write)$/)
    assert.equal(reading.channel.send(2), true)
  })

  it('has the response of http(), and none on a connection of messages', () => {
    const response = new ResponseMarble()
    assert.equal(pulled({ response }, 'stream').channel.response, response)
    assert.equal(pulled({ response }, 'message').channel.response, undefined)
  })
})
