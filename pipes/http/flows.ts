// The flows of one connection. What stands above http() is left after them, also when the connection is gone before.

/** Counts the flows that are under way. */
export class Flows {
  readonly #report: (error: unknown) => void
  readonly #ended: () => void
  #count = 0
  #closed = false

  /** @param ended called once the connection is gone and its last flow has ended */
  constructor(report: (error: unknown) => void, ended: () => void) {
    this.#report = report
    this.#ended = ended
  }

  /** A flow that has not ended yet. */
  add(flow: PromiseLike<unknown>): void {
    this.#count++
    flow.then(
      () => this.#leave(),
      (error) => {
        this.#report(error)
        this.#leave()
      },
    )
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true
    if (this.#count === 0) this.#ended()
  }

  #leave(): void {
    this.#count--
    if (this.#closed && this.#count === 0) this.#ended()
  }
}
