// Numbers out of rounds: medians, and ratios to bare node:http.

/** One run of wrk against one server. */
export interface Round {
  /** Requests per second. */
  readonly speed: number
  /** Microseconds of CPU, user and system of the server process, per request. */
  readonly cpu: number
}

/** What the rounds of one server on one work come to. */
export interface Figure {
  readonly speed: number
  readonly cpu: number
  /** Requests per second against the base's. */
  readonly speedRatio: number
  /** Requests per CPU second against the base's. */
  readonly cpuRatio: number
}

/** The middle one; of an even number, the mean of the two in the middle. NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/**
 * The median of the rounds, and of each round's ratio to the base's round of the same time: a machine that is slower for a
 * while is slower for both.
 */
export function toFigure(rounds: readonly Round[], base: readonly Round[]): Figure {
  const pairs = rounds.flatMap((round, index) => {
    const against = base[index]
    return against === undefined ? [] : [{ round, against }]
  })
  return {
    speed: median(rounds.map(({ speed }) => speed)),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    speedRatio: median(pairs.map(({ round, against }) => round.speed / against.speed)),
    cpuRatio: median(pairs.map(({ round, against }) => against.cpu / round.cpu)),
  }
}
