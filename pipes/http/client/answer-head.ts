// The head of an answer: status line and header fields (RFC 9112 §4, §5), and how its body ends (§6.3).

import { PeerError, quote } from '../../../src/errors.ts'
import { LF } from '../bytes.ts'
import { type FieldBlock, type HeadLimits, parsed, parseFields } from '../fields.ts'

/** What is allowed in a head; more is HEAD_TOO_LONG. */
export const ANSWER_LIMITS: HeadLimits = { maxHeadBytes: 16_384, maxFields: 100 }

/** As {@link AnswerHead.length}: the body is chunked. */
export const CHUNKED = -1
/** As {@link AnswerHead.length}: the body ends with the connection. */
export const UNTIL_END = -2

/** A checked head. */
export interface AnswerHead {
  readonly status: number
  readonly reason: string
  readonly block: FieldBlock
  /** Bytes of the body, {@link CHUNKED} or {@link UNTIL_END}. */
  readonly length: number
  /** Whether the connection can take another request. */
  readonly keepAlive: boolean
  /** Where the head ends in the buffer. */
  readonly end: number
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]; some servers leave out the second SP, which does no harm.
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t -~\x80-\xff]*))?\r$/
const VERSION = Buffer.from('HTTP/1.')

/**
 * Parses the head that begins at the start of `bytes`.
 *
 * @param method of the request that it answers: HEAD has no body
 * @returns undefined where the bytes end before the head does
 * @throws PeerError HEAD_BAD, HEAD_TOO_LONG; the connection cannot be used after it
 */
export function parseAnswerHead(bytes: Buffer, start: number, method: string): AnswerHead | undefined {
  // What lies beyond the limit is not looked at, so that it is the same however the bytes come in.
  const stop = Math.min(bytes.length, start + ANSWER_LIMITS.maxHeadBytes)
  const feed = bytes.subarray(start, stop).indexOf(LF)
  if (feed < 0) {
    const size = Math.min(stop - start, VERSION.length)
    if (VERSION.compare(bytes, start, start + size, 0, size) !== 0)
      throw noStatusLine(bytes.toString('latin1', start, stop))
  } else {
    const line = bytes.toString('latin1', start, start + feed)
    const match = STATUS_LINE.exec(line)
    if (match === null) throw noStatusLine(line)
    const block = parseFields(bytes, start + feed + 1, stop, ANSWER_LIMITS, 'header')
    if (block !== undefined) return toHead(Number(match[2]), match[3] ?? '', match[1] === '1', block, method)
  }
  if (stop - start < ANSWER_LIMITS.maxHeadBytes) return undefined
  const message = `the head of the answer is longer than ${ANSWER_LIMITS.maxHeadBytes} bytes`
  throw new PeerError('HEAD_TOO_LONG', message, { status: 502, pipe: 'http.client' })
}

function toHead(status: number, reason: string, isLatest: boolean, block: FieldBlock, method: string): AnswerHead {
  const { connection, contentLength, transferEncoding } = block
  if (status === 101) throw bad('the answer switches to another protocol, which nobody asked for', 'RFC 9110 §15.2.2')
  // Whoever sends both wants one of two readers to be wrong.
  if (transferEncoding !== undefined && contentLength >= 0) {
    throw bad('the answer has both Content-Length and Transfer-Encoding', 'RFC 9112 §6.1')
  }
  if (transferEncoding !== undefined && (!isLatest || transferEncoding.toLowerCase() !== 'chunked')) {
    const where = isLatest ? '' : ' in HTTP/1.0'
    throw bad(
      `the answer has Transfer-Encoding ${quote(transferEncoding)}${where}; "chunked" is known`,
      'RFC 9112 §6.1',
    )
  }
  const stays = !connection.includes('close') && (isLatest || connection.includes('keep-alive'))
  const isBare = status < 200 || status === 204 || status === 304 || method === 'HEAD'
  const length = isBare ? 0 : transferEncoding !== undefined ? CHUNKED : contentLength < 0 ? UNTIL_END : contentLength
  // A 204 that announces a body may send one: nobody could tell it from the next answer.
  const isHonest = status !== 204 || (transferEncoding === undefined && contentLength <= 0)
  return { status, reason, block, length, keepAlive: stays && isHonest && length !== UNTIL_END, end: parsed.end }
}

/** The value of a field, by its name in lower case; the first of several. */
export function fieldOf({ text, offsets }: FieldBlock, name: string): string | undefined {
  for (let i = 0; i < offsets.length; i += 4) {
    const [from = 0, to = 0] = [offsets[i], offsets[i + 1]]
    if (to - from !== name.length || text.slice(from, to).toLowerCase() !== name) continue
    return text.slice(offsets[i + 2], offsets[i + 3])
  }
  return undefined
}

function noStatusLine(line: string): PeerError {
  return bad(`the answer begins with ${quote(line)}, which is no status line`, 'RFC 9112 §4')
}

function bad(message: string, section: string): PeerError {
  return new PeerError('HEAD_BAD', `${message} (${section}).`, { status: 502, pipe: 'http.client' })
}
