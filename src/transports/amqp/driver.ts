// The driver, amqplib: loaded when it is first used. Of its types only what is used here, so that nobody needs them to compile.

import { loadPackage } from '../../optional-package.ts'

/** What stands with a message besides its body. */
export interface Properties {
  readonly contentType?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  readonly correlationId?: string | undefined
  readonly replyTo?: string | undefined
  readonly expiration?: string | undefined
  readonly messageId?: string | undefined
  readonly timestamp?: number | undefined
  readonly type?: string | undefined
  readonly userId?: string | undefined
  readonly appId?: string | undefined
  readonly priority?: number | undefined
}

/** A message that came. */
export interface Message {
  readonly content: Buffer
  readonly fields: {
    readonly deliveryTag: number
    readonly redelivered: boolean
    readonly exchange: string
    readonly routingKey: string
    /** Of a message that came back (basic.return): why. */
    readonly replyText?: string
  }
  readonly properties: Properties
}

/** What a message is published with. */
export interface PublishOptions extends Properties {
  readonly persistent?: boolean
  /** Where no queue takes it, it comes back. */
  readonly mandatory?: boolean
}

/** Told once what became of a message: null where the broker has it. */
export type Confirmed = (error: Error | null) => void

/** A channel that confirms what is published on it. */
export interface Channel {
  assertQueue(queue: string, options: object): Promise<{ readonly queue: string }>
  checkQueue(queue: string): Promise<unknown>
  prefetch(count: number): Promise<unknown>
  /** `take` gets null when the broker ends the consumer: its queue was deleted. */
  consume(queue: string, take: (message: Message | null) => void): Promise<{ readonly consumerTag: string }>
  cancel(consumerTag: string): Promise<unknown>
  publish(exchange: string, key: string, content: Buffer, options: PublishOptions, confirmed: Confirmed): boolean
  ack(message: Message, allUpTo?: boolean): void
  nack(message: Message, allUpTo: boolean, requeue: boolean): void
  close(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'return', listener: (message: Message) => void): void
  on(event: 'close' | 'drain', listener: () => void): void
}

/** A connection to the broker. */
export interface Model {
  createConfirmChannel(): Promise<Channel>
  close(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'close', listener: (error: Error | undefined) => void): void
}

interface Amqplib {
  connect(url: object, socketOptions: object): Promise<Model>
}

/**
 * Loads it.
 *
 * @throws UsageError MODULE_BAD with the command that installs it
 */
export async function loadDriver(): Promise<Amqplib> {
  const loaded = await loadPackage<Amqplib & { readonly default?: Amqplib }>('amqplib', 'amqp://')
  return loaded.default ?? loaded
}
