// A stack that runs for every connection it is given, wherever that comes from: listen() binds addresses to it.

import type { Compiled } from '../compile.ts'
import { endFlow } from '../flow.ts'
import { openAll } from '../lifecycle.ts'
import type { Pipe } from '../pipe.ts'
import { type ErrorListener, realmOf } from '../report.ts'
import { compiledStack } from '../stack.ts'
import { Trip } from '../trip.ts'
import type { DrivenConnection, Raw } from './connection.ts'

/** Options of {@link openServer}. */
export interface ServerOptions {
  /**
   * Called with every error that left a flow, or that came too late to change what the peer gets. Default: writes it to
   * stderr, with the pipe it came from. See `failureOf`.
   */
  readonly onError?: ErrorListener | undefined
}

const GRACE_MS = 5_000
/** How long flows whose connection was cut have to leave their pipes, before those are closed. */
const LEAVE_MS = 1_000
/** Longest time that setTimeout() takes; it fires at once for more. */
const MAX_GRACE_MS = 2_147_483_647

/**
 * Opens the pipes of a stack, for connections to come.
 *
 * @throws the refusals of stack(), and what a pipe's open throws
 */
export async function openServer<Adds>(stack: Pipe<Raw, Adds>, options: ServerOptions = {}): Promise<Server> {
  const compiled = compiledStack(stack)
  return new Server(compiled, await openAll(compiled.members), options)
}

/** Runs connections through a compiled stack, each as a flow. */
export class Server {
  /** The application protocols that the stack speaks, best first. */
  readonly protocols: readonly string[]
  readonly #compiled: Compiled
  readonly #closePipes: () => Promise<void>
  readonly #realm: ReturnType<typeof realmOf>
  readonly #connections = new Set<DrivenConnection>()
  #closed: Promise<void> | undefined
  #graceMs = GRACE_MS
  #cut: (() => void) | undefined
  #idle: (() => void) | undefined

  constructor(compiled: Compiled, closePipes: () => Promise<void>, { onError }: ServerOptions) {
    this.#compiled = compiled
    this.#closePipes = closePipes
    this.#realm = realmOf(onError)
    this.protocols = compiled.protocols
  }

  readonly report = (error: unknown): void => this.#realm.report(error)

  /** Runs a connection; after close(), cuts it. */
  readonly accept = (connection: DrivenConnection): void => {
    if (this.#closed !== undefined) {
      connection.destroy()
      return
    }
    this.#connections.add(connection)
    const { segment } = this.#compiled
    const trip = new Trip(segment, undefined, connection, undefined)
    trip.realm = this.#realm
    const flow = endFlow(trip, (error) => {
      if (error !== undefined) this.report(error)
      // Returned, so that deferred functions run after the last byte.
      return connection.settle === undefined ? connection.close() : connection.settle(error)
    })
    // Only then: what the deferred functions release belongs to pipes that are closed after the last flow.
    void Promise.resolve(flow)
      .catch(this.report)
      .finally(() => this.#forget(connection))
  }

  #forget(connection: DrivenConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#idle?.()
  }

  /**
   * Drains the connections, cuts what is left after the grace, and closes the pipes. Called again with 0, cuts at once.
   *
   * @param graceMs most milliseconds to wait for flows, default 5_000; 0 cuts at once
   * @param stop stops what new connections come from; called once
   */
  close(graceMs: number = GRACE_MS, stop: () => Promise<unknown> = async () => {}): Promise<void> {
    if (this.#closed === undefined) {
      this.#graceMs = graceMs
      this.#closed = this.#close(stop)
    } else if (graceMs === 0) {
      this.#graceMs = 0
      this.#cut?.()
    }
    return this.#closed
  }

  async #close(stop: () => Promise<unknown>): Promise<void> {
    await stop()
    for (const connection of this.#connections) connection.drain()
    if (this.#connections.size > 0) await this.#emptied()
    await this.#closePipes()
  }

  /** Waits until the last connection is closed, and cuts those that take longer than the grace. */
  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      this.#cut = () => {
        clearTimeout(timer)
        for (const connection of this.#connections) connection.destroy()
        timer = setTimeout(resolve, LEAVE_MS)
      }
      timer = setTimeout(this.#cut, Math.min(this.#graceMs, MAX_GRACE_MS))
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#graceMs === 0) this.#cut()
    })
  }
}
