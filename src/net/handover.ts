// A connection that is given away to another protocol: WebSocket takes over what HTTP began (RFC 9110 §7.8).

import type { Duplex } from 'node:stream'
import type { DrivenConnection, Sink } from './connection.ts'

/** A connection that is given away. */
export interface Handover {
  /** Its addresses, its signal, its end. It is not read and written any more. */
  readonly connection: DrivenConnection
  /** What it runs on, for the next protocol alone. Paused. */
  readonly stream: Duplex
  /** Calls `drain` when the listener wants to close, or wants it already. */
  onDrain(drain: () => void): void
}

/**
 * Gives away the connection that the caller has taken. Everything that was sent must have left it.
 *
 * @param closed called when it is gone, for the given reason if it broke
 * @returns undefined where it does not run on a stream of Node's, which may go on as it is then
 */
export function handOver(
  connection: DrivenConnection,
  closed: (error: Error | undefined) => void = () => {},
): Handover | undefined {
  const stream = connection.detach(undefined)
  if (stream === undefined) return undefined
  const given = new GivenAway(connection, stream, closed)
  connection.take(given)
  return given
}

class GivenAway implements Handover, Sink {
  readonly connection: DrivenConnection
  readonly stream: Duplex
  readonly closed: (error: Error | undefined) => void
  #drain: () => void = () => {}

  constructor(connection: DrivenConnection, stream: Duplex, closed: (error: Error | undefined) => void) {
    this.connection = connection
    this.stream = stream
    this.closed = closed
  }

  onDrain(drain: () => void): void {
    this.#drain = drain
    if (this.connection.draining) drain()
  }

  // The other protocol reads the stream by itself.
  data(): void {}
  end(): void {}
  drained(): void {}

  drain(): void {
    this.#drain()
  }
}
