// Answers: what a call came to, as a message. Each kind has one shape, so that whoever writes it sees few.

import { PeerError } from '../../src/errors.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import { CODES, type ErrorObject, type Id, type Version } from './wire.ts'

/** A message that answers a call. */
export interface Answer {
  readonly jsonrpc?: '2.0'
  readonly result?: unknown
  readonly error?: ErrorObject | null
  readonly id: Id
}

/** The answer with a result. */
export function resultAnswer(version: Version, id: Id, value: unknown): Answer {
  const result = value === undefined ? null : value
  // Version 1.0 has both members, one of them null (JSON-RPC 1.0, section 1.2).
  return version === '2.0' ? { jsonrpc: '2.0', result, id } : { result, error: null, id }
}

/** The answer with an error; to what is no call, that of version 2.0 with an id of null. */
export function errorAnswer(version: Version, id: Id, error: ErrorObject): Answer {
  return version === '2.0' ? { jsonrpc: '2.0', error, id } : { result: null, error, id }
}

/**
 * Whether a result would be left out of its message: then it would be no answer at all.
 *
 * @example isUnsayable(() => {}) // true
 */
export function isUnsayable(result: unknown): boolean {
  return typeof result === 'function' || typeof result === 'symbol'
}

// ---- errors, in the specification's words -------------------------------------------------------------------------------------

export const PARSE_ERROR: ErrorObject = { code: CODES.parse, message: 'Parse error' }
export const INVALID_REQUEST: ErrorObject = { code: CODES.invalid, message: 'Invalid Request' }
export const METHOD_NOT_FOUND: ErrorObject = { code: CODES.noMethod, message: 'Method not found' }
export const INVALID_PARAMS: ErrorObject = { code: CODES.badParams, message: 'Invalid params' }
export const INTERNAL_ERROR: ErrorObject = { code: CODES.internal, message: 'Internal error' }
export const TOO_MANY_CALLS: ErrorObject = { code: CODES.busy, message: 'too many calls at once' }
export const CLOSING: ErrorObject = { code: CODES.closing, message: 'the server is closing, the call was not begun' }

/** What a method threw, as far as it is for the peer; undefined for what is not: nothing of it is told. */
export function toldError(thrown: unknown): ErrorObject | undefined {
  if (thrown instanceof RpcError) {
    const { message, data } = thrown
    const code = Number.isSafeInteger(thrown.code) ? thrown.code : CODES.internal
    return data === undefined ? { code, message } : { code, message, data }
  }
  if (thrown instanceof PeerError) return { code: CODES.peer, message: thrown.message, data: { code: thrown.code } }
  return undefined
}

/** What the platform throws where a signal has fired. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
