// Makes the connections of a client, all to the same address and on the same terms.

import { UsageError } from '../errors.ts'
import type { Address } from './address.ts'
import type { DrivenConnection } from './connection.ts'
import type { Transport } from './transport.ts'

/** Longest time that setTimeout() takes; it fires at once for more. */
const LONGEST_MS = 2_147_483_647

/** The address and the terms. */
export interface Destination {
  readonly address: Address
  readonly transport: Transport
  readonly protocols: readonly string[]
  /** Most milliseconds until a connection is made. */
  readonly timeoutMs: number | undefined
}

/** See above. */
export class Dialler {
  readonly #to: Destination
  readonly #dialling = new Set<AbortController>()
  #givenUp: { readonly reason: unknown } | undefined

  constructor(to: Destination) {
    this.#to = to
  }

  /** Makes a connection. Rejects with what the transport throws, and ADDRESS_UNREACHABLE where it takes too long. */
  async dial(): Promise<DrivenConnection> {
    if (this.#givenUp !== undefined) throw this.#givenUp.reason
    const { address, transport, protocols, timeoutMs } = this.#to
    const controller = new AbortController()
    const { signal } = controller
    this.#dialling.add(controller)
    let late = false
    const giveUp = () => {
      late = true
      controller.abort()
    }
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, Math.min(timeoutMs, LONGEST_MS))
    try {
      const connection = await transport.connect(address, { protocols, signal })
      if (signal.aborted) {
        // The transport was faster than the signal, or does not know it.
        connection.destroy()
        throw signal.reason
      }
      return connection
    } catch (cause) {
      if (!late) throw cause
      const message = `cannot connect to ${address.text}: it took longer than ${timeoutMs} ms.`
      throw new UsageError('ADDRESS_UNREACHABLE', message, { cause })
    } finally {
      clearTimeout(timer)
      this.#dialling.delete(controller)
    }
  }

  /** Dials no more; what is being dialled rejects with `reason`. */
  giveUp(reason: unknown): void {
    this.#givenUp ??= { reason }
    for (const controller of this.#dialling) controller.abort(reason)
  }
}
