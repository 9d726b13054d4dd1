// For each rule of environ, response and answer: a step that breaks it, and one that does not.

import type { HttpMarbles } from '../../pipes/http.ts'
import { type Bag, HeaderList } from '../../src/index.ts'

/** One rule. */
export interface Case {
  readonly rule: string
  readonly line?: string
  readonly breaks: (bag: Bag<HttpMarbles>) => unknown
  readonly keeps: (bag: Bag<HttpMarbles>) => unknown
}

const nothing = () => {}
type Marbles = Bag<HttpMarbles>
/** Sets a key of environ to what its type may forbid. */
const key =
  (name: string, value: unknown) =>
  ({ environ }: Marbles) => {
    Reflect.set(environ, name, value)
  }
/** Sets attributes of the response to what their types may forbid. */
const attributes =
  (values: object) =>
  ({ response }: Marbles) => {
    for (const [name, value] of Object.entries(values)) Reflect.set(response, name, value)
  }
const headers = (...pairs: [string, string][]) => ({ header_list: new HeaderList(pairs) })
const PLAIN: [string, string] = ['Content-Type', 'text/plain; charset=shift_jis']

/** The rules of environ. */
export const ENVIRON_CASES: readonly Case[] = [
  { rule: 'E1', breaks: ({ environ }) => void Object.freeze(environ), keeps: nothing },
  {
    rule: 'E2',
    breaks: ({ environ }) => void Reflect.deleteProperty(environ, 'QUERY_STRING'),
    keeps: key('QUERY_STRING', ''),
  },
  { rule: 'E3', breaks: key('REMOTE_USER', null), keeps: key('REMOTE_USER', 'anna') },
  { rule: 'E4', breaks: key('REQUEST_METHOD', 'G T'), keeps: key('REQUEST_METHOD', 'M-SEARCH') },
  { rule: 'E5', breaks: key('SCRIPT_NAME', '/app/'), keeps: key('SCRIPT_NAME', '/app') },
  { rule: 'E6', breaks: key('PATH_INFO', '*'), keeps: key('PATH_INFO', '/你好') },
  {
    rule: 'E7',
    breaks: key('PATH_INFO', ''),
    keeps: (bag) => {
      key('PATH_INFO', '')(bag)
      key('SCRIPT_NAME', '/app')(bag)
    },
  },
  { rule: 'E8', breaks: key('QUERY_STRING', 'a=b c'), keeps: key('QUERY_STRING', 'a=b%20c') },
  { rule: 'E9', breaks: key('SERVER_NAME', 'a/b'), keeps: key('SERVER_NAME', '[::1]') },
  { rule: 'E10', breaks: key('SERVER_PORT', '80a'), keeps: key('SERVER_PORT', '80') },
  { rule: 'E11', breaks: key('SERVER_PROTOCOL', '1.1'), keeps: key('SERVER_PROTOCOL', 'HTTP/2.0') },
  { rule: 'E12', breaks: key('CONTENT_LENGTH', '-1'), keeps: key('CONTENT_LENGTH', '0') },
  { rule: 'E13', breaks: key('HTTP_PROXY', 'http://evil'), keeps: key('HTTP_PROXY_AUTHORIZATION', 'x') },
  { rule: 'E14', breaks: key('HTTP_X', 'a\r\nb'), keeps: key('HTTP_X', 'a\tÿ') },
  { rule: 'E15', breaks: key('HTTP_HOST', 'a b'), keeps: key('HTTP_HOST', 'example.org:8080') },
  { rule: 'E16', breaks: key('user', 'anna'), keeps: key('myapp.user', { name: 'anna' }) },
  { rule: 'E17', breaks: key('wsgi.version', '1.0'), keeps: key('wsgi.version', [1, 0]) },
  { rule: 'E18', breaks: key('wsgi.url_scheme', 'ftp'), keeps: key('wsgi.url_scheme', 'https') },
  { rule: 'E19', breaks: key('wsgi.input', { read() {} }), keeps: nothing },
  { rule: 'E20', breaks: key('wsgi.errors', console), keeps: key('wsgi.errors', { write() {}, flush() {} }) },
  { rule: 'E21', breaks: key('wsgi.run_once', 0), keeps: key('wsgi.run_once', true) },
]

/** The rules of response, but R1: our own response refuses what would break it. */
export const RESPONSE_CASES: readonly Case[] = [
  { rule: 'R2', breaks: attributes({ body_format: 7 }), keeps: attributes({ body_format: 'bytes' }) },
  { rule: 'R3', breaks: attributes({ status: 'OK' }), keeps: attributes({ status: '299 Own reason' }) },
  { rule: 'R4', breaks: attributes({ status: '100 Continue' }), keeps: attributes({ status: '200 OK' }) },
  {
    rule: 'R5',
    breaks: attributes({ status: Buffer.from('200 OK') }),
    keeps: attributes({ status: Buffer.from('200 OK'), status_format: 'latin1' }),
  },
  {
    rule: 'R6',
    breaks: attributes({ header_list: [['Content-Type', 'text/plain']] }),
    keeps: attributes({ header_list: { as_list: () => [['Content-Type', 'text/plain']] } }),
  },
  {
    rule: 'R7',
    breaks: attributes({ header_list: new HeaderList([['X', Buffer.from('y')]]) }),
    keeps: attributes({
      header_list: new HeaderList([[Buffer.from('Content-Type'), Buffer.from('text/plain')]]),
      header_list_format: 'latin1',
    }),
  },
  { rule: 'R8', breaks: attributes(headers(['Status', '200'])), keeps: attributes(headers(['X-Status', '200'])) },
  {
    rule: 'R9',
    breaks: attributes(headers(['Connection', 'close'])),
    keeps: attributes({ status: '426 Upgrade Required', ...headers(['Upgrade', 'h2c'], ['Connection', 'upgrade']) }),
  },
]

/** The rules of a response that is ready. */
export const ANSWER_CASES: readonly Case[] = [
  { rule: 'A1', breaks: attributes({ body: 7 }), keeps: attributes({ body: new Set(['a']) }) },
  {
    rule: 'A2',
    breaks: attributes({ body: ['你好 שלום'], ...headers(PLAIN) }),
    keeps: attributes({ body: ['日本'], ...headers(PLAIN) }),
  },
  {
    rule: 'A3',
    breaks: attributes({ body: [Buffer.from('a')] }),
    keeps: attributes({ body: [Buffer.from('a')], body_format: 'bytes' }),
  },
  {
    rule: 'A4',
    breaks: attributes({ body: Buffer.from('a'), body_format: 'utf-8', ...headers(PLAIN) }),
    keeps: attributes({ body: Buffer.from('a'), body_format: 'Shift-JIS', ...headers(PLAIN) }),
  },
  { rule: 'A5', breaks: attributes({ body: 'a', ...headers() }), keeps: attributes({ body: [], ...headers() }) },
  {
    rule: 'A6',
    breaks: attributes({ status: '204 No Content', ...headers(['Content-Length', '0']) }),
    keeps: attributes({ status: '204 No Content', ...headers(['Date', 'today']) }),
  },
  {
    rule: 'A7',
    breaks: attributes({ status: '204 No Content', body: 'a' }),
    keeps: attributes({ status: '204 Gone' }),
  },
  {
    rule: 'A8',
    breaks: attributes({ body: 'ü', ...headers(['Content-Type', 'text/plain'], ['Content-Length', '1']) }),
    keeps: attributes({ body: 'ü', ...headers(['Content-Type', 'text/plain'], ['Content-Length', '2']) }),
  },
]
