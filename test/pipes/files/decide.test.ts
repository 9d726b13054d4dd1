import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Conditions, decide } from '../../../pipes/files/decide.ts'
import { entityTag } from '../../../pipes/files/validators.ts'

const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT'
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT'
const mtimeMs = Date.parse(DATE) + 500
const file = { size: 10, mtimeNs: BigInt(mtimeMs) * 1_000_000n }
const NOW = mtimeMs + 60_000
const TAG = entityTag(file, NOW)

const cases: [fields: Partial<Conditions>, found: string][] = [
  [{}, '200 0-10'],
  [{ REQUEST_METHOD: 'HEAD' }, '200 0-10'],
  // If-None-Match, and If-Modified-Since where there is none.
  [{ HTTP_IF_NONE_MATCH: TAG }, '304 0-0'],
  [{ HTTP_IF_NONE_MATCH: `"x", W/${TAG}` }, '304 0-0'],
  [{ HTTP_IF_NONE_MATCH: '*' }, '304 0-0'],
  [{ HTTP_IF_NONE_MATCH: '"x"' }, '200 0-10'],
  [{ HTTP_IF_NONE_MATCH: TAG, REQUEST_METHOD: 'HEAD' }, '304 0-0'],
  [{ HTTP_IF_NONE_MATCH: '"x"', HTTP_IF_MODIFIED_SINCE: DATE }, '200 0-10'],
  [{ HTTP_IF_NONE_MATCH: TAG, HTTP_IF_MODIFIED_SINCE: BEFORE }, '304 0-0'],
  [{ HTTP_IF_MODIFIED_SINCE: DATE }, '304 0-0'],
  [{ HTTP_IF_MODIFIED_SINCE: AFTER }, '304 0-0'],
  [{ HTTP_IF_MODIFIED_SINCE: BEFORE }, '200 0-10'],
  [{ HTTP_IF_MODIFIED_SINCE: '2030' }, '200 0-10'],
  [{ HTTP_IF_MODIFIED_SINCE: DATE, REQUEST_METHOD: 'HEAD' }, '304 0-0'],
  // If-Match, and If-Unmodified-Since where there is none.
  [{ HTTP_IF_MATCH: TAG }, '200 0-10'],
  [{ HTTP_IF_MATCH: '*' }, '200 0-10'],
  [{ HTTP_IF_MATCH: '"x"' }, '412 0-0'],
  [{ HTTP_IF_MATCH: `W/${TAG}` }, '412 0-0'],
  [{ HTTP_IF_MATCH: TAG, HTTP_IF_UNMODIFIED_SINCE: BEFORE }, '200 0-10'],
  [{ HTTP_IF_UNMODIFIED_SINCE: DATE }, '200 0-10'],
  [{ HTTP_IF_UNMODIFIED_SINCE: BEFORE }, '412 0-0'],
  [{ HTTP_IF_UNMODIFIED_SINCE: 'never' }, '200 0-10'],
  [{ HTTP_IF_MATCH: '"x"', HTTP_IF_NONE_MATCH: TAG }, '412 0-0'],
  // Range, once all that is settled.
  [{ HTTP_RANGE: 'bytes=2-4' }, '206 2-5'],
  [{ HTTP_RANGE: 'bytes=0-' }, '206 0-10'],
  [{ HTTP_RANGE: 'bytes=10-' }, '416 0-0'],
  [{ HTTP_RANGE: 'bytes=0-1,3-4' }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', REQUEST_METHOD: 'HEAD' }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_NONE_MATCH: TAG }, '304 0-0'],
  [{ HTTP_RANGE: 'bytes=10-', HTTP_IF_MODIFIED_SINCE: DATE }, '304 0-0'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_NONE_MATCH: '"x"' }, '206 2-5'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_MATCH: '"x"' }, '412 0-0'],
  // If-Range.
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: TAG }, '206 2-5'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: '"x"' }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: `W/${TAG}` }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: `${TAG}, "x"` }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: DATE }, '206 2-5'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: AFTER }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: BEFORE }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: '*' }, '200 0-10'],
  [{ HTTP_RANGE: 'bytes=10-', HTTP_IF_RANGE: '"x"' }, '200 0-10'],
  [{ HTTP_IF_RANGE: TAG }, '200 0-10'],
]

const decided = (fields: Partial<Conditions>, now = NOW) => {
  const { status, start, end } = decide(file, { REQUEST_METHOD: 'GET', ...fields }, now)
  return `${status.slice(0, 3)} ${start}-${end}`
}

describe('what is sent of a file', () => {
  for (const [fields, found] of cases) {
    it(`for ${JSON.stringify(fields)} is ${found}`, () => assert.equal(decided(fields), found))
  }

  it('is no part of it while it could change without changing its tag', () => {
    const young = mtimeMs + 100
    assert.equal(decided({ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: TAG }, young), '200 0-10')
    assert.equal(decided({ HTTP_RANGE: 'bytes=2-4', HTTP_IF_RANGE: `W/${TAG}` }, young), '200 0-10')
    assert.equal(decided({ HTTP_IF_MATCH: TAG }, young), '412 0-0')
    assert.equal(decided({ HTTP_IF_NONE_MATCH: TAG }, young), '304 0-0')
    assert.equal(decided({ HTTP_RANGE: 'bytes=2-4' }, young), '206 2-5')
  })
})
