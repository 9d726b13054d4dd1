// The connection of a client to a queue: what is sent is published, what arrives are the messages in its queue of replies.

import type { Posting, Sink } from '../../net/connection.ts'
import { PostedConnection } from '../../net/posted-connection.ts'
import { SentMessage, undelivered } from '../../net/sent-message.ts'
import { Broker } from './broker.ts'
import type { Channel, Message } from './driver.ts'
import { lostError, unusable } from './failure.ts'
import { outgoingHeaders } from './headers.ts'
import type { Place } from './place.ts'

/** So much may be unconfirmed before the sender is asked to stop. */
const HIGH_WATER_BYTES = 1_048_576
const HIGH_WATER_COUNT = 1_024
/** Most replies that come before they are acknowledged: what is held here while nobody reads. */
const PREFETCH = 256
/** How long the broker may take to confirm what was sent, when the client closes, in milliseconds. */
const CLOSE_MS = 5_000

/** See {@link DrivenConnection}. */
export class AmqpClient extends PostedConnection {
  readonly ended = false
  unsent = 0
  readonly #place: Place
  readonly #broker: Broker
  readonly #channel: Channel
  readonly #sent = new Map<number, SentMessage>()
  #open = true
  #replyTo = ''
  #lastId = 0
  #error: Error | undefined
  /** The driver's own buffer is full. */
  #full = false
  #paused = true
  /** Replies that nobody has read. */
  #held: Message[] = []
  /** The last one that was read and not acknowledged. */
  #read: Message | undefined
  #early: Error | undefined
  #confirmed: (() => void)[] = []
  #closing: Promise<void> | undefined
  readonly #acknowledge = () => {
    const last = this.#read
    this.#read = undefined
    if (last !== undefined && this.#open && this.#closing === undefined) this.#channel.ack(last, true)
  }

  private constructor(place: Place, broker: Broker, channel: Channel) {
    super(place.shown, place.shown, place.secure)
    this.#place = place
    this.#broker = broker
    this.#channel = channel
    channel.on('error', (error) => {
      this.#error = error
    })
    // The connection's own reason is known after its channels are closed.
    channel.on('close', () => {
      this.#open = false
      queueMicrotask(() => this.#lose())
    })
    channel.on('return', (message) => this.#returned(message))
    channel.on('drain', () => {
      this.#full = false
      this.#look()
    })
  }

  /** @throws UsageError ADDRESS_UNREACHABLE */
  static async open(place: Place, signal: AbortSignal | undefined): Promise<AmqpClient> {
    try {
      const broker = Broker.at(place)
      const client = new AmqpClient(place, broker, await broker.channel(signal))
      try {
        await client.#listen()
        return client
      } catch (error) {
        client.destroy()
        throw client.#error ?? broker.loss ?? error
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw unusable(place, 'connect to', error)
    }
  }

  /** A queue of this channel alone: it is gone with its consumer. A pseudo-queue (direct reply-to) could not be held back. */
  async #listen(): Promise<void> {
    const { queue } = await this.#channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false })
    await this.#channel.prefetch(PREFETCH)
    await this.#channel.consume(queue, (message) => this.#take(message))
    this.#replyTo = queue
  }

  // ---- what arrives ----------------------------------------------------------------------------------------------------------

  protected begin(sink: Sink): void {
    if (this.#early !== undefined) sink.failed?.(this.#early)
    this.resume()
  }

  #take(message: Message | null): void {
    if (message === null) this.destroy(new Error('the queue of replies was deleted'))
    else if (this.#paused || this.#held.length > 0) this.#held.push(message)
    else this.#give(message)
  }

  #give(message: Message): void {
    // Together, once all that came with it is read.
    if (this.#read === undefined) process.nextTick(this.#acknowledge)
    this.#read = message
    this.sink?.data(message.content)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (this.sink === undefined) return
    this.#paused = false
    while (!this.#paused && !this.gone) {
      const message = this.#held.shift()
      if (message === undefined) return
      this.#give(message)
    }
  }

  // ---- what is sent ----------------------------------------------------------------------------------------------------------

  protected post(message: Uint8Array | string, posting: Posting | undefined): boolean {
    this.#publish(message, posting)
    return !this.#full && this.#sent.size < HIGH_WATER_COUNT && this.unsent < HIGH_WATER_BYTES
  }

  /** Waits until the broker has the message: what is waited for is not lost. */
  protected override deliver(message: Uint8Array | string): Promise<void> {
    return this.#publish(message, undefined).wait()
  }

  #publish(message: Uint8Array | string, posting: Posting | undefined): SentMessage {
    const content = Buffer.from(message)
    const sent = new SentMessage(++this.#lastId, content.length, posting)
    const { queue, persistent } = this.#place
    const options = {
      correlationId: String(sent.id),
      replyTo: this.#replyTo,
      contentType: this.contentType,
      ...outgoingHeaders(posting?.headers),
      persistent,
      mandatory: true,
    }
    if (this.#closing !== undefined || !this.#open) throw this.goneError()
    this.#sent.set(sent.id, sent)
    this.unsent += sent.bytes
    const confirmed = (error: Error | null) => this.#confirm(sent, error)
    if (!this.#channel.publish('', queue, content, options, confirmed)) this.#full = true
    return sent
  }

  /** Comes before the confirmation: the broker has nowhere to put the message. */
  #returned({ properties: { correlationId = '' }, fields: { replyText = '' } }: Message): void {
    const sent = this.#sent.get(Number(correlationId))
    if (sent === undefined) return
    sent.returned = true
    const why = `was taken by no queue: ${replyText === 'NO_ROUTE' ? 'there is none of that name' : replyText}`
    this.#fail(sent, undelivered('REFUSED', this.remote, why))
  }

  #confirm(sent: SentMessage, error: Error | null): void {
    this.#sent.delete(sent.id)
    this.unsent -= sent.bytes
    if (error === null) sent.resolve()
    // With the channel, all calls are lost; whoever waits for this message is told by it.
    else if (error.message === 'channel closed') {
      sent.reject(
        undelivered('OUTCOME_UNKNOWN', this.remote, 'was sent and not confirmed: the connection is lost', error),
      )
    } else if (!sent.returned)
      this.#fail(sent, undelivered('REFUSED', this.remote, 'was not taken by the broker', error))
    if (this.#sent.size === 0) for (const wake of this.#confirmed.splice(0)) wake()
    this.#look()
  }

  #fail(sent: SentMessage, error: Error): void {
    if (sent.reject(error)) return
    const { failed } = sent.posting ?? {}
    if (failed !== undefined) failed(error)
    else if (this.sink === undefined) this.#early ??= error
    else this.sink.failed?.(error)
  }

  #look(): void {
    if (!this.#full && this.#sent.size < HIGH_WATER_COUNT && this.unsent < HIGH_WATER_BYTES) this.drained()
  }

  async sent(): Promise<void> {
    if (this.#sent.size > 0 && !this.gone) await new Promise<void>((resolve) => this.#confirmed.push(resolve))
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), CLOSE_MS)
    await this.sent()
    clearTimeout(timer)
    if (this.gone) return
    await this.#channel.close().catch(() => {})
    await this.#leave(undefined)
  }

  destroy(error?: Error): void {
    if (this.gone) return
    this.#channel.close().catch(() => {})
    void this.#leave(error)
  }

  #lose(): void {
    const meant = this.#closing !== undefined
    void this.#leave(meant ? undefined : lostError(this.#place, this.#error ?? this.#broker.loss))
  }

  #leave(error: Error | undefined): Promise<void> | undefined {
    if (this.gone) return undefined
    this.over(error)
    for (const wake of this.#confirmed.splice(0)) wake()
    return this.#broker.release()
  }
}
