import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { open_body } from '../../src/psgi/body-reader.ts'
import { ASYNC, readAll, readBody, SYNC, WATCHED, withBody } from './body-kinds.ts'
import { bytes, isRefusal, refuses, refusesLater } from './encode-error.ts'

// Node streams give Buffers.
const plain = (chunk: unknown): unknown => (chunk instanceof Uint8Array ? new Uint8Array(chunk) : chunk)

const CHUNKS = ['one', '', bytes('\xff\x00'), new Uint8Array(0), 'zwei ', 'é']
const READ = ['one', bytes('\xff\x00'), 'zwei ', 'é']

describe('every kind of body', () => {
  for (const [kind, make] of Object.entries({ ...SYNC, ...ASYNC })) {
    it(`is read without its empty chunks: ${kind}`, async () => {
      // Streams that are not of objects end at an empty chunk, or refuse it; a set holds each chunk once.
      const given = kind === 'Node stream' ? READ : CHUNKS
      assert.deepEqual((await readBody(make(given))).map(plain), READ)
    })
    it(`may be empty: ${kind}`, async () => assert.deepEqual(await readBody(make([])), []))
  }
})

describe('one chunk as the body', () => {
  it('is text', async () => assert.deepEqual(await readBody('Grüße'), ['Grüße']))
  it('is nothing if it is empty', async () => {
    assert.deepEqual(await readBody(''), [])
    assert.deepEqual(await readBody(new Uint8Array(0)), [])
  })
  it('is bytes of any kind, as they lie in memory', async () => {
    const wide = Uint16Array.of(0x4142, 0x4344, 0x4546)
    const raw = new Uint8Array(wide.buffer)
    assert.deepEqual(await readBody(wide), [raw])
    assert.deepEqual(await readBody(wide.buffer), [raw])
    assert.deepEqual(await readBody(wide.subarray(1)), [raw.subarray(2)])
    assert.deepEqual(await readBody(new DataView(wide.buffer, 2, 2)), [raw.subarray(2, 4)])
    assert.deepEqual(await readBody(new SharedArrayBuffer(2)), [new Uint8Array(2)])
    const buffer = Buffer.from('ab')
    assert.equal((await readBody(buffer))[0], buffer)
  })
  it('is a Blob', async () => {
    const chunks = await readBody(new Blob(['ab', 'é']))
    assert.equal(
      Buffer.concat(chunks.map((chunk) => (chunk instanceof Uint8Array ? chunk : bytes('?')))).toString(),
      'abé',
    )
  })
  it('is a promise of one', async () => {
    assert.deepEqual(await readBody(Promise.resolve('a')), ['a'])
    assert.deepEqual(await readBody(Promise.resolve(bytes('a'))), [bytes('a')])
  })
})

describe('what is no body', () => {
  for (const [name, body] of Object.entries({
    undefined: undefined,
    null: null,
    'a number': 5,
    'a boolean': true,
    'a plain object': {},
    'a function': () => 'a',
    'a Date object': new Date(0),
    'a symbol': Symbol('a'),
  })) {
    it(`is refused: ${name}`, async () => {
      refuses(() => open_body(withBody(body)), 'FORMAT_MISMATCH', `response.body is ${name}`)
      await refusesLater(() => readBody(Promise.resolve(body)), 'FORMAT_MISMATCH', `response.body is ${name}`)
    })
  }

  it('is refused as a format', () => {
    for (const format of [5, null, '', []]) {
      refuses(() => open_body(withBody('a', undefined, format)), 'FORMAT_MISMATCH', 'response.body_format')
    }
  })
})

describe('a chunk that is none', () => {
  const ITEMS: [item: unknown, named: string][] = [
    [5, 'a number'],
    [undefined, 'undefined'],
    [null, 'null'],
    [['a'], 'an array of 1'],
    [{}, 'a plain object'],
    [new Map(), 'a Map object'],
  ]
  for (const [item, named] of ITEMS) {
    for (const [kind, make] of Object.entries(WATCHED)) {
      // null ends a Node stream, undefined is no chunk of it.
      if (kind === 'Node stream' && (item === null || item === undefined)) continue
      it(`is refused with its position, and the ${kind} closed: ${named}`, async () => {
        const log: string[] = []
        const reader = open_body(withBody(make(log, item)))
        assert.equal(await reader.read(), 'a')
        await assert.rejects(
          async () => reader.read(),
          (error) => isRefusal(error, 'FORMAT_MISMATCH', [`response.body[1] is ${named}`, 'String()']),
        )
        assert.deepEqual(log, ['closed'])
        assert.equal(await reader.read(), undefined)
        await reader.close()
        assert.deepEqual(log, ['closed'])
      })
    }
  }

  it('is text under a bytes format', async () => {
    for (const format of ['bytes', 'shift_jis', 'UNICODE']) {
      const words = ['is text', 'response.body_format', `"${format}"`]
      await refusesLater(() => readBody('a', undefined, format), 'FORMAT_MISMATCH', 'response.body[0]', ...words)
      const body = [bytes('a'), 'b']
      await refusesLater(() => readBody(body, undefined, format), 'FORMAT_MISMATCH', 'response.body[1]', ...words)
    }
  })
})

describe('reading', () => {
  it('makes no promise where the body makes none', () => {
    for (const [kind, make] of Object.entries(SYNC)) {
      const reader = open_body(withBody(make(['a', 'b'])))
      assert.deepEqual([reader.read(), reader.read(), reader.read()], ['a', 'b', undefined], kind)
    }
  })

  it('says what is known of the body', () => {
    assert.equal(open_body(withBody('a')).kind, 'now')
    assert.equal(open_body(withBody(['a'])).kind, 'now')
    assert.equal(open_body(withBody(['a', Promise.resolve('b')])).kind, 'later')
    assert.equal(open_body(withBody(new Set(['a']))).kind, 'either')
    assert.equal(open_body(withBody(Promise.resolve('a'))).kind, 'later')
  })

  it('gives chunks in order, however many reads are asked for at once', async () => {
    for (const make of [ASYNC['async generator'], ASYNC['generator of promises'], ASYNC['web stream']]) {
      assert.ok(make)
      const reader = open_body(withBody(make(['a', 'b', 'c'])))
      const reads = [1, 2, 3, 4, 5].map(() => reader.read())
      assert.deepEqual(await Promise.all(reads), ['a', 'b', 'c', undefined, undefined])
    }
  })

  it('asks for no chunk before it is read', () => {
    let asked = 0
    const reader = open_body(
      withBody({
        [Symbol.iterator]: () => ({ next: () => ({ done: ++asked > 3, value: 'a' }) }),
      }),
    )
    assert.equal(asked, 0)
    reader.read()
    assert.equal(asked, 1)
  })

  it('keeps pairs whole over chunks, and lets bytes part them', async () => {
    assert.deepEqual(await readBody(['a\ud83d', '\ude00b']), ['a', '😀b'])
    assert.deepEqual(await readBody(['\ud83d', 'b']), ['\ud83db'])
    assert.deepEqual(await readBody(['a\ud83d', bytes('x'), '\ude00']), ['a', Buffer.from('\ufffdx'), '\ude00'])
    assert.deepEqual(await readBody(['a\ud83d']), ['a', '\ufffd'])
  })

  it('takes the charset from the head unless it is given', async () => {
    assert.deepEqual(await readBody('é', 'text/plain; charset=iso-8859-1'), [bytes('\xe9')])
    const given = { label: 'koi8-r', utf8: false, markup: undefined, type: 'text/plain' }
    assert.deepEqual(await readAll(open_body(withBody('Ж'), given)), [bytes('\xf6')])
  })

  it('passes bytes under any charset, and never asks for it', async () => {
    assert.deepEqual(await readBody([bytes('a')], 'text/plain; charset=utf-7'), [bytes('a')])
    assert.deepEqual(await readBody([bytes('a')], 'text/plain; charset=utf-7', 'utf-7'), [bytes('a')])
  })
})
