// A peer of channels() without a wire: what it says arrives as values, what it is sent is kept as JSON would have carried it.

import assert from 'node:assert/strict'
import { type Channel, type ChannelsOptions, type ChannelTable, channels } from '../pipes/channels.ts'
import { compile } from '../src/compile.ts'
import { PeerError } from '../src/errors.ts'
import { endFlow } from '../src/flow.ts'
import { markRead, type ValueChannel, type ValueMarbles, type ValueSink } from '../src/messages/values.ts'
import type { Connection } from '../src/net/connection.ts'
import { realmOf } from '../src/report.ts'
import { Trip } from '../src/trip.ts'
import { Gate } from './gate.ts'
import { settled } from './tracing.ts'

/** The channel of values, and how the flow above it goes. */
export class ChannelPeer implements ValueChannel {
  /** Everything that was sent, in order. */
  readonly sent: unknown[] = []
  /** What went to the listener's onError. */
  readonly errors: unknown[] = []
  readonly headers = undefined
  readonly response = undefined
  readonly read: ValueChannel['read']
  readonly write: ValueChannel['write']
  /** The peer takes nothing: send() says so. */
  full = false
  paused = false
  /** Whether our side has closed the connection. */
  closedByUs = false
  /** What the flow ended with, once it has. */
  ended: { readonly error: unknown } | undefined
  #sink: ValueSink | undefined
  #waiting: unknown[] = []

  /** @param below channels(), and whatever stands around it */
  constructor(below: unknown) {
    this.read = markRead(() => assert.fail('nobody reads'), this)
    this.write = () => assert.fail('nobody writes')
    const connection: Connection = {
      kind: 'message',
      remote: 'memory://peer',
      local: 'memory://test',
      signal: new AbortController().signal,
      close: async () => {
        this.closedByUs = true
      },
    }
    const { read, write } = this
    const marbles = { connection, read, write }
    const trip = new Trip(compile(below, Object.keys(marbles)).segment, undefined, marbles, undefined)
    trip.realm = realmOf((error) => this.errors.push(error))
    const pending = endFlow(trip, (error) => {
      this.ended = { error }
    })
    Promise.resolve(pending).catch((error) => this.errors.push(error))
  }

  // ---- the channel -------------------------------------------------------------------------------------------------------------

  take(sink: ValueSink): void {
    this.#sink = sink
  }

  send(value: unknown): boolean {
    this.check(value)
    this.sent.push(JSON.parse(JSON.stringify(value)))
    return !this.full
  }

  check(value: unknown): void {
    JSON.stringify(value)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    while (!this.paused && this.#waiting.length > 0) this.#to().value(this.#waiting.shift())
  }

  // ---- the peer ----------------------------------------------------------------------------------------------------------------

  /** Says something; what is said while it is paused waits. */
  say(...messages: readonly unknown[]): this {
    for (const message of messages) {
      if (this.paused) this.#waiting.push(message)
      else this.#to().value(message)
    }
    return this
  }

  /** Says something, and gives what is sent by the end of the turn. */
  async ask(...messages: readonly unknown[]): Promise<unknown[]> {
    this.say(...messages)
    return this.heard()
  }

  /** What was sent since this was last asked, once everything is done that can be. */
  async heard(): Promise<unknown[]> {
    await settled()
    return this.sent.splice(0)
  }

  bad(): this {
    this.#to().bad(new PeerError('MESSAGE_BAD', 'no JSON'))
    return this
  }

  /** Takes what waits, and more again. */
  drained(): void {
    this.full = false
    this.#to().drained()
  }

  /** Ends its side. */
  end(): void {
    this.#to().end()
  }

  /** Goes away. */
  close(error?: Error): void {
    this.#to().closed(error)
  }

  /** The listener wants to close. */
  drain(): void {
    this.#to().drain()
  }

  #to(): ValueSink {
    assert.ok(this.#sink !== undefined, 'nobody takes what arrives')
    return this.#sink
  }
}

/** A peer of channels with these handlers. */
export function served<Names extends string>(
  table: ChannelTable<ValueMarbles, Names>,
  options?: ChannelsOptions,
): ChannelPeer {
  return new ChannelPeer(channels<ValueMarbles, Names>(table, options))
}

/** An event on the wire. */
export function event(channel: string, value: unknown): object {
  return { channel, event: value }
}

/** The end of a channel on the wire. */
export function close(channel: string, code = 'done'): object {
  return { channel, close: code }
}

/** The code of an error on the wire, with its channel. */
export function codeOf(message: unknown): unknown {
  const { channel, error } = Object(message)
  return [channel, Object(error).code]
}

/** The opening of a channel on the wire. */
export function open(channel: string, more: object = {}): object {
  return { channel, open: true, ...more }
}

/** A handler that gives back what comes. */
export async function echo(channel: Channel): Promise<void> {
  for await (const each of channel) await channel.emit(each)
}

/** A handler that keeps its channel open, and hands it out. */
export function holder(): {
  readonly channel: Promise<Channel>
  readonly done: Gate
  readonly hold: (channel: Channel) => Promise<void>
} {
  const got = new Gate<Channel>()
  const done = new Gate()
  const hold = (channel: Channel): Promise<void> => {
    got.open(channel)
    return done.opened
  }
  return { channel: got.opened, done, hold }
}
