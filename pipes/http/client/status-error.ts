// Requests without an answer, and answers that are no success: what their sender is told, and which are messages all the same.

import { ConnectionLostError, quote } from '../../../src/errors.ts'
import { fieldsOf } from '../fields.ts'
import type { Answer } from './answer.ts'

/** Bytes of a body that an error keeps. */
const KEPT_BYTES = 1_024

/** What an {@link HttpStatusError} knows of its answer. */
export interface FailedAnswer {
  /** `404`. */
  readonly status: number
  /** `'Not Found'`. */
  readonly reason: string
  /** The header lines as they came: in their order and spelling. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The beginning of the body, at most 1,024 bytes of it, as UTF-8. */
  readonly body: string
}

/**
 * A request that was answered with another status than 2xx.
 *
 * `code` is `'REFUSED'`; for a status that says that something broke on the way (500, 502, 504 and what is unknown of 5xx) it is
 * `'OUTCOME_UNKNOWN'`.
 */
export class HttpStatusError extends ConnectionLostError {
  override readonly name: string = 'HttpStatusError'
  readonly answer: FailedAnswer

  constructor(request: string, answer: FailedAnswer) {
    const { status, reason, body } = answer
    const said = body === '' ? '' : `: ${quote(body)}`
    super(
      isKnown(status) ? 'REFUSED' : 'OUTCOME_UNKNOWN',
      `${request} was answered ${`${status} ${reason}`.trim()}${said}`,
    )
    this.answer = answer
  }
}

/** 501, 503 and 505 say that nothing was done (RFC 9110 §15.6). */
function isKnown(status: number): boolean {
  return status < 500 || status === 501 || status === 503 || status === 505
}

/**
 * A request that has no answer.
 *
 * @param request its request line, for the message
 */
export function lostError(request: string, code: 'NOT_SENT' | 'OUTCOME_UNKNOWN', cause: unknown): ConnectionLostError {
  const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'the connection is closed'
  const what = code === 'NOT_SENT' ? 'was not sent' : 'has no answer, and may have been acted on'
  return new ConnectionLostError(code, `${request} ${what}: ${why}.`, { cause })
}

/** @param request its request line, for the message */
export function statusError(request: string, answer: Answer): HttpStatusError {
  const { status, reason, block } = answer.head
  const body = answer.body.toString('utf8', 0, KEPT_BYTES)
  return new HttpStatusError(request, { status, reason, headers: [...fieldsOf(block)], body })
}

/**
 * Whether an answer that is no success still says which message it answers, as an error of JSON-RPC does: JSON, an object with
 * `error` and an `id` that is not null, or an array of such. Some servers (MCP's) send these with 400, 404 or 500.
 */
export function answersItself({ type, body }: Answer): boolean {
  if (body.length === 0 || (type !== 'application/json' && !type.endsWith('+json'))) return false
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return false
  }
  return Array.isArray(value) ? value.length > 0 && value.every(isRpcAnswer) : isRpcAnswer(value)
}

function isRpcAnswer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false
  return value.id !== null && ('error' in value || 'result' in value)
}
