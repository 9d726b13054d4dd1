// What every server does: whoever is there hears of each event.

/** An event, but for its number. */
export interface Tick {
  readonly number: number
  readonly text: string
  readonly list: readonly number[]
}

/** How many subscribers there are. */
export const SUBSCRIBERS = 1_000

/** How many events are published within a tick. */
export const BURSTS: readonly number[] = [1, 16]

/** The first number: all numbers have as many digits, so all events are equally long. */
export const FIRST = 1_000_000_000

/** An event of about 100 bytes. */
export function tick(number: number): Tick {
  return { number, text: 'a few words of text, all of them ASCII', list: [1, 2, 3, 4, 5] }
}
