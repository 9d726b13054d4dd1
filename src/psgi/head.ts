// All header lines of a response at once, as the writer of a server needs them. Most lists were seen before, or consist
// of lines that were.

import { quote } from '../errors.ts'
import { type BodyCharset, PLAIN_UTF8 } from './content-type.ts'
import { cachedField } from './field-cache.ts'
import {
  CONNECTION,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  DATE,
  type Field,
  readField,
  SERVER,
  TRAILER,
  TRANSFER_ENCODING,
  UPGRADE,
} from './header-field.ts'
import { listPairs, readPair } from './header-pairs.ts'
import { isUnicode, refuse } from './refuse.ts'
import { DEFAULT_HEADERS, defaultHeaders, type PsgiResponse } from './response.ts'

export { status_line } from './status.ts'

/** What a writer made of header lines, with the status and the Date line that it belongs to. */
export interface KeptText {
  status: string
  date: string
  text: string
}

/** The checked header lines of one response, and what a writer must know of them. Shared between responses. */
export class EncodedHead {
  /** `Name: value` and CR LF for each line; no empty line after them. Each character is one byte: write as latin1. */
  readonly lines: string
  /** What Content-Length says, in bytes; undefined where there is none. */
  readonly contentLength: number | undefined
  /** How text in the body is to be written. */
  readonly charset: BodyCharset
  /** The marks of all fields, as in header-field.ts. */
  readonly marks: number
  /** For a writer to keep what it made of the lines. */
  kept: KeptText | undefined = undefined

  constructor(lines: string, marks: number, contentLength: number | undefined, charset: BodyCharset) {
    this.lines = lines
    this.marks = marks
    this.contentLength = contentLength
    this.charset = charset
  }

  /** Whether there is a Transfer-Encoding line. */
  get transferEncoding(): boolean {
    return (this.marks & TRANSFER_ENCODING) !== 0
  }
  /** Whether there is a Connection line. */
  get connection(): boolean {
    return (this.marks & CONNECTION) !== 0
  }
  /** Whether there is a Date line. */
  get date(): boolean {
    return (this.marks & DATE) !== 0
  }
  /** Whether there is a Server line. */
  get server(): boolean {
    return (this.marks & SERVER) !== 0
  }
  /** Whether there is a Trailer line. */
  get trailer(): boolean {
    return (this.marks & TRAILER) !== 0
  }
  /** Whether there is an Upgrade line. */
  get upgrade(): boolean {
    return (this.marks & UPGRADE) !== 0
  }
}

// RFC 9110 §5.3: a field that is no list stands there once; of two, each reader takes another.
function repeated(name: string, at: number): Error {
  const found = `response.header_list[${at}] is a second ${quote(name)}`
  return refuse('HEADER_BAD', `${found}. A response has one; set() of ResponseHeaders replaces, add() does not.`)
}

const DEFAULT_HEAD = makeHead(DEFAULT_HEADERS, 'unicode', true)

/**
 * The header lines of a response. Costs next to nothing for a list that nobody has touched or that was encoded before
 * and is the same still.
 *
 * @throws EncodeError HEADER_BAD, FORMAT_MISMATCH
 */
export function header_lines(response: PsgiResponse): EncodedHead {
  const { header_list_format: format } = response
  const unicode = isUnicode(format, 'header_list_format')
  if (unicode && defaultHeaders(response)) return DEFAULT_HEAD
  const { header_list: list } = response
  const pairs = listPairs(list)
  if (!unicode) return makeHead(pairs, format, false)
  const before = remembered.get(list)
  if (before !== undefined && isSame(before.texts, pairs)) return before.head
  const head = makeHead(pairs, format, true)
  if (before !== undefined || isRecent(list)) remember(list, pairs, head)
  return head
}

/**
 * The same line by line, for servers that hand names and values on one by one.
 *
 * @throws EncodeError HEADER_BAD, FORMAT_MISMATCH
 */
export function header_fields(response: PsgiResponse): Field[] {
  const { header_list_format: format } = response
  const unicode = isUnicode(format, 'header_list_format')
  const pairs = unicode && defaultHeaders(response) ? DEFAULT_HEADERS : listPairs(response.header_list)
  const fields: Field[] = []
  makeHead(pairs, format, unicode, fields)
  return fields
}

function makeHead(pairs: readonly unknown[], format: unknown, unicode: boolean, fields?: Field[]): EncodedHead {
  let lines = ''
  let marks = 0
  let length: number | undefined
  let charset = PLAIN_UTF8
  for (let at = 0; at < pairs.length; at++) {
    const pair = readPair(pairs[at], at)
    const name = pair[0]
    const value = pair[1]
    const isText = unicode && typeof name === 'string' && typeof value === 'string'
    const field = isText ? cachedField(name, value, at) : readField(name, value, format, unicode, at)
    fields?.push(field)
    lines += field.line
    if (field.mark === 0) continue
    if ((marks & field.mark & (CONTENT_LENGTH | CONTENT_TYPE)) !== 0) throw repeated(field.name, at)
    marks |= field.mark
    length = field.length ?? length
    charset = field.charset ?? charset
  }
  return new EncodedHead(lines, marks, length, charset)
}

interface Remembered {
  /** Name and value of each pair, in turn. */
  readonly texts: readonly string[]
  readonly head: EncodedHead
}

const remembered = new WeakMap<object, Remembered>()

// Putting a list into the WeakMap costs more than encoding a short one, so it is done for lists that come again. They
// are those found among the last few.
const recent: (object | undefined)[] = new Array(8).fill(undefined)
let turn = 0

function isRecent(list: object): boolean {
  if (recent.includes(list)) return true
  recent[turn] = list
  turn = (turn + 1) & 7
  return false
}

function remember(list: object, pairs: readonly unknown[], head: EncodedHead): void {
  const texts: string[] = []
  for (let at = 0; at < pairs.length; at++) {
    const [name, value] = readPair(pairs[at], at)
    // Bytes can change without a trace.
    if (typeof name !== 'string' || typeof value !== 'string') return
    texts.push(name, value)
  }
  remembered.set(list, { texts, head })
}

function isSame(texts: readonly string[], pairs: readonly unknown[]): boolean {
  if (texts.length !== pairs.length * 2) return false
  for (let at = 0; at < pairs.length; at++) {
    const pair = pairs[at]
    if (!Array.isArray(pair) || pair.length !== 2) return false
    if (pair[0] !== texts[at * 2] || pair[1] !== texts[at * 2 + 1]) return false
  }
  return true
}
