// Responses as tables of bytes, each read whole, byte by byte, and with a response behind it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteSource } from '../../src/testing/byte-source.ts'
import { readAnswer } from '../../src/testing/read-answer.ts'

async function* bytes(text: string, size: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text, 'latin1')
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size)
}

interface Read {
  readonly method?: string
  /** Without the status line's `HTTP/1.1 `. */
  readonly text: string
  readonly status?: number
  readonly reason?: string
  readonly headers?: [string, string][]
  readonly body?: string
  readonly keepAlive?: boolean
  readonly continued?: number
  /** Ends with the connection. */
  readonly last?: boolean
}

const READ: Read[] = [
  { text: '200 OK\r\nContent-Length: 2\r\n\r\nhi', headers: [['Content-Length', '2']], body: 'hi' },
  { text: '200 OK\r\nContent-Length: 0\r\n\r\n' },
  { text: '404 \r\nContent-Length: 0\r\n\r\n', status: 404, reason: '' },
  { text: '999 Gr\xfc\xdfe, du\r\nContent-Length: 0\r\n\r\n', status: 999, reason: 'Gr\xfc\xdfe, du' },
  {
    text: '200 OK\r\nX-A:1\r\nx-a: \t 2, 3 \t\r\nEmpty:\r\nCONTENT-length: 1\r\n\r\n!',
    headers: [
      ['X-A', '1'],
      ['x-a', '2, 3'],
      ['Empty', ''],
      ['CONTENT-length', '1'],
    ],
    body: '!',
  },
  {
    text: '200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n',
    body: 'abc0123456789',
  },
  { text: '200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n' },
  { text: '204 No Content\r\n\r\n', status: 204, reason: 'No Content' },
  { text: '304 Not Modified\r\nContent-Length: 5\r\n\r\n', status: 304, reason: 'Not Modified' },
  { method: 'HEAD', text: '200 OK\r\nContent-Length: 5\r\n\r\n' },
  { method: 'HEAD', text: '200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' },
  { method: 'CONNECT', text: '200 OK\r\n\r\n', keepAlive: false },
  { text: '101 Switching Protocols\r\n\r\n', status: 101, reason: 'Switching Protocols', keepAlive: false },
  { text: '200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n', keepAlive: false },
  {
    text: '100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n',
    status: 204,
    reason: '',
    continued: 1,
  },
  { text: '200 OK\r\n\r\nto the end', body: 'to the end', keepAlive: false, last: true },
]

const REFUSED: [text: string, code: string, message: RegExp][] = [
  ['', 'CONNECTION_CLOSED', /ended in the head of the answer/],
  ['HTTP/1.1 200 OK\r\nA: b\r\n', 'CONNECTION_CLOSED', /ended in the head of the answer/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc', 'CONNECTION_CLOSED', /ended after 3 of 5 bytes of the body/],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab',
    'CONNECTION_CLOSED',
    /after 2 of 3 bytes of a chunk/,
  ],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'CONNECTION_CLOSED', /in the chunked body/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'CONNECTION_CLOSED', /in the trailer section/],
  ['HTTP/1.1 200 OK\n\n', 'HEAD_BAD', /begins with "HTTP\/1.1 200 OK", which is no status line/],
  ['HTTP/1.1 200\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['HTTP/2 200 OK\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['http/1.1 200 OK\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['HTTP/1.1 20 OK\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['HTTP/1.1  200 OK\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['HTTP/1.1 200 O\0K\r\n\r\n', 'HEAD_BAD', /no status line/],
  ['HTTP/1.1 200 OK\r\nA : b\r\n\r\n', 'HEAD_BAD', /holds the line "A : b\\r"/],
  ['HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'HEAD_BAD', /holds the line " c\\r"/],
  ['HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n', 'HEAD_BAD', /holds the line "A: b\\rc\\r"/],
  ['HTTP/1.1 200 OK\r\nA: b\n\r\n', 'HEAD_BAD', /holds the line "A: b"/],
  ['HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'HEAD_BAD', /holds the line "no colon\\r"/],
  [`HTTP/1.1 200 ${'x'.repeat(70_000)}`, 'HEAD_BAD', /a line of more than 65536 bytes/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na', 'BODY_BAD', /more than one Content-Length/],
  ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'BODY_BAD', /has Content-Length "-1"/],
  ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n', 'BODY_BAD', /both Transfer-Encoding/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 'BODY_BAD', /has Transfer-Encoding "gzip, chunked"/],
  ['HTTP/1.1 204 \r\nContent-Length: 0\r\n\r\n', 'BODY_BAD', /a length, which a 204 must not have/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'BODY_BAD', /a chunk that begins with "x\\r"/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n', 'BODY_BAD', /a chunk that begins with "\\r"/],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', 'BODY_BAD', /longer than its size says/],
]

describe('readAnswer', () => {
  for (const [what, sizeOf] of [
    ['whole', (text: string) => text.length + 1],
    ['byte by byte', () => 1],
  ] as const) {
    it(`reads what is right, ${what}`, async () => {
      for (const row of READ) {
        const { method = 'GET', status = 200, reason = 'OK', headers, body = '', keepAlive = true } = row
        const text = `HTTP/1.1 ${row.text}`
        const behind = row.last === true ? '' : 'HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n'
        const source = new ByteSource(bytes(text + behind, sizeOf(text + behind)))
        let continued = 0
        const answer = await readAnswer(source, method, () => continued++)
        assert.equal(answer.status, status, text)
        assert.equal(answer.reason, reason, text)
        if (headers !== undefined) assert.deepEqual(answer.headers, headers)
        assert.equal(Buffer.from(answer.body).toString('latin1'), body, text)
        assert.equal(answer.keepAlive, keepAlive, text)
        assert.equal(continued, row.continued ?? 0, text)
        if (behind !== '') assert.equal((await readAnswer(source, 'GET', () => {})).status, 299, text)
      }
    })

    it(`refuses what is wrong, ${what}`, async () => {
      for (const [text, code, message] of REFUSED) {
        const source = new ByteSource(bytes(text, sizeOf(text)))
        await assert.rejects(
          readAnswer(source, 'GET', () => {}),
          { name: 'PeerError', code, message },
          text.slice(0, 100),
        )
      }
    })
  }

  it('takes HTTP/1.0 for the last answer of its connection', async () => {
    const source = new ByteSource(bytes('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', 99))
    assert.equal((await readAnswer(source, 'GET', () => {})).keepAlive, false)
  })
})

describe('the state of a ByteSource', () => {
  it('tells whether anything came since', async () => {
    let give: (text: string | undefined) => void = () => {}
    const asked = () =>
      new Promise<string | undefined>((resolve) => {
        give = resolve
      })
    async function* slowly() {
      for (let text = await asked(); text !== undefined; text = await asked()) yield Buffer.from(text)
    }
    const source = new ByteSource(slowly())
    assert.equal(await source.state(), 'open')
    assert.equal(await source.state(), 'open')
    give('a\r\nb')
    assert.equal(await source.state(), 'unread')
    assert.equal(await source.line('it'), 'a\r')
    assert.equal(await source.state(), 'unread')
    assert.deepEqual([...(await source.take(1, 'it'))], [0x62])
    assert.equal(await source.state(), 'open')
    give(undefined)
    assert.equal(await source.state(), 'ended')
    assert.equal((await source.rest()).byteLength, 0)
  })
})
