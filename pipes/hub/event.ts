// What a hub gives its subscribers.

/** An event that was published. */
export interface HubEvent<Event = unknown> {
  readonly topic: string
  readonly event: Event
  /** Where it stands among the hub's events: what a subscriber that comes back tells as the last that it has. */
  readonly id: string
}

/** What becomes of a subscriber that does not take its events as fast as they come. */
export type SlowPolicy = 'drop-oldest' | 'drop-newest' | 'disconnect'

/** Options of {@link Hub.subscribe}. */
export interface SubscribeOptions {
  /** The id of the last event that the subscriber has: what is kept of those behind it comes first. */
  readonly after?: string | undefined
  /** Most events that wait for the subscriber, default that of the hub. */
  readonly maxQueued?: number | undefined
  /** What happens to one event more, default that of the hub. */
  readonly slow?: SlowPolicy | undefined
}

/** What one subscriber hears: to be read by one loop, which ends when it is closed. Leaving the loop closes it. */
export interface Subscription<Event = unknown> extends AsyncIterable<HubEvent<Event>>, Disposable {
  /** The topic or pattern that was subscribed to. */
  readonly topic: string
  /** False where events behind `after` were not kept any more: whoever needs them all starts anew. */
  readonly complete: boolean
  /** How many events were dropped, since the subscriber was too slow. */
  readonly dropped: number
  /** How many events wait. */
  readonly queued: number
  /** Ends it: nothing more is queued, and the loop ends behind what waits. */
  close(): void
}

/** Who is subscribed to what. */
export interface Hub<Event = unknown> {
  /**
   * Gives an event to all who subscribed to its topic.
   *
   * @param topic words divided by dots: `'chat.42'`
   * @returns the event's id
   * @throws UsageError TOPIC_BAD
   */
  publish(topic: string, event: Event): Promise<string>
  /**
   * Subscribes to a topic, or to a pattern: `*` stands for one word, `>` at the end for one or more.
   *
   * @throws UsageError TOPIC_BAD, OPTION_BAD
   * @example for await (const { event } of hub.subscribe('chat.*')) await channel.emit(event)
   */
  subscribe(topic: string, options?: SubscribeOptions): Subscription<Event>
  /** How many subscribers hear of a topic. In a hub of several machines: on this one. */
  count(topic: string): number
  /** How many subscribers each topic and pattern has. In a hub of several machines: on this one. */
  counts(): ReadonlyMap<string, number>
}
