// Tables of bytes: each case is read whole, byte by byte, cut at every position, and over a socket, and must come out the same.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HttpOptions } from '../pipes/http.ts'
import { PeerError } from '../src/errors.ts'
import { type Reply, readReplies } from './replies.ts'
import { freshName, type HttpPipe, type Served, serveHttp, Wire } from './wire.ts'

/** What the application saw of a request. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly uri: string
  readonly protocol: string
  readonly host: string | undefined
  readonly server: string
  readonly body: string
  readonly trailers: readonly (readonly [string, string])[]
  /** All `HTTP_*`, `CONTENT_TYPE` and `CONTENT_LENGTH`. */
  readonly fields: Readonly<Record<string, string>>
}

/** Some bytes, and what comes of them. */
export interface WireCase {
  readonly name: string
  /** Latin-1. */
  readonly bytes: string
  /** The statuses of all responses, in order: `400` is refused; `200` was answered by the application. */
  readonly status: readonly number[] | number
  /** The connection ends with it. */
  readonly last?: true
  /** What the application saw of the first request, as far as it counts. */
  readonly saw?: Partial<Seen>
  /** What the first response's body says. */
  readonly says?: RegExp
}

/** Behind every case: answered only if nothing before it was refused, and closes the connection. */
const SENTINEL = 'GET /sentinel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

/** Answers with what it saw. */
export const mirror: HttpPipe = async ({ environ, response }) => {
  const input = environ['wsgi.input']
  const body = Buffer.from(await input.read()).toString('latin1')
  const fields = Object.fromEntries(
    Object.entries(environ).filter(([key]) => /^(?:HTTP_|CONTENT_)/.test(key)),
  ) as Record<string, string>
  const seen: Seen = {
    method: environ.REQUEST_METHOD,
    path: environ.PATH_INFO,
    query: environ.QUERY_STRING,
    uri: environ.REQUEST_URI,
    protocol: environ.SERVER_PROTOCOL,
    host: environ.HTTP_HOST,
    server: environ.SERVER_NAME,
    body,
    trailers: input.trailers,
    fields,
  }
  response.body = JSON.stringify(seen)
}

/** Makes the tests of a table. */
export function testTable(title: string, cases: readonly WireCase[], options: HttpOptions = {}): void {
  describe(title, () => {
    for (const each of cases) {
      it(`${each.name}, read whole, byte by byte, cut anywhere and over TCP`, async () => {
        await using served = await serveHttp(mirror, options, freshName())
        await using tcp = await serveHttp(mirror, options)
        const bytes = Buffer.from(each.bytes, 'latin1')
        const whole = await exchange(served, [bytes])
        check(each, whole)
        const dripped = await exchange(
          served,
          [...bytes].map((byte) => Buffer.of(byte)),
        )
        assert.deepEqual(shape(dripped), shape(whole), 'byte by byte')
        // Long ones are only cut here and there.
        const step = Math.ceil(bytes.length / 500)
        const places = Array.from(bytes.keys()).filter((at) => at % step === 0)
        const cuts = places.map((at) => [bytes.subarray(0, at), bytes.subarray(at)])
        const halves = await Promise.all(cuts.map((pieces) => exchange(served, pieces)))
        for (const [index, replies] of halves.entries()) {
          assert.deepEqual(shape(replies), shape(whole), `cut at ${places[index]}`)
        }
        assert.deepEqual(shape(await exchange(tcp, [bytes])), shape(whole), 'over TCP')
        for (const error of [...served.errors, ...tcp.errors]) assert.ok(error instanceof PeerError, String(error))
      })
    }
  })
}

async function exchange(served: Served, pieces: readonly Buffer[]): Promise<Reply[]> {
  using wire = await Wire.open(served.address)
  for (const piece of pieces) if (piece.length > 0) wire.send(piece)
  wire.send(SENTINEL)
  assert.equal(await wire.closed(), 'end')
  return readReplies(wire.received)
}

function check({ status, last, saw, says }: WireCase, replies: readonly Reply[]): void {
  const wanted = typeof status === 'number' ? [status] : status
  const refused = wanted.some((each) => each >= 400)
  const found = replies.map((reply) => reply.status)
  const shown = replies.map((reply) => reply.body.toString('latin1')).join('\n')
  assert.deepEqual(found, refused || last ? wanted : [...wanted, 200], shown)
  if (refused) {
    const last = replies.at(-1)
    assert.deepEqual(last?.headers.find(([name]) => name === 'Connection')?.[1], 'close')
    assert.match(shown, /\(RFC |longer than|fields came|percent-encoded|spoken here/)
  }
  const first = replies[0]?.body.toString('utf8') ?? ''
  if (says !== undefined) assert.match(first, says)
  if (saw === undefined) return
  const seen = JSON.parse(first) as Seen
  for (const [key, value] of Object.entries(saw)) assert.deepEqual(seen[key as keyof Seen], value, key)
}

/** All of a response but its date; of a refusal not its words, since what is found first depends on what is there. */
function shape(replies: readonly Reply[]): unknown {
  return replies.map(({ status, headers, framing, body }) => ({
    status,
    headers: headers.filter(([name]) => name !== 'Date' && name !== 'Content-Length'),
    framing,
    body: status < 400 ? body.toString('latin1').replace('"server":"127.0.0.1"', '"server":"localhost"') : '',
  }))
}
