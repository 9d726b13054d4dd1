// The marble `response`: what a flow answers, in Unicode, until the server pipe encodes it.

import { type InspectOptions, inspect } from 'node:util'
import type { Body } from './body.ts'
import { type AsList, HeaderList, type HeaderPair } from './header-list.ts'

/**
 * A response, as the encoders take it: a {@link ResponseMarble} or any other object with the six attributes.
 *
 * Source  PSGI, "response". A format that is missing counts as `'unicode'`.
 */
export interface PsgiResponse {
  /** Three digits and a reason: `'404 Not Found'`. Bytes where `status_format` is an encoding. */
  status: string | Uint8Array
  /** The header lines: any object whose `as_list()` gives pairs of name and value. */
  header_list: AsList
  /** A string, bytes, or something to iterate over that gives strings or bytes. */
  body: Body
  /** `'unicode'`, or the name of the encoding that `status` is in. */
  status_format?: string | undefined
  /** `'unicode'`, or the name of the encoding that names and values are in. */
  header_list_format?: string | undefined
  /** `'unicode'`, or the name of the encoding that the chunks of `body` are in; `'bytes'` for data in none. */
  body_format?: string | undefined
}

/** The lines of a `header_list` that nobody has touched. */
export const DEFAULT_HEADERS: readonly HeaderPair[] = [['Content-Type', 'text/html; charset=utf-8']]

// Stands in for the default list until somebody asks for it: making the list costs more than all else here, and most
// responses only replace it or never look.
const UNTOUCHED: AsList = { as_list: () => DEFAULT_HEADERS }

let untouched: (response: ResponseMarble) => boolean

/**
 * The response that the server pipe puts into the bag: exactly six attributes, any other is refused by the compiler and
 * by a TypeError at run time. Values are checked when they are encoded, not when they are assigned.
 *
 * Defaults are `'200 OK'`, a `HeaderList` of `Content-Type: text/html; charset=utf-8`, `[]`, and `'unicode'` three times.
 *
 * Source  PSGI, "response".
 *
 * @example
 * response.status = '404 Not Found'
 * response.header_list = new HeaderList([['Content-Type', 'text/plain; charset=shift_jis']])
 * response.body = ['見つかりません']
 */
export class ResponseMarble implements PsgiResponse {
  #status: string | Uint8Array = '200 OK'
  #headerList = UNTOUCHED
  #body: Body = []
  #statusFormat = 'unicode'
  #headerListFormat = 'unicode'
  #bodyFormat = 'unicode'

  static {
    untouched = (response) => response.#headerList === UNTOUCHED
    // Not a method: a name in brackets cannot be declared under isolatedDeclarations.
    Object.defineProperty(ResponseMarble.prototype, inspect.custom, {
      value(this: ResponseMarble, _depth: number, options: InspectOptions): string {
        return `ResponseMarble ${inspect(this.toJSON(), options)}`
      },
    })
  }

  constructor() {
    Object.preventExtensions(this)
  }

  /** Three digits, a space and a reason; default `'200 OK'`. */
  get status(): string | Uint8Array {
    return this.#status
  }
  set status(status: string | Uint8Array) {
    this.#status = status
  }

  /** The header lines; default a `HeaderList` of one, which is this response's own. */
  get header_list(): AsList {
    if (this.#headerList === UNTOUCHED) this.#headerList = new HeaderList(DEFAULT_HEADERS)
    return this.#headerList
  }
  set header_list(list: AsList) {
    this.#headerList = list
  }

  /** What is sent; default `[]`. */
  get body(): Body {
    return this.#body
  }
  set body(body: Body) {
    this.#body = body
  }

  /** `'unicode'` (default), or the name of the encoding that `status` is in. */
  get status_format(): string {
    return this.#statusFormat
  }
  set status_format(format: string) {
    this.#statusFormat = format
  }

  /** `'unicode'` (default), or the name of the encoding that header names and values are in. */
  get header_list_format(): string {
    return this.#headerListFormat
  }
  set header_list_format(format: string) {
    this.#headerListFormat = format
  }

  /** `'unicode'` (default), or the name of the encoding that the chunks of `body` are in; `'bytes'` for none. */
  get body_format(): string {
    return this.#bodyFormat
  }
  set body_format(format: string) {
    this.#bodyFormat = format
  }

  /** The six attributes, for JSON. */
  toJSON(): PsgiResponse {
    return {
      status: this.status,
      header_list: this.header_list,
      body: this.body,
      status_format: this.status_format,
      header_list_format: this.header_list_format,
      body_format: this.body_format,
    }
  }
}

/** Whether `header_list` is the default that nobody has asked for yet. For the encoders. */
export function defaultHeaders(response: PsgiResponse): boolean {
  return response instanceof ResponseMarble && untouched(response)
}
