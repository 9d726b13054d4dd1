// What went wrong with a server of NATS, in one line that names the address without its password.

import { PeerError, quote, UsageError } from '../../errors.ts'
import type { Place } from './place.ts'

/** Why an address cannot be used. */
export function unusable(place: Place, verb: 'listen on' | 'connect to', cause: unknown): unknown {
  if (cause instanceof UsageError) return cause
  const message = `cannot ${verb} ${place.address.text}: ${reasonOf(place, cause)}.`
  return new UsageError('ADDRESS_UNREACHABLE', message, { cause })
}

/** What a connection is told that is lost. */
export function lostError(place: Place, cause: unknown): PeerError {
  const message = `the connection to ${place.shown} is lost: ${reasonOf(place, cause)}`
  return new PeerError('CONNECTION_CLOSED', message, { status: 502, cause })
}

function reasonOf(place: Place, cause: unknown): string {
  if (!(cause instanceof Error)) return 'the server closed it'
  const text = messages(cause)
  if (/ECONNREFUSED|connection refused/i.test(text)) return 'nobody listens there'
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'no such host'
  if (/timeout/i.test(text)) return 'nobody answers there'
  if (/authorization violation|authentication/i.test(text)) {
    return place.user === undefined
      ? 'the server wants a user and a password, or a token'
      : `the server refuses the password of user ${quote(place.user)}, or knows no such user`
  }
  return cause.message
}

function messages(error: Error): string {
  return error.cause instanceof Error ? `${error.message} ${messages(error.cause)}` : error.message
}
