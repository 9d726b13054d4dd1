// The end of a request: the response is encoded and sent (DESIGN.md rule 6), or an error page in its place (rule 7).

import type { Awaitable } from '../../src/bag.ts'
import { EncodeError, UsageError } from '../../src/errors.ts'
import { type BodyReader, open_body } from '../../src/psgi/body-reader.ts'
import { isPromise } from '../../src/psgi/body-source.ts'
import { type EncodedHead, header_lines, status_line } from '../../src/psgi/head.ts'
import { ResponseMarble } from '../../src/psgi/response.ts'
import { close_body, whole_body } from '../../src/psgi/whole-body.ts'
import { errorResponse } from './error-page.ts'
import type { Outlet } from './outlet.ts'
import type { HttpRequest } from './request.ts'
import { ResponseStream } from './response-stream.ts'

/** Answers a request that nobody has touched: shared, never handed out. */
const UNTOUCHED = new ResponseMarble()
const UNTOUCHED_HEAD = header_lines(UNTOUCHED)

/** Sends the response of a request, or what is owed after `error`. Wait for what is returned, if anything. */
export function respond(outlet: Outlet, request: HttpRequest, error: unknown): Awaitable<void> {
  // Handed over: it is another protocol's by now.
  if (request.over) return reportUnsent(outlet, error)
  // What somebody writes from now on would stand nowhere.
  request.over = true
  if (error !== undefined) return respondError(outlet, request, error)
  try {
    const pending = send(outlet, request)
    return isPromise(pending) ? pending.then(undefined, (thrown) => respondError(outlet, request, thrown)) : undefined
  } catch (thrown) {
    return respondError(outlet, request, thrown)
  }
}

/** The end of a flow that has nobody to respond to. That the peer is gone is nothing to report. */
function reportUnsent(outlet: Outlet, error: unknown): undefined {
  if (error === undefined) return
  let cause: unknown = error
  for (let depth = 0; depth < 3 && cause instanceof Error; depth++) {
    if (outlet.isGoneReason(cause)) return
    cause = cause.cause
  }
  outlet.report(error)
}

function send(outlet: Outlet, request: HttpRequest): Awaitable<void> {
  const { made, held, written } = request
  if (written !== undefined) return endWritten(outlet, request)
  if (made === undefined) {
    // The shortest way: a step returned text, and nobody asked for the response.
    sendWhole(outlet, request, '200 OK', UNTOUCHED_HEAD, held ?? '')
    return undefined
  }
  if (held !== undefined) {
    if (!isEmpty(made.body)) {
      // Written first, so it is sent first; then the body.
      request.held = undefined
      const stream = outlet.stream(request)
      request.written = stream
      const pending = stream.write(held)
      return isPromise(pending) ? pending.then(() => endWritten(outlet, request)) : endWritten(outlet, request)
    }
    made.body = held
    request.held = undefined
  }
  return sendResponse(outlet, request, made)
}

function sendResponse(outlet: Outlet, request: HttpRequest, response: ResponseMarble): Awaitable<void> {
  const status = status_line(response)
  const head = header_lines(response)
  checkHead(status, head)
  const whole = whole_body(response, head.charset)
  if (whole !== undefined) {
    sendWhole(outlet, request, status, head, whole)
    return undefined
  }
  const bodyless = isBodyless(request.head.method, status)
  const stream = new ResponseStream(outlet, status, head, bodyless)
  outlet.streaming = stream
  return bodyless ? endUnread(stream, response) : pump(stream, open_body(response, head.charset))
}

/** Reads the body and sends it; what is there leaves before anybody waits. */
function pump(stream: ResponseStream, reader: BodyReader): Awaitable<void> {
  stream.onGone = () => {
    // The peer is gone, whatever closing the body says: whoever wrote the body has its own ways to tell.
    const closing = reader.close()
    if (isPromise(closing)) closing.then(undefined, () => {})
  }
  if (stream.gone) stream.onGone()
  return reader.each(stream)
}

/** Begins a response that is written chunk by chunk. */
export function streamWritten(outlet: Outlet, request: HttpRequest): ResponseStream {
  const { response } = request
  const status = status_line(response)
  const head = header_lines(response)
  checkHead(status, head)
  const stream = new ResponseStream(outlet, status, head, isBodyless(request.head.method, status))
  stream.format = response.body_format
  stream.lengthWanted = false
  outlet.streaming = stream
  return stream
}

/** The end of a response that was written chunk by chunk. What `response.body` holds besides goes out last. */
function endWritten(outlet: Outlet, request: HttpRequest): Awaitable<void> {
  const stream = outlet.streaming
  if (stream === undefined) return undefined
  const { made } = request
  if (made !== undefined) reportLateHead(outlet, stream, made)
  if (made === undefined || isEmpty(made.body)) return stream.end()
  if (stream.bodyless) return endUnread(stream, made)
  stream.endText()
  return pump(stream, open_body(made, stream.charset))
}

/** The head was encoded with the second write: what was changed in it since is lost, and whoever changed it is to know. */
function reportLateHead(outlet: Outlet, stream: ResponseStream, response: ResponseMarble): void {
  try {
    if (stream.hasHead(status_line(response), header_lines(response))) return
  } catch {
    // What it is now cannot be sent at all.
  }
  const message =
    'response.status or response.header_list was changed after the second write(), which sends them. Change them before, or write once.'
  outlet.report(new UsageError('RESPONSE_SENT', message, { pipe: 'http', marble: 'response' }))
}

/** The end of a response whose body is not to be sent. */
function endUnread(stream: ResponseStream, response: ResponseMarble): Awaitable<void> {
  const closing = close_body(response)
  return isPromise(closing) ? closing.then(() => stream.end()) : stream.end()
}

function sendWhole(
  outlet: Outlet,
  request: HttpRequest,
  status: string,
  head: EncodedHead,
  body: string | Uint8Array,
): void {
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  const { method } = request.head
  if (isBodyless(method, status)) {
    // What a GET would have said, as far as that is known: 204 and 304 say nothing (RFC 9110 §8.6).
    const length = head.contentLength === undefined && !isEmptyStatus(status)
    outlet.head(
      status,
      isEmptyStatus(status) && head === UNTOUCHED_HEAD ? '' : head.lines,
      length ? `Content-Length: ${isReset(status) ? 0 : size}\r\n` : '',
      head,
    )
    return
  }
  if (head.contentLength !== undefined && head.contentLength !== size) {
    const message = `response.body is ${size} bytes long; its Content-Length says ${head.contentLength}.`
    throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
  }
  outlet.wholeHead(status, size, head)
  if (size === 0) return
  if (typeof body === 'string') outlet.output.utf8(body, size)
  else outlet.output.bytes(body)
}

/** What an application must leave to the server (PEP 3333, "Handling the start_response() Callable"; RFC 9110 §15.2). */
function checkHead(status: string, head: EncodedHead): void {
  if (status.startsWith('1')) {
    const message = `response.status is ${status}; a final status is 200 or above.`
    throw new EncodeError('STATUS_BAD', message, { pipe: 'http', marble: 'response' })
  }
  if (head.transferEncoding) {
    const message = 'response.header_list holds Transfer-Encoding, which is for the server to choose. Leave it out.'
    throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
  }
  if (head.contentLength !== undefined && status.startsWith('204')) {
    const message =
      'response.header_list holds Content-Length, which a 204 must not have (RFC 9110 §8.6). Leave it out.'
    throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
  }
  if (head.contentLength !== undefined && head.contentLength > 0 && isReset(status)) {
    const message = `response.header_list holds a Content-Length of ${head.contentLength}; a 205 has no content.`
    throw new EncodeError('HEADER_BAD', message, { pipe: 'http', marble: 'response' })
  }
}

function isBodyless(method: string, status: string): boolean {
  return method === 'HEAD' || isEmptyStatus(status) || isReset(status)
}

/** RFC 9110 §15.3.6: a 205 has no content, and says so. */
function isReset(status: string): boolean {
  return status.startsWith('205')
}

function isEmptyStatus(status: string): boolean {
  return status.startsWith('204') || status.startsWith('304')
}

function isEmpty(body: unknown): boolean {
  return body === '' || (Array.isArray(body) && body.length === 0)
}

/** An error page, if nothing has left yet; else the connection is cut, so that the peer sees that something is missing. */
function respondError(outlet: Outlet, request: HttpRequest, error: unknown): Awaitable<void> {
  const { made } = request
  const unsent = outlet.streaming === undefined || !outlet.streaming.begun
  const isGone = (outlet.streaming?.gone === true && isGoneError(error)) || outlet.isGoneReason(error)
  if (!isGone) outlet.report(error)
  if (!unsent) {
    outlet.cut()
    return undefined
  }
  // What was written and has not left is not to leave any more.
  outlet.streaming?.lost()
  outlet.streaming = undefined
  const response = errorResponse(error, made, outlet.debug)
  sendWhole(outlet, request, status_line(response), header_lines(response), whole_body(response) ?? '')
  if (made === undefined) return undefined
  const report = (thrown: unknown) => {
    if (thrown !== error) outlet.report(thrown)
  }
  // The body that is not sent after all may hold something open.
  try {
    const closing = close_body(made)
    return isPromise(closing) ? closing.then(undefined, report) : undefined
  } catch (thrown) {
    report(thrown)
    return undefined
  }
}

function isGoneError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONNECTION_CLOSED'
}
