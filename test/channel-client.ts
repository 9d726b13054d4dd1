// Both ends of channels over a wire, for tests.

import {
  type Channel,
  type ChannelsMarbles,
  type ChannelsOptions,
  type ChannelTable,
  type ClientOptions,
  channels,
} from '../pipes/channels.ts'
import { json } from '../pipes/json.ts'
import { line } from '../pipes/line.ts'
import type { ValueMarbles } from '../src/messages/values.ts'
import type { ReconnectOptions } from '../src/net/backoff.ts'
import type { Raw } from '../src/net/connection.ts'
import type { Pipe } from '../src/pipe.ts'
import { stack } from '../src/stack.ts'

/** A client that comes back at once. */
export const SOON: ReconnectOptions = { minMs: 1, maxMs: 3 }

/** A stack that serves channels. */
export function server<Names extends string>(
  table: ChannelTable<ValueMarbles, Names>,
  options?: ChannelsOptions,
): Pipe<Raw, {}> {
  return stack(line(), json(), channels<ValueMarbles, Names>(table, options))
}

/** A stack that opens them. */
export function client(options: ClientOptions = {}): Pipe<Raw, ChannelsMarbles<Readonly<Record<string, Both>>>> {
  return stack(line(), json(), channels.client(options))
}

interface Both {
  readonly in: unknown
  readonly out: unknown
}

/** So many events of a channel, or all until it is closed. */
export async function take(channel: Channel, count: number): Promise<unknown[]> {
  const events: unknown[] = []
  for await (const each of channel) if (events.push(each) >= count) break
  return events
}

/** Whether an error is a ConnectionLostError of that code. */
export function isLost(code: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof Error && error.name === 'ConnectionLostError' && Reflect.get(error, 'code') === code
}
