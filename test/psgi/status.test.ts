import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { EncodeError } from '../../src/errors.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import { type PsgiResponse, ResponseMarble } from '../../src/psgi/response.ts'
import { status_line } from '../../src/psgi/status.ts'
import { bytes, refuses } from './encode-error.ts'

/** A response with any status at all, as JavaScript allows it. */
function withStatus(status: unknown, status_format: unknown = 'unicode'): PsgiResponse {
  const response: PsgiResponse = { status: '', header_list: new HeaderList(), body: [] }
  Object.assign(response, { status, status_format })
  return response
}

const GOOD: [status: string, line: string][] = [
  ['200 OK', '200 OK'],
  ['404 Not Found', '404 Not Found'],
  ['404', '404 '],
  ['404 ', '404 '],
  ['100 Continue', '100 Continue'],
  ['999 Far Out', '999 Far Out'],
  ['418 Ich bin eine Teekännchen', '418 Ich bin eine Teekännchen'],
  ['200 \x80\xff', '200 \x80\xff'],
  ['200  two spaces', '200  two spaces'],
]

describe('a status', () => {
  for (const [status, line] of GOOD) {
    it(`${JSON.stringify(status)} is sent, each time`, () => {
      assert.equal(status_line(withStatus(status)), line)
      assert.equal(status_line(withStatus(status)), line)
      assert.equal(status_line(withStatus(bytes(status), 'latin-1')), line)
      assert.equal(status_line(withStatus(bytes(status))), line)
      const marble = new ResponseMarble()
      marble.status = status
      assert.equal(status_line(marble), line)
      assert.equal(status_line({ status, header_list: new HeaderList(), body: '' }), line)
    })
  }
})

const BAD = [
  '',
  'OK',
  '20 OK',
  '2000 OK',
  '099 Low',
  '000 Zero',
  '200OK',
  ' 200 OK',
  '200\tOK',
  '+20 OK',
  '2e1 OK',
  '２００ OK',
  '200 OK\r\nX: y',
  '200 OK\n',
  '200 OK\r',
  '200 \0',
  '200 \x1f',
  '200 \x7f',
  '200 tab\there',
  '\n200 OK',
]

describe('what is no status', () => {
  for (const status of BAD) {
    it(`${JSON.stringify(status)} is refused`, () => {
      refuses(() => status_line(withStatus(status)), 'STATUS_BAD', 'response.status', '404 Not Found')
      if ([...status].every((character) => character < '\u0100')) {
        refuses(() => status_line(withStatus(bytes(status), 'bytes')), 'STATUS_BAD', 'response.status')
      }
    })
  }

  for (const status of ['200 中', '200 \u010a', '200 \u0100', '200 😀', '200 \ud83d']) {
    it(`${JSON.stringify(status)} is refused, being beyond Latin-1`, () => {
      refuses(() => status_line(withStatus(status)), 'STATUS_BAD', 'response.status')
    })
  }

  for (const status of [404, undefined, null, {}, ['200 OK'], new Uint16Array(3), true]) {
    it(`${String(status) || 'an array'} of type ${typeof status} is refused`, () => {
      refuses(() => status_line(withStatus(status)), 'FORMAT_MISMATCH', 'response.status is')
    })
  }

  it('text under a bytes format is refused, also when it was sent as text before', () => {
    assert.equal(status_line(withStatus('200 OK')), '200 OK')
    const words = ['response.status is text', 'response.status_format', '"ascii"']
    refuses(() => status_line(withStatus('200 OK', 'ascii')), 'FORMAT_MISMATCH', ...words)
  })

  for (const format of [5, null, '', {}]) {
    it(`with the format ${JSON.stringify(format)} is refused`, () => {
      refuses(() => status_line(withStatus('200 OK', format)), 'FORMAT_MISMATCH', 'response.status_format')
    })
  }

  it('a long status is cut in the message', () => {
    refuses(() => status_line(withStatus(`${'x'.repeat(1000)}`)), 'STATUS_BAD', 'xxx…')
  })
})

describe('the cache', () => {
  it('gives every status its own line, however many there are', () => {
    for (let round = 0; round < 2; round++) {
      for (let code = 100; code < 1000; code++) {
        assert.equal(status_line(withStatus(`${code} Reason`)), `${code} Reason`)
      }
    }
    const long = `200 ${'x'.repeat(5000)}`
    assert.equal(status_line(withStatus(long)), long)
    assert.equal(status_line(withStatus(long)), long)
  })
})

describe('whatever the status is', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .string({ unit: fc.constantFrom('2', '0', ' ', '\r', '\n', '\0', '\u010a', '\u010d', 'a', 'é') })
      .map((s) => `200 ${s}`),
  )
  it('it is refused or one line of bytes', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (status, asBytes) => {
        try {
          const line = status_line(withStatus(asBytes ? new TextEncoder().encode(status) : status))
          assert.match(line, /^[1-9]\d\d [ -~\x80-\xff]*$/)
        } catch (error) {
          assert.ok(error instanceof EncodeError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
