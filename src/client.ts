// pipestack/client: the channels of a server, in a page. No Node API is in it, and nothing but what it shares with channels().

import type { Channel, EmitOptions } from '../pipes/channels/channel.ts'
import { ChannelError } from '../pipes/channels/channel-error.ts'
import type { Channels, OpenOptions, UnknownChannels } from '../pipes/channels/channel-types.ts'
import { type ClientOptions, type ClientUrls, type Live, liveOn } from './client/live.ts'
import type { WayName } from './client/order.ts'
import { type Credentials, thisPage } from './client/page.ts'
import type { ClientState } from './client/reconnecting.ts'
import { ConnectionLostError, PeerError, UsageError } from './errors.ts'
import type { ReconnectOptions } from './net/backoff.ts'

export type {
  Channel,
  Channels,
  ClientOptions,
  ClientState,
  ClientUrls,
  Credentials,
  EmitOptions,
  Live,
  OpenOptions,
  ReconnectOptions,
  WayName,
}
export { ChannelError, ConnectionLostError, PeerError, UsageError }

/**
 * Opens channels of a server: by WebSocket; where that does not work, by server-sent events; else by long-poll. What has worked is
 * remembered for the tab.
 *
 * It returns at once, and comes back whenever it loses the connection: after a random time that doubles with each attempt, and as soon
 * as the page is seen again or has a network again. Channels are opened again behind the last event that came; what was emitted
 * and not sent waits, up to `maxQueued` for each channel. What was sent and not taken is lost: nothing is sent twice.
 *
 * @throws UsageError ADDRESS_BAD for what is no URL, or none at all; OPTION_BAD
 * @example
 * const live = connect<{ log: { in: string; out: string } }>({ websocket: '/live', sse: '/events', longpoll: '/poll' })
 * const log = live.open('log')
 * await log.emit('hello')
 * for await (const line of log) console.log(line)
 */
export function connect<Table = UnknownChannels>(urls: ClientUrls, options: ClientOptions = {}): Live<Table> {
  return liveOn(thisPage, urls, options)
}
