// The validator: an application that is watched from both sides, after wsgiref.validate.

import type { Awaitable } from '../../src/bag.ts'
import { quote, UsageError } from '../../src/errors.ts'
import { bytesOf } from '../../src/psgi/body-chunk.ts'
import { isHopByHop } from '../../src/psgi/hosted-answer.ts'
import { describe, hasMethod, isObject, isPlain } from '../../src/psgi/pairs.ts'
import { isThenable } from '../../src/thenable.ts'
import { type ChunkSource, openIterable } from './iterable.ts'
import type { StartResponse, WsgiApp, WsgiChunk, WsgiIterable } from './types.ts'

const REQUIRED = [
  'REQUEST_METHOD',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
]
const OF_WSGI = ['version', 'input', 'errors', 'multithread', 'multiprocess', 'run_once', 'url_scheme']

type Call = (...given: unknown[]) => unknown

/** See `wsgi.validator`. */
export function validator(app: WsgiApp): WsgiApp {
  check(typeof app === 'function', `wsgi.validator() takes a function, not ${describe(app)}`)
  return (...given: unknown[]) => {
    const [environ, start] = given
    check(given.length === 2, `the server called the application with ${given.length} arguments; there are two`)
    checkEnviron(environ)
    if (!isFunction<unknown>(start)) throw broken(`the server gave ${describe(start)} as start_response`)
    return new Watch(app, start).call(environ)
  }
}

class Watch {
  readonly #app: WsgiApp
  readonly #start: Call
  #started = false

  constructor(app: WsgiApp, start: Call) {
    this.#app = app
    this.#start = start
  }

  call(environ: unknown): WsgiIterable | Promise<WsgiIterable> {
    const start_response = (...given: unknown[]) => this.#begin(given)
    const found: unknown = Reflect.apply(this.#app, undefined, [environ, start_response])
    return isThenable(found) ? Promise.resolve(found).then((each) => this.#chunks(each)) : this.#chunks(found)
  }

  #begin(given: unknown[]): ReturnType<StartResponse> {
    check(given.length === 2 || given.length === 3, `start_response() got ${given.length} arguments; it takes 2 or 3`)
    const [status, headers, exc_info] = given
    checkStatus(status)
    checkHeaders(status, headers)
    check(exc_info === undefined || exc_info instanceof Error, `exc_info is ${describe(exc_info)}; it is an Error`)
    check(!this.#started || exc_info !== undefined, 'start_response() was called again without exc_info')
    this.#started = true
    const write = this.#start(...given)
    if (!isFunction<Awaitable<void>>(write)) throw broken(`the server gave ${describe(write)} in place of write()`)
    return (...chunks: unknown[]) => {
      check(chunks.length === 1, `write() got ${chunks.length} arguments; it takes 1`)
      checkChunk(chunks[0])
      return Reflect.apply(write, undefined, chunks)
    }
  }

  #chunks(found: unknown): WsgiIterable {
    return new WatchedChunks(openIterable(found), () => this.#started)
  }
}

class WatchedChunks implements AsyncIterableIterator<WsgiChunk> {
  readonly #source: ChunkSource
  readonly #isStarted: () => boolean
  #iterated = false
  #closed = false

  constructor(source: ChunkSource, isStarted: () => boolean) {
    this.#source = source
    this.#isStarted = isStarted
  }

  [Symbol.asyncIterator](): this {
    check(!this.#iterated, 'the server iterates twice over what the application gave')
    this.#iterated = true
    return this
  }

  async next(): Promise<IteratorResult<WsgiChunk>> {
    check(!this.#closed, 'the server iterates over what it has closed')
    const { done, value } = await this.#source.next()
    check(this.#isStarted(), 'the application gave a body, or its end, before it called start_response()')
    if (done === true) return { done, value: undefined }
    checkChunk(value)
    return { done: false, value }
  }

  async close(): Promise<void> {
    check(!this.#closed, 'the server closes a second time what the application gave')
    this.#closed = true
    await this.#source.close()
  }
}

function checkEnviron(environ: unknown): void {
  if (!isObject(environ) || !isPlain(environ)) throw broken(`the environ is ${describe(environ)}; it is a plain object`)
  const values: Record<string, unknown> = { ...environ }
  for (const key of [...REQUIRED, ...OF_WSGI.map((name) => `wsgi.${name}`)]) {
    check(values[key] !== undefined, `the environ has no ${key}`)
  }
  for (const key of ['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']) {
    check(!(key in values), `the environ has ${key}; it is called ${key.slice('HTTP_'.length)}`)
  }
  for (const [key, value] of Object.entries(values)) {
    if (key.includes('.') || value === undefined) continue
    check(typeof value === 'string', `${key} of the environ is ${describe(value)}; it is text`)
  }
  const { SCRIPT_NAME: script, PATH_INFO: path, CONTENT_LENGTH: length, REQUEST_METHOD: method } = values
  check(
    script === '' || /^\/.*[^/]$/s.test(String(script)),
    `SCRIPT_NAME is ${quote(script)}; it begins with / and does not end in it`,
  )
  check(path === '' || path === '*' || String(path).startsWith('/'), `PATH_INFO is ${quote(path)}; it begins with /`)
  check(length === undefined || /^\d*$/.test(String(length)), `CONTENT_LENGTH is ${quote(length)}; it is digits`)
  check(/^[!#$%&'*+\-.^_`|~\w]+$/.test(String(method)), `REQUEST_METHOD is ${quote(method)}, which is no token`)
  check(/^https?$/.test(String(values['wsgi.url_scheme'])), `wsgi.url_scheme is ${quote(values['wsgi.url_scheme'])}`)
  check(
    Array.isArray(values['wsgi.version']),
    `wsgi.version is ${describe(values['wsgi.version'])}; it is a pair of numbers`,
  )
  checkMethods('wsgi.input', values['wsgi.input'], ['read', 'readline', 'text', 'json'])
  checkMethods('wsgi.errors', values['wsgi.errors'], ['write', 'flush'])
}

function checkMethods(name: string, value: unknown, methods: string[]): void {
  for (const method of methods) {
    check(isObject(value) && hasMethod(value, method), `${name} of the environ has no ${method}()`)
  }
}

function checkStatus(status: unknown): asserts status is string {
  check(typeof status === 'string', `the status is ${describe(status)}; it is text`)
  check(/^[1-9]\d\d /.test(String(status)), `the status is ${quote(status)}; it is three digits, a space and a reason`)
}

function checkHeaders(status: string, headers: unknown): void {
  if (!Array.isArray(headers)) throw broken(`the headers are ${describe(headers)}; they are an array of pairs`)
  let hasType = false
  for (const pair of headers) {
    check(Array.isArray(pair) && pair.length === 2, `a header is ${describe(pair)}; it is a pair of name and value`)
    const [name, value]: unknown[] = pair
    check(typeof name === 'string' && typeof value === 'string', 'name and value of a header are text')
    const text = String(name).toLowerCase()
    check(text !== 'status', 'Status is no header; it is the first argument of start_response()')
    check(/^[!#$%&'*+\-.^_`|~\w]*[^-_]$/.test(text) && !/[:\s]/.test(text), `${quote(name)} is no name of a header`)
    check(!isHopByHop(text), `${quote(name)} is for the server to choose`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for.
    check(!/[\x00-\x08\x0a-\x1f\x7f]/.test(String(value)), `the value of ${quote(name)} holds a control character`)
    if (text === 'content-type') hasType = true
  }
  const isEmpty = /^(?:204|304)/.test(status)
  check(!isEmpty || !hasType, `a ${status} has a Content-Type, and no content`)
  check(isEmpty || hasType, `a ${status} has no Content-Type`)
}

function checkChunk(chunk: unknown): asserts chunk is WsgiChunk {
  check(typeof chunk === 'string' || bytesOf(chunk) !== undefined, `a chunk is ${describe(chunk)}; it is bytes or text`)
}

function isFunction<Result>(value: unknown): value is (...given: unknown[]) => Result {
  return typeof value === 'function'
}

function check(holds: boolean, found: string): void {
  if (!holds) throw broken(found)
}

function broken(found: string): UsageError {
  return new UsageError('WSGI_BAD', `${found} (PEP 3333).`, { pipe: 'wsgi' })
}
