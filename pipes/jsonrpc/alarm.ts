// One timer for all time-outs of a client: one each would cost 87 ns a call (HOT_PATH.md), and nearly none ever fires.

/** So far apart are the times at which it rings: whoever waits is told up to this many milliseconds late. */
const GRID_MS = 16

/** Rings at the earliest of the times that it was set to. Does not keep the process alive. */
export class Alarm {
  readonly #ring: (now: number) => number
  #at = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** @param ring is given the time, gives the next one to ring at; Infinity: none. All are of `performance.now()` */
  constructor(ring: (now: number) => number) {
    this.#ring = ring
  }

  set(time: number): void {
    if (time >= this.#at || time === Number.POSITIVE_INFINITY) return
    this.stop()
    this.#at = Math.ceil(time / GRID_MS) * GRID_MS
    this.#timer = setTimeout(() => this.#fire(), Math.max(1, Math.ceil(this.#at - performance.now()))).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#at = Number.POSITIVE_INFINITY
  }

  #fire(): void {
    this.stop()
    this.set(this.#ring(performance.now()))
  }
}
