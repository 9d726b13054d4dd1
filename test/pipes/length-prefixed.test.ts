import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LengthFramer } from '../../pipes/length-prefixed/framer.ts'
import { lengthPrefixed } from '../../pipes/length-prefixed.ts'
import { UsageError } from '../../src/errors.ts'
import { cut, echoed, framesAnything, isPeer } from '../framing.ts'

const isUsage = (code: string) => (error: unknown) => error instanceof UsageError && error.code === code
const bytes = (...values: number[]) => Uint8Array.from(values)

for (const lengthBytes of [1, 2, 4] as const) {
  for (const little of [false, true]) {
    describe(`the framer of lengthPrefixed(): ${lengthBytes} bytes, ${little ? 'little' : 'big'} endian`, () => {
      // A character is up to four bytes.
      const size = lengthBytes === 1 ? 63 : 240
      framesAnything(
        () => new LengthFramer(1_000, { lengthBytes, little }),
        fc.oneof(fc.uint8Array({ maxLength: size }), fc.string({ maxLength: size })),
      )
    })
  }
}

describe('lengthPrefixed()', () => {
  it('writes 4 bytes in network order by default', () => {
    const framer = new LengthFramer(1_000, { lengthBytes: 4, little: false })
    assert.deepEqual([...framer.frame('aä')], [0, 0, 0, 3, 0x61, 0xc3, 0xa4])
  })

  it('echoes bytes of any value', async () => {
    assert.deepEqual(await echoed(lengthPrefixed(), bytes(0, 0, 0, 2, 0x0d, 0x0a, 0), bytes(0, 0, 0)), [
      '\0\0\0\x02\r\n\0\0\0\0',
      [],
    ])
    assert.deepEqual(await echoed(lengthPrefixed({ lengthBytes: 2, endian: 'little' }), bytes(1, 0, 0x61)), [
      '\x01\0a',
      [],
    ])
  })

  it('refuses a length above maxBytes before any of it has come, and gives what came before', async () => {
    const framer = new LengthFramer(3, { lengthBytes: 4, little: false })
    const [messages, error] = cut(framer, [bytes(0, 0, 0, 3, 97, 97, 97, 0xff, 0xff, 0xff, 0xff)])
    assert.deepEqual(messages, ['aaa'])
    assert.ok(isPeer('MESSAGE_TOO_LONG', /4294967295 bytes is announced, and 3 is/)(error))
    const [reply, errors] = await echoed(lengthPrefixed({ maxBytes: 3 }), bytes(0, 0, 0, 1, 97, 0, 0, 0, 4))
    assert.equal(reply, '\0\0\0\x01a')
    assert.ok(isPeer('MESSAGE_TOO_LONG')(errors[0]))
  })

  it('ends the flow in error where the peer ends within a message, or within a length', async () => {
    for (const torn of [bytes(0, 0), bytes(0, 0, 0, 1), bytes(0, 0, 0, 2, 97)]) {
      const [reply, errors] = await echoed(lengthPrefixed(), torn)
      assert.equal(reply, '')
      assert.ok(isPeer('MESSAGE_TORN')(errors[0]))
    }
  })

  it('refuses to send what its length has no place for', () => {
    const framer = new LengthFramer(1_000, { lengthBytes: 1, little: false })
    assert.equal(framer.frame('a'.repeat(255)).length, 256)
    assert.throws(() => framer.frame('a'.repeat(256)), isUsage('WRITE_VALUE'))
  })

  it('refuses options that are none', () => {
    // @ts-expect-error three bytes are no length
    assert.throws(() => lengthPrefixed({ lengthBytes: 3 }), isUsage('OPTION_BAD'))
    // @ts-expect-error 'middle' is no byte order
    assert.throws(() => lengthPrefixed({ endian: 'middle' }), isUsage('OPTION_BAD'))
    assert.throws(() => lengthPrefixed({ maxBytes: -1 }), isUsage('OPTION_BAD'))
  })
})
