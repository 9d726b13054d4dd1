import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sharedEvent } from '../../../pipes/channels/shared-events.ts'
import { channels } from '../../../pipes/channels.ts'
import { http } from '../../../pipes/http.ts'
import { json } from '../../../pipes/json.ts'
import { websocket } from '../../../pipes/websocket.ts'
import { stack } from '../../../src/index.ts'
import { frame, OP, RawWebsocket } from '../../websocket-frames.ts'
import { serve } from '../../wire.ts'

describe('sharedEvent()', () => {
  it('is one message, as often as the same event goes out under the same name and id', () => {
    const event = { a: 1 }
    const first = sharedEvent('log', event, '7')
    assert.deepEqual(first?.value, { channel: 'log', event: { a: 1 }, id: '7' })
    assert.equal(sharedEvent('log', event, '7'), first)
  })

  it('is another one for another event, name or id', () => {
    const event = { a: 1 }
    const first = sharedEvent('log', event, '7')
    for (const other of [
      sharedEvent('log', { a: 1 }, '7'),
      sharedEvent('log', event, '8'),
      sharedEvent('b', event, '8'),
    ]) {
      assert.notEqual(other, first)
    }
    sharedEvent('a', event, '9')
    assert.deepEqual(sharedEvent('b', event, '9')?.value, { channel: 'b', event, id: '9' })
  })

  it('is none for what is no object', () => {
    for (const event of ['a', 1, true, null]) assert.equal(sharedEvent('log', event, '7'), undefined)
  })

  it('is encoded once for all who are sent it, and what has no id is looked at anew', async () => {
    let encoded = 0
    const event = { toJSON: () => ++encoded }
    const live = channels({
      many: (channel) => void channel.emit(event, { id: '1' }),
      single: (channel) => void channel.emit(event),
    })
    await using served = await serve(stack(http(), websocket(), json(), live))
    const heard: string[] = []
    for (const name of ['many', 'many', 'many', 'single', 'single']) {
      using raw = await RawWebsocket.open(served.address)
      raw.send(frame(OP.TEXT, JSON.stringify({ channel: name, open: true })))
      heard.push(await raw.shown())
    }
    assert.deepEqual(heard, [
      ...Array.from({ length: 3 }, () => '1 {"channel":"many","event":1,"id":"1"}'),
      '1 {"channel":"single","event":2}',
      '1 {"channel":"single","event":3}',
    ])
    assert.deepEqual(served.errors, [])
  })
})
