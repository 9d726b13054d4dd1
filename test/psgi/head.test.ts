import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { header_fields, header_lines, status_line } from '../../src/psgi/head.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { type PsgiResponse, ResponseMarble } from '../../src/psgi/response.ts'
import { ResponseHeaders } from '../../src/psgi/response-headers.ts'
import { bytes, refuses } from './encode-error.ts'

function withHeaders(...pairs: HeaderPair[]): ResponseMarble {
  const response = new ResponseMarble()
  response.header_list = new HeaderList(pairs)
  return response
}

describe('the lines', () => {
  it('of a new response are the default, one object for all', () => {
    const head = header_lines(new ResponseMarble())
    assert.equal(head.lines, 'Content-Type: text/html; charset=utf-8\r\n')
    assert.deepEqual(head.charset, { label: 'utf-8', utf8: true, markup: 'html', type: 'text/html' })
    assert.equal(header_lines(new ResponseMarble()), head)
    const asked = new ResponseMarble()
    assert.ok(asked.header_list)
    assert.equal(header_lines(asked).lines, head.lines)
  })

  it('keep order, spelling and repeated names', () => {
    const response = withHeaders(['Set-Cookie', 'b=2'], ['X-A', 'é'], ['set-cookie', 'a=1'])
    assert.equal(header_lines(response).lines, 'Set-Cookie: b=2\r\nX-A: é\r\nset-cookie: a=1\r\n')
  })

  it('of an empty list are empty, and text is UTF-8 then', () => {
    assert.equal(header_lines(withHeaders()).lines, '')
    assert.deepEqual(header_lines(withHeaders()).charset, { label: 'utf-8', utf8: true, markup: undefined, type: '' })
  })

  it('are made of bytes too, under either format', () => {
    const response = withHeaders([bytes('Content-Type'), bytes('text/plain; charset=koi8-r')], ['X-A', bytes('\xff')])
    assert.equal(header_lines(response).lines, 'Content-Type: text/plain; charset=koi8-r\r\nX-A: \xff\r\n')
    assert.equal(header_lines(response).charset.label, 'koi8-r')
    refuses(() => header_lines(Object.assign(response, { header_list_format: 'latin-1' })), 'FORMAT_MISMATCH', '[1]')
  })

  it('of the default list are refused under a bytes format, being text', () => {
    const response = new ResponseMarble()
    response.header_list_format = 'latin-1'
    for (const encode of [header_lines, header_fields]) {
      refuses(() => encode(response), 'FORMAT_MISMATCH', 'response.header_list[0]', '"latin-1"')
    }
  })

  it('of a foreign response need no format', () => {
    const response: PsgiResponse = { status: '200 OK', header_list: { as_list: () => [['A', 'b']] }, body: '' }
    assert.equal(header_lines(response).lines, 'A: b\r\n')
    refuses(() => header_lines(Object.assign(response, { header_list_format: null })), 'FORMAT_MISMATCH', '_format')
  })

  it('name the position of what is wrong', () => {
    const list = new HeaderList([['A', 'b']])
    const response = withHeaders()
    response.header_list = list
    Object.assign(list, { 1: ['B', 'c\n'], length: 2 })
    for (const encode of [header_lines, header_fields]) refuses(() => encode(response), 'HEADER_BAD', '[1] "B"')
    Object.assign(list, { 1: 'B: c' })
    for (const encode of [header_lines, header_fields]) refuses(() => encode(response), 'HEADER_BAD', '[1] is a string')
  })
})

describe('a list that was encoded before', () => {
  const makers = {
    HeaderList: () => new HeaderList([['A', '1']]),
    ResponseHeaders: () => new ResponseHeaders({ A: '1' }),
  }
  for (const [name, make] of Object.entries(makers)) {
    it(`is encoded anew when it has changed: ${name}`, () => {
      const response = new ResponseMarble()
      const list = make()
      response.header_list = list
      const seen = () => {
        const lines = [1, 2, 3, 4].map(() => header_lines(response).lines)
        assert.equal(new Set(lines).size, 1)
        return lines[0]
      }
      assert.equal(seen(), 'A: 1\r\n')
      if (list instanceof HeaderList) list[0] = ['A', '2']
      else list.set('A', '2')
      assert.equal(seen(), 'A: 2\r\n')
      if (list instanceof HeaderList) list.push(['B', '3'])
      else list.add('B', '3')
      assert.equal(seen(), 'A: 2\r\nB: 3\r\n')
      if (list instanceof HeaderList) list.splice(0, 2)
      else list.clear()
      assert.equal(seen(), '')
    })
  }

  it('is encoded anew when a pair was changed in place', () => {
    const pair: [string, string] = ['A', '1']
    const response = new ResponseMarble()
    response.header_list = { as_list: () => [pair] }
    for (let turn = 0; turn < 4; turn++) assert.equal(header_lines(response).lines, 'A: 1\r\n')
    pair[1] = '2'
    assert.equal(header_lines(response).lines, 'A: 2\r\n')
    pair[0] = 'B'
    assert.equal(header_lines(response).lines, 'B: 2\r\n')
    pair[1] = '2\n'
    refuses(() => header_lines(response), 'HEADER_BAD')
  })

  it('is encoded anew when its bytes were changed in place', () => {
    const value = bytes('1')
    const response = withHeaders(['A', value])
    for (let turn = 0; turn < 4; turn++) assert.equal(header_lines(response).lines, 'A: 1\r\n')
    value[0] = 0x32
    assert.equal(header_lines(response).lines, 'A: 2\r\n')
  })

  it('is checked anew under another format', () => {
    const response = withHeaders(['A', '1'])
    for (let turn = 0; turn < 4; turn++) header_lines(response)
    response.header_list_format = 'ascii'
    refuses(() => header_lines(response), 'FORMAT_MISMATCH')
  })

  it('gives the very same head again, so nothing is made anew', () => {
    const response = withHeaders(['A', '1'])
    const heads = [1, 2, 3, 4].map(() => header_lines(response))
    assert.equal(heads[3], heads[2])
  })
})

describe('what a writer must know', () => {
  const FACTS = [
    ['Transfer-Encoding', 'transferEncoding'],
    ['Connection', 'connection'],
    ['Date', 'date'],
    ['Server', 'server'],
    ['Trailer', 'trailer'],
    ['Upgrade', 'upgrade'],
  ] as const
  for (const [name, fact] of FACTS) {
    it(`${name} is seen, in any spelling, and nothing else with it`, () => {
      for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
        const head = header_lines(withHeaders(['X-A', 'b'], [spelled, 'x'], [spelled, 'y']))
        for (const [, other] of FACTS) assert.equal(head[other], other === fact, `${spelled} ${other}`)
      }
      assert.equal(header_lines(withHeaders([`X-${name}`, 'x']))[fact], false)
      assert.equal(header_lines(new ResponseMarble())[fact], false)
    })
  }

  it('Content-Length is read', () => {
    assert.equal(header_lines(withHeaders(['content-length', '5'])).contentLength, 5)
    assert.equal(header_lines(withHeaders(['Content-Length', '0'])).contentLength, 0)
    assert.equal(header_lines(withHeaders(['X-Length', '5'])).contentLength, undefined)
    refuses(() => header_lines(withHeaders(['Content-Length', 'five'])), 'HEADER_BAD', '[0]', '"five"')
  })

  it('the charset is that of Content-Type, wherever it stands', () => {
    const head = header_lines(withHeaders(['X-A', 'b'], ['content-type', 'text/plain;charset=Big5'], ['X-B', 'c']))
    assert.deepEqual(head.charset, { label: 'big5', utf8: false, markup: undefined, type: 'text/plain' })
  })

  for (const [first, second] of [
    ['Content-Length', '5'],
    ['Content-Type', 'text/plain'],
  ] as const) {
    it(`a second ${first} is refused, the same or another`, () => {
      for (const other of [second, '6']) {
        const response = withHeaders([first, second], ['X-A', 'b'], [first.toLowerCase(), other])
        const words = ['response.header_list[2]', `"${first.toLowerCase()}"`]
        for (const encode of [header_lines, header_fields]) refuses(() => encode(response), 'HEADER_BAD', ...words)
      }
    })
  }
})

describe('status_line', () => {
  it('stands beside header_lines', () => assert.equal(status_line(new ResponseMarble()), '200 OK'))
})
