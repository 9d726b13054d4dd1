// One connection of a client, and the flow that runs over it.

import type { DrivenConnection } from './connection.ts'

/** How long a connection that is lost may take to close, in milliseconds. */
const CLOSE_MS = 2_000

/** A connection, and what the flow waits for once its last pipe is entered. */
export class Trial {
  readonly connection: DrivenConnection
  /** When the last pipe was entered. */
  openedAt: number | undefined
  /** Why the connection is lost, once it is. */
  loss: unknown
  #release: () => void = () => {}
  #fail: (error: unknown) => void = () => {}
  /** Settles when the flow is to leave. */
  readonly leaving: Promise<undefined> = new Promise((resolve, reject) => {
    this.#release = () => resolve(undefined)
    this.#fail = reject
  })

  constructor(connection: DrivenConnection) {
    this.connection = connection
    // The flow may never come to wait for it.
    this.leaving.catch(() => {})
  }

  /** Lets the flow leave. */
  release(): void {
    this.#release()
  }

  /** Makes the flow leave with an error. */
  fail(error: unknown): void {
    this.#fail(error)
  }

  async close(): Promise<void> {
    const { connection } = this
    // Nobody may wait for a peer that is gone.
    const timer = this.loss === undefined ? undefined : setTimeout(() => connection.destroy(), CLOSE_MS)
    await connection.close()
    clearTimeout(timer)
  }
}
