// The read side of a channel of values as an async iterable: csgi's `read`.

import { PeerError, UsageError } from '../errors.ts'
import { brokeError, ItemReader } from '../net/item-reader.ts'
import type { MessageChannel } from './message-channel.ts'
import type { ValueSink } from './values.ts'

/** What is read: how long the latest value was, and where it comes from. */
export type ReadChannel = Pick<MessageChannel, 'length' | 'remote' | 'pause' | 'resume'>

/** Takes a channel's values and gives them to one loop after the other. What ended the channel is thrown once all that came is read. */
export class ValueReader extends ItemReader<unknown> implements ValueSink {
  readonly #channel: ReadChannel

  constructor(channel: ReadChannel) {
    super(channel)
    this.#channel = channel
  }

  value(value: unknown): void {
    this.push(value, this.#channel.length)
  }

  bad(error: PeerError): void {
    this.finish(error)
  }

  fail(error: unknown): void {
    this.finish(error)
  }

  end(): void {
    this.finish()
  }

  drained(): void {}

  /** See ByteReader. */
  drain(): void {
    this.finish()
  }

  closed(error: Error | undefined): void {
    if (error === undefined || error instanceof PeerError || error instanceof UsageError) this.finish(error)
    else this.finish(brokeError(this.#channel.remote, error))
  }
}
