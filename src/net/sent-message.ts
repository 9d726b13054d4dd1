// A message that was published and not confirmed yet.

import { ConnectionLostError, type LostCode } from '../errors.ts'
import type { Posting } from './connection.ts'

/** See above. */
export class SentMessage {
  /** They count up. */
  readonly id: number
  readonly bytes: number
  readonly posting: Posting | undefined
  /** It came back: nobody took it. */
  returned = false
  #resolve: (() => void) | undefined
  #reject: ((error: Error) => void) | undefined

  constructor(id: number, bytes: number, posting: Posting | undefined) {
    this.id = id
    this.bytes = bytes
    this.posting = posting
  }

  /** Resolves when the broker has it. Nobody has to wait. */
  wait(): Promise<void> {
    const waiting = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    waiting.catch(() => {})
    return waiting
  }

  resolve(): void {
    this.#resolve?.()
  }

  /** Whether somebody waits for it, who is told now. */
  reject(error: Error): boolean {
    this.#reject?.(error)
    return this.#reject !== undefined
  }
}

/** What became of a message that no broker has taken. */
export function undelivered(code: LostCode, shown: string, why: string, cause?: unknown): ConnectionLostError {
  return new ConnectionLostError(code, `a message to ${shown} ${why}.`, { cause })
}
