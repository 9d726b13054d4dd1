// The read side of a connection as an async iterable: csgi's `read`. Back-pressure: the connection is paused while nobody reads.

import { PeerError, UsageError } from '../errors.ts'
import type { DrivenConnection, Sink } from './connection.ts'

/** Bytes to hold before the connection is paused. */
const HIGH_WATER_BYTES = 65_536
/** What holding a chunk costs besides its bytes: a message may be empty. */
const CHUNK_BYTES = 64

type Settle = { resolve: (result: IteratorResult<Uint8Array, undefined>) => void; reject: (error: unknown) => void }

/**
 * Takes a connection's bytes, or its messages, and gives them to one loop after the other: leaving a loop early loses nothing, the next one goes on.
 * Two loops at once are refused (READ_TWICE). A connection that broke throws CONNECTION_CLOSED once all that came is read.
 */
export class ByteReader implements Sink, AsyncIterable<Uint8Array> {
  readonly #connection: DrivenConnection
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #paused = false
  #waiting: Settle | undefined
  #done = false
  #error: Error | undefined

  constructor(connection: DrivenConnection) {
    this.#connection = connection
    connection.take(this)
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#next(), return: () => Promise.resolve({ done: true, value: undefined }) }
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#waiting !== undefined) {
      return Promise.reject(
        new UsageError('READ_TWICE', 'read() is being read by another loop. A connection has one reader at a time.'),
      )
    }
    const chunk = this.#queue.shift()
    if (chunk !== undefined) {
      this.#queued -= chunk.byteLength + CHUNK_BYTES
      if (this.#paused && this.#queued < HIGH_WATER_BYTES) {
        this.#paused = false
        this.#connection.resume()
      }
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#done) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  data(chunk: Uint8Array): void {
    if (this.#done) return
    const waiting = this.#waiting
    if (waiting !== undefined) {
      this.#waiting = undefined
      waiting.resolve({ done: false, value: chunk })
      return
    }
    this.#queue.push(chunk)
    this.#queued += chunk.byteLength + CHUNK_BYTES
    if (this.#queued >= HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true
      this.#connection.pause()
    }
  }

  end(): void {
    this.#finish(undefined)
  }

  drained(): void {}

  /** A listener that closes ends what is read, as if the peer had: loops over messages finish the one they are at. */
  drain(): void {
    this.#finish(undefined)
  }

  closed(error: Error | undefined): void {
    this.#finish(error)
  }

  /** What is no message any more is thrown as it is, once all that came before is read. */
  broken(error: PeerError): void {
    if (!this.#done) this.#error = error
    this.#finish(undefined)
  }

  #finish(cause: Error | undefined): void {
    if (this.#done) return
    this.#done = true
    if (cause !== undefined) {
      const message = `the connection to ${this.#connection.remote} broke: ${cause.message}`
      this.#error = new PeerError('CONNECTION_CLOSED', message, { cause })
    }
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#error === undefined) waiting?.resolve({ done: true, value: undefined })
    else waiting?.reject(this.#error)
  }
}
