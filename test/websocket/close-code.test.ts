import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PeerError, UsageError } from '../../src/errors.ts'
import { brokenBy, closeOf, errorOf } from '../../src/websocket/close-code.ts'

describe('a close code', () => {
  it('says what the peer did wrong, and nothing of what went wrong here', () => {
    assert.deepEqual(closeOf(new Error('secret')), [1011, ''])
    assert.deepEqual(closeOf(new UsageError('OPTION_BAD', 'secret')), [1011, ''])
    assert.deepEqual(closeOf('secret'), [1011, ''])
    assert.deepEqual(closeOf(undefined), [1011, ''])
    assert.deepEqual(closeOf(new PeerError('MESSAGE_BAD', 'why')), [1007, 'why'])
    assert.deepEqual(closeOf(new PeerError('MESSAGE_TOO_LONG', 'why')), [1009, 'why'])
    assert.deepEqual(closeOf(new PeerError('ROUTE_MISSING', 'why')), [1008, 'why'])
  })

  it('has a reason of at most 123 bytes, and no half a character', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 })
    fc.assert(
      fc.property(text, (message) => {
        const [, reason] = closeOf(new PeerError('TIMEOUT', message))
        assert.ok(message.startsWith(reason))
        const bytes = Buffer.byteLength(reason)
        assert.ok(bytes <= 123 && (bytes > 119 || reason === message), `${bytes}`)
      }),
    )
  })

  it('of the peer is an error, unless it is a good-bye', () => {
    for (const code of [1000, 1001, 1005]) assert.equal(errorOf(code, '', 'cause'), undefined)
    assert.equal(errorOf(1006, '', 'cause')?.message, 'the peer is gone without a close frame (1006)')
    assert.equal(errorOf(1011, '', 'cause')?.message, 'the peer closed it with 1011')
    assert.equal(errorOf(4000, 'a "b"', 'cause')?.message, 'the peer closed it with 4000 "a \\"b\\""')
    assert.equal(errorOf(4000, '', 'cause')?.cause, 'cause')
  })

  it('of ws is an error of the peer', () => {
    const by = (code: string) => brokenBy(Object.assign(new Error('why'), { code }), 10)
    assert.equal(by('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH').message, 'a message is longer than 10 bytes')
    assert.equal(by('WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH').code, 'MESSAGE_TOO_LONG')
    assert.equal(by('WS_ERR_TOO_MANY_BUFFERED_PARTS').code, 'MESSAGE_TOO_LONG')
    assert.equal(by('WS_ERR_INVALID_UTF8').message, 'a text message is not valid UTF-8')
    assert.equal(by('WS_ERR_EXPECTED_MASK').message, 'the frames of WebSocket are broken: why')
  })
})
