// Which way is tried next. The one that worked is remembered, so that the next line does not wait again for what is blocked.

import type { Page } from './page.ts'

/** The ways to a server, the best one first. */
export const WAYS = ['websocket', 'sse', 'longpoll'] as const

/** How messages travel: one of {@link WAYS}. */
export type WayName = (typeof WAYS)[number]

/** So many rounds nothing but the way that worked is tried: a server that is started anew is missed by all of them. */
const ROUNDS_ALONE = 2
/** After so long, what is better is tried again: the page may be in another network. */
const REMEMBERED_MS = 600_000

interface Remembered {
  readonly way: string
  readonly at: number
}

/** See above. */
export class Order {
  readonly #ways: readonly WayName[]
  readonly #page: Page
  readonly #key: string
  #remembered: Remembered | undefined
  #rounds = 0
  /** What the last round began with. */
  #first: WayName | undefined

  /** @param key under which the tab remembers it, for the next page */
  constructor(ways: readonly WayName[], page: Page, key: string) {
    this.#ways = ways
    this.#page = page
    this.#key = `pipestack:${key}`
    this.#remembered = this.#read()
  }

  /** A way has worked. */
  worked(way: WayName): void {
    this.#rounds = 0
    // Still the one that was chosen then: its time is not renewed, so that the better ones get their turn.
    if (this.#remembered?.way === way && this.#first === way) return
    this.#remembered = { way, at: Date.now() }
    try {
      this.#page.sessionStorage?.setItem(this.#key, JSON.stringify(this.#remembered))
    } catch {
      // Full, or forbidden: then only this page remembers.
    }
  }

  /** What is to be tried, in this order, before waiting again. */
  round(): readonly WayName[] {
    const first = this.#ways.find((way) => way === this.#remembered?.way)
    const stale = Date.now() - (this.#remembered?.at ?? 0) > REMEMBERED_MS
    const forgotten = first === undefined || (stale && first !== this.#ways[0])
    this.#first = forgotten ? this.#ways[0] : first
    if (forgotten) return this.#ways
    if (this.#rounds++ < ROUNDS_ALONE) return [first]
    return [first, ...this.#ways.filter((way) => way !== first)]
  }

  #read(): Remembered | undefined {
    try {
      const kept: unknown = JSON.parse(this.#page.sessionStorage?.getItem(this.#key) ?? 'null')
      if (typeof kept !== 'object' || kept === null || !('way' in kept) || !('at' in kept)) return undefined
      return { way: String(kept.way), at: Number(kept.at) }
    } catch {
      return undefined
    }
  }
}
