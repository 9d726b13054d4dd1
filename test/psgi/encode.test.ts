import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EncodeError } from '../../src/errors.ts'
import { encode_headers, encode_status, stream_body } from '../../src/psgi/encode.ts'
import { status_line } from '../../src/psgi/head.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { type PsgiResponse, ResponseMarble } from '../../src/psgi/response.ts'
import { ASYNC, SYNC, WATCHED, withBody } from './body-kinds.ts'
import { bytes, latin1, refuses, refusesLater } from './encode-error.ts'

describe('a new response', () => {
  it('encodes to its defaults, as plain Uint8Arrays', () => {
    const response = new ResponseMarble()
    assert.deepEqual(encode_status(response), bytes('200 OK'))
    assert.deepEqual(encode_headers(response), [[bytes('Content-Type'), bytes('text/html; charset=utf-8')]])
    assert.deepEqual([...sync(response)], [])
  })
})

/** The body, which must be one that can be read at once. */
function sync(response: PsgiResponse): Iterable<Uint8Array> {
  const stream = stream_body(response)
  assert.ok(Symbol.iterator in stream)
  return stream
}

async function text(response: PsgiResponse): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream_body(response)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('encode_status', () => {
  it('gives the status line as bytes of Latin-1', () => {
    const response = new ResponseMarble()
    for (const status of ['404', '404 Not Found', '200 é', bytes('200 \xff')]) {
      response.status = status
      assert.equal(latin1(encode_status(response)), status_line(response))
    }
  })
})

describe('encode_headers', () => {
  it('gives pairs in order, as bytes of Latin-1', () => {
    const response = new ResponseMarble()
    response.header_list = new HeaderList([
      ['Set-Cookie', 'a=é'],
      ['Location', '/é'],
      ['set-cookie', bytes('\xff')],
    ])
    assert.deepEqual(encode_headers(response), [
      [bytes('Set-Cookie'), bytes('a=\xe9')],
      [bytes('Location'), bytes('/%C3%A9')],
      [bytes('set-cookie'), bytes('\xff')],
    ])
  })

  it('gives pairs of its own each time', () => {
    const response = new ResponseMarble()
    encode_headers(response)[0]?.[1].fill(0)
    assert.equal(latin1(encode_headers(response)[0]?.[1] ?? bytes('')), 'text/html; charset=utf-8')
  })
})

describe('stream_body', () => {
  for (const [kind, make] of Object.entries(SYNC)) {
    it(`is read at once if the body can be: ${kind}`, () => {
      assert.deepEqual([...sync(withBody(make(['a', '', 'é'])))], [bytes('a'), bytes('\xc3\xa9')])
    })
  }
  for (const [kind, make] of Object.entries({ ...SYNC, ...ASYNC })) {
    it(`is read by for await: ${kind}`, async () => {
      assert.equal(await text(withBody(make(['a', 'é', bytes('!')]))), 'aé!')
    })
  }

  it('is only asynchronous where the body is', () => {
    for (const [kind, make] of Object.entries(ASYNC)) {
      if (kind === 'generator of promises') continue
      assert.equal(Symbol.iterator in stream_body(withBody(make(['a', 'b']))), false, kind)
    }
  })

  it('refuses a promise that comes while it is read synchronously, and closes the body', async () => {
    for (const promise of [Promise.resolve('b'), Promise.reject(new Error('own'))]) {
      const log: string[] = []
      const stream = sync(withBody(WATCHED.generator?.(log, promise)))
      const read: Uint8Array[] = []
      refuses(
        () => {
          for (const chunk of stream) read.push(chunk)
        },
        'FORMAT_MISMATCH',
        'response.body[1] is a promise',
        'for await',
      )
      assert.deepEqual(read, [bytes('a')])
      assert.deepEqual(log, ['closed'])
    }
  })

  it('refuses at once what can be refused at once', () => {
    refuses(() => stream_body(withBody(undefined)), 'FORMAT_MISMATCH', 'response.body is undefined')
    refuses(() => stream_body(withBody('a', 'bad\n')), 'HEADER_BAD', 'response.header_list[0]')
  })

  for (const [kind, make] of Object.entries(WATCHED)) {
    it(`closes a body whose reader stops early: ${kind}`, async () => {
      const log: string[] = []
      for await (const chunk of stream_body(withBody(make(log, 'b')))) {
        assert.deepEqual(chunk, bytes('a'))
        break
      }
      assert.deepEqual(log, ['closed'])
    })

    it(`closes a body whose reader throws: ${kind}`, async () => {
      const log: string[] = []
      await assert.rejects(async () => {
        for await (const chunk of stream_body(withBody(make(log, 'b')))) throw new Error(`stop at ${chunk}`)
      }, /stop/)
      assert.deepEqual(log, ['closed'])
    })

    it(`does not close a body that was read to its end: ${kind}`, async () => {
      const log: string[] = []
      const response = withBody(make(log, 'b'))
      assert.equal(await text(response), 'abc')
      // A generator that ends runs its own finally, a Node stream destroys itself.
      const ends = kind.includes('generator') || kind === 'Node stream'
      assert.deepEqual(log, ends ? ['closed'] : [])
    })

    it(`closes a body of a bad chunk, and tells where: ${kind}`, async () => {
      const log: string[] = []
      await refusesLater(() => text(withBody(make(log, 5))), 'FORMAT_MISMATCH', 'response.body[1] is a number')
      assert.deepEqual(log, ['closed'])
    })
  }

  it('closes a body that its reader never began', async () => {
    const log: string[] = []
    const begun = sync(withBody(WATCHED.iterator?.(log, 'b')))[Symbol.iterator]()
    begun.return?.()
    assert.deepEqual(log, ['closed'])
    const later = stream_body(withBody(WATCHED['async iterator']?.(log, 'b')))
    assert.ok(Symbol.asyncIterator in later)
    await later[Symbol.asyncIterator]().return?.()
    assert.deepEqual(log, ['closed', 'closed'])
  })
})

describe('whatever a response is', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('a', '\r', '\n', '\0', '\u010a', '\u010d', '\u0d0a', ' ', ':', 'é', '\ud83d'),
  })
  const strings = fc.oneof(nasty, fc.string({ unit: 'binary' }))
  const names = fc.oneof(strings, fc.constantFrom('Location', 'X-A', 'Content-Type', 'Refresh'))

  it('no CR, LF or NUL gets into its status or headers', () => {
    const clean = (found: Uint8Array) => assert.equal(/[\r\n\0]/.test(latin1(found)), false)
    fc.assert(
      fc.property(strings, fc.array(fc.tuple(names, strings)), fc.boolean(), (reason, pairs, asBytes) => {
        const response = new ResponseMarble()
        response.status = asBytes ? Buffer.from(`200 ${reason}`, 'utf16le') : `200 ${reason}`
        const lines = pairs.map(([name, value]): HeaderPair => [name, asBytes ? Buffer.from(value) : value])
        response.header_list = new HeaderList(lines)
        for (const encode of [() => [encode_status(response)], () => encode_headers(response).flat()]) {
          try {
            encode().map(clean)
          } catch (error) {
            assert.ok(error instanceof EncodeError, String(error))
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})
