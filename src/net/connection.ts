// A connection as a transport makes it: what pipes see of it.

import type { Awaitable } from '../bag.ts'

/** What the transports put into every bag of a stack. */
export interface Raw {
  /** The connection itself. */
  connection: Connection
  /** What arrives: bytes as they come on a stream, one whole message an item on a message connection. */
  read(): AsyncIterable<Uint8Array>
  /** Sends; resolves when more may come. Text is sent as UTF-8. */
  write(chunk: Uint8Array | string): Awaitable<void>
}

/** A connection as pipes see it. It is finished when its flow ends. */
export interface Connection {
  /** `'stream'`: bytes without borders. `'message'`: every read is one whole message. */
  readonly kind: 'stream' | 'message'
  /** The peer's address, as far as the transport knows it: `tcp://127.0.0.1:40312`. */
  readonly remote: string
  /** Our own address. */
  readonly local: string
  /** Fires when the connection is gone. Made only when asked for. */
  readonly signal: AbortSignal
  /** Sends what is still to be sent, then closes. Resolves when closed. */
  close(): Promise<void>
}
