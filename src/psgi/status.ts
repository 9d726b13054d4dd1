// The status, checked: three digits, a space, a reason.

import { types } from 'node:util'
import { quote } from '../errors.ts'
import { ownText } from './own-text.ts'
import { describe } from './pairs.ts'
import { isUnicode, refuse, textUnderBytes } from './refuse.ts'
import type { PsgiResponse } from './response.ts'

// RFC 9112 §4: status-line = HTTP-version SP status-code SP [ reason-phrase ]. Codes are 100 to 999 (RFC 9110 §15 knows
// five classes; other codes are left to the peers). HTAB, which a reason may hold, is refused as a control character.
const STATUS = /^([1-9]\d\d)(?: ([ -~\x80-\xff]*))?$/
const ALLOWED = "three digits from 100 to 999, a space and a reason without control characters, as '404 Not Found'"

// Most programs use a handful; one that makes up reasons must not fill the memory.
const MOST = 256
const LONGEST = 64
const seen = new Map<string, string>()
// Nine of ten answers say the same as the one before.
let lastStatus = '200 OK'
let lastLine = '200 OK'

/**
 * The checked status as text whose characters are its bytes (none is above U+00FF), as in `'404 Not Found'`. A status
 * without a reason gets the space that the status line needs: `'404 '`.
 *
 * @throws EncodeError STATUS_BAD, FORMAT_MISMATCH
 */
export function status_line(response: PsgiResponse): string {
  const { status, status_format: format } = response
  if (format !== 'unicode' || typeof status !== 'string') return checkStatus(status, format)
  if (status === lastStatus) return lastLine
  const line = seen.get(status) ?? keep(status, checkStatus(status, format))
  lastStatus = status
  lastLine = line
  return line
}

function keep(status: string, line: string): string {
  if (line.length > LONGEST) return line
  if (seen.size >= MOST) seen.clear()
  const own = ownText(line)
  seen.set(ownText(status), own)
  return own
}

function checkStatus(status: unknown, format: unknown): string {
  const unicode = isUnicode(format, 'status_format')
  if (typeof status === 'string' && !unicode) throw textUnderBytes('response.status', 'status_format', format)
  const text = types.isUint8Array(status) ? Buffer.from(status).toString('latin1') : status
  if (typeof text !== 'string') {
    throw refuse('FORMAT_MISMATCH', `response.status is ${describe(text)}. It is a string or a Uint8Array: ${ALLOWED}.`)
  }
  const parts = STATUS.exec(text)
  if (parts === null) throw refuse('STATUS_BAD', `response.status is ${quote(text)}. It is ${ALLOWED}.`)
  return `${parts[1]} ${parts[2] ?? ''}`
}
