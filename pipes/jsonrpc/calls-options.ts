// What the table of pending calls is made with.

import type { Dialect } from './wire.ts'

/** See above. */
export interface CallsOptions {
  /** Whom it calls, for messages. */
  readonly remote?: string
  /** Most messages that wait to be sent. */
  readonly maxQueued: number
  /** Most calls that wait for their answers; further ones wait to be sent. */
  readonly maxInFlight: number
  readonly dialect: Dialect
  /** Whether a stream whose reader is behind holds the peer back: not where the peer makes calls of its own. */
  readonly paces?: boolean
  /** Whether values of streams have no way back. */
  streamless?(): boolean
  /** Whether a lost connection is followed by another one: asked when it is lost. */
  follows(): boolean
  /** Takes what a peer does wrong and no call can be told. */
  report(error: unknown): void
}
