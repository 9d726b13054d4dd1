// How a peer is told that nobody waits for a call any more.

import { Note, type OutgoingHome, type PendingCall } from './outgoing.ts'
import { CANCEL_TERMS } from './terms.ts'

/**
 * What cancels a call that was sent and is settled; undefined where nothing has to be said: the call had a connection to itself, which
 * was cut.
 */
export function cancellation(home: OutgoingHome, call: PendingCall): Note | undefined {
  const message = call.batch ?? call
  const { cancel, cutCancels } = home.dialect
  const isCut = message.carrier !== undefined && !message.wanted() && message.carrier.withdraw(message)
  if (isCut && cutCancels) return undefined
  return new Note(home, CANCEL_TERMS, cancel.method, { [cancel.id]: call.id })
}
