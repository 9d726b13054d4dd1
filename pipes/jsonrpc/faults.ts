// What a peer does wrong and no call can be told: reported, but not without end.

import { PeerError } from '../../src/errors.ts'

const MOST_REPORTS = 8

/** Reports the first faults of a connection. */
export class Faults {
  readonly #remote: string
  readonly #report: (error: unknown) => void
  #count = 0

  constructor(remote: string, report: (error: unknown) => void) {
    this.#remote = remote
    this.#report = report
  }

  /** Another connection: its faults count anew. */
  reset(): void {
    this.#count = 0
  }

  add(what: string, cause?: unknown): void {
    if (++this.#count > MOST_REPORTS) return
    const more = this.#count === MOST_REPORTS ? ' Further faults of this connection are not reported.' : ''
    this.#report(new PeerError('MESSAGE_BAD', `${this.#remote}: ${what}.${more}`, { pipe: 'jsonrpc.client', cause }))
  }
}
