// hub: who is subscribed to what.

import type { Pipe } from '../src/pipe.ts'
import type { Hub } from './hub/event.ts'
import { MemoryHub } from './hub/memory.ts'
import { type HubOptions, hubTerms } from './hub/terms.ts'

export type { Hub, HubEvent, SlowPolicy, SubscribeOptions, Subscription } from './hub/event.ts'
export type { HubOptions }

/** What hub() puts into the bag. */
export interface HubMarbles<Event = unknown> {
  /** The hub: the same for all flows. */
  hub: Hub<Event>
}

/**
 * Publishes events to whoever subscribed to their topics, in this process. The pipe is the hub itself: code outside of flows
 * publishes by it too.
 *
 * Adds    `hub`: see {@link Hub}.
 * Fails   UsageError TOPIC_BAD for what is no topic. A subscriber that does not take its events meets `slow`: with `'disconnect'`, its
 *         loop throws PeerError QUEUE_OVERRUN.
 * Place   anywhere above whoever publishes or subscribes.
 *
 * @example
 * const events = hub<{ text: string }>()
 * stack(http(), events, router({
 *   'POST /say': async ({ hub, environ }) => { await hub.publish('log', await environ['wsgi.input'].json()) },
 *   '/log': part(sse(), json(), async ({ hub, write }) => { for await (const { event } of hub.subscribe('log')) await write(event) }),
 * }))
 * await events.publish('log', { text: 'started' })
 */
export function hub<Event = unknown>(options: HubOptions = {}): Pipe<{}, HubMarbles<Event>> & Hub<Event> {
  const memory = new MemoryHub(hubTerms(options))
  const itself: Pipe<{}, HubMarbles> & Hub = {
    name: 'hub',
    enter: () => itself,
    publish: (topic, event) => memory.publish(topic, event),
    subscribe: (topic, options) => memory.subscribe(topic, options),
    count: (topic) => memory.count(topic),
    counts: () => memory.counts(),
  }
  // In memory an event comes out as it went in.
  return itself as unknown as Pipe<{}, HubMarbles<Event>> & Hub<Event>
}
