// Messages that a stream of JetStream keeps until they are acknowledged.

import { reasonHeaders } from '../../net/dead-letter.ts'
import type { Delivery } from '../../net/delivery.ts'
import type { Message } from './driver.ts'
import { lostError } from './failure.ts'
import { fieldOf, REPLY_TO } from './headers.ts'
import { NatsIntake } from './intake.ts'
import {
  declareConsumer,
  declareStream,
  deliveriesOf,
  giveBackText,
  publishToStream,
  pullRequest,
} from './stream-api.ts'

/** How long the server waits for messages to come before it says that there are none, in milliseconds. */
const EXPIRES_MS = 30_000
/** After so much more, its word is taken to be lost. */
const LATE_MS = 5_000
/** How long a message that has failed waits until it comes once more, in milliseconds. */
const AGAIN_MS = 500

/** A consumer that the workers of a group share: each asks for as many messages as it has room for. */
export class StreamConsumer extends NatsIntake {
  #inbox = ''
  /** Messages that were asked for and have not come. */
  #asked = 0
  #askedAt = 0
  #timer: NodeJS.Timeout | undefined

  async begin(): Promise<void> {
    await declareStream(this.server, this.place)
    await declareConsumer(this.server, this.place)
    this.#inbox = this.server.inbox()
    this.subscription = this.server.client.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#take(message)
        else this.lose(lostError(this.place, error))
      },
    })
    this.#timer = setInterval(() => this.#tick(), (this.place.ackWait * 1_000) / 3).unref()
    this.#pull()
    await this.server.flush()
  }

  #take(message: Message): void {
    const code = message.headers?.code ?? 0
    if (code === 0) {
      this.#asked--
      if (this.stopping) this.#say(message, giveBackText(0))
      else this.accept(message)
    } else if (code === 404 || code === 408) this.#asked = 0
    // 409: the consumer was deleted; 503: JetStream is away. It is declared again on the next attempt.
    else if (code >= 400) this.lose(lostError(this.place, new Error(message.headers?.description ?? String(code))))
    this.#pull()
  }

  /** Asks for more, where nothing is asked for: one request at a time, so that it is known how much is to come. */
  #pull(): void {
    const room = this.place.prefetch - this.deliveries.size
    if (this.#asked > 0 || room <= 0 || this.stopping || this.gone) return
    this.#asked = room
    this.#askedAt = performance.now()
    const [subject, text] = pullRequest(this.place, room, EXPIRES_MS)
    this.post(subject, text, this.#inbox)
  }

  #tick(): void {
    if (this.gone) return
    // Their workers are there: nobody else is to get them.
    for (const { message } of this.deliveries) this.#say(message, '+WPI')
    if (performance.now() > this.#askedAt + EXPIRES_MS + LATE_MS) this.#asked = 0
    this.#pull()
  }

  #say({ reply }: Message, text: string): void {
    if (reply !== undefined && !this.gone) this.post(reply, text)
  }

  protected replyTo(message: Message): string | undefined {
    return fieldOf(message, REPLY_TO)
  }

  protected conclude(message: Message, error: unknown): Promise<void> | undefined {
    const { requeue, dead } = this.place
    if (error === undefined) this.#say(message, '+ACK')
    else if (requeue && deliveriesOf(message) === 1) this.#say(message, giveBackText(AGAIN_MS))
    else if (dead === '') this.#say(message, '+TERM')
    else return this.#bury(message, dead, error)
    return undefined
  }

  async #bury(message: Message, dead: string, error: unknown): Promise<void> {
    const headers: Record<string, string> = {}
    for (const [name, [value]] of message.headers ?? []) if (value !== undefined) headers[name] = value
    await publishToStream(this.server, dead, message.data, { ...headers, ...reasonHeaders(message.subject, error) })
    this.#say(message, '+ACK')
  }

  giveBack(delivery: Delivery<Message>): void {
    this.#say(delivery.message, giveBackText(0))
    void this.forget(delivery)
  }

  protected override forget(delivery: Delivery<Message>): Promise<void> | undefined {
    const ending = super.forget(delivery)
    this.#pull()
    return ending
  }

  override end(): Promise<void> {
    clearInterval(this.#timer)
    return super.end()
  }
}
