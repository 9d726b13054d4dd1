// One request: the marbles that http() lays over the bag, each made when somebody takes it.

import type { Awaitable } from '../../src/bag.ts'
import { UsageError } from '../../src/errors.ts'
import { type Environ, type EnvironServer, environTemplate, rehost } from '../../src/psgi/environ.ts'
import { Input, type InputSource } from '../../src/psgi/input.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { markUpgrade, type Upgrade } from '../../src/psgi/upgrade.ts'
import type { HttpMarbles } from '../http.ts'
import { fieldsOf } from './fields.ts'
import type { RequestHead } from './head.ts'

/** What a request needs of its connection. */
export interface RequestHome extends EnvironServer {
  /** Where a request can be gone before its connection is: fires then. */
  readonly signal?: AbortSignal
  /** Begins to stream the response, with what is written so far. */
  stream(request: HttpRequest): WrittenStream
  /** Gives the connection away, where that can be. */
  upgrade?(request: HttpRequest): ReturnType<Upgrade>
}

/** The response of a request that writes more than once. */
export interface WrittenStream {
  write(chunk: string | Uint8Array): Awaitable<void>
}

/** Stands in the template of an environ: the body of one request must not live as long as its connection. */
const NO_BODY = new Input(undefined)

/** The marbles of one request. */
export class HttpRequest implements HttpMarbles {
  readonly head: RequestHead
  readonly home: RequestHome
  #environ: Environ | undefined
  #input: Input | undefined
  /** The response, once somebody has asked for it: who only writes needs none. */
  made: ResponseMarble | undefined
  /** The first chunk written: on hold, since a single one needs no chunked coding. */
  held: string | Uint8Array | undefined
  /** From the second write on. */
  written: WrittenStream | undefined
  /** The body, where it came as a whole with its head. */
  body: Uint8Array | undefined
  /** The response is complete or given up, or the connection is handed over. */
  over = false

  /** @param source where the body comes from; none for a request without one, and where it is there already */
  constructor(head: RequestHead, home: RequestHome, source: InputSource | undefined) {
    this.head = head
    this.home = home
    if (source !== undefined) this.#input = new Input(source, head.block.contentType)
  }

  /** What the flow's signal follows, where the request can be gone before its connection is. */
  get signal(): AbortSignal | undefined {
    return this.home.signal
  }

  /** The body of the request. */
  get input(): Input {
    if (this.#input !== undefined) return this.#input
    const input = new Input(undefined, this.head.block.contentType)
    if (this.body !== undefined) input.push(this.body)
    this.#input = input
    return input
  }

  get environ(): Environ {
    if (this.#environ !== undefined) return this.#environ
    const { head } = this
    const { authority, block } = head
    const host = block.host ?? ''
    block.template ??= environTemplate(fieldsOf(block), host, this.home, NO_BODY)
    // A copy of a plain object takes 20 to 50 ns where building it from the fields takes 1 µs: requests with the same fields
    // share the template.
    const environ = { ...block.template }
    environ.REQUEST_METHOD = head.method
    environ.PATH_INFO = head.path
    environ.QUERY_STRING = head.query
    environ.REQUEST_URI = head.target
    if (authority !== host) rehost(environ, authority, this.home)
    environ.SERVER_PROTOCOL = head.protocol
    environ['wsgi.input'] = this.input
    if (block.connection.length > 0 && block.connection.includes('upgrade')) this.#markUpgrade(environ)
    this.#environ = environ
    return environ
  }

  #markUpgrade(environ: Environ): void {
    const { home } = this
    const upgrade = home.upgrade?.bind(home, this)
    if (upgrade !== undefined) markUpgrade(environ, upgrade)
  }

  get response(): ResponseMarble {
    this.made ??= new ResponseMarble()
    return this.made
  }

  get read(): () => AsyncIterable<Uint8Array> {
    return () => this.input
  }

  get write(): (chunk: string | Uint8Array) => Awaitable<void> {
    return (chunk) => this.#write(chunk)
  }

  #write(chunk: string | Uint8Array): Awaitable<void> {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      const found = chunk === null ? 'null' : `a value of type ${typeof chunk}`
      throw new UsageError(
        'WRITE_VALUE',
        `http() sends text and bytes, not ${found}. Put a marshalling pipe such as json() below http().`,
        { pipe: 'http', marble: 'write' },
      )
    }
    if (this.over) {
      throw new UsageError('RESPONSE_SENT', 'write() was called after the response was sent.', {
        pipe: 'http',
        marble: 'write',
      })
    }
    if (this.written !== undefined) return this.written.write(chunk)
    if (this.held === undefined) {
      this.held = chunk
      return undefined
    }
    this.written = this.home.stream(this)
    const first = this.held
    this.held = undefined
    const pending = this.written.write(first)
    const { written } = this
    return pending === undefined ? written.write(chunk) : pending.then(() => written.write(chunk))
  }
}
