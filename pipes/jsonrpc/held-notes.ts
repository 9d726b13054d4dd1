// Notifications that wait for others to end: who sends more than are run is held back, since he cannot be answered.

import { type Brake, NOTES_WAIT } from './brake.ts'
import type { Method } from './methods.ts'
import type { Arrived, Version } from './wire.ts'

/** A notification that is not begun. */
export interface HeldNote {
  readonly method: Method
  readonly message: Arrived
  readonly version: Version
}

/** See above. */
export class HeldNotes {
  readonly #most: number
  readonly #brake: Brake
  readonly #awaits: () => boolean
  // In their order; the first is taken out without moving the others.
  readonly #notes = new Set<HeldNote>()

  /**
   * @param most how many are held where the peer cannot be held back
   * @param awaits whether calls of ours wait for answers: a method that waits for one would never end if nothing were read
   */
  constructor(most: number, brake: Brake, awaits: () => boolean) {
    this.#most = most
    this.#brake = brake
    this.#awaits = awaits
  }

  get size(): number {
    return this.#notes.size
  }

  /** Holds one. While the peer is held back, only what had arrived before can follow. False: it is thrown away. */
  add(note: HeldNote): boolean {
    if (this.#awaits() && this.#notes.size >= this.#most) return false
    this.#notes.add(note)
    this.look()
    return true
  }

  /** Takes out the first. */
  shift(): HeldNote | undefined {
    for (const note of this.#notes) {
      this.#notes.delete(note)
      return note
    }
    return undefined
  }

  clear(): void {
    this.#notes.clear()
    this.look()
  }

  /** There are none any more, or calls of ours wait for answers, or none do any more. */
  look(): void {
    if (this.#notes.size > 0 && !this.#awaits()) this.#brake.hold(NOTES_WAIT)
    else this.#brake.release(NOTES_WAIT)
  }
}
