// The requests of the suite for servers and gateways.

import type { App, Asked, GatewayCase } from './gateways.ts'

const LONG = 'x'.repeat(1_000_000)
const TEXT: readonly [string, string] = ['Content-Type', 'text/plain; charset=utf-8']

const says =
  (of: (asked: Asked) => string): App =>
  (asked) => ({ headers: [TEXT], body: [of(asked)] })

const echo: App = ({ body }) => ({ headers: [TEXT], body })

const whole: App = async ({ body }) => {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return { headers: [TEXT], body: [Buffer.concat(parts)] }
}

const gives = (name: string, body: NonNullable<ReturnType<typeof bodyOf>>, text: string | Uint8Array): GatewayCase => ({
  name: `sends ${name}`,
  app: () => ({ headers: [TEXT], body: body() }),
  text,
  headers: { 'content-type': [TEXT[1]] },
})
const bodyOf = (body: () => Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>) => body

/** See gateways.ts. */
export const CASES: readonly GatewayCase[] = [
  // ---- what is asked ---------------------------------------------------------------------------------------------------
  ...['GET', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method) => ({
    name: `tells of the method ${method}`,
    line: `${method} /`,
    app: says((asked) => asked.method),
    text: method,
  })),
  ...['POST', 'PUT', 'PATCH'].map((method) => ({
    name: `tells of the method ${method}, with a body`,
    line: `${method} /`,
    body: 'abc',
    app: whole,
    text: 'abc',
  })),
  ...(
    [
      ['/', '/'],
      ['/a/b', '/a/b'],
      ['/a//b/', '/a//b/'],
      ['/a%20b', '/a b'],
      ['/%C3%BC/%e4%bd%a0', '/ü/你'],
      ['/a+b;c=d,e:f@g', '/a+b;c=d,e:f@g'],
      ['/a%3Fb%23c', '/a?b#c'],
      ['/a%2Fb', '/a/b'],
      ['/100%25', '/100%'],
    ] as const
  ).map(([target, path]) => ({
    name: `tells of the path ${target}`,
    line: `GET ${target}`,
    app: says((asked) => asked.path),
    text: path,
  })),
  ...(
    [
      ['/?a=1&b=2', 'a=1&b=2'],
      ['/?', ''],
      ['/a?b=%C3%BC+c%20d', 'b=%C3%BC+c%20d'],
      ['/?a=/b?c', 'a=/b?c'],
    ] as const
  ).map(([target, query]) => ({
    name: `tells of the query of ${target}`,
    line: `GET ${target}`,
    app: says((asked) => asked.query),
    text: query,
  })),
  ...(
    [
      ['X-A', 'b'],
      ['Accept', 'text/html, */*;q=0.1'],
      ['Cookie', 'a=1; b=2'],
      ['Content-Type', 'text/x-a; charset=utf-8'],
      ['Authorization', 'Basic YTpi'],
      ['X-Long', 'y'.repeat(8_000)],
      ['X-Latin-1', 'caf\xe9'],
    ] as const
  ).map(([name, value]) => ({
    name: `tells of the field ${name}`,
    fields: { [name]: value },
    app: says((asked) => `${asked.field(name)} ${asked.field('X-None')}`),
    text: `${value} undefined`,
  })),
  {
    name: 'tells of the length of a body',
    line: 'POST /',
    body: 'abc',
    app: says((asked) => String(asked.field('Content-Length'))),
    text: '3',
  },
  { name: 'reads a body in chunks', line: 'POST /', body: 'abcdef', chunked: true, app: whole, text: 'abcdef' },
  { name: 'reads an empty body', line: 'POST /', body: '', app: whole, text: '' },
  { name: 'reads an empty body in chunks', line: 'POST /', body: '', chunked: true, app: whole, text: '' },
  {
    name: 'reads bytes of all kinds',
    line: 'POST /',
    body: Uint8Array.from({ length: 256 }, (_, at) => at),
    app: whole,
    text: Uint8Array.from({ length: 256 }, (_, at) => at),
  },
  { name: 'reads a long body', line: 'POST /', body: LONG, app: whole, text: LONG },
  { name: 'sends a body while it reads it', line: 'POST /', body: LONG, app: echo, text: LONG },
  {
    name: 'sends a body in chunks while it reads it',
    line: 'POST /',
    body: LONG,
    chunked: true,
    app: echo,
    text: LONG,
  },
  { name: 'answers without reading the body', line: 'POST /', body: 'abc', app: () => ({ body: ['no'] }), text: 'no' },
  // ---- what is answered ------------------------------------------------------------------------------------------------
  ...[200, 201, 202, 206, 301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503].map(
    (status) => ({
      name: `sends the status ${status}`,
      app: () => ({ status, headers: [TEXT], body: ['some'] }),
      status,
      text: 'some',
    }),
  ),
  ...[204, 304].map((status) => ({
    name: `sends the status ${status}, and no body`,
    app: () => ({ status, headers: [['X-A', 'b']] as const }),
    status,
    text: '',
    headers: { 'x-a': ['b'], 'transfer-encoding': [] },
  })),
  {
    name: 'sends every Set-Cookie',
    app: () => ({
      headers: [TEXT, ['Set-Cookie', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], ['Set-Cookie', 'b=2']],
      body: ['a'],
    }),
    headers: { 'set-cookie': ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'b=2'] },
  },
  {
    name: 'sends header lines as they are',
    app: () => ({
      headers: [
        ['Location', '/a?b#c'],
        ['ETag', '"a"'],
        ['X-Latin-1', 'caf\xe9'],
        ['X-Commas', 'a, "b, c"'],
      ],
    }),
    headers: { location: ['/a?b#c'], etag: ['"a"'], 'x-latin-1': ['caf\xe9'], 'x-commas': ['a, "b, c"'] },
  },
  {
    name: 'adds no Content-Type, and one Date',
    app: () => ({ status: 204 }),
    status: 204,
    headers: { 'content-type': [] },
  },
  gives('no chunk', () => [], ''),
  gives('one chunk of text', () => ['Grüße, 你好'], 'Grüße, 你好'),
  gives('one chunk of bytes', () => [Uint8Array.of(0, 255, 13, 10)], Uint8Array.of(0, 255, 13, 10)),
  gives('some chunks', () => ['a', '', Buffer.from('b'), 'ü'], 'abü'),
  gives('a generator', () => ['a', 'b'].values(), 'ab'),
  gives(
    'an async generator',
    async function* () {
      for (const chunk of ['', 'a', '', 'b']) {
        await new Promise((resolve) => setImmediate(resolve))
        yield chunk
      }
    },
    'ab',
  ),
  gives('a long body', () => [LONG], LONG),
  gives('a long body in pieces', () => Array.from({ length: 100 }, () => LONG.slice(0, 10_000)).values(), LONG),
  {
    name: 'sends the Content-Length that it is given',
    app: () => ({ headers: [['Content-Length', '3']], body: ['a', 'bc'].values() }),
    headers: { 'content-length': ['3'] },
    text: 'abc',
  },
  {
    name: 'sends no body to HEAD, and its length',
    line: 'HEAD /',
    app: () => ({ headers: [TEXT, ['Content-Length', '3']], body: ['abc'] }),
    headers: { 'content-length': ['3'], 'content-type': [TEXT[1]] },
    text: '',
  },
  {
    name: 'answers 500 to an error',
    app: () => {
      throw new Error('boom')
    },
    status: 500,
    errors: [/boom/],
  },
  {
    name: 'answers 500 to an error that comes later',
    app: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('boom')
    },
    status: 500,
    errors: [/boom/],
  },
]
