import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { date, refreshDate } from '../../../pipes/http/date.ts'
import { headStart, lengthEnd, lengthLine } from '../../../pipes/http/head-text.ts'
import { type EncodedHead, header_lines } from '../../../src/psgi/head.ts'
import { HeaderList } from '../../../src/psgi/header-list.ts'
import { ResponseMarble } from '../../../src/psgi/response.ts'

function headOf(...lines: [string, string][]): EncodedHead {
  const response = new ResponseMarble()
  response.header_list = new HeaderList(lines)
  return header_lines(response)
}

describe('the text of a head', () => {
  let start = Date.parse('2050-01-01T00:00:00.000Z')
  beforeEach(() => {
    start += 86_400_000
    mock.timers.enable({ apis: ['Date'], now: start })
    refreshDate()
  })
  afterEach(() => mock.timers.reset())

  it('is the same however often it is sent', () => {
    const head = headOf(['X', 'ä'])
    const text = `HTTP/1.1 200 OK\r\nX: ä\r\n${date()}`
    for (let time = 0; time < 4; time++) assert.equal(headStart('200 OK', head), text)
  })

  it('changes with the status', () => {
    const head = headOf(['X', 'y'])
    for (const status of ['200 OK', '200 OK', '404 Not Found', '404 Nicht da', '404 Nicht da', '200 OK']) {
      assert.equal(headStart(status, head), `HTTP/1.1 ${status}\r\nX: y\r\n${date()}`)
    }
  })

  it('changes with the second', () => {
    const head = headOf(['X', 'y'])
    for (let second = 0; second < 3; second++) {
      for (let time = 0; time < 3; time++) {
        assert.equal(headStart('200 OK', head), `HTTP/1.1 200 OK\r\nX: y\r\n${date()}`)
      }
      const before = date()
      mock.timers.tick(1_000)
      refreshDate()
      assert.notEqual(date(), before)
    }
  })

  it('has no second Date', () => {
    const head = headOf(['Date', 'Sat, 21 Nov 2026 00:00:00 GMT'])
    for (let time = 0; time < 3; time++) {
      assert.equal(headStart('200 OK', head), 'HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n')
    }
  })

  it('ends with the length of the body', () => {
    for (const size of [0, 1, 13, 2_047, 2_048, 1_000_000, 2 ** 40]) {
      for (let time = 0; time < 2; time++) assert.equal(lengthEnd(size), `${lengthLine(size)}\r\n`)
      assert.equal(lengthLine(size), `Content-Length: ${size}\r\n`)
    }
  })
})
