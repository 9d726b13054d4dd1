// channels.client: opens channels of the peer.

import { UsageError } from '../../src/errors.ts'
import { valuesOf } from '../../src/messages/pulled-channel.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import type { Connection, DrivenConnection } from '../../src/net/connection.ts'
import type { Link } from '../../src/net/link.ts'
import type { Pipe } from '../../src/pipe.ts'
import { report } from '../../src/report.ts'
import type { Channels, UnknownChannels } from './channel-types.ts'
import { ClientSession } from './client-session.ts'
import { OpenChannels } from './open-channels.ts'
import { checkOptions } from './terms.ts'

/** Options of {@link client}. */
export interface ClientOptions {
  /** Most events of a channel that wait, each way, default 1_000. The peer is granted no more; of ours, a further one is rejected. */
  readonly maxQueued?: number
  /** What becomes of events while there is no connection, if another one follows: they wait (`'queue'`, the default), or are rejected. */
  readonly away?: 'queue' | 'reject'
}

/** What channels.client() puts into the bag. `Table` says what goes in and out of the channels that the peer serves. */
export interface ChannelsMarbles<Table> {
  /** The channels of the peer. With `reconnect`, the same object over all connections. */
  channels: Channels<Table>
}

/**
 * Opens channels of the peer.
 *
 * A loop over a channel ends when the peer closes it, and throws when it ends otherwise: a `ChannelError`, as the peer tells it, or a
 * `ConnectionLostError` where the connection is lost and no other one follows.
 *
 * With `connect(…, { reconnect })`, `channels` and what was opened outlive the connection. What was sent and not taken is lost: nothing
 * is sent twice.
 *
 * Needs   `connection`, `read`, `write` of values: of json() or another marshalling pipe.
 * Adds    `channels`: see {@link Channels}.
 * Fails   UsageError OPTION_BAD, when it is built. To the listener's `onError`: messages for no channel, at most 8 for each connection;
 *         what a callback throws.
 * Place   last in a client's stack, below json().
 * Source  docs/reference/channels-wire.md
 *
 * @example
 * interface Live { ping: { in: number; out: string } }
 * await using bag = await connect('ipc://run/live.sock', stack(line(), json(), channels.client<Live>()))
 * const ping = bag.channels.open('ping')
 * await ping.emit(1)
 * for await (const text of ping) console.log(text)
 */
export function client<Table = UnknownChannels>(
  options: ClientOptions = {},
): Pipe<ValueMarbles, ChannelsMarbles<Table>> {
  const { maxQueued, away } = check(options)
  const key = {}
  const kept = new Map<Link, OpenChannels>()
  return {
    name: 'channels.client',
    needs: ['connection', 'read', 'write'],
    adds: ['channels'],
    close() {
      // What waited for another connection waits in vain.
      for (const [link, opened] of kept) {
        if (!link.over) continue
        kept.delete(link)
        opened.detach(undefined, undefined)
      }
    },
    through(bag, next) {
      const { connection } = bag
      const link = linkOf(connection)
      const make = (): OpenChannels => {
        const opened = new OpenChannels({
          connection,
          maxQueued,
          queues: away === 'queue',
          follows: () => link?.reconnects === true && !link.over,
          report: (error) => report(bag, error),
        })
        if (link?.reconnects === true) kept.set(link, opened)
        return opened
      }
      const opened = link?.reconnects === true ? link.keep(key, make) : make()
      // The wire knows no types: what a channel takes and gives is what its table says, if both were built from the same source.
      const channels: Channels<Table> = opened as unknown as Channels<Table>
      return new ClientSession(opened, valuesOf(bag), connection).run(() => next({ channels }))
    },
  }
}

function linkOf(connection: Connection): Link | undefined {
  const { link }: Partial<DrivenConnection> = connection
  return link
}

function check(options: ClientOptions): Required<ClientOptions> {
  checkOptions('channels.client', options, ['maxQueued', 'away'], ['maxQueued'])
  const { maxQueued = 1_000, away = 'queue' } = options
  if (away === 'queue' || away === 'reject') return { maxQueued, away }
  const message = `channels.client() takes 'queue' or 'reject' as away, not ${JSON.stringify(String(away))}.`
  throw new UsageError('OPTION_BAD', message, { pipe: 'channels.client' })
}
