// One coarse clock for all time-outs: reading it costs a load, where a timer for each request costs 87 ns (HOT_PATH.md).

/** How far the clock may be behind, in milliseconds. */
export const TICK_MS = 250

/** The clock: `now` is only true while somebody watches it. */
export const clock: { now: number } = { now: 0 }

const watchers = new Set<(now: number) => void>()
let timer: NodeJS.Timeout | undefined

/**
 * Calls `watcher` at every tick, and keeps {@link clock} going. Does not keep the process alive.
 *
 * @returns stops it
 */
export function watchClock(watcher: (now: number) => void): () => void {
  watchers.add(watcher)
  if (timer === undefined) {
    clock.now = performance.now()
    timer = setInterval(tick, TICK_MS).unref()
  }
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick(): void {
  clock.now = performance.now()
  for (const watcher of watchers) watcher(clock.now)
}
