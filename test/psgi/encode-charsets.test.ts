// Every charset, with every kind of body: what a reader decodes is what was written.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import he from 'he'
import { EncodeError } from '../../src/errors.ts'
import type { BodyChunk } from '../../src/psgi/body.ts'
import { stream_body } from '../../src/psgi/encode.ts'
import { whole_body } from '../../src/psgi/whole-body.ts'
import { ASYNC, SYNC, withBody } from './body-kinds.ts'

const CHARSETS = ['utf-8', 'iso-8859-1', 'windows-1252', 'gb18030', 'shift_jis', 'big5', 'euc-kr', 'koi8-r', 'utf-16le']

// https://encoding.spec.whatwg.org/index-windows-1252.txt, 0x80 to 0x9f
const WESTERN = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** Reads bytes as a browser does. Node 20 reads windows-1252 as if it were Latin-1. */
function decode(charset: string, bytes: Uint8Array): string {
  if (charset !== 'windows-1252')
    return new TextDecoder(charset, { fatal: charset !== 'iso-8859-1', ignoreBOM: true }).decode(bytes)
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (one) => WESTERN[one.charCodeAt(0) - 0x80] ?? one)
}

async function encode(response: ReturnType<typeof withBody>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream_body(response)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The text cut into single code units, so that every surrogate pair is parted. */
const units = (text: string): string[] => text.split('')

const KINDS: Record<string, (text: string) => unknown> = {
  string: (text) => text,
  array: (text) => [text],
  'array of code points': (text) => [...text],
  'array of code units': units,
}
for (const name of ['generator', 'iterable', 'array-like'] as const)
  KINDS[`${name} of code units`] = (text) => SYNC[name]?.(units(text))
for (const name of ['async generator', 'web stream', 'generator of promises'] as const) {
  KINDS[`${name} of code units`] = (text) => ASYNC[name]?.(units(text))
}

describe('HTML', () => {
  const alphabet = fc.string({
    unit: fc.constantFrom('é', '中', '€', '😀', 'א', 'Ω', 'a', ' ', '<', 'ж', '한', '日', '\n'),
    maxLength: 12,
  })
  for (const charset of CHARSETS) {
    for (const [kind, make] of Object.entries(KINDS)) {
      it(`in ${charset} as ${kind} is read back`, async () => {
        await fc.assert(
          fc.asyncProperty(alphabet, async (text) => {
            const bytes = await encode(withBody(make(text), `text/html; charset=${charset}`))
            assert.equal(he.decode(decode(charset, bytes)), text)
          }),
          { numRuns: 30, examples: [['é中€😀אΩ']] },
        )
      })
    }
  }
})

describe('plain text', () => {
  for (const charset of CHARSETS) {
    it(`in ${charset} is read back, or a character is missing that cannot be read back`, async () => {
      const characters = fc.string({ unit: 'grapheme', maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(characters, async (text) => {
          const response = withBody(units(text), `text/plain; charset=${charset}`)
          try {
            assert.equal(decode(charset, await encode(response)), text)
          } catch (error) {
            assert.ok(error instanceof EncodeError && error.code === 'CHARACTER_MISSING', String(error))
            assert.equal(/^utf|^gb/.test(charset) && !/[\ue000-\uf8ff]/.test(text), false)
          }
        }),
        { numRuns: 200 },
      )
    })
  }
})

describe('chunks of bytes among the text', () => {
  it('pass as they are, in every charset', async () => {
    const chunk = fc.oneof(fc.constantFrom<BodyChunk>('é', 'a', '中'), fc.uint8Array({ maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...CHARSETS), fc.array(chunk), async (charset, chunks) => {
        const type = `text/html; charset=${charset}`
        const parts = await Promise.all(chunks.map((one) => encode(withBody([one], type))))
        assert.deepEqual(await encode(withBody(chunks, type)), Buffer.concat(parts))
      }),
    )
  })
})

describe('as a whole', () => {
  it('a body has the bytes that it has in pieces', async () => {
    const text = fc.string({ unit: fc.constantFrom('é', '中', '€', '😀', '\ud83d', '\ude00', 'a'), maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...CHARSETS, 'utf-16'), text, async (charset, one) => {
        const type = `text/html; charset=${charset}`
        const whole = whole_body(withBody(units(one), type))
        assert.ok(whole !== undefined)
        assert.deepEqual(Buffer.from(whole), await encode(withBody(units(one), type)))
      }),
    )
  })
})
