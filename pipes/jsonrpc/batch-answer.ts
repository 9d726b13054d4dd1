// A batch: its calls run at the same time, and are answered together when the last one is done.

import type { Answer } from './answer.ts'

/** The answers of one batch, in the order in which they are ready (JSON-RPC 2.0, section 6). */
export class BatchAnswer {
  readonly #answers: Answer[] = []
  readonly #send: (answers: Answer[]) => void
  /** Answers that are to come; and until it is closed, the batch itself. */
  #waiting = 1

  constructor(send: (answers: Answer[]) => void) {
    this.#send = send
  }

  /** An answer that is ready at once. */
  add(answer: Answer): void {
    this.#answers.push(answer)
  }

  /** An answer is to come, by settle(). */
  expect(): void {
    this.#waiting++
  }

  /** An answer that was to come. */
  settle(answer: Answer): void {
    this.#answers.push(answer)
    this.close()
  }

  /** All calls have begun. A batch of notifications has no answer at all, not even an empty one. */
  close(): void {
    if (--this.#waiting === 0 && this.#answers.length > 0) this.#send(this.#answers)
  }
}
