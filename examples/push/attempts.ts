// Counts attempts, so that nobody can try passwords for ever.

/** At most `most` attempts of a kind in a row; then none for `windowMs` since the first. */
export class Attempts {
  readonly #most: number
  readonly #windowMs: number
  readonly #counted = new Map<string, { count: number; until: number }>()

  constructor(most: number, windowMs: number) {
    this.#most = most
    this.#windowMs = windowMs
  }

  /** Counts one. False: it is one too many. */
  allow(key: string): boolean {
    const now = Date.now()
    const found = this.#counted.get(key)
    const counted = found !== undefined && found.until > now ? found : { count: 0, until: now + this.#windowMs }
    // What was begun last is the last, so that the first one is the one to forget.
    if (counted !== found) this.#counted.delete(key)
    this.#counted.set(key, counted)
    if (this.#counted.size > MOST_KEYS) this.#forgetOldest()
    counted.count++
    return counted.count <= this.#most
  }

  /** It went well: nothing is held against it. */
  forget(key: string): void {
    this.#counted.delete(key)
  }

  #forgetOldest(): void {
    for (const key of this.#counted.keys()) {
      this.#counted.delete(key)
      return
    }
  }
}

const MOST_KEYS = 10_000
