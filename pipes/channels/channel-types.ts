// What the compiler knows of channels: which there are, and what goes in and out of each. It comes from an interface, or from the type
// of the table that the peer serves.

import type { Bag } from '../../src/bag.ts'
import type { Channel } from './channel.ts'

/** What is taken for granted of a peer whose channels are not known. */
export interface UnknownChannels {
  readonly [name: string]: { readonly in: unknown; readonly out: unknown }
}

/** The names of the channels. */
export type ChannelName<Table> = keyof Table & string

/** What the server takes in, where `Entry` is `{ in, out }`, or a handler that says so; a part says nothing of that. */
export type InOf<Entry> = Entry extends (channel: infer Held, ...rest: never) => unknown
  ? Held extends Channel<infer In, never>
    ? In
    : unknown
  : Entry extends { readonly in: infer In }
    ? In
    : Entry extends { readonly out: unknown }
      ? never
      : unknown

/** What the server gives out. */
export type OutOf<Entry> = Entry extends (channel: infer Held, ...rest: never) => unknown
  ? Held extends { emit(event: infer Out, ...rest: never): unknown }
    ? Out
    : unknown
  : Entry extends { readonly out: infer Out }
    ? Out
    : Entry extends { readonly in: unknown }
      ? never
      : unknown

/**
 * Handlers for the channels of an interface. `Needs` are the marbles that they take from the bag.
 *
 * @example const live: ChannelHandlers<{ ping: { in: number; out: string } }> = { ping: (channel) => … }
 */
export type ChannelHandlers<Table, Needs = {}> = {
  readonly [Name in ChannelName<Table>]: (
    channel: Channel<InOf<Table[Name]>, OutOf<Table[Name]>>,
    bag: Bag<Needs>,
  ) => unknown
}

/** Options of {@link Channels.open}. */
export interface OpenOptions {
  /** The id of the last event that you have: the server is told, and may go on behind it. */
  readonly after?: string | undefined
}

/** The channels of a peer. */
export interface Channels<Table = UnknownChannels> {
  /**
   * Opens a channel. What is emitted waits until the peer has opened it too; what it says no to is thrown by the loop and told to
   * `onClose`, as a `ChannelError`. With `reconnect` it is opened again on each connection, behind the last event that came.
   *
   * @throws UsageError CHANNEL_BAD for a name that is none or is open already; ConnectionLostError NOT_SENT where it is all over
   */
  open<Name extends ChannelName<Table>>(
    name: Name,
    options?: OpenOptions,
  ): Channel<OutOf<Table[Name]>, InOf<Table[Name]>>
}
