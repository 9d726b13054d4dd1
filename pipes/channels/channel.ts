// A channel as whoever holds it sees it: the same verbs on both sides.

import type { Awaitable } from '../../src/bag.ts'

/** Options of {@link Channel.emit}. */
export interface EmitOptions {
  /**
   * What the event is called, 1 to 255 characters: a peer that comes back says the last one that it has. An object that is emitted again
   * under the same id, on any connection, is the same event: it is not looked at again. So many can be sent it for the price of one.
   */
  readonly id?: string | undefined
}

/** One channel of a connection: events go both ways, each way in order. */
export interface Channel<In = unknown, Out = unknown> extends AsyncIterable<In>, Disposable {
  readonly name: string
  /** For a handler, the id of the last event that its peer has, where it says so; for a client, of the last one that came. */
  readonly after: string | undefined
  /** Fires when nothing goes out any more: the channel is closed, by whomever, or the connection is gone. Made when asked for. */
  readonly signal: AbortSignal
  /**
   * Sends an event. Where there is nothing to wait for, gives undefined; else what resolves when it was sent, and rejects with a
   * ConnectionLostError NOT_SENT when it never will be. Nobody has to wait; whoever does sends no more than the peer takes. Keep
   * the event as it is until then.
   *
   * @throws UsageError WRITE_VALUE, OPTION_BAD
   */
  emit(event: Out, options?: EmitOptions): Awaitable<void>
  /**
   * Gives every event to `callback`, in place of a loop: one after the other, if it returns promises. What it throws ends the
   * channel as if the handler had thrown it.
   *
   * @returns what resolves when no more comes and all are taken. Nobody has to wait
   * @throws UsageError READ_TWICE
   */
  absorb(callback: (event: In) => unknown): Promise<void>
  /** Calls back when it is closed, with the error if it was closed by one; at once, if it is closed already. */
  onClose(callback: (error: Error | undefined) => unknown): void
  /** Closes it, once what was emitted is sent. Events that came and are not read are thrown away. */
  close(): void
  /** Closes the connection with all its channels. With `reconnect`, a client makes another one. */
  disconnect(): void
}

/** What a part finds in its bag, besides what stands above channels(). */
export interface ChannelMarbles<In = unknown, Out = unknown> {
  /** The channel that was opened. */
  channel: Channel<In, Out>
  /** The events that come, as a loop over the channel gives them. */
  read(): AsyncIterable<In>
  /** Emits an event. A step may return it instead. */
  write(event: Out): Awaitable<void>
}
