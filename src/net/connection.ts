// A connection as a transport makes it: what pipes see of it, and what server pipes drive it by.

import type { Duplex } from 'node:stream'
import type { Awaitable } from '../bag.ts'
import type { PeerError } from '../errors.ts'
import type { Link } from './link.ts'

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
  /** What came with the message, where each is a connection of its own (AMQP, NATS): names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Fires when the connection is gone. Made only when asked for. */
  readonly signal: AbortSignal
  /** Sends what is still to be sent, then closes. Resolves when closed. */
  close(): Promise<void>
}

/** What may accompany a message where it travels by itself: on HTTP, AMQP, NATS. Streams have no place for it. */
export interface Posting {
  /** Header fields, names in lower case: the deadline, the trace context, the idempotency key. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Called where the message is known not to be answered: nobody took it, or the answer was a refusal. At most once. */
  readonly failed?: ((error: Error) => void) | undefined
  /** Called where nothing more can come in answer to it, and it has not failed. At most once, and never beside `failed`. */
  readonly over?: (() => void) | undefined
  /** Asked before it leaves, where it had to wait. False withdraws it: it is not sent, and nothing above is called. */
  readonly wanted?: (() => boolean) | undefined
  /** Set by the connection that it is given to, where that can give it up. */
  carrier?: Carrier | undefined
}

/** Who carries a message, and waits for its answer. */
export interface Carrier {
  /**
   * Gives up a message that is not `wanted` any more: nothing of its posting is called after it. True: it is never sent, or the
   * connection that waits for its answer is cut, by which the peer can tell. False: that cannot be.
   */
  withdraw(posting: Posting): boolean
}

/** Who takes a connection's bytes as they come, without a promise for each chunk. On a message connection: whole messages. */
export interface Sink {
  /** Bytes arrived: on a message connection one whole message. They may be kept. */
  data(chunk: Uint8Array): void
  /** Where it is there, called in place of `data` for a message that is known to be valid UTF-8. */
  text?(message: string): void
  /**
   * What arrives can no longer be understood, and no more of it will come; something may still be sent. Where this is not
   * there, the connection is cut.
   */
  broken?(error: PeerError): void
  /** A message that was sent without `posting.failed` is known not to be answered. Where this is not there, that is reported. */
  failed?(error: Error): void
  /** The peer sends no more. It may still read. */
  end(): void
  /** More may be sent. */
  drained(): void
  /** The connection is gone, for the given reason if it broke. Nothing is called after this. */
  closed(error: Error | undefined): void
  /** The listener wants to close: finish what is under way, begin nothing new. */
  drain(): void
}

/** A connection as transports make it and server pipes drive it. */
export interface DrivenConnection extends Connection, Raw {
  /** Gives all that arrives to `sink`, in place of `read()`. */
  take(sink: Sink): void
  /**
   * Sends; on a message connection one whole message. False: no more, please, until `sink.drained()`. Text goes out as Latin-1,
   * on a message connection as UTF-8.
   */
  send(data: Uint8Array | string, posting?: Posting): boolean
  /** Bytes given to `send` that have not left yet. */
  readonly unsent: number
  /** Whether a buffer given to `send` may be used again once `unsent` is 0; else it belongs to the stream for good. */
  readonly copies: boolean
  /** What messages are, where each travels by itself: `application/json`. Set by the marshalling pipe on a message connection. */
  contentType?: string | undefined
  /** Whether a message may come twice: at brokers, which deliver again what was not acknowledged. */
  readonly repeats?: boolean | undefined
  /** At connect(): what outlives this connection. */
  link?: Link | undefined
  /** Called where the peer has ended its side and all that it sent is taken; again and again. For connect(). */
  onPeerEnd?: (() => void) | undefined
  /**
   * At listen(), called in place of close() where it is there: how the flow has ended, with undefined for well. For messages that are
   * acknowledged, or given back (AMQP, JetStream).
   */
  settle?(error: unknown): Promise<void>
  /** Whether it is encrypted. */
  readonly secure: boolean
  /** The application protocol agreed on by ALPN (RFC 7301), if any: `h2`. */
  readonly protocol: string | undefined
  /** Whether the peer has ended its side. */
  readonly ended: boolean
  /** Whether the listener wants to close. */
  readonly draining: boolean
  /** Holds what is sent until uncork(), so that it leaves together. */
  cork(): void
  uncork(): void
  pause(): void
  resume(): void
  /** The peer is taken to be gone, although bytes may still reach it: fires `signal`. */
  hangUp(): void
  /**
   * Hands the stream out that the connection runs on, for a protocol of Node's own; `unread` is given back to it. Nothing is
   * told to the sink any more but `closed` and `drain`. Undefined where there is no such stream.
   */
  detach(unread: Uint8Array | undefined): Duplex | undefined
  /** Resolves when everything given to `send` has left, or the connection is gone. */
  sent(): Promise<void>
  /** Cuts the connection so that the peer sees an error in any case, where the transport can do that. */
  reset(): void
  /** Cuts the connection; what was not sent is lost. */
  destroy(error?: Error): void
  /** The listener wants to close. */
  drain(): void
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>
}

interface OwnWire {
  readonly read: unknown
  readonly write: unknown
}

/** The connection in a bag, if a pipe may drive it: nobody has laid another `read` or `write` over its own. */
export function drivenConnection(bag: Pick<Raw, 'connection'> & OwnWire): DrivenConnection | undefined {
  const connection = bag.connection as Partial<DrivenConnection>
  if (typeof connection.take !== 'function') return undefined
  return bag.read === connection.read && bag.write === connection.write ? (connection as DrivenConnection) : undefined
}
