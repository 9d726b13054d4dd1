// The sessions of one pipe, by their ids.

import { randomBytes } from 'node:crypto'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { Connection } from '../../src/net/connection.ts'
import { noSession, PollSession, type SessionTerms } from './session.ts'

/** How long parts have to finish when the server closes; and again, once their sessions are over. */
const LEAVE_MS = 1_000

/** See above. */
export class Sessions {
  readonly #terms: SessionTerms
  readonly #most: number
  /** Those that may be asked for. */
  readonly #byId = new Map<string, PollSession>()
  /** Those, and those whose part has not ended yet. */
  readonly #all = new Set<PollSession>()
  /** The parts that run. */
  readonly #flows = new Map<PollSession, Promise<void>>()

  constructor(terms: SessionTerms, most: number) {
    this.#terms = terms
    this.#most = most
  }

  /**
   * Begins a session.
   *
   * @throws RpcError where there are too many
   */
  begin(connection: Connection): PollSession {
    if (this.#all.size >= this.#most) throw new RpcError(-32_011, 'too many sessions')
    const session = new PollSession(randomBytes(16).toString('base64url'), connection, this.#terms)
    this.#byId.set(session.id, session)
    this.#all.add(session)
    return session
  }

  /** The part of a session runs. Never rejects. */
  follow(session: PollSession, flow: Promise<void>): void {
    this.#flows.set(session, flow)
    void flow.then(() => {
      this.#flows.delete(session)
      if (!this.#byId.has(session.id)) this.#all.delete(session)
    })
  }

  /** @throws RpcError where there is none */
  find(id: unknown): PollSession {
    const session = typeof id === 'string' ? this.#byId.get(id) : undefined
    if (session === undefined) throw noSession()
    return session
  }

  /** A session of that id, if there is one. */
  seek(id: unknown): PollSession | undefined {
    return typeof id === 'string' ? this.#byId.get(id) : undefined
  }

  end(session: PollSession): void {
    this.#byId.delete(session.id)
    if (!this.#flows.has(session)) this.#all.delete(session)
    session.end()
  }

  tick(now: number): void {
    for (const session of this.#byId.values()) if (!session.tick(now)) this.end(session)
  }

  /** Lets the parts finish, and ends those that do not. */
  async close(): Promise<void> {
    for (const session of this.#byId.values()) session.drain()
    await this.#left()
    for (const session of this.#byId.values()) this.end(session)
    await this.#left()
  }

  /** Waits for the parts that run, not for ever. */
  async #left(): Promise<void> {
    if (this.#flows.size === 0) return
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, LEAVE_MS)
    })
    await Promise.race([Promise.all(this.#flows.values()), enough])
    clearTimeout(timer)
  }
}
