import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Chunk } from '../../src/psgi/body-chunk.ts'
import { open_body } from '../../src/psgi/body-reader.ts'
import { PLAIN_UTF8 } from '../../src/psgi/content-type.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { close_body, whole_body } from '../../src/psgi/whole-body.ts'
import { ASYNC, SYNC, withBody } from './body-kinds.ts'
import { bytes, refuses } from './encode-error.ts'

const whole = (body: unknown, type?: string, format?: unknown) => whole_body(withBody(body, type, format))

describe('a body that is there as a whole', () => {
  const LATIN = 'text/plain; charset=iso-8859-1'
  const WHOLE: [name: string, body: unknown, type: string | undefined, whole: Chunk][] = [
    ['a string', 'Grüße', undefined, 'Grüße'],
    ['an empty string', '', undefined, ''],
    ['no chunk', [], undefined, ''],
    ['one string', ['Grüße'], undefined, 'Grüße'],
    ['strings', ['a', '', 'é'], undefined, 'aé'],
    ['halves of a pair', ['a\ud83d', '\ude00'], undefined, 'a😀'],
    ['bytes', bytes('\xff'), undefined, bytes('\xff')],
    ['one chunk of bytes', [bytes('\xff')], undefined, bytes('\xff')],
    ['chunks of bytes', [bytes('a'), bytes('\xff')], undefined, Buffer.from('61ff', 'hex')],
    ['strings and bytes', ['é', bytes('\xff'), 'é'], undefined, Buffer.from('c3a9ffc3a9', 'hex')],
    ['a pair parted by bytes', ['\ud83d', bytes('\xff'), '\ude00'], undefined, Buffer.from('efbfbdffefbfbd', 'hex')],
    ['text in Latin-1', 'é', LATIN, Buffer.from('e9', 'hex')],
    ['one text in Latin-1', ['é'], LATIN, Buffer.from('e9', 'hex')],
    ['texts in Latin-1', ['a', 'é'], LATIN, Buffer.from('61e9', 'hex')],
    ['references', 'é€', 'text/html; charset=iso-8859-1', Buffer.from('\xe9&#8364;', 'latin1')],
  ]
  for (const [name, body, type, expected] of WHOLE) {
    it(`is given whole: ${name}`, () => assert.deepEqual(whole(body, type), expected))
  }

  it('is not copied if it is one chunk of bytes', () => {
    const chunk = bytes('a')
    assert.equal(whole(chunk), chunk)
    assert.equal(whole([chunk]), chunk)
    assert.equal(whole([chunk], undefined, 'bytes'), chunk)
  })

  it('needs no head for an untouched response, and takes the charset that it is given', () => {
    const response = new ResponseMarble()
    assert.equal(whole_body(response), '')
    response.body = ['é']
    assert.equal(whole_body(response), 'é')
    assert.equal(whole_body(response, PLAIN_UTF8), 'é')
    const koi8 = { label: 'koi8-r', utf8: false, markup: undefined, type: 'text/plain' }
    response.body = 'Ж'
    assert.deepEqual(whole_body(response, koi8), Buffer.from('f6', 'hex'))
  })
})

describe('a body that must be streamed', () => {
  for (const [kind, make] of Object.entries({ ...SYNC, ...ASYNC })) {
    if (kind.includes('array') && !/promise|like/.test(kind)) continue
    it(`is left alone: ${kind}`, async () => {
      const response = withBody(make(['a', 'b']))
      assert.equal(whole_body(response), undefined)
      const reader = open_body(response)
      assert.equal(await reader.read(), 'a')
      await reader.close()
    })
  }

  it('is an array of more than 1 MiB, but not one string of that length', () => {
    const most = 'x'.repeat(1_048_576)
    const more = `${most}x`
    for (const format of ['unicode', undefined]) {
      assert.equal(whole([more], undefined, format), more)
      assert.equal(whole(more, undefined, format), more)
      assert.equal(whole([most, ''], undefined, format), most)
      assert.equal(whole([most, 'y'], undefined, format), undefined)
    }
    assert.equal(whole(['y', new Uint8Array(1_048_576)]), undefined)
    assert.deepEqual(whole([more], 'text/plain; charset=iso-8859-1'), Buffer.from(more))
  })

  it('is an array that iterates in its own way', () => {
    const own = Object.assign(['a'], { [Symbol.iterator]: () => ['own'].values() })
    assert.equal(whole(own), undefined)
    assert.equal(whole(own, undefined, 'unicode'), undefined)
    assert.equal(open_body(withBody(own)).read(), 'own')
  })

  it('is what is no body at all: the reader says so', () => {
    for (const body of [undefined, null, 5, {}]) assert.equal(whole(body), undefined)
  })
})

describe('what cannot be sent', () => {
  it('is refused as a whole, so nothing of it is sent', () => {
    refuses(() => whole(['a', 5]), 'FORMAT_MISMATCH', 'response.body[1]')
    refuses(() => whole([['a']]), 'FORMAT_MISMATCH', 'response.body[0] is an array of 1')
    refuses(() => whole([undefined]), 'FORMAT_MISMATCH', 'response.body[0] is undefined')
    refuses(() => whole('a', undefined, 'bytes'), 'FORMAT_MISMATCH', 'response.body is text', '"bytes"')
    refuses(() => whole(['a'], undefined, 'bytes'), 'FORMAT_MISMATCH', 'response.body[0] is text')
    refuses(() => whole('a', undefined, 5), 'FORMAT_MISMATCH', 'response.body_format')
    refuses(() => whole(['a', '€'], 'text/plain; charset=koi8-r'), 'CHARACTER_MISSING', 'U+20AC')
    refuses(() => whole('a', 'text/plain; charset=utf-7'), 'CHARSET_UNKNOWN')
  })
})

describe('whole or streamed', () => {
  it('a body has the same bytes, or the same error', () => {
    const chunk = fc.oneof(
      fc.constantFrom('a', 'é', '€', '\ud83d', '\ude00', '', '中'),
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom<unknown>(5, undefined),
    )
    const types = fc.constantFrom(
      'text/plain',
      'text/html; charset=iso-8859-1',
      'text/plain; charset=gbk',
      'a/b; charset=x',
    )
    const join = (chunks: readonly Chunk[]) => {
      const text = chunks.every((one) => typeof one === 'string')
      return text ? Buffer.from(chunks.join('')) : Buffer.concat(chunks.map((one) => Buffer.from(one)))
    }
    const outcome = (run: () => Buffer): string => {
      try {
        return run().toString('hex')
      } catch (error) {
        return String(error).replace(/^(\w+: response\.body)\[0\]/, '$1')
      }
    }
    fc.assert(
      fc.property(
        fc.oneof(chunk, fc.array(chunk)),
        types,
        fc.constantFrom('unicode', 'bytes'),
        (body, type, format) => {
          fc.pre(body !== undefined && body !== 5)
          // What comes first in the body is refused first; as a whole its kinds are looked at before its characters.
          const kinds = Array.isArray(body) && body.some((one) => one === 5 || one === undefined)
          fc.pre(!kinds || type === 'text/plain')
          const streamed = outcome(() => {
            const reader = open_body(withBody(body, type, format))
            const chunks: Chunk[] = []
            for (let one = reader.read(); one !== undefined; one = reader.read()) {
              assert.ok(!(one instanceof Promise))
              chunks.push(one)
            }
            return join(chunks)
          })
          const inOne = outcome(() => {
            const found = whole_body(withBody(body, type, format))
            assert.ok(found !== undefined)
            return join([found])
          })
          assert.equal(inOne, streamed)
        },
      ),
    )
  })
})

describe('close_body', () => {
  it('closes the body of the response', () => {
    const response = withBody([])
    const body = (function* () {
      yield 'a'
    })()
    response.body = body
    close_body(response)
    assert.equal(body.next().done, true)
  })
})
