// What a peer does wrong and no call can be told: reported, but not without end.

import { PeerError, quote } from '../../src/errors.ts'
import type { RpcError } from '../../src/messages/rpc-error.ts'
import { answerError } from './call-errors.ts'
import type { Arrived } from './wire.ts'

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

  /**
   * An answer to no call. An error that says not for which call is given back, where `only` one message can be meant: the peer did
   * not understand it.
   */
  addStray({ id, error }: Arrived, only: boolean): RpcError | undefined {
    if ((id !== undefined && id !== null) || error === undefined || error === null) {
      this.add(`an answer came that no call waits for: its id is ${quote(id)}`)
      return undefined
    }
    const told = answerError(error)
    if (only) return told
    this.add(`an error came that says not for which call: ${quote(told.message)}`, told)
    return undefined
  }

  add(what: string, cause?: unknown): void {
    if (++this.#count > MOST_REPORTS) return
    const more = this.#count === MOST_REPORTS ? ' Further faults of this connection are not reported.' : ''
    const message = `${this.#remote}: ${what.replace(/\.$/, '')}.${more}`
    this.#report(new PeerError('MESSAGE_BAD', message, { pipe: 'jsonrpc.client', cause }))
  }
}
