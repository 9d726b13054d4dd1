import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adapt_headers } from '../../src/psgi/adapt-headers.ts'
import { type AsList, HeaderList } from '../../src/psgi/header-list.ts'
import { setMediaType } from '../../src/psgi/media-type.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'

const DEFAULT = 'text/html; charset=utf-8'

/** The lines after setMediaType(). */
function lines(list?: AsList, format = 'unicode'): unknown[] {
  const response = new ResponseMarble()
  if (list !== undefined) response.header_list = list
  response.header_list_format = format
  setMediaType(response, 'application/json')
  return [...response.header_list.as_list()]
}

const JSON_LINE = ['Content-Type', 'application/json']

describe('the media type of a body', () => {
  it('takes the place of the default', () => {
    assert.deepEqual(lines(), [JSON_LINE])
    const asked = new ResponseMarble()
    assert.equal(asked.header_list.as_list() !== undefined, true)
    setMediaType(asked, 'application/json')
    assert.deepEqual([...asked.header_list.as_list()], [JSON_LINE])
  })

  const kinds: Record<string, (pairs: [string, string][]) => AsList> = {
    HeaderList: (pairs) => new HeaderList(pairs),
    ResponseHeaders: (pairs) => new ResponseHeaders(pairs),
    'adapted Headers': (pairs) => adapt_headers(new Headers(pairs)),
    'an adapted Map': (pairs) => adapt_headers(new Map(pairs)),
    'any other object': (pairs) => ({ as_list: () => pairs }),
  }
  for (const [name, kind] of Object.entries(kinds)) {
    const low = (given: unknown[]) => JSON.parse(JSON.stringify(given).toLowerCase())
    it(`stands in ${name}: added, in place of the default, and not in place of another one`, () => {
      assert.deepEqual(low(lines(kind([['x-a', '1']]))).sort(), low([JSON_LINE, ['x-a', '1']]))
      assert.deepEqual(
        low(
          lines(
            kind([
              ['content-type', DEFAULT],
              ['x-a', '1'],
            ]),
          ),
        ).sort(),
        low([JSON_LINE, ['x-a', '1']]),
      )
      assert.deepEqual(low(lines(kind([['content-type', 'text/csv']]))), [['content-type', 'text/csv']])
    })
  }

  it('is put into the very list that somebody may hold', () => {
    const response = new ResponseMarble()
    for (const list of [new HeaderList([['X-A', '1']]), new ResponseHeaders({ 'X-A': '1' })]) {
      response.header_list = list
      setMediaType(response, 'application/json')
      assert.equal(response.header_list, list)
    }
  })

  it('leaves a list in an encoding as it is', () => {
    const list = new HeaderList([[Buffer.from('X-A'), Buffer.from('1')]])
    assert.deepEqual(lines(list, 'latin1'), [[Buffer.from('X-A'), Buffer.from('1')]])
  })
})
