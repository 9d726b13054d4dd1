// What was published lately, for those who come back: bounded by events for each topic, and by topics.

import type { HubEvent } from './event.ts'
import { matches } from './topics.ts'

interface Kept {
  readonly topic: string
  readonly events: HubEvent[]
  /** The number of the newest event of the topic that is not kept any more; 0: all are. */
  lost: number
}

/** The newest events of the topics that were used last. */
export class History {
  readonly #mostEvents: number
  readonly #mostTopics: number
  /** The topic that was used last is the last. */
  readonly #kept = new Map<string, Kept>()
  /** The number of the newest event of all topics that are not kept any more. */
  #lost = 0

  constructor(mostEvents: number, mostTopics: number) {
    this.#mostEvents = mostEvents
    this.#mostTopics = mostTopics
  }

  add(event: HubEvent): void {
    const { topic } = event
    const kept = this.#kept.get(topic) ?? { topic, events: [], lost: 0 }
    this.#kept.delete(topic)
    this.#kept.set(topic, kept)
    kept.events.push(event)
    if (kept.events.length > this.#mostEvents) kept.lost = numberOf(kept.events.shift() ?? event)
    if (this.#kept.size <= this.#mostTopics) return
    for (const oldest of this.#kept.values()) {
      this.#kept.delete(oldest.topic)
      this.#lost = Math.max(this.#lost, oldest.lost, ...oldest.events.slice(-1).map(numberOf))
      return
    }
  }

  /** What was published after the event `number`, in order; and whether that is all of it. */
  after(number: number, pattern: string): { readonly events: readonly HubEvent[]; readonly complete: boolean } {
    const kept = [...this.#kept.values()].filter(({ topic }) => matches(pattern, topic))
    const events = kept.flatMap((each) => each.events.filter((event) => numberOf(event) > number))
    events.sort((a, b) => numberOf(a) - numberOf(b))
    return { events, complete: this.#lost <= number && kept.every(({ lost }) => lost <= number) }
  }
}

/** The number of an event: its id is `epoch-number`. */
export function numberOf({ id }: HubEvent): number {
  return Number(id.slice(id.lastIndexOf('-') + 1))
}
