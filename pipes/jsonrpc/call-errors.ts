// What a call is rejected with, where it is not a result that came.

import { ConnectionLostError, type LostCode, PeerError, UsageError } from '../../src/errors.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { Outgoing } from './outgoing.ts'
import { CODES } from './wire.ts'

/** The error of an answer; one that is malformed stands whole in `data`. */
export function answerError(error: unknown): RpcError {
  const { code, message, data } = members(error)
  const isWhole = Number.isSafeInteger(code) && typeof message === 'string'
  return new RpcError(
    Number.isSafeInteger(code) ? Number(code) : CODES.internal,
    typeof message === 'string' ? message : 'the peer answered an error that is none of JSON-RPC',
    isWhole ? data : error,
  )
}

function members(error: unknown): { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown } {
  return typeof error === 'object' && error !== null ? error : {}
}

/** What was answered by something that is no answer. */
export function noAnswer({ label }: Outgoing): PeerError {
  return new PeerError('MESSAGE_BAD', `the answer to ${label} has neither a result nor an error`)
}

/** What cannot be read where one answer is all that comes. */
export function noStreams(method: string, remote: string): UsageError {
  const why = `the values of ${JSON.stringify(method)} have no way back from ${remote}: http() answers a call once`
  const remedy = 'call() gives its result; a connection such as line() or websocket() carries values too'
  return new UsageError('CONNECTION_BRIEF', `${why}. ${remedy}.`, { pipe: 'jsonrpc.client' })
}

/** What was never sent. */
export function notSent({ label, sentBefore }: Outgoing, why: string, cause?: unknown): ConnectionLostError {
  if (sentBefore)
    return lost('OUTCOME_UNKNOWN', `${label} was sent on a connection that is lost, and not again: ${stop(why)}`, cause)
  return lost('NOT_SENT', `${label} was not sent: ${stop(why)}`, cause)
}

/** What was sent, and will not be answered any more. */
export function unanswered({ label }: Outgoing, remote: string, why: string, cause?: unknown): ConnectionLostError {
  return lost('OUTCOME_UNKNOWN', `${label} was sent to ${remote}, but ${stop(why)}`, cause)
}

/** What was sent, and not answered in time. */
export function late({ label, terms }: Outgoing, remote: string, cause?: unknown): PeerError {
  const message = `${label} was not answered by ${remote} within ${terms.timeoutMs} ms`
  return new PeerError('TIMEOUT', message, { status: 408, pipe: 'jsonrpc.client', cause })
}

/** What a call is rejected with that was answered with an error. */
export function errorFor(call: Outgoing, error: unknown, remote: string): Error {
  const told = answerError(error)
  // A peer who was told the time-out may find it over a little before us. Of others, the code may mean something else.
  const isLate = told.code === CODES.late && call.terms.tellsTimeout && performance.now() >= call.deadline
  return isLate ? late(call, remote, told) : told
}

/** What a transport said of a message that will not be answered. */
export function refused({ label }: Outgoing, remote: string, error: Error): ConnectionLostError {
  if (error instanceof ConnectionLostError) return error
  if (error instanceof UsageError && error.code === 'ADDRESS_UNREACHABLE') {
    return lost('NOT_SENT', `${label} was not sent: ${error.message}`, error)
  }
  const unknown = error instanceof PeerError && UNKNOWN_AFTER.has(error.code)
  const message = `${label} was sent to ${remote}: ${error.message}`
  return lost(unknown ? 'OUTCOME_UNKNOWN' : 'REFUSED', message, error)
}

/** After these it is not known what the peer did. */
const UNKNOWN_AFTER: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'MESSAGE_TORN', 'TIMEOUT'])

/** With one full stop. */
function stop(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

function lost(code: LostCode, message: string, cause: unknown): ConnectionLostError {
  return new ConnectionLostError(code, message, { cause })
}
