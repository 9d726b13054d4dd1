import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptsEvents, isMessageType, lastEventId, streamId } from '../../../pipes/sse/asked.ts'
import type { Environ } from '../../../src/psgi/environ.ts'
import { environFor } from '../asking.ts'

const ACCEPTS: readonly (readonly [string | undefined, boolean])[] = [
  [undefined, true],
  ['', true],
  ['*/*', true],
  ['text/*', true],
  ['text/event-stream', true],
  ['TEXT/Event-Stream; charset=utf-8', true],
  ['text/html, */*;q=0.1', true],
  ['text/html', false],
  ['application/json, text/html;q=0.9', false],
  ['text/event-stream;q=0', false],
  ['text/event-stream;q=0.000, */*', false],
  ['text/event-stream;q=0.001', true],
  ['text/*;q=0, text/event-stream', true],
  ['*/*, text/*;q=0', false],
  ['text/event-streams', false],
]

const TYPES: readonly (readonly [type: string | undefined, coding: string | undefined, boolean])[] = [
  [undefined, undefined, true],
  ['application/json', undefined, true],
  ['Application/JSON; charset=UTF-8', undefined, true],
  ['text/plain;charset=UTF-8', undefined, true],
  ['text/plain', 'identity', true],
  ['text/plain', 'gzip', false],
  ['text/plain; charset=latin1', undefined, false],
  ['application/x-www-form-urlencoded', undefined, false],
  ['multipart/form-data; boundary=x', undefined, false],
  ['application/msgpack', undefined, false],
]

describe('what a request for events says', () => {
  for (const [accept, expected] of ACCEPTS) {
    it(`${JSON.stringify(accept)} ${expected ? 'accepts' : 'does not accept'} events`, () => {
      assert.equal(acceptsEvents(accept), expected)
    })
  }

  for (const [type, coding, expected] of TYPES) {
    it(`a body of ${JSON.stringify(type)}, coded ${JSON.stringify(coding)}, ${expected ? 'is' : 'is not'} a message of JSON`, () => {
      const environ = asking()
      if (type !== undefined) environ.CONTENT_TYPE = type
      if (coding !== undefined) environ.HTTP_CONTENT_ENCODING = coding
      assert.equal(isMessageType(environ, 'application/json'), expected)
    })
  }

  it('the last event is in a field, as UTF-8, or in the query', () => {
    assert.equal(lastEventId(asking()), undefined)
    assert.equal(lastEventId(asking({ HTTP_LAST_EVENT_ID: '' })), undefined)
    assert.equal(lastEventId(asking({ HTTP_LAST_EVENT_ID: 'a-7' })), 'a-7')
    assert.equal(lastEventId(asking({ HTTP_LAST_EVENT_ID: Buffer.from('Ω').toString('latin1') })), 'Ω')
    assert.equal(lastEventId(asking({ HTTP_LAST_EVENT_ID: 'é' })), 'é')
    assert.equal(lastEventId(asking({ QUERY_STRING: 'lastEventId=%CE%A9' })), 'Ω')
    assert.equal(lastEventId(asking({ QUERY_STRING: 'lastEventId=1', HTTP_LAST_EVENT_ID: '2' })), '2')
  })

  it('the stream of a POST is in a field or in the query', () => {
    assert.equal(streamId(asking()), undefined)
    assert.equal(streamId(asking({ HTTP_STREAM_ID: 'x' })), 'x')
    assert.equal(streamId(asking({ QUERY_STRING: 'a=1&stream=x' })), 'x')
  })
})

function asking(more: Partial<Environ> = {}): Environ {
  return Object.assign(environFor('GET /'), more)
}
