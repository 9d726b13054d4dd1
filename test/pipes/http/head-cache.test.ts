import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsed } from '../../../pipes/http/fields.ts'
import { HeadCache, parseHead, type RequestHead } from '../../../pipes/http/head.ts'

const limits = { maxHeadBytes: 400, maxFields: 10 }

interface Outcome {
  readonly head: Partial<RequestHead> | undefined
  readonly end: number | undefined
  readonly error: string | undefined
}

/** What becomes of `bytes`, as far as anybody can see it. */
function outcome(bytes: Buffer, cache: HeadCache): Outcome {
  try {
    const head = parseHead(bytes, 0, bytes.length, limits, cache)
    if (head === undefined) return { head, end: undefined, error: undefined }
    return {
      head: { ...head, block: { ...head.block, template: undefined } },
      end: parsed.end,
      error: undefined,
    }
  } catch (error) {
    return { head: undefined, end: undefined, error: String(error) }
  }
}

function primed(text: string): HeadCache {
  const cache = new HeadCache()
  assert.ok(parseHead(Buffer.from(text, 'latin1'), 0, text.length, limits, cache))
  return cache
}

function isSameAfter(before: string, bytes: Buffer): void {
  assert.deepEqual(outcome(bytes, primed(before)), outcome(bytes, new HeadCache()), JSON.stringify(bytes.toString()))
}

const HEADS = [
  'GET /a?b HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n',
  'GET http://b/c HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n',
  // Long enough for Buffer.compare.
  `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(120)}\r\n\r\n`,
]

describe('a head behind another', () => {
  it('is the very same where its bytes are', () => {
    for (const text of HEADS) {
      const cache = primed(text)
      const bytes = Buffer.from(`${text}${text}GET`, 'latin1')
      const second = parseHead(bytes, 0, bytes.length, limits, cache)
      assert.equal(parsed.end, text.length)
      assert.equal(parseHead(bytes, text.length, bytes.length, limits, cache), second)
      assert.equal(parsed.end, 2 * text.length)
      assert.equal(cache.head, second)
    }
  })

  it('is what it would be alone, whichever byte of it differs, and whatever stands there', () => {
    for (const text of HEADS) {
      for (let at = 0; at < text.length; at++) {
        for (const byte of [0, 9, 10, 13, 32, 35, 47, 48, 58, 63, 97, 127, 255]) {
          const bytes = Buffer.from(text, 'latin1')
          bytes[at] = byte
          isSameAfter(text, bytes)
        }
      }
    }
  })

  it('is what it would be alone, wherever it is cut, or something is left out or put in', () => {
    for (const text of HEADS) {
      for (let at = 0; at <= text.length; at++) {
        const [before, behind] = [text.slice(0, at), text.slice(at)]
        for (const other of [before, before + behind.slice(1), `${before}/${behind}`, `${before}\r\n${behind}`]) {
          isSameAfter(text, Buffer.from(other, 'latin1'))
        }
      }
    }
  })

  it('is what it would be alone behind any other', () => {
    for (const before of HEADS) for (const text of HEADS) isSameAfter(before, Buffer.from(text, 'latin1'))
  })

  it('is not remembered where it was refused', () => {
    const cache = new HeadCache()
    const bytes = Buffer.from('GET * HTTP/1.1\r\nHost: a\r\n\r\n')
    for (let time = 0; time < 3; time++) {
      assert.throws(() => parseHead(bytes, 0, bytes.length, limits, cache), /OPTIONS alone/)
    }
    assert.equal(cache.head, undefined)
  })

  it('is forgotten with its fields', () => {
    const cache = primed(HEADS[0] ?? '')
    cache.drop()
    assert.equal(cache.head, undefined)
    const wide = { maxHeadBytes: 10_000, maxFields: 10 }
    const long = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(3_000)}\r\n\r\n`)
    assert.ok(parseHead(long, 0, long.length, wide, cache))
    assert.equal(cache.head, undefined)
    const path = Buffer.from(`GET /${'x'.repeat(3_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)
    assert.ok(parseHead(path, 0, path.length, wide, cache))
    assert.equal(cache.head, undefined)
  })
})
