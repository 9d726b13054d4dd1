import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import { Backoff, type ReconnectOptions, reconnectSettings } from '../../src/net/backoff.ts'

function backoff(options: ReconnectOptions, random: () => number): Backoff {
  const settings = reconnectSettings(options)
  assert.ok(settings !== undefined)
  return new Backoff(settings, random)
}

describe('the back-off', () => {
  it('doubles up to its most, however often it is asked', () => {
    const waits = backoff({}, () => 1)
    assert.deepEqual(
      Array.from({ length: 9 }, () => waits.next()),
      [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000],
    )
    for (let count = 0; count < 2_000; count++) assert.equal(waits.next(), 10_000)
  })

  it('waits a random part of that, from nothing on', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), (part, tries) => {
        const waits = backoff({ minMs: 3, maxMs: 50 }, () => part)
        for (let count = 0; count < tries; count++) waits.next()
        assert.equal(waits.next(), part * Math.min(50, 3 * 2 ** tries))
      }),
    )
  })

  it('begins anew once a connection has lived for its most, not before', () => {
    const waits = backoff({ minMs: 1, maxMs: 1_000 }, () => 1)
    waits.next()
    waits.next()
    waits.lost(999)
    assert.equal(waits.next(), 4)
    waits.lost(1_000)
    assert.equal(waits.next(), 1)
  })

  it('gives up after its attempts, and counts them anew', () => {
    const waits = backoff({ attempts: 2, maxMs: 1_000 }, () => 0)
    assert.deepEqual([waits.next(), waits.next(), waits.next()], [0, 0, undefined])
    waits.lost(1_000)
    assert.equal(waits.next(), 0)
  })

  it('is off unless it is asked for', () => {
    assert.equal(reconnectSettings(undefined), undefined)
    assert.equal(reconnectSettings(false), undefined)
    const settings = { initial: false, attempts: Number.POSITIVE_INFINITY, minMs: 100, maxMs: 10_000 }
    assert.deepEqual(reconnectSettings(true), settings)
    assert.deepEqual(reconnectSettings({ initial: true }), { ...settings, initial: true })
  })

  const bad: [object, RegExp][] = [
    [{ attempts: 0 }, /whole number above 0, or Infinity, as attempts/],
    [{ attempts: 1.5 }, /as attempts/],
    [{ attempts: Number.NaN }, /as attempts/],
    [{ minMs: 0 }, /as minMs/],
    [{ maxMs: -1 }, /as maxMs/],
    [{ maxMs: 2 ** 31 }, /at most 2147483647, as maxMs/],
    [{ minMs: Number.NaN }, /as minMs/],
    [{ max: 5 }, /no option "max"\. There are: initial, attempts, minMs, maxMs\./],
  ]
  for (const [options, words] of bad) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => reconnectSettings(options),
        (error) => error instanceof UsageError && error.code === 'OPTION_BAD' && words.test(error.message),
      )
    })
  }
})
