// Events that the client has not confirmed yet, numbered from 1 in the order in which they were sent.

/** Some of them: the number of the first, and all behind it in order. */
export interface Batch {
  readonly first: number
  readonly events: readonly unknown[]
}

/** Kept as text: what is sent again is what was sent, whatever became of the value. */
export class KeptEvents {
  #texts: string[] = []
  #first = 1
  #size = 0

  /** How many there are. */
  get count(): number {
    return this.#texts.length
  }

  /** UTF-16 units of all of them. */
  get size(): number {
    return this.#size
  }

  /** The number of the newest event, kept or confirmed. */
  get last(): number {
    return this.#first + this.#texts.length - 1
  }

  add(text: string): void {
    this.#texts.push(text)
    this.#size += text.length
  }

  /** Drops all up to number `ack`. False: they were dropped before. */
  confirm(ack: number): boolean {
    const confirmed = Math.min(ack + 1 - this.#first, this.#texts.length)
    if (confirmed <= 0) return false
    for (const text of this.#texts.splice(0, confirmed)) this.#size -= text.length
    this.#first += confirmed
    return true
  }

  /** The oldest, at most so many. */
  batch(most: number): Batch {
    return { first: this.#first, events: this.#texts.slice(0, most).map((text) => JSON.parse(text)) }
  }

  /** Nobody will ask for them any more. */
  drop(): void {
    this.#texts = []
    this.#size = 0
  }
}
