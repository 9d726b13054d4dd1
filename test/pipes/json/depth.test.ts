import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isDeeper } from '../../../pipes/json/depth.ts'

/** How deep a value is. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

describe('the depth of a text', () => {
  it('is that of its value', () => {
    const texts = fc.json({ maxDepth: 6 }).chain((text) => fc.tuple(fc.constant(text), fc.nat(8)))
    fc.assert(
      fc.property(texts, ([text, most]) => {
        const value: unknown = JSON.parse(text)
        assert.equal(isDeeper(text, most), depthOf(value) > most)
        assert.equal(isDeeper(JSON.stringify(value, null, 2), most), depthOf(value) > most)
      }),
    )
  })

  it('does not count what stands side by side', () => {
    assert.equal(isDeeper(`[${'[],{},'.repeat(1_000)}0]`, 2), false)
    assert.equal(isDeeper(`[${'[],{},'.repeat(1_000)}[[]]]`, 2), true)
  })

  it('does not count brackets in strings, whatever is escaped in them', () => {
    for (const text of ['[[[', '\\"[[[', '\\\\', '"[', '{"a":"', '\\', '"']) {
      assert.equal(isDeeper(JSON.stringify([text, text, { [text]: text }]), 2), false)
      assert.equal(isDeeper(JSON.stringify([text, text, { [text]: [text] }]), 2), true)
    }
  })

  it('ends for what is no JSON', () => {
    for (const text of ['[[["', '[[["\\', ']]]]', '[[[\\"', '"""']) assert.equal(typeof isDeeper(text, 1), 'boolean')
    assert.equal(isDeeper('['.repeat(1_000_000), 999_999), true)
  })
})
