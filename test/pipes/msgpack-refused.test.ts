import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type MsgpackOptions, msgpack } from '../../pipes/msgpack.ts'
import { PeerError } from '../../src/errors.ts'
import { isPeer } from '../framing.ts'
import { reads as readsBy, writes } from './marshalled.ts'

const reads = async (given: readonly Uint8Array[], options: MsgpackOptions = {}): Promise<readonly unknown[]> => {
  const { values, error } = await readsBy(msgpack(options), given)
  if (error !== undefined) throw error
  return values
}
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('what msgpack() refuses', () => {
  const table: [hex: string, message: RegExp][] = [
    ['', /it is empty, at byte 0$/],
    ['c1', /0xc1 is never used, at byte 0$/],
    ['01 02', /goes on behind its end, at byte 1$/],
    ['80 c0', /goes on behind its end, at byte 1$/],
    ['92 01', /cut short, at byte 2$/],
    ['81 a161', /cut short, at byte 3$/],
    ['a2 61', /cut short/],
    ['cd 01', /cut short/],
    ['cb 00000000000000', /cut short/],
    ['d9', /cut short/],
    ['c7 0c ff', /cut short/],
    // Announced, and not there.
    ['dd ffffffff', /cut short/],
    ['df ffffffff', /cut short/],
    ['db ffffffff 61', /cut short/],
    ['c6 ffffffff 61', /cut short/],
    ['c9 ffffffff ff', /cut short/],
    ['dd 00000003 dd 00000003 01', /cut short/],
    // Text.
    ['a1 ff', /a string is not valid UTF-8, at byte 1$/],
    ['a3 eda080', /not valid UTF-8/],
    ['d9 03 61c328', /not valid UTF-8/],
    ['81 a1 ff 01', /not valid UTF-8/],
    // Keys.
    ['81 c0 01', /a key is neither a string nor an integer, at byte 1$/],
    ['81 90 01', /a key/],
    ['81 c4 0161 01', /a key/],
    ['81 cb 3ff0000000000000 01', /a key/],
    ['81 a161 81 c2 01', /a key/],
    // Extension types: of msgpackr's own a record, undefined, an error, a reference, a bundle; and others.
    ['d4 72 40 91 a161 01', /extension type 114 is not understood, at byte 1$/],
    ['d5 72 40 00 91 a161 01', /extension type 114/],
    ['d4 00 00', /extension type 0/],
    ['d4 65 00 92 a5 4572726f72 a161', /extension type 101/],
    ['d6 70 00000001', /extension type 112/],
    ['d6 69 00000001', /extension type 105/],
    ['d6 62 00000001', /extension type 98/],
    ['c7 01 05 00', /extension type 5/],
    ['91 d8 01 00000000000000000000000000000000', /extension type 1/],
    // Timestamps.
    ['d4 ff 00', /a timestamp is none, at byte 2$/],
    ['d5 ff 0000', /a timestamp/],
    ['d7 ff ee6b280000000000', /a timestamp/],
    ['c7 0c ff 3b9aca00 0000000000000000', /a timestamp/],
    ['c7 0c ff 00000000 7fffffffffffffff', /a timestamp/],
    ['c7 00 ff', /a timestamp/],
  ]
  for (const [hex, message] of table) {
    it(`is ${hex === '' ? 'nothing' : hex}`, async () => {
      await assert.rejects(reads([bytes(hex)]), (error) => {
        assert.ok(isPeer('MESSAGE_BAD', message)(error), String(error))
        assert.match(String(error), /a message is no MessagePack: /)
        return true
      })
    })
  }

  it('is no message at all that ends too early, of those that are well', async () => {
    const { written } = await writes(msgpack(), [
      {
        a: [1, -1, 1.5, 'ä'.repeat(40), new Date(1), Buffer.alloc(300)],
        b: 2n ** 40n,
      },
    ])
    const whole = Buffer.from(written[0] ?? '')
    for (let end = 0; end < whole.length; end++)
      await assert.rejects(reads([whole.subarray(0, end)]), isPeer('MESSAGE_BAD'))
  })

  it('is nothing else than that: whatever bytes come, they are a value or a PeerError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (given) => {
        try {
          assert.equal((await reads([given])).length, 1)
        } catch (error) {
          assert.ok(error instanceof PeerError, String(error))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('is what is too deep or too long', async () => {
    const deep = (levels: number) => Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.of(1)])
    assert.equal((await reads([deep(100)])).length, 1)
    await assert.rejects(reads([deep(101)]), isPeer('MESSAGE_TOO_LONG', /more than 100 levels deep/))
    await assert.rejects(reads([deep(1_000_000)]), isPeer('MESSAGE_TOO_LONG'))
    await assert.rejects(reads([bytes('9101')], { maxBytes: 1 }), isPeer('MESSAGE_TOO_LONG', /longer than 1 bytes/))
  })
})
