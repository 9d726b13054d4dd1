import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { http } from '../../pipes/http.ts'
import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import { type MsgpackOptions, msgpack } from '../../pipes/msgpack.ts'
import { UsageError } from '../../src/errors.ts'
import type { Values } from '../../src/messages/values.ts'
import type { Raw } from '../../src/net/connection.ts'
import type { Pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { request } from '../../src/testing.ts'
import { isPeer } from '../framing.ts'
import { freshName, serve, Wire } from '../wire.ts'
import { isUsage, reads as readsBy, writes } from './marshalled.ts'

const hexOf = async (value: unknown) => Buffer.from((await writes(msgpack(), [value])).written[0] ?? '').toString('hex')
const reads = async (
  given: readonly (string | Uint8Array)[],
  options: MsgpackOptions = {},
): Promise<readonly unknown[]> => {
  const { values, error } = await readsBy(msgpack(options), given)
  if (error !== undefined) throw error
  return values
}
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('msgpack()', () => {
  it('reads and writes values below lengthPrefixed(), in whatever pieces they come', async () => {
    const echo = stack(lengthPrefixed(), msgpack(), async ({ read, write }) => {
      for await (const value of read()) await write({ got: value })
    })
    await using served = await serve(echo, freshName())
    using wire = await Wire.open(served.address)
    wire.drip(bytes('00000003 81a16101')).drip(bytes('00000004 81a16101'))
    await wire.closed()
    assert.deepEqual(served.errors.map(isPeer('MESSAGE_BAD', /it is cut short, at byte 3$/)), [true])
    using second = await Wire.open(served.address)
    second.drip(bytes('00000004 81a16101 00000001 c0'))
    await second.until(() => second.received.length >= 22)
    assert.equal(second.received.toString('hex'), '00000009' + '81a3676f7481a16101' + '00000006' + '81a3676f74c0')
  })

  it('takes and makes the bodies of http()', async () => {
    const app = stack(http(), msgpack(), async ({ read, write }) => {
      for await (const value of read()) await write([value, Buffer.from('x')])
    })
    const answer = await request(app, 'POST /', { body: bytes('81a16101') })
    assert.equal(answer.header('content-type'), 'application/vnd.msgpack')
    assert.equal(Buffer.from(answer.body).toString('hex'), '9281a16101c40178')
    assert.equal((await request(app, 'POST /', { body: bytes('81') })).status, 400)
  })

  it('needs to be opened', async () => {
    const { through } = msgpack()
    assert.ok(through !== undefined)
    const unopened: Pipe<Raw, Values> = { name: 'unopened', adds: ['read', 'write'], through }
    assert.ok(isUsage('MODULE_BAD', 'msgpack() was not opened')((await writes(unopened, [1])).error))
  })

  it('says which framing is missing on a stream of bytes', async () => {
    await using served = await serve(
      stack(msgpack(), ({ read }) => void read()),
      freshName(),
    )
    using wire = await Wire.open(served.address)
    await wire.closed()
    const [error] = served.errors
    assert.ok(error instanceof UsageError)
    assert.equal(error.code, 'FRAMING_MISSING')
    assert.match(error.message, /^msgpack\(\) needs whole messages.* Put lengthPrefixed\(\) above it\.$/)
  })
})

describe('what msgpack() reads', () => {
  const table: [hex: string, value: unknown][] = [
    ['00', 0],
    ['7f', 127],
    ['ff', -1],
    ['e0', -32],
    ['c0', null],
    ['c2', false],
    ['c3', true],
    ['cc ff', 255],
    ['cd ffff', 65_535],
    ['ce ffffffff', 4_294_967_295],
    ['cf 0000000000000001', 1],
    ['cf 001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['cf ffffffffffffffff', 2n ** 64n - 1n],
    ['d0 80', -128],
    ['d1 8000', -32_768],
    ['d2 80000000', -2_147_483_648],
    ['d3 ffffffffffffffff', -1],
    ['d3 8000000000000000', -(2n ** 63n)],
    ['ca 3fc00000', 1.5],
    ['cb 7ff0000000000000', Number.POSITIVE_INFINITY],
    ['a0', ''],
    ['a2 c3a4', 'ä'],
    ['d9 01 61', 'a'],
    ['da 0001 61', 'a'],
    ['db 00000001 61', 'a'],
    ['c4 00', Buffer.alloc(0)],
    ['c5 0001 ff', Buffer.of(255)],
    ['c6 00000001 ff', Buffer.of(255)],
    ['90', []],
    ['92 01 91 02', [1, [2]]],
    ['dc 0001 01', [1]],
    ['dd 00000001 01', [1]],
    ['80', {}],
    ['82 a161 01 a162 80', { a: 1, b: {} }],
    ['de 0001 a161 01', { a: 1 }],
    ['df 00000001 a161 01', { a: 1 }],
    ['82 01 a161 ff a162', { 1: 'a', '-1': 'b' }],
    ['d6 ff 00000001', new Date(1_000)],
    ['d7 ff 003d090000000001', new Date(1_001)],
    ['c7 0c ff 3b8b87c0 ffffffffffffffff', new Date(-1)],
    // Ordinary integers in this range are records, to those who use them.
    ['40', 0x40],
    ['92 40 7f', [0x40, 0x7f]],
  ]
  for (const [hex, value] of table) {
    it(`is ${hex}`, async () => assert.deepEqual(await reads([bytes(hex)]), [value]))
  }

  it('keeps __proto__ as data, on every level', async () => {
    const message = bytes('82 a9 5f5f70726f746f5f5f 81 a5 61646d696e c3 a1 61 91 81 d9 09 5f5f70726f746f5f5f 01')
    const value = Object((await reads([message]))[0])
    assert.deepEqual(Object.keys(value), ['__proto__', 'a'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.deepEqual(Object.getOwnPropertyDescriptor(value, '__proto__')?.value, { admin: true })
    assert.deepEqual(Object.keys(value.a[0]), ['__proto__'])
    assert.equal(value.admin, undefined)
  })

  it('is bytes of its own', async () => {
    const message = bytes('c4 02 6162')
    const [value] = await reads([message])
    message.fill(0)
    assert.equal(String(value), 'ab')
  })

  it('is what was written', async () => {
    const value = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.constant(null),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array().map((given) => Buffer.from(given)),
      ),
      array: fc.array(tie('any')),
      object: fc.dictionary(fc.string(), tie('any')),
      any: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('array'), tie('object')),
    })).any
    await fc.assert(
      fc.asyncProperty(fc.array(value), async (values) => {
        const plain = (given: unknown) => JSON.parse(JSON.stringify(given) ?? 'null')
        assert.deepEqual(plain(await reads((await writes(msgpack(), values)).written)), plain(values))
      }),
      { numRuns: 50 },
    )
  })
})

describe('what msgpack() writes', () => {
  it('is as the docs say', async () => {
    const table: [value: unknown, hex: string][] = [
      [{ a: undefined, b: [undefined, () => 1] }, '81 a162 92 c0 c0'],
      [new Map([[1, 'a']]), '81 01 a161'],
      [new Set([1]), '91 01'],
      [new Date(1_000), 'd6 ff 00000001'],
      [new Date(Number.NaN), 'c0'],
      [new Uint16Array([0x0101, 0x0202]), 'c4 04 01010202'],
      [[new Float64Array(1), new BigInt64Array([-1n])], '92 c4 08 0000000000000000 c4 08 ffffffffffffffff'],
      [new Int32Array([0x01010101, 0x02020202, -1]).subarray(1, 2), 'c4 04 02020202'],
      [new DataView(Uint8Array.of(1, 2, 3).buffer, 1), 'c4 02 0203'],
      [Uint8Array.of(1, 2, 3).buffer, 'c4 03 010203'],
      [Int8Array.of(-1), 'c4 01 ff'],
      [10n, 'd3 000000000000000a'],
      [5_000_000_000, 'cb 41f2a05f20000000'],
      [
        new (class {
          toJSON = () => 'x'
        })(),
        'a178',
      ],
    ]
    for (const [value, hex] of table) {
      assert.equal(await hexOf(value), hex.replaceAll(' ', ''))
    }
  })

  it('is nothing of what it cannot carry, which is said', async () => {
    const circle: unknown[] = [1]
    circle.push({ back: circle })
    const table: [value: unknown, message: string][] = [
      [undefined, 'msgpack() cannot write undefined.'],
      [() => 1, 'msgpack() cannot write a function.'],
      [Symbol('x'), 'msgpack() cannot write a symbol.'],
      [{ a: [Symbol('x')] }, 'msgpack() cannot write a symbol, which is at value.a[0].'],
      [[2n ** 64n], 'msgpack() cannot write a BigInt over 64 bits, which is at value[0].'],
      [circle, 'msgpack() cannot write value[1].back, which is value again: a circle.'],
    ]
    for (const [value, message] of table) {
      const { error, written } = await writes(msgpack(), [value])
      assert.ok(error instanceof UsageError)
      assert.deepEqual([error.code, error.message, written], ['WRITE_VALUE', message, []])
      assert.equal(await hexOf([1]), '9101')
    }
  })

  it('stays as it was, whatever is written after it', async () => {
    const values = Array.from({ length: 3_000 }, (_, at) => ({ at, text: 'x'.repeat(at % 50) }))
    assert.deepEqual(await reads((await writes(msgpack(), values)).written), values)
  })
})
