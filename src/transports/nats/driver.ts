// The driver, @nats-io/transport-node: loaded when it is first used. Of its types only what is used here, so that nobody needs them
// to compile.

import { loadPackage } from '../../optional-package.ts'

/** Header fields; with a code where the server itself says something: 503, nobody is there. */
export interface Fields extends Iterable<readonly [name: string, values: readonly string[]]> {
  readonly code: number
  readonly description: string
  set(name: string, value: string): void
}

/** A message that came. */
export interface Message {
  readonly subject: string
  readonly reply?: string
  readonly data: Uint8Array
  readonly headers?: Fields
}

/** Who gets messages; `error` where the server does not let it. */
export type Take = (error: Error | null, message: Message) => void

/** What messages are taken by. */
export interface Subscription {
  /** Takes no more; resolves when what was on its way has come. */
  drain(): Promise<void>
  unsubscribe(): void
}

/** A connection to a server. */
export interface Client {
  /** What the server says of itself: `max_payload`, most bytes of a message. */
  readonly info?: object
  publish(subject: string, data: Uint8Array | string, options?: { reply?: string; headers?: Fields }): void
  subscribe(subject: string, options: { queue?: string; callback: Take }): Subscription
  request(subject: string, data: Uint8Array | string, options: { timeout: number; headers?: Fields }): Promise<Message>
  /** Resolves when the server has seen all that was published before. */
  flush(): Promise<void>
  close(): Promise<void>
  /** Resolves when it is closed, with why if that was not asked for. */
  closed(): Promise<Error | undefined>
}

/** What is used of the package. */
export interface Driver {
  connect(options: object): Promise<Client>
  headers(code?: number, description?: string): Fields
  createInbox(): string
}

let loading: Promise<Driver> | undefined

/**
 * Loads it.
 *
 * @throws UsageError MODULE_BAD with the command that installs it
 */
export function loadDriver(): Promise<Driver> {
  loading ??= loadPackage<Driver & { readonly default?: Driver }>('@nats-io/transport-node', 'nats://').then(
    (loaded) => (typeof loaded.connect === 'function' ? loaded : (loaded.default ?? loaded)),
    (error) => {
      loading = undefined
      throw error
    },
  )
  return loading
}
