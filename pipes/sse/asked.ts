// What a request for events says: whether it takes them, and which it has.

import { isUtf8 } from 'node:buffer'
import type { Environ } from '../../src/psgi/environ.ts'
import { query } from '../../src/psgi/get-dict.ts'

/** How closely a media range names an event stream (RFC 9110 §12.5.1); the closest one counts. */
const RANGES: readonly string[] = ['*/*', 'text/*', 'text/event-stream']

/** Whether an `Accept` lets events through; one that says nothing lets everything through. */
export function acceptsEvents(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  let closest = -1
  let wanted = false
  for (const range of accept.split(',')) {
    const [type = '', ...params] = range.split(';')
    const close = RANGES.indexOf(type.trim().toLowerCase())
    if (close < 0 || close < closest) continue
    const isZero = params.some((param) => /^\s*q\s*=\s*0(?:\.0{0,3})?\s*$/i.test(param))
    wanted = close > closest ? !isZero : wanted || !isZero
    closest = close
  }
  return wanted
}

/** The id of the last event that the peer has: of an EventSource a header field, of others perhaps a variable of the query. */
export function lastEventId(environ: Environ): string | undefined {
  const field: unknown = environ.HTTP_LAST_EVENT_ID
  if (typeof field !== 'string' || field === '') return query(environ).get('lastEventId')
  // A field value is bytes; an EventSource writes UTF-8 into them.
  const bytes = Buffer.from(field, 'latin1')
  return bytes.toString('latin1') === field && isUtf8(bytes) ? bytes.toString() : field
}

/** The stream that a POST is for. */
export function streamId(environ: Environ): string | undefined {
  const field: unknown = environ.HTTP_STREAM_ID
  return typeof field === 'string' ? field : query(environ).get('stream')
}

/**
 * Whether a body of this type can be a message: it says `wanted`, or that it is text, or nothing. A form is none.
 *
 * @param wanted what messages are, if that is known
 */
export function isMessageType(environ: Environ, wanted: string | undefined): boolean {
  const coding: unknown = environ.HTTP_CONTENT_ENCODING
  if (typeof coding === 'string' && !/^\s*(?:identity)?\s*$/i.test(coding)) return false
  const given: unknown = environ.CONTENT_TYPE
  if (typeof given !== 'string' || given.trim() === '') return true
  const [essence = '', ...params] = given.split(';')
  const type = essence.trim().toLowerCase()
  if (type !== wanted && type !== 'text/plain') return false
  const charset = params
    .map((param) => /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/i.exec(param)?.[1])
    .find((each) => each !== undefined)
  return charset === undefined || /^utf-?8$/i.test(charset)
}
