// Messages of core NATS: whoever is there gets them, and nobody keeps them.

import type { Delivery } from '../../net/delivery.ts'
import type { Message } from './driver.ts'
import { lostError } from './failure.ts'
import { NatsIntake } from './intake.ts'

const NOTHING = new Uint8Array()

/** A subscription in a queue group: each message goes to one of them. */
export class Subscriber extends NatsIntake {
  async begin(): Promise<void> {
    const { subject, group } = this.place
    let refusal: Error | undefined
    this.subscription = this.server.client.subscribe(subject, {
      queue: group,
      callback: (error, message) => {
        if (error === null) this.#take(message)
        else {
          refusal = error
          this.lose(lostError(this.place, error))
        }
      },
    })
    // The server has it then, or has said no.
    await this.server.flush()
    if (refusal !== undefined) throw refusal
  }

  #take(message: Message): void {
    // Nothing can be held back: what is too much is refused, as if nobody were there.
    if (this.deliveries.size < this.place.prefetch) this.accept(message)
    else if (message.reply !== undefined && message.reply !== '') {
      this.post(message.reply, NOTHING, undefined, this.server.headers({}, 503, 'Busy'))
    }
  }

  protected replyTo({ reply }: Message): string | undefined {
    return reply === '' ? undefined : reply
  }

  protected conclude(): undefined {}

  giveBack(delivery: Delivery<Message>): void {
    void this.forget(delivery)
  }
}
