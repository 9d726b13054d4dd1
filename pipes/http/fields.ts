// Header fields: one pass over the bytes checks every one of them and finds those that frame the message. All others are
// split only when somebody asks (HOT_PATH.md: parsing).

import { PeerError, quote } from '../../src/errors.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { COLON, CR, FIELD_VALUE, HTAB, LF, SP, showByte, TCHAR } from './bytes.ts'
import { isAuthority } from './target.ts'

/** Limits on the head of a request. */
export interface HeadLimits {
  readonly maxHeadBytes: number
  readonly maxFields: number
}

/** A checked block of header fields. Never changed, so that requests with the same block share it. */
export interface FieldBlock {
  /** The block as Latin-1 text, and for each field where name and value begin and end in it. */
  readonly text: string
  readonly offsets: readonly number[]
  /** The Host field; undefined without one. */
  readonly host: string | undefined
  /** Digits checked; -1 without one. */
  readonly contentLength: number
  readonly transferEncoding: string | undefined
  /** Options of the Connection field, in lower case. */
  readonly connection: readonly string[]
  readonly expect: string | undefined
  readonly contentType: string | undefined
  /** The environ of requests with this block, made when one is first asked for. */
  template: Environ | undefined
}

/** Where a block ends in its buffer: what {@link parseFields} left there. */
export const parsed: { end: number } = { end: 0 }

/**
 * Parses header fields up to and including the empty line (RFC 9112 §5).
 *
 * @param what `header` or `trailer`, for messages
 * @returns undefined where the bytes end before the block does; `parsed.end` is where it ends otherwise
 */
export function parseFields(
  bytes: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
  what: 'header' | 'trailer',
): FieldBlock | undefined {
  const offsets: number[] = []
  let framing: Framing | undefined
  let at = start
  for (;;) {
    if (at >= end) return undefined
    let byte = bytes[at]
    if (byte === CR) {
      if (at + 1 >= end) return undefined
      if (bytes[at + 1] !== LF) throw bad(`a bare CR stands at the beginning of a ${what} field`, '§2.2')
      parsed.end = at + 2
      return toBlock(bytes.toString('latin1', start, at), offsets, framing)
    }
    const name = at
    while (at < end && TCHAR[bytes[at] ?? 0] === 1) at++
    if (at >= end) return undefined
    if (bytes[at] !== COLON) throw badName(bytes, name, at, what)
    if (at === name) throw bad(`a ${what} field has an empty name`, '§5')
    const nameEnd = at++
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++
    const value = at
    while (at < end && FIELD_VALUE[bytes[at] ?? 0] === 1) at++
    if (at >= end) return undefined
    byte = bytes[at]
    if (byte !== CR) throw badValue(bytes, name, nameEnd, byte, what)
    if (at + 1 >= end) return undefined
    if (bytes[at + 1] !== LF) throw badValue(bytes, name, nameEnd, byte, what)
    let valueEnd = at
    while (valueEnd > value && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB)) valueEnd--
    at += 2
    offsets.push(name - start, nameEnd - start, value - start, valueEnd - start)
    if (offsets.length > limits.maxFields * 4) {
      const message = `more than ${limits.maxFields} ${what} fields came`
      throw new PeerError('HEAD_TOO_LONG', message, { status: 431, pipe: 'http' })
    }
    if (isFraming(bytes, name, nameEnd)) {
      framing ??= { ...NO_FRAMING, connection: [] }
      frame(framing, bytes.toString('latin1', name, nameEnd).toLowerCase(), bytes.toString('latin1', value, valueEnd))
    }
  }
}

/** The fields of a block in order, as received. */
export function* fieldsOf(block: FieldBlock): Generator<readonly [name: string, value: string], void, undefined> {
  const { text, offsets } = block
  for (let i = 0; i < offsets.length; i += 4) {
    yield [text.slice(offsets[i], offsets[i + 1]), text.slice(offsets[i + 2], offsets[i + 3])]
  }
}

/** A block of fields that something else has checked (HTTP/2). */
export function blockOf(fields: Iterable<readonly [name: string, value: string]>): FieldBlock {
  const offsets: number[] = []
  const framing: Framing = { ...NO_FRAMING, connection: [] }
  let text = ''
  for (const [name, value] of fields) {
    const start = text.length
    text += `${name}${value}`
    offsets.push(start, start + name.length, start + name.length, text.length)
    if (name === 'content-type') framing.contentType = value
    else if (name === 'expect') framing.expect = value
  }
  return toBlock(text, offsets, framing)
}

// ---- the fields that frame a message ---------------------------------------------------------------------------------

type Framing = {
  -readonly [K in 'host' | 'contentLength' | 'transferEncoding' | 'expect' | 'contentType']: FieldBlock[K]
} & { connection: string[] }

const NO_FRAMING: Framing = {
  host: undefined,
  contentLength: -1,
  transferEncoding: undefined,
  connection: [],
  expect: undefined,
  contentType: undefined,
}

function toBlock(text: string, offsets: number[], framing: Framing = NO_FRAMING): FieldBlock {
  const { host, contentLength, transferEncoding, connection, expect, contentType } = framing
  return { text, offsets, host, contentLength, transferEncoding, connection, expect, contentType, template: undefined }
}

/** Candidates by length and first letter; {@link frame} looks closer. */
function isFraming(bytes: Buffer, start: number, end: number): boolean {
  const first = (bytes[start] ?? 0) | 0x20
  switch (end - start) {
    case 4: // host
      return first === 0x68
    case 6: // expect
      return first === 0x65
    case 10: // connection
    case 12: // content-type
    case 14: // content-length
      return first === 0x63
    case 17: // transfer-encoding
      return first === 0x74
    default:
      return false
  }
}

function frame(framing: Framing, name: string, value: string): void {
  switch (name) {
    case 'host':
      if (framing.host !== undefined) throw twice('Host')
      if (!isAuthority(value)) throw bad(`Host is ${quote(value)}; it is a host and a port`, '§3.2')
      framing.host = value
      return
    case 'expect':
      if (framing.expect !== undefined) throw twice('Expect')
      framing.expect = value
      return
    case 'connection':
      for (const option of listOf(value)) framing.connection.push(option.toLowerCase())
      return
    case 'content-type':
      // Two of them are a way to have a guard and a parser see different types.
      if (framing.contentType !== undefined) throw twice('Content-Type')
      framing.contentType = value
      return
    case 'content-length':
      if (framing.contentLength >= 0) throw twice('Content-Length')
      if (!/^\d{1,15}$/.test(value)) throw bad(`Content-Length is ${quote(value)}; it is digits alone`, '§6.2')
      framing.contentLength = Number(value)
      return
    case 'transfer-encoding':
      if (framing.transferEncoding !== undefined) throw twice('Transfer-Encoding')
      framing.transferEncoding = value
      return
  }
}

// ---- refusals --------------------------------------------------------------------------------------------------------

function twice(name: string): PeerError {
  return bad(`there are two ${name} fields; one is allowed`, '§5.2')
}

function badName(bytes: Buffer, start: number, at: number, what: string): PeerError {
  const byte = bytes[at]
  if (at === start && (byte === SP || byte === HTAB)) {
    return bad(`a ${what} field begins with white space; folded lines are not allowed`, '§5.2')
  }
  const shown = quote(bytes.toString('latin1', start, at))
  return bad(
    `the name of ${what} field ${shown} is followed by ${showByte(byte)}; only a colon may follow a token`,
    '§5.1',
  )
}

function badValue(bytes: Buffer, start: number, end: number, byte: number | undefined, what: string): PeerError {
  const shown = quote(bytes.toString('latin1', start, end))
  return bad(
    `${what} field ${shown} holds ${showByte(byte)}; only VCHAR, SP, HTAB and obs-text are allowed, and CRLF at its end`,
    '§5',
  )
}

function bad(message: string, section: string): PeerError {
  return new PeerError('HEAD_BAD', `${message} (RFC 9112 ${section}).`, { pipe: 'http' })
}

/** The elements of a list (RFC 9110 §5.6.1), without the white space around them: space and tab, and not U+00A0. */
export function listOf(value: string): string[] {
  return value.split(',').map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ''))
}
