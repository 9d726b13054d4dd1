// What waits for one subscriber.

import { PeerError, UsageError } from '../../src/errors.ts'
import type { HubEvent, SlowPolicy, Subscription } from './event.ts'

/** Limits of a subscriber's queue. */
export interface QueueTerms {
  readonly maxQueued: number
  readonly slow: SlowPolicy
}

interface Reading {
  resolve(result: IteratorResult<HubEvent, undefined>): void
  reject(error: unknown): void
}

/** See {@link Subscription}. */
export class EventQueue implements Subscription {
  readonly topic: string
  dropped = 0
  complete = true
  readonly #terms: QueueTerms
  readonly #onClose: (queue: EventQueue) => void
  #events: HubEvent[] = []
  /** Where the first event stands: taking from the front of a long array is slow. */
  #first = 0
  #reading: Reading | undefined
  #closed = false
  #error: unknown

  constructor(topic: string, terms: QueueTerms, onClose: (queue: EventQueue) => void) {
    this.topic = topic
    this.#terms = terms
    this.#onClose = onClose
  }

  get queued(): number {
    return this.#events.length - this.#first
  }

  /** An event for the subscriber. */
  push(event: HubEvent): void {
    if (this.#closed) return
    const reading = this.#reading
    if (reading !== undefined) {
      this.#reading = undefined
      reading.resolve({ done: false, value: event })
      return
    }
    if (this.queued < this.#terms.maxQueued) {
      this.#events.push(event)
      return
    }
    this.dropped++
    if (this.#terms.slow === 'drop-newest') return
    if (this.#terms.slow === 'drop-oldest') {
      this.#take()
      this.#events.push(event)
      return
    }
    const message = `${this.#terms.maxQueued} events of ${this.topic} waited for a subscriber that did not take them`
    this.#error = new PeerError('QUEUE_OVERRUN', message, { pipe: 'hub' })
    this.#events = []
    this.#first = 0
    this.close()
  }

  #take(): HubEvent | undefined {
    const event = this.#events[this.#first]
    if (event === undefined) return undefined
    this.#first++
    if (this.#first > 64 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first)
      this.#first = 0
    }
    return event
  }

  #next(): Promise<IteratorResult<HubEvent, undefined>> {
    if (this.#reading !== undefined) {
      return Promise.reject(
        new UsageError('READ_TWICE', 'a subscription is being read by another loop.', { pipe: 'hub' }),
      )
    }
    const event = this.#take()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject }
    })
  }

  [Symbol.asyncIterator](): AsyncIterator<HubEvent, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.close()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }

  /** Ends it for the reason given: whoever reads is told. */
  fail(error: unknown): void {
    this.#error ??= error
    this.close()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClose(this)
    const reading = this.#reading
    this.#reading = undefined
    if (this.#error !== undefined) reading?.reject(this.#error)
    else reading?.resolve({ done: true, value: undefined })
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
