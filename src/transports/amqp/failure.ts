// What went wrong with a broker, in one line that names the address without its password.

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
  if (!(cause instanceof Error)) return 'the broker closed it'
  const { message } = cause
  const code = 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED' || /ECONNREFUSED/.test(message)) return 'nobody listens there'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host'
  if (message === 'connect ETIMEDOUT') return 'nobody answers there'
  const words = quote(brokerWords(message))
  if (/ACCESS.REFUSED/.test(message)) {
    return /Login was refused|Handshake/i.test(message)
      ? `the broker refuses the password of user ${quote(place.user)}, or knows no such user`
      : `user ${quote(place.user)} may not do that: ${words}`
  }
  // amqplib does not say what the broker said.
  if (/NOT.ALLOWED|ConnectionOpenOk; got <ConnectionClose/.test(message)) {
    return `there is no virtual host ${quote(place.vhost)}, or user ${quote(place.user)} may not use it`
  }
  if (/PRECONDITION.FAILED/.test(message) && /inequivalent/.test(message)) {
    const queue = /queue '((?:[^']|'(?! in vhost))*)' in vhost/.exec(message)?.[1] ?? place.queue
    const argument = /inequivalent arg '([^']+)'/.exec(message)?.[1] ?? ''
    return `queue ${quote(queue)} is declared otherwise (${argument}). Delete it, or take it as it is: declare=0`
  }
  if (/NOT.FOUND/.test(message)) return `a queue is missing, and declare=0 says not to declare it: ${words}`
  if (/RESOURCE.LOCKED/.test(message)) return `queue ${quote(place.queue)} belongs to another connection alone`
  return brokerWords(message)
}

/** amqplib puts the broker's own words into quotes at the end. */
function brokerWords(message: string): string {
  return /with message "(.*)"$/s.exec(message)?.[1] ?? message
}
