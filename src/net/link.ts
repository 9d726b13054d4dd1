// What a client's pipes share over the connections of one connect(): the first, those that follow it, those beside it.

import type { DrivenConnection } from './connection.ts'

/** Stands at `connection.link`, on every connection that one connect() makes. */
export interface Link {
  /** The address as it was given: what is dialled, and what a Host field names. */
  readonly address?: string | undefined
  /** Set by a pipe that makes its connections itself, by dial(): the loss of one, even of the first, is not the end of its flow. */
  pooled?: boolean | undefined
  /** Whether a lost connection is followed by another one. */
  readonly reconnects: boolean
  /** Whether connect() is over: disposed of, or given up. Nothing will follow. */
  readonly over: boolean
  /** What `make` gave when it was first called with this key: a pipe's state that outlives the connection. */
  keep<Kept>(key: object, make: () => Kept): Kept
  /** Makes one more connection to the same address, for a pipe that needs several. Whoever asks closes it. */
  dial(): Promise<DrivenConnection>
}
