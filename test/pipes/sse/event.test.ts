import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { eventText, messageText, retryText, type SentEvent } from '../../../pipes/sse/event.ts'
import { UsageError } from '../../../src/errors.ts'
import { readEvents } from './read-events.ts'

const CASES: readonly (readonly [string, string])[] = [
  ['', 'data: \n\n'],
  ['a', 'data: a\n\n'],
  [' a', 'data:  a\n\n'],
  ['a\nb', 'data: a\ndata: b\n\n'],
  ['a\r\nb\rc\n', 'data: a\ndata: b\ndata: c\ndata: \n\n'],
  ['id: 7', 'data: id: 7\n\n'],
  ['{"a":"\\n"}', 'data: {"a":"\\n"}\n\n'],
]

describe('the text of an event', () => {
  for (const [data, text] of CASES) {
    it(`${JSON.stringify(data)} is ${JSON.stringify(text)}`, () => {
      assert.equal(messageText(data), text)
      assert.equal(eventText({ data }), text)
    })
  }

  it('has its fields before the data', () => {
    const event = { data: 'x', id: '7', event: 'tick', retry: 10 }
    assert.equal(eventText(event), 'retry: 10\nid: 7\nevent: tick\ndata: x\n\n')
    assert.equal(eventText({ data: 'x', id: '' }), 'id: \ndata: x\n\n')
    assert.equal(retryText(5), 'retry: 5\n\n')
  })

  const refused: readonly [string, object][] = [
    ['no data', {}],
    ['a number as data', { data: 1 }],
    ['a line break in an id', { data: '', id: 'a\nb' }],
    ['a carriage return in an id', { data: '', id: 'a\rb' }],
    ['NUL in an id, which browsers ignore', { data: '', id: 'a\0' }],
    ['a number as id', { data: '', id: 1 }],
    ['a line break in a type', { data: '', event: 'a\r' }],
    ['a retry with a fraction', { data: '', retry: 1.5 }],
    ['a negative retry', { data: '', retry: -1 }],
  ]
  for (const [what, event] of refused) {
    it(`refuses ${what}`, () => {
      // A cast: what JavaScript may give.
      assert.throws(() => eventText(event as SentEvent), isWriteValue)
    })
  }

  it('is read as it was sent, whatever is in it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', '\r', '\0', 'Ω', '\u2028', '\ufeff') })
    const plain = fc.string({ unit: fc.constantFrom('a', ' ', ':', 'Ω') })
    const event = fc.record({ data: text, id: plain, event: plain }, { requiredKeys: ['data'], noNullPrototype: true })
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let id = ''
        const expected = events.map((each) => {
          id = each.id ?? id
          const type = each.event === undefined || each.event === '' ? 'message' : each.event
          return { type, id, data: each.data.replace(/\r\n?/g, '\n') }
        })
        assert.deepEqual(readEvents(events.map(eventText).join('')), expected)
      }),
    )
  })
})

function isWriteValue(error: unknown): boolean {
  return error instanceof UsageError && error.code === 'WRITE_VALUE'
}
