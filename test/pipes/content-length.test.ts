import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ContentLengthFramer } from '../../pipes/content-length/framer.ts'
import { contentLength } from '../../pipes/content-length.ts'
import { cut, echoed, framesAnything, isPeer } from '../framing.ts'

const framer = (maxBytes = 1_000) => new ContentLengthFramer(maxBytes)

describe('the framer of contentLength()', () => {
  framesAnything(() => framer(), fc.oneof(fc.string(), fc.uint8Array()))

  it('tells the length in bytes', () => {
    assert.equal(framer().frame('aä'), 'Content-Length: 3\r\n\r\naä')
  })

  const good: [name: string, head: string][] = [
    ['its plain form', 'Content-Length: 2'],
    ['any case, and no space', 'content-LENGTH:2'],
    ['spaces around the value', 'Content-Length: \t2 \t'],
    ['leading zeros', 'Content-Length: 0002'],
    ['a type before it', 'Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2'],
    [
      'a type behind it, with the old name of UTF-8',
      'Content-Length: 2\r\nContent-Type: application/x; charset="utf8"',
    ],
    ['a type without a charset', 'Content-Length: 2\r\nContent-Type: application/x'],
    ['fields that nobody knows', 'X-A: b\r\nContent-Length: 2\r\nX_B!: \xff'],
  ]
  for (const [name, head] of good) {
    it(`takes ${name}`, () => {
      const bytes = Buffer.from(`${head}\r\n\r\nab`, 'latin1')
      assert.deepEqual(cut(framer(), [bytes, bytes]), [['ab', 'ab']])
      assert.deepEqual(
        cut(
          framer(),
          [...bytes].map((byte) => Uint8Array.of(byte)),
        ),
        [['ab']],
      )
    })
  }

  const bad: [name: string, head: string, message: RegExp][] = [
    ['no length', 'X-A: b', /has no Content-Length/],
    ['no field at all', '', /no header field|has no Content-Length/],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 2', /two Content-Length/],
    ['a length with a sign', 'Content-Length: +2', /"\+2", which is no length/],
    ['a length below 0', 'Content-Length: -2', /no length/],
    ['a length in hex', 'Content-Length: 0x2', /no length/],
    ['a length with a fraction', 'Content-Length: 2.0', /no length/],
    ['two lengths in one', 'Content-Length: 2, 2', /no length/],
    ['an empty length', 'Content-Length: ', /no length/],
    ['a length of 16 digits', 'Content-Length: 1000000000000000', /no length/],
    ['another charset', 'Content-Length: 2\r\nContent-Type: a/b; charset=utf-16', /"utf-16" is not UTF-8/],
    ['a space before the colon', 'Content-Length : 2', /no header field/],
    ['a folded line', 'X-A: b\r\n c\r\nContent-Length: 2', /no header field/],
    ['a bare LF', 'X-A: b\nContent-Length: 2', /no header field/],
    ['a NUL', 'X-A: \0\r\nContent-Length: 2', /no header field/],
    ['a message without a head', '{"jsonrpc":"2.0"}', /no header field/],
  ]
  for (const [name, head, message] of bad) {
    it(`refuses ${name}`, () => {
      const bytes = Buffer.from(`Content-Length: 1\r\n\r\na${head}\r\n\r\nab`, 'latin1')
      for (const parts of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
        const [messages, error] = cut(framer(), parts)
        assert.deepEqual(messages, ['a'])
        assert.ok(isPeer('MESSAGE_BAD', message)(error), String(error))
      }
    })
  }

  it('refuses a head that does not end', () => {
    for (const rest of ['', '\r\nContent-Length: 2\r\n\r\nab']) {
      const [messages, error] = cut(framer(), [Buffer.from(`X-A: ${'b'.repeat(4_100)}${rest}`)])
      assert.deepEqual(messages, [])
      assert.ok(isPeer('MESSAGE_BAD', /longer than 4096 bytes/)(error))
    }
  })

  it('refuses a length above maxBytes, also where the head is the same as the last', () => {
    assert.ok(
      isPeer(
        'MESSAGE_TOO_LONG',
        /3 bytes is announced, and 2 is/,
      )(cut(framer(2), [Buffer.from(framer().frame('abc'))])[1]),
    )
    const twice = framer(2)
    for (const _ of [1, 2]) {
      assert.ok(isPeer('MESSAGE_TOO_LONG')(cut(twice, [Buffer.from('Content-Length: 3\r\n\r\n')])[1]))
    }
  })
})

describe('contentLength()', () => {
  it('echoes messages', async () => {
    const asked = 'Content-Length: 2\r\n\r\n\r\nContent-Type: a/b\r\ncontent-length: 0\r\n\r\n'
    assert.deepEqual(await echoed(contentLength(), asked), [
      'Content-Length: 2\r\n\r\n\r\nContent-Length: 0\r\n\r\n',
      [],
    ])
  })

  it('ends the flow in error where the peer ends within a head or a message', async () => {
    for (const torn of ['Content-', 'Content-Length: 2\r\n\r\n', 'Content-Length: 2\r\n\r\na']) {
      const [reply, errors] = await echoed(contentLength(), torn)
      assert.equal(reply, '')
      assert.ok(isPeer('MESSAGE_TORN')(errors[0]))
    }
  })
})
