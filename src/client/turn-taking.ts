// Messages that leave one request after the other: requests that are under way together may arrive in any order.

/** Whom it tells. */
export interface TurnHome {
  /** Sends messages; resolves when they have arrived. */
  leave(messages: readonly object[]): Promise<void>
  /** All have left: more may come. */
  drained(): void
  failed(error: unknown): void
}

/** See above. */
export class TurnTaking {
  readonly #home: TurnHome
  readonly #most: number
  #waiting: object[] = []
  #running = false
  #underWay = false
  #over = false
  #end: (() => void) | undefined

  /** @param most most messages of one request */
  constructor(most: number, home: TurnHome) {
    this.#most = most
    this.#home = home
  }

  /**
   * Sends a message, with the others of this tick. False: no more, please, until all have left; what waits in a channel is not lost
   * with the line. What is given all the same is held.
   */
  add(message: object): boolean {
    if (this.#over) return false
    this.#waiting.push(message)
    if (!this.#running) void this.#run()
    return !this.#underWay && this.#waiting.length < this.#most
  }

  async #run(): Promise<void> {
    this.#running = true
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      this.#underWay = true
      try {
        await this.#home.leave(this.#waiting.splice(0, this.#most))
      } catch (error) {
        if (!this.#over) this.#home.failed(error)
        return
      }
    }
    this.#running = false
    this.#underWay = false
    if (this.#end !== undefined) this.#end()
    else if (!this.#over) this.#home.drained()
  }

  /** Calls back once all have left. */
  end(callback: () => void): void {
    if (this.#running) this.#end = callback
    else callback()
  }

  /** What waits is not sent. */
  drop(): void {
    this.#over = true
    this.#waiting = []
    this.#end = undefined
  }
}
