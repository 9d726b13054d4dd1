import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EventStream } from '../../src/client/event-stream.ts'

/** What a stream gives that comes in these pieces. */
function eventsOf(pieces: readonly string[], most = 1_000): { events: [string, string][]; fits: boolean } {
  const events: [string, string][] = []
  const stream = new EventStream((type, data) => events.push([type, data]), most)
  const fits = pieces.map((piece) => stream.push(piece)).every((each) => each)
  return { events, fits }
}

const TABLE: readonly [what: string, text: string, events: [string, string][]][] = [
  ['an event', 'data: a\n\n', [['message', 'a']]],
  [
    'its type',
    'event: stream\ndata: x7\n\ndata: b\n\n',
    [
      ['stream', 'x7'],
      ['message', 'b'],
    ],
  ],
  ['several lines', 'data: a\ndata:b\ndata:  c\n\n', [['message', 'a\nb\n c']]],
  [
    'an empty event',
    'data\n\ndata:\n\n',
    [
      ['message', ''],
      ['message', ''],
    ],
  ],
  ['a type without data is none', 'event: a\n\ndata: b\n\n', [['message', 'b']]],
  ['comments, ids, times and the unknown are passed over', ': hi\nid: 1\nretry: 5\nx\ndata: a\n\n', [['message', 'a']]],
  [
    'every end of a line',
    'data: a\r\rdata: b\r\n\r\ndata: c\n\n',
    [
      ['message', 'a'],
      ['message', 'b'],
      ['message', 'c'],
    ],
  ],
  ['a mark at the beginning', '\ufeffdata: a\n\n', [['message', 'a']]],
  ['what is not ended is not given', 'data: a\n', []],
]

describe('EventStream', () => {
  for (const [what, text, events] of TABLE) {
    it(`reads ${what}: whole, and by single characters`, () => {
      // A CR at the end may be half of a CR LF; a comment shows what was meant.
      assert.deepEqual(eventsOf([`${text}:\n`]).events, events)
      assert.deepEqual(eventsOf([...`${text}:\n`]).events, events)
    })
  }

  it('gives the same, wherever the pieces are cut', () => {
    const line = fc.constantFrom('data: a', 'data: ü\u2028', 'data', 'event: b', ': c', '', '', 'id: 1')
    const end = fc.constantFrom('\n', '\r', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end)), fc.array(fc.nat(200)), (lines, cuts) => {
        const text = `${lines.flat().join('')}\n:\n`
        const places = [0, ...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((place, at) => text.slice(places[at], place))
        assert.deepEqual(eventsOf(pieces), eventsOf([text]))
      }),
    )
  })

  it('refuses an event that is too long, in one line or in many', () => {
    assert.equal(eventsOf([`data: ${'a'.repeat(10)}\n\n`], 20).fits, true)
    assert.equal(eventsOf([`data: ${'a'.repeat(30)}`], 20).fits, false)
    assert.equal(eventsOf(['data: aaaaaaaa\n'.repeat(3)], 20).fits, false)
    assert.equal(eventsOf(['data: aaaaaaaa\n\n'.repeat(3)], 20).fits, true)
  })
})
