// Events that go to many: an event object that is emitted under an id is encoded once, however many channels it is emitted on.

import { SharedValue } from '../../src/messages/shared-value.ts'
import { eventMessage } from './wire.ts'

interface Kept {
  readonly channel: string
  readonly id: string
  readonly message: SharedValue
}

/** By the event, which is held by whoever published it. */
const kept = new WeakMap<object, Kept>()

/** The message of an event that has an id; undefined for what is no object: it cannot be told from another one that is equal. */
export function sharedEvent(channel: string, event: unknown, id: string): SharedValue | undefined {
  if (typeof event !== 'object' || event === null) return undefined
  const found = kept.get(event)
  if (found !== undefined && found.id === id && found.channel === channel) return found.message
  const message = new SharedValue(eventMessage(channel, event, id))
  kept.set(event, { channel, id, message })
  return message
}
