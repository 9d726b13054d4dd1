// One header line, checked: a token, a colon, a value that cannot end the line.

import { types } from 'node:util'
import { quote } from '../errors.ts'
import { type BodyCharset, readContentType } from './content-type.ts'
import { describe } from './pairs.ts'
import { codeName, refuse, textUnderBytes } from './refuse.ts'
import { wellFormed } from './surrogates.ts'

export const CONTENT_LENGTH = 1
export const CONTENT_TYPE = 2
export const TRANSFER_ENCODING = 4
export const CONNECTION = 8
export const DATE = 16
export const SERVER = 32
export const TRAILER = 64
export const UPGRADE = 128

const MARKS = new Map([
  ['content-length', CONTENT_LENGTH],
  ['content-type', CONTENT_TYPE],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['connection', CONNECTION],
  ['date', DATE],
  ['server', SERVER],
  ['trailer', TRAILER],
  ['upgrade', UPGRADE],
])

/** A checked line. No character is above U+00FF, so each is one byte. */
export interface Field {
  readonly name: string
  readonly value: string
  /** Name, colon, space, value, CR LF. */
  readonly line: string
  /** Which of the fields above it is; 0 for all others. */
  readonly mark: number
  /** What a Content-Length says. */
  readonly length: number | undefined
  /** What a Content-Type says. */
  readonly charset: BodyCharset | undefined
}

// RFC 9110 §5.6.2: token = 1*tchar
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// RFC 9110 §5.5: field-vchar = VCHAR / obs-text, and SP and HTAB between. What is not among them could end the line or
// be read in several ways.
const NOT_IN_VALUE = /[^\t -~\x80-\xff]/u
// Their values are URIs, or hold one and nothing else that could be beyond ASCII.
const OF_URIS = new Set(['location', 'content-location', 'refresh'])
const NON_ASCII = /[\u0080-\uffff]+/g

/**
 * Checks one entry of a header list and makes its line. `at` is its position, for messages.
 *
 * @throws EncodeError HEADER_BAD, FORMAT_MISMATCH; the message never shows a value, which may be a secret
 */
export function readField(name: unknown, value: unknown, format: unknown, unicode: boolean, at: number): Field {
  const where = `response.header_list[${at}]`
  const checked = latin1(name, `the name of ${where}`, format, unicode)
  if (!TOKEN.test(checked)) {
    const allowed = "one or more letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 §5.6.2)"
    throw refuse('HEADER_BAD', `the name of ${where} is ${quote(checked)}. It is ${allowed}.`)
  }
  const key = checked.toLowerCase()
  const place = `the value of ${where} ${quote(checked)}`
  const given = latin1(value, place, format, unicode)
  const sent = typeof value === 'string' && OF_URIS.has(key) ? toUri(given) : given
  checkValue(sent, place)
  const mark = MARKS.get(key) ?? 0
  return {
    name: checked,
    value: sent,
    line: `${checked}: ${sent}\r\n`,
    mark,
    length: mark === CONTENT_LENGTH ? readLength(sent, where) : undefined,
    charset: mark === CONTENT_TYPE ? readContentType(sent) : undefined,
  }
}

function latin1(found: unknown, where: string, format: unknown, unicode: boolean): string {
  if (types.isUint8Array(found)) return Buffer.from(found).toString('latin1')
  if (typeof found !== 'string') {
    throw refuse('HEADER_BAD', `${where} is ${describe(found)}. Names and values are strings or Uint8Arrays.`)
  }
  if (!unicode) throw textUnderBytes(where, 'header_list_format', format)
  return found
}

function checkValue(value: string, place: string): void {
  const bad = NOT_IN_VALUE.exec(value)
  if (bad === null) return
  const code = value.codePointAt(bad.index) ?? 0
  const found = `${place} holds ${codeName(code)} at offset ${bad.index}`
  if (code < 0x100)
    throw refuse('HEADER_BAD', `${found}. Control characters cannot be sent, but for HTAB (RFC 9110 §5.5).`)
  const ways = 'Percent-encode it, write it as RFC 8187 says, or give bytes'
  throw refuse('HEADER_BAD', `${found}. Headers are sent as Latin-1, which ends at U+00FF. ${ways}.`)
}

// RFC 3987 §3.1: a character that a URI cannot hold is written as its bytes in UTF-8, percent-encoded.
function toUri(iri: string): string {
  return iri.replace(NON_ASCII, (beyond) => encodeURIComponent(wellFormed(beyond)))
}

function readLength(value: string, where: string): number {
  const length = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(length)) return length
  const allowed = `decimal digits, at most ${Number.MAX_SAFE_INTEGER} (RFC 9110 §8.6)`
  throw refuse('HEADER_BAD', `${where} is a Content-Length of ${quote(value)}. It is ${allowed}.`)
}
