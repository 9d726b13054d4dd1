import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type BodyReader, open_body } from '../../src/psgi/body-reader.ts'
import { ASYNC, SYNC, WATCHED, withBody } from './body-kinds.ts'
import { bytes, isRefusal, refuses, refusesLater } from './encode-error.ts'

async function readAll(reader: BodyReader): Promise<unknown[]> {
  const chunks: unknown[] = []
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) chunks.push(chunk)
  return chunks
}
const readBody = (body: unknown, type?: string, format?: unknown) => readAll(open_body(withBody(body, type, format)))

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

describe('a body that is not read to its end', () => {
  for (const [kind, make] of Object.entries(WATCHED)) {
    it(`is closed once: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, 'b')))
      assert.equal(await reader.read(), 'a')
      await reader.close()
      await reader.close()
      assert.deepEqual(log, ['closed'])
      assert.equal(await reader.read(), undefined)
    })

    it(`is closed by a character that its charset lacks: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, '€'), 'text/plain; charset=iso-8859-1'))
      assert.deepEqual(await reader.read(), bytes('a'))
      await refusesLater(async () => reader.read(), 'CHARACTER_MISSING', 'U+20AC')
      assert.deepEqual(log, ['closed'])
    })

    it(`is closed by a charset that cannot be written: ${kind}`, async () => {
      const log: string[] = []
      const reader = open_body(withBody(make(log, 'b'), 'text/plain; charset=utf-7'))
      await refusesLater(async () => reader.read(), 'CHARSET_UNKNOWN', '"utf-7"')
      assert.deepEqual(log, ['closed'])
    })
  }

  it('is closed when one of its promises is rejected', async () => {
    const own = new Error('own')
    for (const kind of ['generator', 'iterator']) {
      const log: string[] = []
      const reader = open_body(withBody(WATCHED[kind]?.(log, Promise.reject(own))))
      assert.equal(reader.read(), 'a')
      await assert.rejects(
        async () => reader.read(),
        (error) => error === own,
      )
      assert.deepEqual(log, ['closed'])
    }
  })

  it('is closed at once where a stream has nothing to give', async () => {
    const node = new PassThrough()
    const reader = open_body(withBody(node))
    const waiting = reader.read()
    await setImmediate()
    await reader.close()
    assert.equal(node.destroyed, true)
    assert.equal(await waiting, undefined)

    let reason: unknown = 'open'
    const web = new ReadableStream({
      cancel(why) {
        reason = why
      },
    })
    const other = open_body(withBody(web))
    const hanging = other.read()
    await other.close()
    assert.equal(reason, undefined)
    assert.equal(await hanging, undefined)
  })

  it('is closed when it comes, where it was still waited for', async () => {
    const log: string[] = []
    const { promise, resolve } = withResolvers<unknown>()
    const reader = open_body(withBody(promise))
    const waiting = reader.read()
    await reader.close()
    const body = WATCHED.generator?.(log, 'b') as Generator
    assert.equal(body.next().value, 'a')
    resolve(body)
    assert.equal(await waiting, undefined)
    assert.deepEqual(log, ['closed'])
  })

  it('keeps its first error where closing fails too', async () => {
    const bad = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 5 }),
        return() {
          throw new Error('second')
        },
      }),
    }
    await refusesLater(() => readBody(bad), 'FORMAT_MISMATCH')
    const late = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 5 }),
        return: () => Promise.reject(new Error('second')),
      }),
    }
    await refusesLater(() => readBody(late), 'FORMAT_MISMATCH')
  })
})

describe('a body that throws', () => {
  const own = new Error('own')
  const THROWING: Record<string, () => unknown> = {
    generator: function* () {
      yield 'a'
      throw own
    },
    'async generator': async function* () {
      yield 'a'
      throw own
    },
    'rejected promise': () => Promise.reject(own),
    'web stream': () => new ReadableStream({ start: (controller) => controller.error(own) }),
  }
  for (const [kind, make] of Object.entries(THROWING)) {
    it(`passes its error on as it is: ${kind}`, async () => {
      const reader = open_body(withBody(make()))
      await assert.rejects(
        () => readAll(reader),
        (error) => error === own,
      )
      assert.equal(await reader.read(), undefined)
    })
  }

  it('is not told to return', async () => {
    let told = false
    const iterator = {
      next() {
        throw own
      },
      return() {
        told = true
        return { done: true, value: undefined }
      },
    }
    await assert.rejects(
      () => readBody({ [Symbol.iterator]: () => iterator }),
      (error) => error === own,
    )
    await assert.rejects(
      () => readBody({ [Symbol.asyncIterator]: () => ({ ...iterator, next: () => Promise.reject(own) }) }),
      (error) => error === own,
    )
    assert.equal(told, false)
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

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
