// What arrives, as an async iterable with back-pressure: the queue between a connection that gives and loops that read.

import { PeerError, UsageError } from '../errors.ts'

/** What may wait before the connection is paused. */
const HIGH_WATER_BYTES = 65_536
/** What holding an item costs besides its bytes: a message may be empty. */
const ITEM_BYTES = 64

/** What can be asked to wait. */
export interface Pausable {
  pause(): void
  resume(): void
}

type Settle<Item> = { resolve: (result: IteratorResult<Item, undefined>) => void; reject: (error: unknown) => void }

/**
 * Holds items, and gives them to one loop after the other: leaving a loop early loses nothing, the next one goes on. Two loops at
 * once are refused (READ_TWICE). Pauses the connection while more than 64 KiB wait.
 */
export class ItemReader<Item> implements AsyncIterable<Item> {
  readonly #source: Pausable
  readonly #queue: { readonly item: Item; readonly bytes: number }[] = []
  #queued = 0
  #paused = false
  #waiting: Settle<Item> | undefined
  #done = false
  #error: unknown

  constructor(source: Pausable) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) }
  }

  #next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#waiting !== undefined) {
      return Promise.reject(
        new UsageError('READ_TWICE', 'read() is being read by another loop. A connection has one reader at a time.'),
      )
    }
    const first = this.#queue.shift()
    if (first !== undefined) {
      this.#queued -= first.bytes
      if (this.#paused && this.#queued < HIGH_WATER_BYTES) {
        this.#paused = false
        this.#source.resume()
      }
      return Promise.resolve({ done: false, value: first.item })
    }
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#done) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** An item arrived. After the end it is thrown away. */
  protected push(item: Item, bytes: number): void {
    if (this.#done) return
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      waiting.resolve({ done: false, value: item })
      return
    }
    const held = { item, bytes: bytes + ITEM_BYTES }
    this.#queue.push(held)
    this.#queued += held.bytes
    if (this.#queued >= HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
  }

  /** No more comes; with an error, that is thrown once all that came before is read, again and again. */
  protected finish(error?: unknown): void {
    if (this.#done) return
    this.#done = true
    this.#error = error
    const waiting = this.#waiting
    this.#waiting = undefined
    if (error === undefined) waiting?.resolve({ done: true, value: undefined })
    else waiting?.reject(error)
  }
}

/** What a reader throws whose connection broke. */
export function brokeError(remote: string, cause: Error): PeerError {
  return new PeerError('CONNECTION_CLOSED', `the connection to ${remote} broke: ${cause.message}`, { cause })
}
