// What a hub and a subscription may be told, checked.

import { UsageError } from '../../src/errors.ts'
import type { SlowPolicy, SubscribeOptions } from './event.ts'
import type { HubTerms } from './memory.ts'
import type { QueueTerms } from './queue.ts'

/** Options of {@link hub}. */
export interface HubOptions {
  /** Most events of a topic that are kept for those who come back, default 100; 0 keeps none. */
  readonly replayEvents?: number
  /** Most topics whose events are kept, default 1_000; those that were used last. */
  readonly replayTopics?: number
  /** Most events that wait for a subscriber, default 1_000. */
  readonly maxQueued?: number
  /** What happens to one event more: the oldest that waits is dropped (the default), or the newest, or the subscriber is cut off. */
  readonly slow?: SlowPolicy
}

const DEFAULTS: HubTerms = { replayEvents: 100, replayTopics: 1_000, maxQueued: 1_000, slow: 'drop-oldest' }
const POLICIES: readonly string[] = ['drop-oldest', 'drop-newest', 'disconnect'] satisfies SlowPolicy[]

/** The options of a hub, complete. */
export function hubTerms(options: HubOptions): HubTerms {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      const known = Object.keys(DEFAULTS).join(', ')
      throw bad(`hub() has no option ${JSON.stringify(name)}. There are: ${known}.`)
    }
  }
  const { replayEvents, replayTopics, maxQueued, slow } = DEFAULTS
  const terms = {
    replayEvents: options.replayEvents ?? replayEvents,
    replayTopics: options.replayTopics ?? replayTopics,
    maxQueued: options.maxQueued ?? maxQueued,
    slow: options.slow ?? slow,
  }
  count('replayEvents', terms.replayEvents, 0)
  count('replayTopics', terms.replayTopics, 0)
  checkQueue(terms)
  return terms
}

/** The terms of one subscription. */
export function subscribeTerms(terms: QueueTerms, { maxQueued, slow }: SubscribeOptions): QueueTerms {
  if (maxQueued === undefined && slow === undefined) return terms
  const own = { maxQueued: maxQueued ?? terms.maxQueued, slow: slow ?? terms.slow }
  checkQueue(own)
  return own
}

function checkQueue({ maxQueued, slow }: QueueTerms): void {
  count('maxQueued', maxQueued, 1)
  if (!POLICIES.includes(slow)) throw bad(`slow is ${POLICIES.join(', ')}; not ${JSON.stringify(slow)}.`)
}

function count(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw bad(`hub() takes a whole number from ${least} as ${name}, not ${String(value)}.`)
}

function bad(message: string): UsageError {
  return new UsageError('OPTION_BAD', message, { pipe: 'hub' })
}
