import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeptEvents } from '../../../pipes/longpoll/kept.ts'

describe('events that are kept', () => {
  it('are numbered from 1, and given until they are confirmed', () => {
    const kept = new KeptEvents()
    assert.deepEqual([kept.last, kept.batch(9)], [0, { first: 1, events: [] }])
    for (const text of ['"a"', '"b"', '"c"']) kept.add(text)
    assert.deepEqual([kept.last, kept.count, kept.size], [3, 3, 9])
    assert.deepEqual(kept.batch(2), { first: 1, events: ['a', 'b'] })
    assert.equal(kept.confirm(2), true)
    assert.deepEqual([kept.last, kept.size, kept.batch(9)], [3, 3, { first: 3, events: ['c'] }])
    assert.equal(kept.confirm(3), true)
    assert.deepEqual(kept.batch(9), { first: 4, events: [] })
  })

  it('a confirmation that is late or too much changes nothing', () => {
    const kept = new KeptEvents()
    kept.add('1')
    kept.add('2')
    kept.confirm(1)
    assert.deepEqual([kept.confirm(1), kept.confirm(0)], [false, false])
    assert.deepEqual(kept.batch(9), { first: 2, events: [2] })
    assert.equal(kept.confirm(99), true)
    assert.deepEqual([kept.last, kept.confirm(99)], [2, false])
  })

  it('are what they were when they were sent', () => {
    const kept = new KeptEvents()
    kept.add('{"__proto__":{"a":1}}')
    const [first] = kept.batch(1).events
    assert.deepEqual(Object.keys(Object(first)), ['__proto__'])
    assert.notEqual(kept.batch(1).events[0], first)
  })

  it('can be dropped', () => {
    const kept = new KeptEvents()
    kept.add('1')
    kept.drop()
    assert.deepEqual([kept.count, kept.size, kept.batch(1).events], [0, 0, []])
  })
})
