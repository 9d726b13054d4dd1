// listen: serves a stack at one address or several.

import type { Compiled } from '../compile.ts'
import { REALM } from '../fields.ts'
import { endFlow } from '../flow.ts'
import { openAll } from '../lifecycle.ts'
import type { Pipe } from '../pipe.ts'
import { type ErrorListener, realmOf } from '../report.ts'
import { compiledStack } from '../stack.ts'
import { hang } from '../suppressed.ts'
import { parseAddress } from './address.ts'
import type { DrivenConnection, Raw } from './connection.ts'
import { type Bound, type ListenTerms, transportOf } from './transport.ts'

/** Options of {@link listen}. */
export interface ListenOptions {
  /**
   * Called with every error that left a flow, or that came too late to change what the peer gets. Default: writes it to
   * stderr, with the pipe it came from. See `failureOf`.
   */
  readonly onError?: ErrorListener
}

/** A stack being served. */
export interface Listener extends AsyncDisposable {
  /** The address as it is now, with the port that was taken; the first one where there are several. */
  readonly address: string
  /** All addresses. */
  readonly addresses: readonly string[]
  /**
   * Accepts no more, lets the flows under way finish, closes what is idle, cuts what is left after `graceMs`, then closes
   * the pipes in reverse.
   *
   * @param options.graceMs most milliseconds to wait for flows, default 5_000; 0 cuts at once
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
  /** Reads again what the addresses refer to: the certificates of `tls://`. Where that fails, the old ones stay. */
  reload(): Promise<void>
}

const GRACE_MS = 5_000

/**
 * Serves a stack at an address, or at several.
 *
 * @param address see the table of addresses in DESIGN.md section 6: `tcp://127.0.0.1:8080`, `ipc://run/app.sock`, `memory://name`
 * @returns when all addresses are bound; where one fails, none stays bound, and the error names it
 * @example
 * await using listener = await listen('tcp://127.0.0.1:0', stack(http(), () => 'hello'))
 * await fetch(listener.address.replace('tcp', 'http'))
 */
export async function listen<Adds>(
  address: string | readonly string[],
  stack: Pipe<Raw, Adds>,
  options: ListenOptions = {},
): Promise<Listener> {
  const compiled = compiledStack(stack)
  const addresses = (typeof address === 'string' ? [address] : address).map(parseAddress)
  const closePipes = await openAll(compiled.members)
  const server = new Server(compiled, options, closePipes)
  try {
    for (const each of addresses) {
      const transport = await transportOf(each)
      server.bound.push(await transport.listen(each, (connection) => server.accept(connection), server))
    }
  } catch (error) {
    await server.close({ graceMs: 0 }).catch((closing) => {
      throw hang(error, closing)
    })
    throw error
  }
  return server
}

class Server implements Listener, ListenTerms {
  readonly bound: Bound[] = []
  readonly #connections = new Set<DrivenConnection>()
  readonly #compiled: Compiled
  readonly #realm: ReturnType<typeof realmOf>
  readonly #closePipes: () => Promise<void>
  #closed: Promise<void> | undefined
  #closing = false
  #cut: (() => void) | undefined
  #idle: (() => void) | undefined

  constructor(compiled: Compiled, options: ListenOptions, closePipes: () => Promise<void>) {
    this.#compiled = compiled
    this.#realm = realmOf(options.onError)
    this.#closePipes = closePipes
  }

  get protocols(): readonly string[] {
    return this.#compiled.protocols
  }

  readonly report = (error: unknown): void => this.#realm.report(error)

  async reload(): Promise<void> {
    for (const bound of this.bound) await bound.reload?.()
  }

  get address(): string {
    return this.bound[0]?.address ?? ''
  }

  get addresses(): readonly string[] {
    return this.bound.map(({ address }) => address)
  }

  accept(connection: DrivenConnection): void {
    if (this.#closing) {
      connection.destroy()
      return
    }
    this.#connections.add(connection)
    const { segment } = this.#compiled
    const bag = new segment.Bag(undefined, connection, undefined)
    bag[REALM] = this.#realm
    const pending = endFlow(bag, (error) => {
      if (error !== undefined) this.#realm.report(error)
      // Returned, so that deferred functions run after the last byte.
      return connection.close().finally(() => this.#forget(connection))
    })
    pending?.catch((error) => this.#realm.report(error))
  }

  #forget(connection: DrivenConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#idle?.()
  }

  close({ graceMs = GRACE_MS }: { readonly graceMs?: number } = {}): Promise<void> {
    if (this.#closed === undefined) this.#closed = this.#close(graceMs)
    else if (graceMs === 0) this.#cut?.()
    return this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    this.#closing = true
    await Promise.all(this.bound.map((bound) => bound.stop()))
    for (const connection of this.#connections) connection.drain()
    if (this.#connections.size > 0) await this.#emptied(graceMs)
    await this.#closePipes()
  }

  /** Waits until the last connection is closed, and cuts those that take longer than the grace. */
  #emptied(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cut = () => {
        for (const connection of this.#connections) connection.destroy()
      }
      const timer = setTimeout(this.#cut, graceMs)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
      if (graceMs === 0) this.#cut()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
