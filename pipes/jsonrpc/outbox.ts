// The way out of one connection: answers and the values of streams, and what becomes of those that cannot be sent.

import type { ValueChannel } from '../../src/messages/values.ts'
import { type Answer, errorAnswer, INTERNAL_ERROR } from './answer.ts'
import type { BatchAnswer } from './batch-answer.ts'
import { ANSWERS_WAIT, type Brake } from './brake.ts'

/** Sends on a channel, and stops reading from it while the peer does not take what is sent. */
export class Outbox {
  /** The connection is gone: nothing is sent any more. */
  gone = false
  /** Something was sent. */
  used = false
  readonly #channel: ValueChannel
  readonly #brake: Brake
  readonly #report: (error: unknown) => void
  #blocked = false
  #waiting: (() => void)[] = []

  constructor(channel: ValueChannel, brake: Brake, report: (error: unknown) => void) {
    this.#channel = channel
    this.#brake = brake
    this.#report = report
  }

  /** Answers a call. What the format cannot carry becomes an internal error. */
  answer(answer: Answer): void {
    if (this.gone) return
    try {
      this.#send(answer)
    } catch (error) {
      this.#report(error)
      this.#sendInstead(instead(answer))
    }
  }

  /** Gives an answer to the batch that waits for it, or sends it. */
  deliver(answer: Answer, batch: BatchAnswer | undefined): void {
    if (batch === undefined) this.answer(answer)
    else batch.settle(answer)
  }

  /** Answers a batch. Only those answers become errors that cannot be sent. */
  answers(answers: readonly Answer[]): void {
    if (this.gone) return
    try {
      this.#send(answers)
    } catch (error) {
      this.#report(error)
      this.#sendInstead(answers.map((answer) => (this.#fits(answer) ? answer : instead(answer))))
    }
  }

  /** Answers what is no call, and says so by the status where there is one. */
  refuse(answer: Answer, status: string = '400 Bad Request'): void {
    const { response } = this.#channel
    if (response !== undefined && !this.gone) response.status = status
    this.answer(answer)
  }

  /**
   * Sends a notification. False: no more, please. Where one message is all that goes (http()), there is no place for it.
   *
   * @throws UsageError WRITE_VALUE
   */
  notify(method: string, params: object): boolean {
    if (this.gone || this.#channel.response !== undefined) return true
    return this.#send({ jsonrpc: '2.0', method, params })
  }

  #send(message: unknown): boolean {
    const more = this.#channel.send(message)
    this.used = true
    if (!more && !this.#blocked) {
      // A peer that sends calls and reads no answers gets no further ones.
      this.#blocked = true
      this.#brake.hold(ANSWERS_WAIT)
    }
    return more
  }

  /** Sends what takes the place of something else, if even that is possible. */
  #sendInstead(message: Answer | Answer[]): void {
    try {
      this.#send(message)
    } catch (error) {
      this.#report(error)
      if (Array.isArray(message)) this.#send(message.map(instead))
    }
  }

  /** Whether an answer can be sent by itself. */
  #fits(answer: Answer): boolean {
    try {
      this.#channel.check?.(answer)
      return this.#channel.check !== undefined
    } catch {
      return false
    }
  }

  /** Calls back once more may be sent. */
  whenDrained(goOn: () => void): void {
    this.#waiting.push(goOn)
  }

  drained(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#brake.release(ANSWERS_WAIT)
    for (const goOn of this.#waiting.splice(0)) goOn()
  }

  /** No more will be sent: an exchange that has come to nothing says so. */
  end(): void {
    const { response } = this.#channel
    if (response !== undefined && !this.used && !this.gone) response.status = '204 No Content'
  }
}

/** What is sent in place of an answer that cannot be. */
function instead(answer: Answer): Answer {
  return errorAnswer('jsonrpc' in answer ? '2.0' : '1.0', answer.id, INTERNAL_ERROR)
}
