// One suite for every server and every gateway, as Plack has Test::Suite: requests, and what must come back.
//
// The whole test of a new server: `conforms('name', { serve: (pipe) => … })`; of a pipe that hosts: `conforms('name', { host: (app) => … })`.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Awaitable } from '../../src/bag.ts'
import { HeaderList } from '../../src/index.ts'
import { Http2Client } from '../http2.ts'
import { freshName, type HttpPipe, serveHttp, Wire } from '../wire.ts'
import { CASES } from './gateway-cases.ts'

/** A request, whatever an application is given. */
export interface Asked {
  readonly method: string
  /** Percent-decoded. */
  readonly path: string
  readonly query: string
  /** A header field; undefined without it. */
  field(name: string): string | undefined
  readonly body: AsyncIterable<Uint8Array>
}

/** A response, whatever an application gives. */
export interface Answered {
  readonly status?: number
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>
}

/** An application, whatever it is written for. */
export type App = (asked: Asked) => Awaitable<Answered>

/** One request, and what must come back. */
export interface GatewayCase {
  readonly name: string
  readonly app: App
  /** Default `GET /`. */
  readonly line?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sends the body without its length. */
  readonly chunked?: boolean
  /** Default 200. */
  readonly status?: number
  /** Lines by their names in lower case: their values, in order. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly text?: string | Uint8Array
  /** Of the errors that are reported. */
  readonly errors?: readonly RegExp[]
}

/** Something that is served. Disposing of it ends it. */
export interface Serving extends AsyncDisposable {
  /** `tcp://…` or `memory://…`, for HTTP/1.1; `http://…` for HTTP/2. */
  readonly address: string
  readonly errors: readonly unknown[]
}

/** What is tried. */
export interface Trial {
  /** Makes a pipe of an application; default a pipe that does what PSGI says. */
  readonly host?: (app: App) => HttpPipe
  /** Serves it below http(); default in memory. */
  readonly serve?: (pipe: HttpPipe) => Promise<Serving>
}

/** Runs the suite. */
export function conforms(name: string, { host = psgi, serve = inMemory }: Trial): void {
  describe(name, () => {
    for (const each of CASES) {
      it(each.name, async () => {
        await using serving = await serve(host(each.app))
        const reply = await ask(serving.address, each)
        assert.equal(reply.status, each.status ?? 200)
        for (const [field, values] of Object.entries(each.headers ?? {})) {
          assert.deepEqual(reply.values(field), values, field)
        }
        if (each.text !== undefined)
          assert.deepEqual(reply.body.toString('latin1'), Buffer.from(each.text).toString('latin1'))
        assert.equal(serving.errors.length, each.errors?.length ?? 0, String(serving.errors))
        for (const [at, error] of (each.errors ?? []).entries()) assert.match(String(serving.errors[at]), error)
      })
    }

    it('answers many at once, each its own', async () => {
      await using serving = await serve(
        host(async ({ path, body }) => {
          const parts: Uint8Array[] = []
          for await (const chunk of body) parts.push(chunk)
          return { body: [path, ' ', ...parts] }
        }),
      )
      const asked = Array.from({ length: 20 }, (_, at) => ({ line: `POST /${at}`, body: `body ${at}` }))
      const replies = await Promise.all(asked.map((each) => ask(serving.address, each)))
      assert.deepEqual(
        replies.map(({ body }) => body.toString()),
        asked.map(({ body }, at) => `/${at} ${body}`),
      )
    })
  })
}

// ---- how it is served, and asked -------------------------------------------------------------------------------------

/** The application as a pipe. */
export function psgi(app: App): HttpPipe {
  return async ({ environ, response }) => {
    const {
      status = 200,
      headers = [],
      body = [],
    } = await app({
      method: environ.REQUEST_METHOD,
      path: environ.PATH_INFO,
      query: environ.QUERY_STRING,
      field: (name) => {
        const key = name.toUpperCase().replaceAll('-', '_')
        const value: unknown = Reflect.get(environ, key.startsWith('CONTENT_') ? key : `HTTP_${key}`)
        return typeof value === 'string' ? value : undefined
      },
      body: environ['wsgi.input'],
    })
    response.status = `${status} Some`
    response.header_list = new HeaderList(headers)
    response.body = body
  }
}

function inMemory(pipe: HttpPipe): Promise<Serving> {
  return serveHttp(pipe, {}, freshName())
}

interface Got {
  readonly status: number | undefined
  readonly body: Buffer
  values(name: string): readonly string[]
}

type Question = Omit<GatewayCase, 'name' | 'app'>

function ask(address: string, question: Question): Promise<Got> {
  return address.startsWith('http://') ? askHttp2(address, question) : askHttp1(address, question)
}

async function askHttp1(
  address: string,
  { line = 'GET /', fields = {}, body, chunked = false }: Question,
): Promise<Got> {
  using wire = await Wire.open(address)
  const bytes = Buffer.from(body ?? '')
  const lines = Object.entries({ Host: 'a', ...fields })
  if (chunked) lines.push(['Transfer-Encoding', 'chunked'])
  else if (body !== undefined) lines.push(['Content-Length', String(bytes.length)])
  wire.send(`${line} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  if (chunked) {
    // In two, so that it is no single chunk.
    for (const part of [bytes.subarray(0, 3), bytes.subarray(3)]) {
      if (part.length > 0)
        wire
          .send(`${part.length.toString(16)}\r\n`)
          .send(part)
          .send('\r\n')
    }
    wire.send('0\r\n\r\n')
  } else wire.send(bytes)
  const { status, headers, body: got } = await wire.reply(line.slice(0, line.indexOf(' ')))
  const values = (name: string) => headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
  return { status, body: got, values }
}

async function askHttp2(url: string, { line = 'GET /', fields = {}, body, chunked = false }: Question): Promise<Got> {
  using client = new Http2Client(url)
  const [method = '', path = ''] = line.split(' ')
  const length = chunked || body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const lower = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
  const reply = await client.ask({ ':method': method, ':path': path, ...lower, ...length }, body)
  const values = (name: string) => reply.raw.filter((_, at) => at % 2 === 1 && reply.raw[at - 1] === name)
  return { status: reply.status, body: reply.body, values }
}
