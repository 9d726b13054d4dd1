import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { textFrame } from '../../src/websocket/frame.ts'
import { frame, OP } from '../websocket-frames.ts'

describe('textFrame()', () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    it(`makes a frame of ${length} bytes, twice`, () => {
      const text = 'x'.repeat(length)
      const wanted = frame(OP.TEXT, text, { masked: false })
      assert.deepEqual(textFrame(text), wanted)
      assert.deepEqual(textFrame(text), wanted)
    })
  }

  it('counts bytes, not characters', () => {
    assert.deepEqual(textFrame('😀'.repeat(40)), frame(OP.TEXT, '😀'.repeat(40), { masked: false }))
  })

  it('makes one buffer for those who are sent the same text one after the other', () => {
    const first = textFrame('the same')
    assert.equal(textFrame(['the', 'same'].join(' ')), first)
    textFrame('another')
    assert.notEqual(textFrame('the same'), first)
  })

  it('makes of any texts, in any order, the frame of each', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('', 'a', 'b', 'ab', 'é', '你好', 'x'.repeat(200)), { maxLength: 30 }),
        (texts) => {
          for (const text of texts) assert.deepEqual(textFrame(text), frame(OP.TEXT, text, { masked: false }))
        },
      ),
    )
  })
})
