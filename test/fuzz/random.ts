// A seeded source of chance: the same seed makes the same cases on every machine.

/** Pseudo-random numbers by mulberry32: 32 bits of state, which is enough for fuzzing. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    const found = choices[this.below(choices.length)]
    if (found === undefined) throw new RangeError('there is nothing to pick from')
    return found
  }

  /** What `make` gives, up to, not including, `limit` times. */
  some<T>(limit: number, make: () => T): T[] {
    return Array.from({ length: this.below(limit) }, make)
  }
}
