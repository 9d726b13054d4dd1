import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { WholePairs, wellFormed } from '../../src/psgi/surrogates.ts'

const units = fc.array(fc.constantFrom('a', 'é', '\ud83d', '\ude00', '😀', '')).map((parts) => parts.join(''))

describe('WholePairs', () => {
  it('holds back the first half of a pair', () => {
    const pairs = new WholePairs()
    assert.equal(pairs.write('a\ud83d'), 'a')
    assert.equal(pairs.write(''), '')
    assert.equal(pairs.write('\ude00b'), '😀b')
    assert.equal(pairs.end(), '')
  })

  it('gives U+FFFD for a half that stays alone, once', () => {
    const pairs = new WholePairs()
    pairs.write('\ud83d')
    assert.equal(pairs.end(), '\ufffd')
    assert.equal(pairs.end(), '')
  })

  it('gives the same text wherever it is cut, and never cuts a pair itself', () => {
    fc.assert(
      fc.property(fc.array(units), (parts) => {
        const pairs = new WholePairs()
        const given = [...parts.map((part) => pairs.write(part)), pairs.end()]
        assert.equal(given.map(wellFormed).join(''), wellFormed(parts.join('')))
      }),
    )
  })
})

describe('wellFormed', () => {
  it('replaces halves of pairs and nothing else', () => {
    assert.equal(wellFormed('a\ud83db\ude00c\ude00\ud83d'), 'a\ufffdb\ufffdc\ufffd\ufffd')
    assert.equal(wellFormed('a😀é\u0000\uffff'), 'a😀é\u0000\uffff')
  })

  it('reads as TextEncoder does', () => {
    fc.assert(
      fc.property(units, (text) => {
        assert.equal(wellFormed(text), new TextDecoder().decode(new TextEncoder().encode(text)))
      }),
    )
  })
})
