import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventStream } from '../../../../pipes/http/client/event-stream.ts'
import { PeerError } from '../../../../src/errors.ts'

function events(pieces: readonly (string | Buffer)[], maxBytes = 1_000): string[] {
  const found: string[] = []
  const stream = new EventStream(maxBytes, (data) => found.push(data.toString()))
  for (const piece of pieces) stream.feed(Buffer.from(piece))
  return found
}

const drips = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.of(byte))

const TABLE: readonly (readonly [string, string, readonly string[]])[] = [
  ['one event', 'data: a\n\n', ['a']],
  ['no space', 'data:a\n\n', ['a']],
  ['two spaces: one is data', 'data:  a\n\n', [' a']],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['all line ends', 'data: a\r\n\ndata: b\n\r\ndata: c\r\n\r', ['a', 'b', 'c']],
  ['several lines', 'data: a\ndata\ndata: c\n\n', ['a\n\nc']],
  ['names, ids, comments and retry', ': hi\nevent: x\nid: 7\ndata: a\nretry: 5\n\n', ['a']],
  ['an id alone', 'id: 7\n\nid: 8\ndata\n\n', []],
  ['an empty event', '\n\n\ndata: a\n\n', ['a']],
  ['other fields', 'dat: x\ndatas: y\n data: z\nDATA: w\ndata: a\n\n', ['a']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['a second byte order mark', '\ufeff\ufeffdata: a\n\n', []],
  ['no end', 'data: a\n\ndata: b\n', ['a']],
  ['characters of several bytes', 'data: Grüße, 你好, 🎉\n\n', ['Grüße, 你好, 🎉']],
]

describe('EventStream', () => {
  for (const [name, text, expected] of TABLE) {
    it(`reads ${name}, whole, byte by byte and cut in two anywhere`, () => {
      assert.deepEqual(events([text]), expected)
      assert.deepEqual(events(drips(text)), expected)
      const bytes = Buffer.from(text)
      for (let cut = 0; cut <= bytes.length; cut++) {
        assert.deepEqual(events([bytes.subarray(0, cut), bytes.subarray(cut)]), expected, `cut at ${cut}`)
      }
    })
  }

  it('refuses an event and a line that are too long', () => {
    const tooLong = (error: unknown) => error instanceof PeerError && error.code === 'BODY_TOO_LONG'
    assert.throws(() => events([`data: ${'x'.repeat(20)}\n\n`], 20), tooLong)
    assert.throws(() => events(['data: 0123456789\ndata: 0123456789\n'], 20), tooLong)
    assert.throws(() => events([`: ${'x'.repeat(20)}`], 20), tooLong)
    assert.deepEqual(events(['data: 0123456789\n\ndata: 0123456789\n\n'], 20), ['0123456789', '0123456789'])
  })

  it('refuses data without an end, however short its lines', () => {
    const lines = Array.from({ length: 2_000 }, () => 'data\n')
    assert.throws(() => events(lines), /longer than 1000 bytes/)
  })
})
