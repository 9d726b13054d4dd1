// The channels that were opened: one table above all connections of a client.

import { ConnectionLostError, PeerError, quote, UsageError } from '../../src/errors.ts'
import type { OpenOptions } from './channel-types.ts'
import { OpenedChannel, type OpeningHome } from './opened-channel.ts'
import type { Outbox } from './outbox.ts'
import { closeMessage, complaintOf, faultOf, isMessage, isName, type Message, MOST_NAME, toldError } from './wire.ts'

/** What is known here of a connection. */
export interface Closable {
  readonly remote: string
  close(): Promise<void>
}

/** What channels are opened with. */
export interface OpenChannelsOptions {
  readonly connection: Closable
  /** Most events of a channel that wait, each way. */
  readonly maxQueued: number
  /** Whether events wait while there is no connection. */
  readonly queues: boolean
  /** Whether a lost connection is followed by another one: asked when it is lost. */
  follows(): boolean
  /** Takes what a peer does wrong and no channel can be told. */
  report(error: unknown): void
}

const MOST_FAULTS = 8

/** See above. */
export class OpenChannels implements OpeningHome {
  outbox: Outbox | undefined
  readonly maxQueued: number
  readonly queues: boolean
  readonly #options: OpenChannelsOptions
  readonly #channels = new Map<string, OpenedChannel>()
  /** How many channels of a name we have closed that the peer has not: until it has, what comes under that name is theirs. */
  readonly #closing = new Map<string, number>()
  #connection: Closable
  #faults = 0
  #over = false

  constructor(options: OpenChannelsOptions) {
    this.#options = options
    this.#connection = options.connection
    this.maxQueued = options.maxQueued
    this.queues = options.queues
  }

  /** Opens a channel: at once, or as soon as there is a connection. */
  open(name: string, { after }: OpenOptions = {}): OpenedChannel {
    if (!isName(name)) throw bad(`takes a name of 1 to ${MOST_NAME} characters, not ${quote(name)}`)
    if (after !== undefined && !isName(after)) throw bad(`takes a text of 1 to ${MOST_NAME} characters as after`)
    if (this.#channels.has(name)) throw bad(`was called for ${quote(name)}, which is open on this connection already`)
    if (this.#over) {
      const message = `channel ${quote(name)} was not opened: there is no connection, and will be none`
      throw new ConnectionLostError('NOT_SENT', message)
    }
    const channel = new OpenedChannel(this, name, after)
    this.#channels.set(name, channel)
    if (this.outbox !== undefined) channel.begin(this.outbox)
    return channel
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  arrived(message: unknown): void {
    if (!isMessage(message)) {
      const told = complaintOf(message)
      if (told !== undefined) this.fault(`it did not understand a message: ${quote(told.message)}`)
      else this.fault(`a message came that is none: ${faultOf(message)}`)
      return
    }
    const { channel: name } = message
    const closing = this.#closing.get(name)
    if (closing !== undefined) {
      if (!isLast(message)) return
      if (closing > 1) this.#closing.set(name, closing - 1)
      else this.#closing.delete(name)
      return
    }
    const channel = this.#channels.get(name)
    if (channel === undefined) this.fault(`something came for channel ${quote(name)}, which is not open`)
    else if (!isLast(message)) this.#take(channel, message)
    else this.#close(channel, message)
  }

  #take(channel: OpenedChannel, message: Message): void {
    if (message.event !== undefined) {
      if (!channel.over) channel.push(message)
    } else if (message.credit !== undefined) channel.grant(message.credit)
  }

  #close(channel: OpenedChannel, { close, error }: Message): void {
    const told = close === undefined ? toldError(error) : undefined
    const goesAway = close === 'going-away' || told?.code === 'going-away'
    if (goesAway && !channel.over) {
      // The connection ends next. Where another one follows, the channel goes on there.
      this.outbox?.answer(closeMessage(channel.name, 'done'))
      if (this.#options.follows()) channel.goAway()
      else {
        this.#channels.delete(channel.name)
        channel.lose(new PeerError('CONNECTION_CLOSED', `${this.#connection.remote} goes away`))
      }
      return
    }
    this.#channels.delete(channel.name)
    channel.peerClosed(told)
  }

  // ---- what channels tell ----------------------------------------------------------------------------------------------------------

  told(channel: OpenedChannel): void {
    const { name } = channel
    if (this.#channels.get(name) !== channel) return
    this.#channels.delete(name)
    this.#closing.set(name, (this.#closing.get(name) ?? 0) + 1)
  }

  forgotten({ name }: OpenedChannel): void {
    this.#channels.delete(name)
  }

  report(error: unknown): void {
    this.#options.report(error)
  }

  disconnect(): void {
    this.#connection.close().catch((error) => this.report(error))
  }

  /** The peer does something wrong that no channel can be told. */
  fault(what: string): void {
    if (++this.#faults > MOST_FAULTS) return
    const more = this.#faults === MOST_FAULTS ? ' Further faults of this connection are not reported.' : ''
    const message = `${this.#connection.remote}: ${what}.${more}`
    this.report(new PeerError('MESSAGE_BAD', message, { pipe: 'channels.client' }))
  }

  // ---- connections -----------------------------------------------------------------------------------------------------------------

  /** There is a connection: all channels are opened on it. */
  attach(outbox: Outbox, connection: Closable): void {
    if (this.#over) return
    if (this.outbox !== undefined) this.detach(this.outbox, undefined)
    this.outbox = outbox
    this.#connection = connection
    this.#faults = 0
    for (const channel of this.#channels.values()) channel.begin(outbox)
  }

  /** Nothing will come any more on a connection. */
  detach(outbox: Outbox | undefined, error: Error | undefined): void {
    // Another one may have taken its place.
    if (this.#over || this.outbox !== outbox) return
    this.#over = !this.#options.follows()
    this.outbox = undefined
    this.#closing.clear()
    for (const channel of [...this.#channels.values()]) {
      if (!this.#over && !channel.over) {
        channel.goAway()
        continue
      }
      this.#channels.delete(channel.name)
      channel.lose(error)
    }
  }

  /** Closes all channels: whoever holds the connection is done with it. */
  finish(outbox: Outbox): void {
    if (this.outbox !== outbox) return
    for (const channel of [...this.#channels.values()]) channel.cut()
    outbox.end()
  }
}

function isLast({ event, open, credit }: Message): boolean {
  return event === undefined && open === undefined && credit === undefined
}

function bad(what: string): UsageError {
  return new UsageError('CHANNEL_BAD', `open() ${what}.`, { pipe: 'channels.client' })
}
