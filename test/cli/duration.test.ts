import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { milliseconds } from '../../src/cli/duration.ts'

describe('milliseconds', () => {
  it('reads a number and its unit', () => {
    const table: [string, number][] = [
      ['0', 0],
      ['250', 250],
      ['500ms', 500],
      ['5s', 5_000],
      ['1.5s', 1_500],
      ['2m', 120_000],
      ['1440m', 86_400_000],
    ]
    for (const [text, ms] of table) assert.equal(milliseconds('--grace', text), ms, text)
  })

  it('refuses what is no time, and more than a day', () => {
    for (const text of ['', ' 5', '5 s', '-5', '5h', 's', '1e3', '.5s', '1441m', '86400001', '0x10', 'Infinity']) {
      assert.throws(() => milliseconds('--grace', text), {
        name: 'UsageError',
        code: 'OPTION_BAD',
        message: `--grace is ${JSON.stringify(text)}; it is a time like 5s, 500ms or 2m, of at most a day.`,
      })
    }
  })
})
