// What is sent of a file: all of it, a part, or nothing. Conditions come in the order of RFC 9110 §13.2.2.

import { readRange, type Span } from './range.ts'
import { entityTag, holdsTag, httpDate, modifiedSec, type Version } from './validators.ts'

/** What of the environ counts. */
export interface Conditions {
  readonly REQUEST_METHOD: string
  readonly HTTP_IF_MATCH?: string | undefined
  readonly HTTP_IF_UNMODIFIED_SINCE?: string | undefined
  readonly HTTP_IF_NONE_MATCH?: string | undefined
  readonly HTTP_IF_MODIFIED_SINCE?: string | undefined
  readonly HTTP_RANGE?: string | undefined
  readonly HTTP_IF_RANGE?: string | undefined
}

/** The status, and the bytes that are sent with it: of 304, 412 and 416 none. */
export interface Decision extends Span {
  readonly status:
    | '200 OK'
    | '206 Partial Content'
    | '304 Not Modified'
    | '412 Precondition Failed'
    | '416 Range Not Satisfiable'
}

/**
 * Decides what a request gets of a file.
 *
 * @param now milliseconds since 1970
 */
export function decide(file: Version, asked: Conditions, now: number): Decision {
  const tag = entityTag(file, now)
  if (!isWanted(file, tag, asked)) return { status: '412 Precondition Failed', start: 0, end: 0 }
  if (isKnown(file, tag, asked)) return { status: '304 Not Modified', start: 0, end: 0 }
  const range = rangeOf(file, tag, asked)
  if (range === 'beyond') return { status: '416 Range Not Satisfiable', start: 0, end: 0 }
  if (range === undefined) return { status: '200 OK', start: 0, end: file.size }
  return { status: '206 Partial Content', ...range }
}

/** §13.1.1 and §13.1.4: the file is the one that was meant. */
function isWanted(file: Version, tag: string, asked: Conditions): boolean {
  const { HTTP_IF_MATCH: tags, HTTP_IF_UNMODIFIED_SINCE: since } = asked
  if (tags !== undefined) return holdsTag(tags, tag, 'strong')
  const date = since === undefined ? undefined : httpDate(since)
  return date === undefined || modifiedSec(file) <= date
}

/** §13.1.2 and §13.1.3: the peer has it. The date counts only where no tag was sent. */
function isKnown(file: Version, tag: string, asked: Conditions): boolean {
  const { HTTP_IF_NONE_MATCH: tags, HTTP_IF_MODIFIED_SINCE: since } = asked
  if (tags !== undefined) return holdsTag(tags, tag, 'weak')
  const date = since === undefined ? undefined : httpDate(since)
  return date !== undefined && modifiedSec(file) <= date
}

/** §14.2: for GET alone. §13.1.5: with If-Range only where that is the tag, or exactly the date, of this version. */
function rangeOf(file: Version, tag: string, asked: Conditions): ReturnType<typeof readRange> {
  const { REQUEST_METHOD: method, HTTP_RANGE: range, HTTP_IF_RANGE: version } = asked
  if (method !== 'GET' || range === undefined) return undefined
  if (version === undefined) return readRange(range, file.size)
  const isSame = version.endsWith('"')
    ? version === tag && !tag.startsWith('W/')
    : httpDate(version) === modifiedSec(file)
  return isSame ? readRange(range, file.size) : undefined
}
