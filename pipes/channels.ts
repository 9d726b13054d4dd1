// channels: events go both ways over any connection of values, in channels with a name and a handler each; channels.client() opens them.
//
// The way of an event: channels/serving.ts (which channel?) → channels/inbox.ts (until its handler takes it). Back: channels/event-channel.ts
// (until the peer has room for it) → channels/outbox.ts (each channel in its turn).

import type { Bag, Over } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { PulledChannel, valuesOf } from '../src/messages/pulled-channel.ts'
import type { ValueMarbles } from '../src/messages/values.ts'
import type { Pipe } from '../src/pipe.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { report } from '../src/report.ts'
import type { Channel, ChannelMarbles, EmitOptions } from './channels/channel.ts'
import { ChannelError } from './channels/channel-error.ts'
import type { ChannelHandlers, Channels, OpenOptions } from './channels/channel-types.ts'
import { type ChannelsMarbles, type ClientOptions, client } from './channels/client.ts'
import { Serving, type ServingSettings } from './channels/serving.ts'
import { compileTable } from './channels/table.ts'
import { checkOptions } from './channels/terms.ts'

export type {
  Channel,
  ChannelHandlers,
  ChannelMarbles,
  Channels,
  ChannelsMarbles,
  ClientOptions,
  EmitOptions,
  OpenOptions,
}
export { ChannelError }

declare const GIVEN: unique symbol

/** The bag that a handler is given. No other bag is one: so what a handler says that it needs is looked for in it. */
export type HandlerBag<Above> = Bag<Above> & { readonly [GIVEN]: true }

/** A function that handles a channel, where `Above` stands above it. */
export type ChannelFunction<Above> = {
  // A method, whose parameters may be narrower: a handler says what comes and what it emits, which no table knows.
  handle(channel: Channel, bag: HandlerBag<Above>): unknown
}['handle']

/** A handler, where `Above` stands above it: a function, or a part. */
export type ChannelHandler<Above> =
  | ChannelFunction<NoInfer<Above>>
  // biome-ignore lint/suspicious/noExplicitAny: what a part adds stays in it.
  | (Pipe<NoInfer<Over<Above, ChannelMarbles>>, any> & NoFunction)

/** A function has a name too: without this, each would pass for a pipe. */
interface NoFunction {
  readonly call?: never
}

/** Handlers by the names of their channels. */
export type ChannelTable<Above, Names extends string> = { readonly [Name in Names]: ChannelHandler<Above> }

/** Options of {@link channels}. */
export interface ChannelsOptions {
  /** Most channels of one connection whose handlers run at once, default 256; more are refused. */
  readonly maxChannels?: number
  /** Most events of a channel that wait, each way, default 100: for its handler, and for its peer. */
  readonly maxQueued?: number
}

/** What is looked at in the bag. */
interface Served extends ValueMarbles {
  readonly response?: PsgiResponse
}

/** As {@link channels} is called. */
export type ChannelsPipe = <Needs extends ValueMarbles = ValueMarbles, Names extends string = string>(
  table: ChannelTable<Needs, Names>,
  options?: ChannelsOptions,
) => Pipe<Needs, {}>

/**
 * Serves channels: each that the peer opens has its handler running, until it is closed.
 *
 * A handler is a function `(channel, bag)` or a part of the stack, which runs as a flow of its own with `channel` in its bag. A channel is
 * closed when its handler has ended; one that absorbs goes on until its peer closes it. What a handler throws closes its channel: a
 * `ChannelError` is told to the peer; all else is told as `failed`, and goes to the listener's `onError`.
 *
 * No channel holds up another one. A peer that counts (see the wire) is granted as many events as there is room for. One that does not
 * may be `maxQueued` events ahead of a handler; where that is not enough, the channel is closed, and the handler's loop throws
 * QUEUE_OVERRUN. Likewise where a handler does not wait for emit(), and `maxQueued` events wait for the peer.
 *
 * Needs   `connection`, `read`, `write` of values, both ways and for as long as it lasts: not of http() itself.
 * Adds    for parts, `channel`, and `read` and `write` of its events: see {@link ChannelMarbles}. The rest of the stack is entered once
 *         for each connection.
 * Sends   events; credit; `close` when a handler has ended (`done`) or the listener closes (`going-away`); errors `unknown-channel`,
 *         `too-many-channels`, `overrun`, `failed`, `going-away`, and `bad-message` for what is no message.
 * Fails   UsageError CHANNEL_BAD, OPTION_BAD, when it is built; CONNECTION_BRIEF below http().
 * Place   below json(), or another marshalling pipe.
 * Source  docs/reference/channels-wire.md; csgi.
 *
 * @example
 * await listen('ipc://run/live.sock', stack(line(), json(), channels({
 *   echo: async (channel) => { for await (const event of channel) await channel.emit(event) },
 * })))
 */
export const channels: ChannelsPipe & { readonly client: typeof client } = Object.assign(serve, { client })

function serve(table: object, options: ChannelsOptions = {}): Pipe<ValueMarbles, {}> {
  const { byName, parts } = compileTable(table)
  checkOptions('channels', options, NAMES, NAMES)
  const { maxChannels = 256, maxQueued = 100 } = options
  const settings: ServingSettings = { handlers: byName, maxChannels, maxQueued }
  return {
    name: 'channels',
    needs: ['connection', 'read', 'write'],
    parts,
    partsAdd: ['channel', 'read', 'write'],
    partsApart: true,
    through(bag: Bag<Served>, next, choose) {
      const channel = valuesOf(bag)
      if (channel.response !== undefined) throw tooBrief()
      const { connection } = bag
      const serving = new Serving({
        channel,
        connection,
        bag,
        settings,
        choose,
        report: (error) => report(bag, error),
      })
      // Nobody but the flow's signal tells when one that is read in a loop is gone.
      if (channel instanceof PulledChannel) serving.watch(bag.signal)
      return serving.run(() => next({}))
    },
  }
}

const NAMES: readonly string[] = ['maxChannels', 'maxQueued'] satisfies (keyof ChannelsOptions)[]

function tooBrief(): UsageError {
  return new UsageError(
    'CONNECTION_BRIEF',
    'channels() needs a connection that stays open, but http() gives one message each way. Put a pipe between them that keeps it open.',
    { pipe: 'channels' },
  )
}
