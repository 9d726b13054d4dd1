// Who serves and who calls share one connection, and each may have reasons to let nothing in.

import type { ValueChannel } from '../../src/messages/values.ts'

/** The peer does not take what we answer. */
export const ANSWERS_WAIT = 1
/** The reader of a stream is behind. */
export const READER_BEHIND = 2
/** What the peer sends is no message, and others have their turn. */
export const NONSENSE = 4
/** As many notifications as may be are under way. */
export const NOTES_WAIT = 8

/** Holds a channel back as long as there is a reason to. */
export class Brake {
  readonly #channel: Pick<ValueChannel, 'pause' | 'resume'>
  /** Bits. */
  #reasons = 0

  constructor(channel: Pick<ValueChannel, 'pause' | 'resume'>) {
    this.#channel = channel
  }

  hold(reason: number): void {
    if (this.#reasons === 0) this.#channel.pause()
    this.#reasons |= reason
  }

  release(reason: number): void {
    if ((this.#reasons & reason) === 0) return
    this.#reasons &= ~reason
    if (this.#reasons === 0) this.#channel.resume()
  }
}
