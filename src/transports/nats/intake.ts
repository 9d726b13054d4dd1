// What takes messages from a server of NATS, with and without a stream: from subscribing until it is stopped, or lost.

import { PeerError } from '../../errors.ts'
import type { DrivenConnection, Posting } from '../../net/connection.ts'
import { type Confirmed, Delivery, type DeliveryHome } from '../../net/delivery.ts'
import type { Intake } from '../../net/recovering-bound.ts'
import type { Fields, Message, Subscription } from './driver.ts'
import { lostError } from './failure.ts'
import { headersOf } from './headers.ts'
import type { Place } from './place.ts'
import type { NatsServer } from './server.ts'

/** See above. */
export abstract class NatsIntake implements DeliveryHome<Message>, Intake {
  readonly shown: string
  readonly secure = false
  readonly since: number = performance.now()
  readonly lost: Promise<Error>
  protected readonly place: Place
  protected readonly server: NatsServer
  protected readonly deliveries: Set<Delivery<Message>> = new Set()
  protected subscription: Subscription | undefined
  /** What comes from now on is for others. */
  protected stopping = false
  protected gone = false
  #last = false
  readonly #accept: (connection: DrivenConnection) => void
  readonly #forgetLoss: () => void
  #lose: (error: Error) => void = () => {}
  #ending: Promise<void> | undefined

  /** @param server that is used already, by this one */
  constructor(place: Place, server: NatsServer, accept: (connection: DrivenConnection) => void) {
    this.shown = place.shown
    this.place = place
    this.server = server
    this.#accept = accept
    this.lost = new Promise((resolve) => {
      this.#lose = resolve
    })
    this.#forgetLoss = server.onLost((error) => this.lose(lostError(place, error)))
  }

  /** Begins to take messages. */
  abstract begin(): Promise<void>
  protected abstract replyTo(message: Message): string | undefined
  /** Says what is to be said of a message whose flow has ended. */
  protected abstract conclude(message: Message, error: unknown): Promise<void> | undefined
  abstract giveBack(delivery: Delivery<Message>): void

  protected accept(message: Message): void {
    const delivery = new Delivery(this, message, message.data)
    this.deliveries.add(delivery)
    this.#accept(delivery)
  }

  headersOf(message: Message): Readonly<Record<string, string>> {
    return headersOf(message, this.replyTo(message))
  }

  wantsAnswer(message: Message): boolean {
    return this.replyTo(message) !== undefined
  }

  answer({ message }: Delivery<Message>, content: Buffer, posting: Posting | undefined, confirmed: Confirmed): boolean {
    const to = this.replyTo(message)
    if (this.gone || to === undefined) {
      confirmed(null)
      return true
    }
    const headers = posting?.headers === undefined ? undefined : this.server.headers(posting.headers)
    let more: boolean
    try {
      more = this.server.publish(to, content, undefined, headers)
    } catch (error) {
      confirmed(null)
      throw error
    }
    // What is sent before something else arrives before it; it is waited for only where there is much.
    if (more) confirmed(null)
    else this.server.whenDrained(() => confirmed(null))
    return more
  }

  /** Says something to the server. Where that is lost, so is the message that it is about: it comes again, or to nobody. */
  protected post(subject: string, data: Uint8Array | string, reply?: string, headers?: Fields): void {
    try {
      this.server.publish(subject, data, reply, headers)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
    }
  }

  async settle(delivery: Delivery<Message>, error: unknown): Promise<void> {
    try {
      if (!this.gone) await this.conclude(delivery.message, error)
    } finally {
      await this.forget(delivery)
    }
  }

  protected forget(delivery: Delivery<Message>): Promise<void> | undefined {
    this.deliveries.delete(delivery)
    return this.#last && this.deliveries.size === 0 ? this.end() : undefined
  }

  async stop(): Promise<void> {
    this.stopping = true
    if (this.gone) return
    await this.subscription?.drain().catch(() => {})
    this.#last = true
    if (this.deliveries.size === 0) await this.end()
  }

  /** It is not used any more. The server has all that was said when this resolves. */
  end(): Promise<void> {
    this.#ending ??= (async () => {
      this.#forgetLoss()
      if (!this.gone) await this.server.flush().catch(() => {})
      await this.server.release()
    })()
    return this.#ending
  }

  protected lose(error: Error): void {
    if (this.gone) return
    this.gone = true
    for (const delivery of this.deliveries) delivery.lose(error)
    this.deliveries.clear()
    void this.end()
    this.#lose(error)
  }
}
