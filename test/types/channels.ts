// What channels() must infer, and what must not compile. Nothing here runs.

import {
  type Channel,
  type ChannelHandlers,
  type ChannelMarbles,
  type Channels,
  channels,
} from '../../pipes/channels.ts'
import { hub } from '../../pipes/hub.ts'
import { json } from '../../pipes/json.ts'
import { line } from '../../pipes/line.ts'
import type { Bag } from '../../src/bag.ts'
import type { ValueMarbles } from '../../src/messages/values.ts'
import { connect } from '../../src/net/connect.ts'
import { type Pipe, pipe } from '../../src/pipe.ts'
import { part, stack } from '../../src/stack.ts'

declare const greets: Pipe<{ session: { user: string } }, { greeting: string }>
const config = pipe('config', () => ({ limit: 7 }))

// ---- handlers see what stands above ----
stack(
  line(),
  config,
  hub<{ text: string }>(),
  json(),
  channels({
    one: async (channel, { config, hub }) => {
      const first: unknown = config.limit
      for await (const { event, id } of hub.subscribe('log', { after: channel.after })) {
        await channel.emit(event.text, { id })
      }
      for await (const event of channel) {
        const each: unknown = event
        await channel.emit(each)
      }
      return first
    },
    typed: async (channel: Channel<number, string>, { config }) => {
      for await (const event of channel) await channel.emit(event.toFixed(config.limit))
    },
    none: () => {},
    part: part(
      pipe('tag', () => 'x'),
      ({ channel, tag, config, read, write, signal }) => {
        channel.onClose((error) => error?.message)
        return [tag, config.limit, read, write, signal]
      },
    ),
  }),
  ({ config }) => void config.limit,
)
stack(line(), json(), channels({ one: (channel) => channel.absorb((event) => event) }, { maxQueued: 10 }))
const look = part(({ channel, read, write }: Bag<ChannelMarbles>) => [channel.name, read, write])
stack(line(), json(), channels({ look }))
stack(line(), json(), channels({ one: part(async ({ channel, connection }) => [channel.name, connection.remote]) }))
stack(line(), json(), channels({ one: async (channel, { connection }) => channel.emit(connection.remote) }))
const served = channels<ValueMarbles & { config: { limit: number } }>({
  limit: (_channel, { config, connection }) => [config.limit, connection.remote],
})
const bare = channels<ValueMarbles>({
  remote: (_channel, { connection }) => connection.remote,
  part: part(({ channel }) => channel.name),
})
stack(line(), json(), bare)
stack(line(), config, json(), served)

// ---- one interface for both sides ----
interface Live {
  ping: { in: number; out: string }
  log: { out: { text: string } }
  say: { in: string }
}
const live: ChannelHandlers<Live> = {
  ping: async (channel) => {
    for await (const number of channel) await channel.emit(number.toFixed())
  },
  log: (channel) => channel.emit({ text: 'x' }),
  say: (channel) => channel.absorb((text) => text.length),
}
stack(line(), json(), channels(live))
const withBag: ChannelHandlers<Live, { config: { limit: number } }> = {
  ...live,
  say: (_channel, { config }) => config.limit,
}
stack(line(), config, json(), channels(withBag))

export async function client(): Promise<void> {
  const bag = await connect('memory://live', stack(line(), json(), channels.client<Live>({ away: 'reject' })))
  const ping = bag.channels.open('ping', { after: 'x' })
  await ping.emit(1, { id: 'y' })
  for await (const text of ping) text.trim()
  bag.channels.open('log').absorb(({ text }) => text)
  using say = bag.channels.open('say')
  await say.emit('hello')
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
  await ping.emit('1')
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'never'
  await bag.channels.open('log').emit('x')
  // @ts-expect-error Argument of type '"pong"' is not assignable to …
  bag.channels.open('pong')
}

// ---- or the type of the table ----
const table: {
  double(channel: Channel<number, { sum: number }>): Promise<void>
  bare(): void
  look: Pipe<ChannelMarbles, unknown>
} = {
  double: async (channel: Channel<number, { sum: number }>) => {
    for await (const number of channel) await channel.emit({ sum: 2 * number })
  },
  bare: () => {},
  look,
}
export function derived(opened: Channels<typeof table>): void {
  const double: Channel<{ sum: number }, number> = opened.open('double')
  const none: Channel<unknown, unknown> = opened.open('bare')
  const other: Channel<unknown, unknown> = opened.open('look')
  void [double, none, other]
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'number'
  opened.open('double').emit('x')
}
export function unknown(opened: Channels): void {
  const any: Channel<unknown, unknown> = opened.open('any')
  void any.emit({ a: 1 })
}

// ---- what must not compile ----
stack(
  line(),
  json(),
  // @ts-expect-error Property 'config' does not exist on type …
  channels({ one: (_channel, { config }) => config }),
)
stack(
  line(),
  json(),
  // @ts-expect-error Property 'config' does not exist on type …
  channels({ one: part(({ config }) => config) }),
)
stack(
  line(),
  json(),
  // @ts-expect-error Property 'chanel' does not exist on type …
  channels({ one: part(({ chanel }) => chanel) }),
)
stack(
  line(),
  json(),
  // @ts-expect-error … Property 'session' is missing …
  channels({ greets }),
)
// @ts-expect-error Property 'config' is missing …
stack(line(), json(), channels(withBag))
// @ts-expect-error … is not assignable to type 'ChannelHandler<…>'
stack(line(), json(), channels({ text: 'x' }))
// @ts-expect-error Object literal may only specify known properties
stack(line(), json(), channels({ none: () => {} }, { maxQueud: 1 }))
// @ts-expect-error … missing the following properties from type 'ChannelHandlers<Live>': log, say
export const half: ChannelHandlers<Live> = { ping: () => {} }
