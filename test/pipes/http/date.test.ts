import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { date, refreshDate } from '../../../pipes/http/date.ts'

/** The line, right after a tick of the clock. */
function ticked(): string {
  refreshDate()
  return date()
}

describe('the Date line', () => {
  // date() remembers the last second of the whole process: begin in a later one each time.
  let start = Date.parse('2040-01-01T00:00:00.000Z')
  beforeEach(() => {
    start += 86_400_000
    mock.timers.enable({ apis: ['Date'], now: start })
  })
  afterEach(() => mock.timers.reset())

  it('is an IMF-fixdate (RFC 9110 §5.6.7)', () => {
    mock.timers.setTime(Date.parse('2040-02-05T04:03:02.999Z'))
    assert.equal(ticked(), 'Date: Sun, 05 Feb 2040 04:03:02 GMT\r\n')
  })

  it('stays the same within a second, and not longer', () => {
    mock.timers.setTime(start + 500)
    const first = ticked()
    mock.timers.setTime(start + 999)
    assert.equal(ticked(), first)
    mock.timers.setTime(start + 1_000)
    assert.notEqual(ticked(), first)
  })

  it('follows a clock that is set back', () => {
    mock.timers.setTime(start + 500)
    ticked()
    mock.timers.setTime(start - 3_600_000)
    assert.match(ticked(), / 23:00:00 GMT\r\n$/)
  })
})
