// The hub of one process.

import { randomBytes } from 'node:crypto'
import type { Hub, HubEvent, SubscribeOptions } from './event.ts'
import { History } from './history.ts'
import { EventQueue, type QueueTerms } from './queue.ts'
import { subscribeTerms } from './terms.ts'
import { checkPattern, checkTopic, TopicTable } from './topics.ts'

/** Options of a hub, complete. */
export interface HubTerms extends QueueTerms {
  readonly replayEvents: number
  readonly replayTopics: number
}

/** See {@link Hub}. */
export class MemoryHub implements Hub {
  readonly #terms: HubTerms
  readonly #queues = new TopicTable<EventQueue>()
  readonly #history: History
  /** Numbers begin anew in each process: an id of another one must not be taken for one of ours. */
  readonly #epoch = randomBytes(6).toString('base64url').replaceAll('-', '_')
  #number = 0

  constructor(terms: HubTerms) {
    this.#terms = terms
    this.#history = new History(terms.replayEvents, terms.replayTopics)
  }

  publish(topic: string, event: unknown): Promise<string> {
    checkTopic(topic)
    const id = `${this.#epoch}-${++this.#number}`
    const published: HubEvent = { topic, event, id }
    this.#history.add(published)
    this.#queues.forEach(topic, (queue) => queue.push(published))
    return Promise.resolve(id)
  }

  subscribe(topic: string, options: SubscribeOptions = {}): EventQueue {
    const terms = subscribeTerms(this.#terms, options)
    const queue = new EventQueue(checkPattern(topic), terms, (closed) => this.#queues.delete(topic, closed))
    if (options.after !== undefined) this.#replay(queue, options.after)
    this.#queues.add(topic, queue)
    return queue
  }

  #replay(queue: EventQueue, after: string): void {
    const [, epoch, digits] = /^(.*)-(\d{1,15})$/.exec(after) ?? []
    const known = epoch === this.#epoch
    const { events, complete } = this.#history.after(known ? Number(digits) : 0, queue.topic)
    queue.complete = known && complete
    for (const event of events) queue.push(event)
    if (queue.dropped > 0) queue.complete = false
  }

  count(topic: string): number {
    return this.#queues.count(checkTopic(topic))
  }

  counts(): ReadonlyMap<string, number> {
    return this.#queues.counts()
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const queue of this.#queues.all()) queue.close()
  }
}
