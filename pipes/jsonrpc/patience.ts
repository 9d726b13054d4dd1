// Who waits no longer: messages by their deadlines and by the signals that they were given.

import { AbortGroups } from './abort-groups.ts'
import { Alarm } from './alarm.ts'
import type { Outgoing } from './outgoing.ts'

/** Where messages are given up. */
export interface PatienceHome {
  /** All that are not settled. */
  pending(): Iterable<Outgoing>
  wants(outgoing: Outgoing): boolean
  /** @param reason undefined: it is late */
  giveUp(outgoing: Outgoing, reason: unknown): void
}

/** Watches the clock, and signals. */
export class Patience {
  readonly #home: PatienceHome
  readonly #signals: AbortGroups<Outgoing>
  readonly #alarm: Alarm

  constructor(home: PatienceHome) {
    this.#home = home
    this.#signals = new AbortGroups((outgoing, reason) => home.giveUp(outgoing, reason))
    this.#alarm = new Alarm((now) => this.#ring(now))
  }

  watch(outgoing: Outgoing): void {
    const { signal } = outgoing.terms
    this.#alarm.set(outgoing.deadline)
    if (signal !== undefined && this.#home.wants(outgoing)) this.#signals.add(signal, outgoing)
  }

  /** Something of it is settled: lets go of the signal if nothing is left. */
  release(outgoing: Outgoing): void {
    const { signal } = outgoing.terms
    if (signal !== undefined && !this.#home.wants(outgoing)) this.#signals.remove(signal, outgoing)
  }

  /** Nothing will be watched any more. */
  stop(): void {
    this.#alarm.stop()
  }

  #ring(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const outgoing of [...this.#home.pending()]) {
      // A reader who is behind keeps nobody waiting but himself.
      if (outgoing.deadline <= now && outgoing.isRead) outgoing.expire(now + outgoing.terms.timeoutMs)
      if (outgoing.deadline <= now) this.#home.giveUp(outgoing, undefined)
      else if (outgoing.deadline < next) next = outgoing.deadline
    }
    return next
  }
}
