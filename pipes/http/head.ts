// The head of a request: request line and header fields (RFC 9112 §3, §5), and how its body is framed (§6).

import { PeerError, quote } from '../../src/errors.ts'
import { CR, LF, SP, showByte, TARGET, TCHAR } from './bytes.ts'
import { type FieldBlock, type HeadLimits, listOf, parsed, parseFields } from './fields.ts'
import { decodePath, isAuthority } from './target.ts'

/** A checked head. Never changed, so that requests with the same head share it. */
export interface RequestHead {
  readonly method: string
  /** As sent. */
  readonly target: string
  /** The minor version of HTTP/1; 1 for HTTP/2 as well. */
  readonly minor: 0 | 1
  /** `HTTP/1.1`: as environ.SERVER_PROTOCOL says it. */
  readonly protocol: string
  /** The path, percent-decoded as UTF-8; `*` for `OPTIONS *`, empty for CONNECT. */
  readonly path: string
  /** Behind the `?`, as sent. */
  readonly query: string
  /** The host that the request is for. */
  readonly authority: string
  readonly block: FieldBlock
  /** Bytes of the body; -1: chunked. */
  readonly length: number
  readonly keepAlive: boolean
  readonly expectContinue: boolean
}

/** The last head of a connection: clients send the same fields again and again (HOT_PATH.md: parsing), and many the same line. */
export class HeadCache {
  /** With the block below. */
  head: RequestHead | undefined
  #bytes: Buffer | undefined
  #length = 0
  #block: FieldBlock | undefined

  /** The block that begins at `start`, if it is the last one again; `parsed.end` is where it ends. */
  find(bytes: Buffer, start: number, end: number): FieldBlock | undefined {
    const length = this.#length
    if (length === 0 || end - start < length) return undefined
    const known = this.#bytes
    if (known === undefined || !isSame(known, bytes, start, length)) return undefined
    parsed.end = start + length
    return this.#block
  }

  keep(bytes: Buffer, start: number, end: number, block: FieldBlock): void {
    const length = end - start
    if (length > MOST_CACHED_BYTES) return
    this.head = undefined
    if (this.#bytes === undefined || this.#bytes.length < length) this.#bytes = Buffer.allocUnsafe(length)
    bytes.copy(this.#bytes, 0, start, end)
    this.#length = length
    this.#block = block
  }

  keepHead(head: RequestHead): void {
    if (head.block === this.#block && head.target.length <= MOST_CACHED_BYTES) this.head = head
  }

  /** Lets go of all that, when the connection is idle. */
  drop(): void {
    this.head = undefined
    this.#bytes = undefined
    this.#block = undefined
    this.#length = 0
  }
}

const MOST_CACHED_BYTES = 2_048
/** Below this, comparing by hand is cheaper than the call (60 ns). */
const CALL_BYTES = 96

function isSame(known: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (length > CALL_BYTES) return known.compare(bytes, start, start + length, 0, length) === 0
  for (let at = 0; at < length; at++) if (known[at] !== bytes[start + at]) return false
  return true
}

/** Whether `target`, which has been checked, stands at `start`, and SP behind it. */
function isTarget(target: string, bytes: Buffer, start: number, end: number): boolean {
  const { length } = target
  if (end - start <= length || bytes[start + length] !== SP) return false
  for (let at = 0; at < length; at++) if (bytes[start + at] !== target.charCodeAt(at)) return false
  return true
}

/**
 * Parses the head that begins at `start`.
 *
 * @returns undefined where the bytes end before the head does; what is there is checked all the same. Else `parsed.end` is where
 *   the head ends
 * @throws PeerError with the status to answer; the connection cannot be used after it
 */
export function parseHead(
  bytes: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
  cache: HeadCache,
): RequestHead | undefined {
  // What lies beyond the limit is not looked at, so that it is the same however the bytes come in.
  const stop = Math.min(end, start + limits.maxHeadBytes)
  const head = parseWithin(bytes, start, stop, limits, cache)
  if (head === undefined && stop < end) throw headTooLong(bytes, start, limits)
  return head
}

function parseWithin(
  bytes: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
  cache: HeadCache,
): RequestHead | undefined {
  let at = start
  while (at < end && TCHAR[bytes[at] ?? 0] === 1) at++
  if (at >= end) return undefined
  if (bytes[at] !== SP || at === start) throw badLine(bytes, start, at, 'a method is a token, followed by one SP')
  const method = methodAt(bytes, start, at)
  const targetStart = ++at
  const known = cache.head
  const again = known !== undefined && isTarget(known.target, bytes, targetStart, end)
  if (again) at += known.target.length
  else while (at < end && TARGET[bytes[at] ?? 0] === 1) at++
  if (at >= end) return undefined
  if (bytes[at] !== SP || at === targetStart) {
    throw badLine(bytes, start, at, 'a target is VCHAR without "#", followed by one SP')
  }
  const target = again ? known.target : bytes.toString('latin1', targetStart, at)
  if (end - at < 11) {
    checkPartialVersion(bytes, start, at + 1, end)
    return undefined
  }
  const minor = versionAt(bytes, start, at + 1)
  const fieldsStart = at + 11
  let block = cache.find(bytes, fieldsStart, end)
  if (block === undefined) {
    block = parseFields(bytes, fieldsStart, end, limits, 'header')
    if (block === undefined) return undefined
    cache.keep(bytes, fieldsStart, parsed.end, block)
  } else if (again && known.method === method && known.minor === minor) return known
  const head = toHead(method, target, minor, block)
  cache.keepHead(head)
  return head
}

/** The refusal of a head that begins at `start` and goes on past its limit. */
export function headTooLong(bytes: Buffer, start: number, { maxHeadBytes }: HeadLimits): PeerError {
  const isLine = bytes.subarray(start, start + maxHeadBytes).indexOf(LF) < 0
  const message = `the ${isLine ? 'request line' : 'head'} is longer than ${maxHeadBytes} bytes`
  return new PeerError('HEAD_TOO_LONG', message, { status: isLine ? 414 : 431, pipe: 'http' })
}

function toHead(method: string, target: string, minor: 0 | 1, block: FieldBlock): RequestHead {
  const { host, connection, expect } = block
  const queryMark = target.indexOf('?')
  if (host === undefined && minor === 1) throw bad('there is no Host field; HTTP/1.1 wants one', '§3.2')
  let authority = host ?? ''
  let path: string
  let query = queryMark < 0 ? '' : target.slice(queryMark + 1)
  if (target.charCodeAt(0) === 0x2f && method !== 'CONNECT') {
    path = queryMark < 0 ? target : target.slice(0, queryMark)
  } else if (method === 'CONNECT') {
    if (!isAuthority(target) || !/:\d+$/.test(target)) throw badTarget(target, 'CONNECT takes host:port')
    authority = target
    path = ''
    query = ''
  } else if (target === '*') {
    if (method !== 'OPTIONS') throw badTarget(target, '"*" is for OPTIONS alone')
    path = '*'
  } else {
    const absolute = /^https?:\/\/([^/?]*)([^?]*)/i.exec(target)
    if (absolute === null || absolute[1] === '' || !isAuthority(absolute[1] ?? '')) {
      throw badTarget(target, 'it begins with "/" or is an absolute URI with a host')
    }
    // RFC 9112 §3.2.2: the target wins over Host.
    authority = absolute[1] ?? ''
    path = absolute[2] === '' ? '/' : (absolute[2] ?? '/')
  }
  return {
    method,
    target,
    minor,
    protocol: minor === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
    path: decodePath(path),
    query,
    authority,
    block,
    length: bodyLength(block, minor),
    // Behind CONNECT a client may take the connection for a tunnel: what it sends there is no request.
    keepAlive:
      method !== 'CONNECT' && !connection.includes('close') && (minor === 1 || connection.includes('keep-alive')),
    expectContinue: expect !== undefined && expectsContinue(expect) && minor === 1,
  }
}

function bodyLength({ transferEncoding, contentLength }: FieldBlock, minor: 0 | 1): number {
  if (transferEncoding === undefined) return contentLength < 0 ? 0 : contentLength
  if (minor === 0) throw bad('HTTP/1.0 knows no Transfer-Encoding', '§6.1')
  if (contentLength >= 0) throw bad('there are both Content-Length and Transfer-Encoding', '§6.1')
  const codings = transferEncoding.toLowerCase()
  if (codings === 'chunked') return -1
  const message = `Transfer-Encoding is ${quote(transferEncoding)}; only "chunked" is known (RFC 9112 §6.1).`
  const names = listOf(codings)
  const isOdd =
    !names.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*;|$)/.test(name)) ||
    names.indexOf('chunked') !== names.length - 1
  throw new PeerError('HEAD_BAD', message, { status: isOdd ? 400 : 501, pipe: 'http' })
}

/** Whether the peer waits for 100 (Continue). Anything else that it expects is refused. */
export function expectsContinue(expect: string): boolean {
  if (expect.toLowerCase() === '100-continue') return true
  const message = `Expect is ${quote(expect)}; only "100-continue" is known (RFC 9110 §10.1.1).`
  throw new PeerError('HEAD_BAD', message, { status: 417, pipe: 'http' })
}

// ---- the request line, byte by byte ----------------------------------------------------------------------------------

function methodAt(bytes: Buffer, start: number, end: number): string {
  // The two that make up nearly all traffic need no slice.
  if (end - start === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54) return 'GET'
  if (end - start === 4 && bytes.readUInt32BE(start) === 0x504f5354) return 'POST'
  return bytes.toString('latin1', start, end)
}

const VERSION = Buffer.from('HTTP/1.')

/** `HTTP/1.`, which is there; by hand, since Buffer.compare costs 60 ns. */
function isHttp1(bytes: Buffer, start: number): boolean {
  for (let at = 0; at < 7; at++) if (bytes[start + at] !== VERSION[at]) return false
  return true
}

/** `HTTP/1.0` or `HTTP/1.1` and CRLF, which are there. */
function versionAt(bytes: Buffer, line: number, start: number): 0 | 1 {
  const minor = (bytes[start + 7] ?? 0) - 0x30
  const isKnown = isHttp1(bytes, start) && (minor === 0 || minor === 1)
  const version = isKnown ? '' : bytes.toString('latin1', start, start + 8)
  if (!isKnown && !/^HTTP\/\d\.\d$/.test(version)) {
    throw badLine(bytes, line, start, `the version is HTTP/1.0 or HTTP/1.1, not ${quote(version)}`)
  }
  if (bytes[start + 8] !== CR || bytes[start + 9] !== LF) {
    throw badLine(bytes, line, bytes[start + 8] === CR ? start + 9 : start + 8, 'CRLF follows the version')
  }
  if (isKnown) return minor === 0 ? 0 : 1
  const message = `the version is ${version}; HTTP/1.0 and HTTP/1.1 are spoken here`
  throw new PeerError('HEAD_BAD', message, { status: 505, pipe: 'http' })
}

/** A line that cannot become one is refused before it is whole: who speaks another protocol may never send a line end. */
function checkPartialVersion(bytes: Buffer, line: number, start: number, end: number): void {
  const prefix = VERSION.subarray(0, Math.min(5, end - start))
  if (prefix.compare(bytes, start, start + prefix.length) !== 0) {
    throw badLine(bytes, line, start, 'a target is followed by the version')
  }
  const feed = bytes.indexOf(LF, start)
  if (feed >= 0 && feed < end) throw badLine(bytes, line, feed, 'CRLF follows the version')
}

function badLine(bytes: Buffer, line: number, at: number, rule: string): PeerError {
  const message = `the request line holds ${showByte(bytes[at])} at offset ${at - line}; ${rule} (RFC 9112 §3).`
  return new PeerError('HEAD_BAD', message, { pipe: 'http' })
}

function badTarget(target: string, rule: string): PeerError {
  return bad(`the request target is ${quote(target)}; ${rule}`, '§3.2')
}

function bad(message: string, section: string): PeerError {
  return new PeerError('HEAD_BAD', `${message} (RFC 9112 ${section}).`, { pipe: 'http' })
}
