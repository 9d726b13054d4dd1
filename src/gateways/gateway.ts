// A stack that is given connections by a server which is not ours.

import type { DrivenConnection, Raw } from '../net/connection.ts'
import { openServer, type Server, type ServerOptions } from '../net/server.ts'
import type { Ends } from '../net/stream-connection.ts'
import type { Pipe } from '../pipe.ts'
import { realmOf } from '../report.ts'
import { connectionPair } from '../transports/memory.ts'

/** What every gateway can do besides. */
export interface GatewayVerbs extends AsyncDisposable {
  /** Opens the pipes, which else the first request does. Rejects with what a pipe's `open` throws. */
  open(): Promise<void>
  /**
   * Lets the requests under way finish, and closes the pipes. What comes from then on is answered 503.
   *
   * @param options.graceMs most milliseconds to wait, default 5_000; 0 cuts at once
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** See above. */
export class Gateway<Adds> implements GatewayVerbs {
  readonly #stack: Pipe<Raw, Adds>
  readonly #options: ServerOptions
  #opening: Promise<Server> | undefined
  #closed = false

  constructor(stack: Pipe<Raw, Adds>, options: ServerOptions) {
    this.#stack = stack
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#open()
  }

  /** A connection to the stack; undefined where it is closed, or cannot be opened, which is reported. */
  async connect(secure: boolean, ends: Ends): Promise<DrivenConnection | undefined> {
    try {
      if (this.#closed) return undefined
      const server = await this.#open()
      if (this.#closed) return undefined
      const [near, far] = connectionPair('gateway', { secure, protocol: undefined }, ends)
      server.accept(far)
      return near
    } catch (error) {
      realmOf(this.#options.onError).report(error)
      return undefined
    }
  }

  async close({ graceMs }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closed = true
    // One that could not be opened has nothing to close.
    const server = await this.#opening?.catch(() => undefined)
    await server?.close(graceMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ graceMs: 0 })
  }

  #open(): Promise<Server> {
    // What could not be opened is tried again.
    this.#opening ??= openServer(this.#stack, this.#options).catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }
}

/** `tcp://host:port`, as connections call their ends; empty without a host. */
export function endOf(host: string | undefined, port: number | undefined): string {
  if (host === undefined || host === '' || port === undefined) return ''
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Puts the verbs of a gateway on its function. */
export function withVerbs<Call extends (...given: never) => unknown, Adds>(
  call: Call,
  gateway: Gateway<Adds>,
): Call & GatewayVerbs {
  return Object.assign(call, {
    open: () => gateway.open(),
    close: (options?: { readonly graceMs?: number }) => gateway.close(options),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  })
}
