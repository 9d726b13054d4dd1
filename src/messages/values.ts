// Values in place of messages: what marshalling pipes make of a connection, and what RPC and channels drive it by.

import type { Awaitable } from '../bag.ts'
import type { PeerError } from '../errors.ts'
import type { Connection, Posting, Raw } from '../net/connection.ts'
import type { PsgiResponse } from '../psgi/response.ts'
import type { SharedValue } from './shared-value.ts'

/** What a marshalling pipe such as json() puts into the bag. */
export interface Values {
  /** The values that arrive, one for each message. */
  read(): AsyncIterable<unknown>
  /** Sends a value as one message; resolves when more may come. A property: as a method, the `write` of bytes would pass for it. */
  write: (value: unknown) => Awaitable<void>
}

/** What pipes need that read and write values. */
export interface ValueMarbles extends Values {
  connection: Connection
}

/** Who takes the values as they come, without a promise for each. */
export interface ValueSink {
  /** A message arrived and was understood. */
  value(value: unknown): void
  /** A message arrived that is none. Where nothing can follow it (its end cannot be told), `end` is next. */
  bad(error: PeerError): void
  /**
   * No more will come. Something may still be sent.
   *
   * @param error where what came could not be cut into messages any more: `bad` was told of it
   */
  end(error?: PeerError): void
  /** More may be sent. */
  drained(): void
  /** The connection is gone, for the given reason if it broke. Nothing is called after this. */
  closed(error: Error | undefined): void
  /** The listener wants to close: finish what is under way, begin nothing new. */
  drain(): void
}

/** Where values come from and go to. A marshalling pipe makes one for each connection, and for each request of http(). */
export interface ValueChannel extends Values {
  /** Gives all that arrives to `sink`, in place of `read()`. */
  take(sink: ValueSink): void
  /**
   * Sends a value as one message. False: no more, please, until `sink.drained()`.
   *
   * @throws UsageError WRITE_VALUE for what the format cannot carry; nothing is sent then
   */
  send(value: unknown, posting?: Posting): boolean
  /** Sends what many are sent, encoded once for all. Not there where nothing is encoded. */
  sendShared?(message: SharedValue): boolean
  /** Throws what send() would throw, and sends nothing. Not there where that is not known. */
  check?(value: unknown): void
  pause(): void
  resume(): void
  /** What came with the message, where each travels by itself (HTTP, AMQP, NATS): names in lower case. */
  readonly headers: Readonly<Record<string, string>> | undefined
  /** Whether a message may come twice: see {@link DrivenConnection.repeats}. */
  readonly repeats?: boolean | undefined
  /**
   * The response, where one message comes and at most one goes, as on http(). Whoever answers nothing or a refusal sets its
   * status; the Content-Type is the marshalling pipe's.
   */
  readonly response: PsgiResponse | undefined
  /** There too: writes to the body of the response, past the format, for whoever answers by a stream of events. */
  readonly writeBody?: Raw['write'] | undefined
}

const CHANNEL: unique symbol = Symbol('pipestack.values')
type ChannelRead = Values['read'] & { [CHANNEL]?: ValueChannel }

/** Lets {@link valuesOf} find a channel by its `read`. */
export function markRead(read: Values['read'], channel: ValueChannel): Values['read'] {
  return Object.assign(read, { [CHANNEL]: channel })
}

/** The channel in a bag, if a pipe may drive it: nobody has laid another `read` or `write` over its own. */
export function drivenValues(bag: Values): ValueChannel | undefined {
  const channel = (bag.read as ChannelRead)[CHANNEL]
  return channel !== undefined && channel.read === bag.read && channel.write === bag.write ? channel : undefined
}
