// An address at a broker that is listened on: one intake after the other, since brokers are restarted and connections are lost.

import { Backoff, reconnectSettings } from './backoff.ts'
import type { Bound, ListenTerms } from './transport.ts'

/** What takes messages from a broker, until it is stopped or lost. */
export interface Intake {
  /** Since when, by `performance.now()`. */
  readonly since: number
  /** Resolves when it is lost, with why. */
  readonly lost: Promise<Error>
  /** Takes no more messages. Those under way are finished; it ends with the last one. */
  stop(): Promise<void>
}

/** Makes an intake. Rejects where that is not possible at once, and when the signal fires. */
export type Dial = (signal: AbortSignal) => Promise<Intake>

/** See {@link Bound}. */
export class RecoveringBound implements Bound {
  readonly address: string
  state: 'open' | 'waiting' = 'open'
  readonly #dial: Dial
  readonly #terms: ListenTerms
  readonly #backoff: Backoff | undefined
  #intake: Intake | undefined
  #recovering: Promise<void> | undefined
  readonly #stopping = new AbortController()
  #wake: () => void = () => {}

  private constructor(address: string, dial: Dial, terms: ListenTerms) {
    this.address = address
    this.#dial = dial
    this.#terms = terms
    const settings = reconnectSettings(true)
    this.#backoff = settings === undefined ? undefined : new Backoff(settings)
  }

  /** Rejects where it cannot be reached at once, with what `dial` rejects with. */
  static async open(address: string, dial: Dial, terms: ListenTerms): Promise<RecoveringBound> {
    const bound = new RecoveringBound(address, dial, terms)
    bound.#use(await dial(bound.#stopping.signal))
    return bound
  }

  #use(intake: Intake): void {
    this.#intake = intake
    void intake.lost.then((error) => {
      if (this.#stopping.signal.aborted) return
      this.#backoff?.lost(performance.now() - intake.since)
      this.#recovering = this.#recover(error)
    })
  }

  async #recover(loss: Error): Promise<void> {
    this.state = 'waiting'
    this.#terms.changed(loss)
    let told = ''
    for (;;) {
      await this.#wait(this.#backoff?.next() ?? 0)
      const { signal } = this.#stopping
      if (signal.aborted) return
      try {
        this.#use(await this.#dial(signal))
        break
      } catch (error) {
        if (signal.aborted) return
        // Once for each kind: whoever reads them knows by the first.
        const message = error instanceof Error ? error.message : String(error)
        if (message !== told) this.#terms.report(error)
        told = message
      }
    }
    this.state = 'open'
    this.#terms.changed()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#recovering
    await this.#intake?.stop()
  }
}
