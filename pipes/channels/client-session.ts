// One connection of a client: what arrives on it goes to the channels that were opened.

import type { Awaitable } from '../../src/bag.ts'
import type { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import type { ValueChannel, ValueSink } from '../../src/messages/values.ts'
import type { Connection } from '../../src/net/connection.ts'
import type { OpenChannels } from './open-channels.ts'
import { Outbox } from './outbox.ts'

/** Takes what a channel of values gives. It is over when the rest of the stack is. */
export class ClientSession implements ValueSink {
  readonly #opened: OpenChannels
  readonly #channel: ValueChannel
  readonly #connection: Connection
  readonly #outbox: Outbox

  constructor(opened: OpenChannels, channel: ValueChannel, connection: Connection) {
    this.#opened = opened
    this.#channel = channel
    this.#connection = connection
    this.#outbox = new Outbox(channel, (error) => opened.report(error))
  }

  /** Runs the rest of the stack. Wait for what is returned. */
  run(rest: () => Awaitable<void>): Awaitable<void> {
    this.#channel.take(this)
    this.#opened.attach(this.#outbox, this.#connection)
    let pending: Awaitable<void>
    try {
      pending = rest()
    } catch (error) {
      this.#fail(error)
      throw error
    }
    if (!isThenable(pending)) {
      this.#finish()
      return undefined
    }
    return pending.then(
      () => this.#finish(),
      (error) => {
        this.#fail(error)
        throw error
      },
    )
  }

  #finish(): void {
    this.#opened.finish(this.#outbox)
    this.#opened.detach(this.#outbox, undefined)
  }

  #fail(error: unknown): void {
    this.#opened.detach(this.#outbox, error instanceof Error ? error : new Error(String(error)))
    this.#outbox.lose()
  }

  #lose(error: Error | undefined): void {
    this.#outbox.lose()
    this.#opened.detach(this.#outbox, error)
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  value(message: unknown): void {
    // What comes after that is of a connection that is over.
    if (!this.#outbox.gone) this.#opened.arrived(message)
  }

  bad(error: PeerError): void {
    if (!this.#outbox.gone) this.#opened.fault(error.message)
  }

  /** The peer sends no more: nobody would answer. */
  end(): void {
    this.#lose(undefined)
  }

  closed(error: Error | undefined): void {
    this.#lose(error)
  }

  drained(): void {
    this.#outbox.drained()
  }

  drain(): void {
    this.#opened.finish(this.#outbox)
  }
}
