// One channel that takes messages from a queue: from declaring the queue until the channel is closed, or lost.

import type { DrivenConnection, Posting } from '../../net/connection.ts'
import { reasonHeaders } from '../../net/dead-letter.ts'
import { type Confirmed, Delivery, type DeliveryHome } from '../../net/delivery.ts'
import type { Intake } from '../../net/recovering-bound.ts'
import { Broker } from './broker.ts'
import type { Channel, Message } from './driver.ts'
import { lostError, unusable } from './failure.ts'
import { headersOf, outgoingHeaders } from './headers.ts'
import type { Place } from './place.ts'

/** See above. */
export class Consumer implements DeliveryHome<Message>, Intake {
  readonly shown: string
  readonly secure: boolean
  /** Since when it takes messages, by `performance.now()`. */
  readonly since: number = performance.now()
  /** Resolves when the channel is lost, with why. */
  readonly lost: Promise<Error>
  readonly #place: Place
  readonly #broker: Broker
  readonly #channel: Channel
  readonly #accept: (connection: DrivenConnection) => void
  readonly #deliveries = new Set<Delivery<Message>>()
  #tag = ''
  #error: Error | undefined
  #open = true
  #stopping = false
  #ending: Promise<void> | undefined

  private constructor(place: Place, broker: Broker, channel: Channel, accept: (connection: DrivenConnection) => void) {
    this.#place = place
    this.#broker = broker
    this.#channel = channel
    this.#accept = accept
    this.shown = place.shown
    this.secure = place.secure
    channel.on('error', (error) => {
      this.#error = error
    })
    this.lost = new Promise((resolve) => {
      // The connection's own reason is known after its channels are closed.
      channel.on('close', () => {
        this.#open = false
        queueMicrotask(() => this.#lose(resolve))
      })
    })
  }

  /**
   * Declares the queues and begins to take messages.
   *
   * @throws UsageError ADDRESS_UNREACHABLE
   */
  static async open(
    place: Place,
    accept: (connection: DrivenConnection) => void,
    signal: AbortSignal,
  ): Promise<Consumer> {
    const broker = Broker.at(place)
    const channel = await broker.channel(signal).catch((error) => {
      throw unusable(place, 'listen on', error)
    })
    const consumer = new Consumer(place, broker, channel, accept)
    try {
      await consumer.#begin()
      return consumer
    } catch (error) {
      await consumer.#end()
      throw unusable(place, 'listen on', consumer.#error ?? broker.loss ?? error)
    }
  }

  async #begin(): Promise<void> {
    const { queue, dead, prefetch } = this.#place
    await this.#declare(queue)
    if (dead !== '') await this.#declare(dead)
    await this.#channel.prefetch(prefetch)
    const { consumerTag } = await this.#channel.consume(queue, (message) => this.#take(message))
    this.#tag = consumerTag
  }

  async #declare(queue: string): Promise<void> {
    if (this.#place.declares) await this.#channel.assertQueue(queue, { durable: true })
    else await this.#channel.checkQueue(queue)
  }

  #take(message: Message | null): void {
    if (message === null) {
      // The queue was deleted. A new channel declares it again.
      this.#error ??= new Error(`queue ${JSON.stringify(this.#place.queue)} was deleted`)
      this.#channel.close().catch(() => {})
    } else if (this.#stopping) this.#channel.nack(message, false, true)
    else {
      const delivery = new Delivery(this, message, message.content)
      this.#deliveries.add(delivery)
      this.#accept(delivery)
    }
  }

  headersOf(message: Message): Readonly<Record<string, string>> {
    return headersOf(message)
  }

  wantsAnswer({ properties: { replyTo } }: Message): boolean {
    return replyTo !== undefined && replyTo !== ''
  }

  answer(
    { message: { properties }, contentType }: Delivery<Message>,
    content: Buffer,
    posting: Posting | undefined,
    confirmed: Confirmed,
  ): boolean {
    const { replyTo = '', correlationId } = properties
    const options = { correlationId, contentType, ...outgoingHeaders(posting?.headers) }
    if (this.#open) return this.#channel.publish('', replyTo, content, options, confirmed)
    queueMicrotask(() => confirmed(this.#error ?? null))
    return true
  }

  // ---- what becomes of messages ----------------------------------------------------------------------------------------------

  async settle(delivery: Delivery<Message>, error: unknown): Promise<void> {
    const { message } = delivery
    try {
      if (!this.#open) return
      if (error === undefined) this.#channel.ack(message)
      else if (this.#place.requeue && !message.fields.redelivered) this.#channel.nack(message, false, true)
      else await this.#bury(message, error)
    } finally {
      await this.#forget(delivery)
    }
  }

  giveBack(delivery: Delivery<Message>): void {
    if (this.#open) this.#channel.nack(delivery.message, false, true)
    void this.#forget(delivery)
  }

  /** Puts a message into the dead-letter queue, with the reason, which the broker's own dead-lettering has no place for. */
  async #bury(message: Message, error: unknown): Promise<void> {
    const { queue, dead, declares } = this.#place
    if (dead === '') {
      this.#channel.nack(message, false, false)
      return
    }
    // It may have been deleted; what is sent to no queue is lost without a word.
    if (declares) await this.#declare(dead)
    const {
      headers,
      contentType,
      contentEncoding,
      correlationId,
      replyTo,
      messageId,
      timestamp,
      type,
      appId,
      priority,
    } = message.properties
    const kept = { contentType, contentEncoding, correlationId, replyTo, messageId, timestamp, type, appId, priority }
    const options = { ...kept, headers: { ...headers, ...reasonHeaders(queue, error) }, persistent: true }
    const failure = await new Promise<Error | null>((resolve) => {
      this.#channel.publish('', dead, message.content, options, resolve)
    })
    if (failure !== null && this.#open) throw failure
    if (this.#open) this.#channel.ack(message)
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  /** Takes no more messages. Those under way are finished; with the last one, the channel is closed. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (!this.#open) return
    try {
      await this.#channel.cancel(this.#tag)
    } catch {
      // It was lost in the meantime.
    }
    if (this.#deliveries.size === 0) await this.#end()
  }

  #forget(delivery: Delivery<Message>): Promise<void> | undefined {
    this.#deliveries.delete(delivery)
    return this.#stopping && this.#deliveries.size === 0 ? this.#end() : undefined
  }

  /** The broker has heard all that was said of messages when its answer to this comes. */
  #end(): Promise<void> {
    this.#ending ??= (async () => {
      if (this.#open) await this.#channel.close().catch(() => {})
      await this.#broker.release()
    })()
    return this.#ending
  }

  #lose(resolve: (error: Error) => void): void {
    const error = lostError(this.#place, this.#error ?? this.#broker.loss)
    for (const delivery of this.#deliveries) delivery.lose(error)
    this.#deliveries.clear()
    void this.#end()
    resolve(error)
  }
}
