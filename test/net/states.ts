// What a client tells of itself, for tests to wait for.

import type { ConnectState } from '../../src/net/client.ts'

/** Keeps what `onState` is told. */
export class States {
  readonly told: ConnectState[] = []
  readonly errors: unknown[] = []
  #waiting: (() => void)[] = []

  readonly onState = (state: ConnectState, error?: unknown): void => {
    this.told.push(state)
    this.errors.push(error)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Waits until `state` was told `times` times. Gives the error that came with it last. */
  async sees(state: ConnectState, times = 1): Promise<unknown> {
    for (;;) {
      const at = this.told.flatMap((told, index) => (told === state ? [index] : []))
      const last = at[times - 1]
      if (last !== undefined) return this.errors[last]
      if (this.told.at(-1) === 'closed') throw new Error(`closed before ${state}: ${this.told.join(', ')}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}
