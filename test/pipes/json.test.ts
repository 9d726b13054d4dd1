import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import { PeerError, UsageError } from '../../src/errors.ts'
import { failureOf } from '../../src/failure.ts'
import type { Values } from '../../src/messages/values.ts'
import { stack } from '../../src/stack.ts'
import { freshName, serve, Wire } from '../wire.ts'
import { errorsOf, isUsage, messages, writes } from './marshalled.ts'

describe('json() below line()', () => {
  const echo = stack(line(), json(), async ({ read, write }) => {
    for await (const value of read()) await write(value)
  })

  it('reads values and writes them, in whatever pieces they come', async () => {
    await using served = await serve(echo, freshName())
    using wire = await Wire.open(served.address)
    wire.drip(Buffer.from('{"a": [1, "ä你😀"]}\n "x"\r\nnull\n'))
    await wire.sees('null\n')
    assert.equal(wire.received.toString(), '{"a":[1,"ä你😀"]}\n"x"\nnull\n')
    assert.deepEqual(served.errors, [])
  })

  it('writes what a step returns', async () => {
    await using served = await serve(
      stack(line(), json(), () => ({ a: 1 })),
      freshName(),
    )
    using wire = await Wire.open(served.address)
    await wire.closed()
    assert.equal(wire.text(), '{"a":1}\n')
  })

  it('says what its messages are to the connection that carries them', async () => {
    const types: unknown[] = []
    await errorsOf(stack(line(), json(), ({ connection }) => void types.push(Reflect.get(connection, 'contentType'))))
    assert.deepEqual(types, ['application/json'])
  })

  it('goes on in a second loop where the first was left, and refuses two at once', async () => {
    const seen: unknown[] = []
    const pipe = stack(messages(['1', '2', '3']), json(), async ({ read }) => {
      for await (const value of read()) {
        seen.push(value)
        break
      }
      const first = read()[Symbol.asyncIterator]().next()
      await assert.rejects(read()[Symbol.asyncIterator]().next(), isUsage('READ_TWICE', 'another loop'))
      seen.push((await first).value)
      for await (const value of read()) seen.push(value)
    })
    assert.deepEqual(await errorsOf(pipe), [])
    assert.deepEqual(seen, [1, 2, 3])
  })

  it('answers what came before a bad message, then the flow ends in its error', async () => {
    await using served = await serve(echo, freshName())
    using wire = await Wire.open(served.address)
    wire.send('1\n2\n{"a":}\n3\n')
    await wire.closed()
    assert.equal(wire.text(), '1\n2\n')
    const [error] = served.errors
    assert.ok(error instanceof PeerError)
    assert.deepEqual([error.code, error.status, error.pipe], ['MESSAGE_BAD', 400, 'json'])
    assert.equal(error.message, 'a message is no JSON: unexpected "}" at line 1, column 6')
    assert.equal(served.errors.length, 1)
    assert.ok(failureOf(error) !== undefined)
  })

  it('reads no more than a few values ahead', async () => {
    let go = () => {}
    const going = new Promise<void>((resolve) => {
      go = resolve
    })
    let count = 0
    const pipe = stack(line(), json(), async ({ read }) => {
      const loop = read()[Symbol.asyncIterator]()
      await loop.next()
      await going
      while (!(await loop.next()).done) count++
    })
    await using served = await serve(pipe)
    using wire = await Wire.open(served.address)
    const text = `${'1\n'.repeat(10_000)}`
    let sent = 0
    // Until the socket takes no more: what was read ahead, and what the kernel holds.
    while (wire.socket?.writableNeedDrain !== true) {
      wire.send(text)
      sent += 10_000
      await new Promise((resolve) => setImmediate(resolve))
    }
    go()
    wire.end()
    await wire.closed()
    assert.equal(count, sent - 1)
  })
})

describe('what json() writes', () => {
  it('is text on a message connection', async () => {
    assert.deepEqual((await writes(json(), [{ a: [1, 'ä'], b: undefined }])).written, ['{"a":[1,"ä"]}'])
  })

  it('follows JSON.stringify', async () => {
    const value = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      () => 1,
      new Date(0),
      '\ud800',
      { toJSON: () => 'x' },
    ]
    assert.deepEqual((await writes(json(), [value])).written, [
      '[null,null,null,null,"1970-01-01T00:00:00.000Z","\\ud800","x"]',
    ])
  })

  const circle: Record<string, unknown> = { a: { list: [0] } }
  circle.self = { back: circle }
  const refused: [what: string, value: unknown, message: string][] = [
    ['undefined', undefined, 'json() cannot write undefined.'],
    ['a function', () => 1, 'json() cannot write a function.'],
    ['a symbol', Symbol('x'), 'json() cannot write a symbol.'],
    ['a BigInt', 1n, 'json() cannot write a BigInt.'],
    ['a BigInt within', { a: [0, { 'b c': 1n }] }, 'json() cannot write a BigInt, which is at value.a[1]["b c"].'],
    ['a circle', circle, 'json() cannot write value.self.back, which is value again: a circle.'],
    [
      'what toJSON() makes nothing of',
      { toJSON: () => undefined },
      'json() cannot write a value that toJSON() makes nothing of.',
    ],
  ]
  for (const [what, value, message] of refused) {
    it(`is never ${what}`, async () => {
      const { error: thrown, written } = await writes(json(), [value])
      assert.ok(thrown instanceof UsageError)
      assert.deepEqual([thrown.code, thrown.message, written], ['WRITE_VALUE', message, []])
    })
  }

  it('is not what is too deep to be written', async () => {
    let deep: unknown = 0
    for (let level = 0; level < 100_000; level++) deep = [deep]
    const { error, written } = await writes(json(), [deep])
    assert.ok(isUsage('WRITE_VALUE', 'json() cannot write this value: ')(error))
    assert.deepEqual(written, [])
  })

  it('is not what a toJSON() throws for; that error stays what it is', async () => {
    const mine = new TypeError('mine')
    const value = {
      toJSON() {
        throw mine
      },
    }
    assert.equal((await writes(json(), [[value]])).error, mine)
  })
})

describe('json() in the wrong place', () => {
  it('says that a framing pipe is missing', async () => {
    const errors = await errorsOf(stack(json(), ({ read }: Values) => void read()))
    assert.ok(isUsage('FRAMING_MISSING', 'json() needs whole messages, but memory://')(errors[0]))
    assert.ok(isUsage('FRAMING_MISSING', 'Put line(), lengthPrefixed() or contentLength() above it.')(errors[0]))
  })

  it('refuses options that are none', () => {
    const build = (options: object) => () => Reflect.apply(json, undefined, [options])
    const bad = (message: string) => isUsage('OPTION_BAD', message)
    assert.throws(
      build({ maxbytes: 1 }),
      bad('json() has no option "maxbytes". There are: maxBytes, maxDepth, invalid.'),
    )
    for (const value of [0, -1, 1.5, '1', Number.NaN]) assert.throws(build({ maxDepth: value }), bad('as maxDepth'))
    assert.throws(build({ invalid: 'ignore' }), bad("'close', 'skip' or a function"))
    assert.doesNotThrow(build({ maxBytes: undefined, invalid: undefined }))
  })
})
