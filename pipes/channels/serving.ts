// The channels of one connection, on the side that serves them: each message goes to its channel, and each channel has a handler.

import type { Awaitable } from '../../src/bag.ts'
import type { PeerError } from '../../src/errors.ts'
import { noteFailure } from '../../src/failure.ts'
import { isThenable } from '../../src/flow-bag.ts'
import type { ValueChannel, ValueSink } from '../../src/messages/values.ts'
import type { Connection } from '../../src/net/connection.ts'
import type { Choose } from '../../src/pipe.ts'
import { CatchUp } from './catch-up.ts'
import { ChannelError } from './channel-error.ts'
import { Outbox } from './outbox.ts'
import { ServedChannel, type ServingHome } from './served-channel.ts'
import type { Handlers } from './table.ts'
import { complaint, type ErrorCode, errorMessage, faultOf, isMessage, type Message } from './wire.ts'

/** What a pipe serves, the same on all its connections. */
export interface ServingSettings {
  readonly handlers: Handlers['byName']
  readonly maxChannels: number
  readonly maxQueued: number
}

/** What a connection is served with. */
export interface ServingParts {
  readonly channel: ValueChannel
  readonly connection: Connection
  /** The bag of the connection, for handlers. */
  readonly bag: unknown
  readonly settings: ServingSettings
  /** Runs the part that handles a channel. */
  readonly choose: Choose
  report(error: unknown): void
}

/** Takes what a channel of values gives. */
export class Serving implements ValueSink, ServingHome {
  readonly outbox: Outbox
  readonly maxQueued: number
  readonly #parts: ServingParts
  readonly #settings: ServingSettings
  /**
   * The channels that are open, and those that we have closed and the peer has said nothing to yet: what it sent before it knew
   * must not open them again.
   */
  readonly #channels = new Map<string, ServedChannel>()
  /** Channels whose handler runs. */
  #running = 0
  readonly #catchUp: CatchUp
  readonly #terminal: (error: unknown, channel: ServedChannel) => void
  /** Nothing is opened any more: the peer sends no more, the connection is gone, or is to be closed. */
  #ending = false
  #disconnecting = false
  #restDone = false
  #failure: { readonly error: unknown } | undefined
  #over = false
  #resolve: (() => void) | undefined

  constructor(parts: ServingParts) {
    this.#parts = parts
    this.#settings = parts.settings
    this.maxQueued = parts.settings.maxQueued
    this.outbox = new Outbox(parts.channel, parts.report, () => this.#look())
    this.#catchUp = new CatchUp(this.outbox)
    // One function for all channels of the connection.
    this.#terminal = (error, channel) => {
      if (error !== undefined) this.#handlerFailed(channel, error)
    }
  }

  /** Runs the rest of the stack, and serves channels until the connection is over. Wait for what is returned. */
  run(rest: () => Awaitable<void>): Awaitable<void> {
    this.#parts.channel.take(this)
    let pending: Awaitable<void>
    try {
      pending = rest()
    } catch (error) {
      pending = Promise.reject(error)
    }
    if (isThenable(pending)) {
      pending.then(
        () => this.#endRest(),
        (error) => this.#failRest(error),
      )
    } else this.#endRest()
    return new Promise((resolve, reject) => {
      this.#resolve = () => (this.#failure === undefined ? resolve() : reject(this.#failure.error))
      this.#look()
    })
  }

  /** Takes the end of a flow for that of its connection. */
  watch(signal: AbortSignal): void {
    const lose = () => this.closed(signal.reason instanceof Error ? signal.reason : undefined)
    if (signal.aborted) lose()
    else signal.addEventListener('abort', lose, { once: true })
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  value(message: unknown): void {
    if (this.#disconnecting) return
    if (!isMessage(message)) {
      this.outbox.answer(complaint('bad-message', faultOf(message)))
      return
    }
    const channel = this.#channels.get(message.channel)
    if (channel === undefined) {
      if (message.event !== undefined || message.open !== undefined) this.#open(message)
    } else if (!channel.over) this.#take(channel, message)
    else this.#takeLate(channel, message)
  }

  bad(error: PeerError): void {
    const words =
      error.code === 'MESSAGE_TOO_LONG' ? 'a message was too long or too deep' : 'a message was not understood'
    this.outbox.answer(complaint('bad-message', words))
  }

  #take(channel: ServedChannel, message: Message): void {
    if (message.event !== undefined) this.#push(channel, message.event)
    // It is open.
    else if (message.open !== undefined) return
    else if (message.credit !== undefined) channel.grant(message.credit)
    else {
      this.#channels.delete(channel.name)
      channel.peerClosed()
      this.#look()
    }
  }

  /** Something for a channel that we have closed. Its peer may not know yet. */
  #takeLate(channel: ServedChannel, message: Message): void {
    if (message.event !== undefined) return
    if (message.open !== undefined) {
      // It knows, and means another one; unless it cannot know, since our last word waits.
      if (channel.lingers) return
      this.#channels.delete(channel.name)
      this.#open(message)
    } else if (message.credit !== undefined) channel.grant(message.credit)
    else {
      this.#channels.delete(channel.name)
      channel.peerClosed()
      this.#look()
    }
  }

  #push(channel: ServedChannel, event: unknown): void {
    if (!channel.push(event) && !channel.over) this.#catchUp.wait()
  }

  // ---- handlers ------------------------------------------------------------------------------------------------------------------

  #open(message: Message): void {
    const { channel: name, event } = message
    const { handlers, maxChannels } = this.#settings
    const refuse = (code: ErrorCode, words: string) => this.outbox.answer(errorMessage(name, code, words))
    if (!handlers.has(name)) refuse('unknown-channel', 'there is no such channel')
    else if (this.#ending) refuse('going-away', 'the connection is about to be closed')
    else if (this.#running >= maxChannels) {
      refuse('too-many-channels', `a connection has at most ${maxChannels} channels`)
    } else this.#begin(message, event)
  }

  #begin(message: Message, event: unknown): void {
    const channel = new ServedChannel(this, message)
    this.#channels.set(channel.name, channel)
    this.#running++
    channel.begin()
    // Before its handler runs: it may be over by then.
    if (event !== undefined) this.#push(channel, event)
    this.#run(channel)
  }

  #run(channel: ServedChannel): void {
    const run = this.#settings.handlers.get(channel.name)
    let pending: unknown
    try {
      pending =
        run === undefined ? this.#parts.choose(channel.name, channel, this.#terminal) : run(channel, this.#parts.bag)
    } catch (error) {
      this.#handlerFailed(channel, error)
    }
    if (!isThenable(pending)) channel.returned()
    else {
      pending.then(
        () => channel.returned(),
        (error) => {
          this.#handlerFailed(channel, error)
          channel.returned()
        },
      )
    }
  }

  #handlerFailed(channel: ServedChannel, error: unknown): void {
    // It was told that the channel is closed, by its loop or by emit(), and passed that on.
    if (!channel.isOwn(error)) this.failed(channel, error)
  }

  failed(channel: ServedChannel, error: unknown): void {
    if (!(error instanceof ChannelError)) this.report(noteFailure(error, channel.name, 'enter'))
    channel.fail(
      error instanceof ChannelError ? error : new ChannelError('failed', 'the handler of the channel failed'),
    )
  }

  report(error: unknown): void {
    this.#parts.report(error)
  }

  ended(_channel: ServedChannel): void {
    this.#running--
    this.#look()
  }

  told(_channel: ServedChannel): void {
    this.#look()
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------------

  end(): void {
    this.#ending = true
    for (const channel of this.#all()) channel.endInput()
    this.#look()
  }

  closed(error: Error | undefined): void {
    if (this.#over) return
    this.#ending = true
    this.outbox.lose()
    for (const channel of this.#all()) channel.lose(error)
    this.#channels.clear()
    this.#look()
  }

  drained(): void {
    this.outbox.drained()
  }

  drain(): void {
    this.#ending = true
    for (const channel of this.#all()) channel.drain()
    this.#look()
  }

  disconnect(): void {
    if (this.#disconnecting) return
    this.#ending = true
    this.#disconnecting = true
    for (const channel of this.#all()) channel.cut()
    this.#hangUp()
    this.#look()
  }

  #all(): ServedChannel[] {
    return [...this.#channels.values()]
  }

  #endRest(): void {
    this.#restDone = true
    this.#look()
  }

  #failRest(error: unknown): void {
    this.#failure = { error }
    this.#restDone = true
    // The connection ends with the error; so do its channels.
    this.drain()
  }

  #look(): void {
    if (this.#over || !this.#ending || !this.#restDone || !this.outbox.idle || !this.#isSaid()) return
    // A handler that goes on does not keep the connection open: nothing comes or goes any more.
    if (!this.outbox.gone) this.#hangUp()
    if (this.#running > 0 || this.#resolve === undefined) return
    this.#over = true
    this.#resolve()
  }

  #hangUp(): void {
    this.outbox.end()
    this.#parts.connection.close().catch((error) => this.report(error))
  }

  /** Whether all channels are closed, and what they had to say is sent. */
  #isSaid(): boolean {
    if (this.outbox.gone) return true
    for (const channel of this.#channels.values()) if (!channel.over || channel.lingers) return false
    return true
  }
}
