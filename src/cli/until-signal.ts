// Serving until a signal comes, or nothing more can. The first signal lets what is under way finish, the second cuts it, the third
// ends the process.

import type { Listener } from '../net/listen.ts'
import { warn } from './output.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** One Ctrl-C may come twice: to all processes of the terminal, and once more from npm, which passes it on to its own. */
const ECHO_MS = 500
/** How long the process may take to end by itself once nothing is served any more. */
const LINGER_MS = 2_000
const KEPT_ALIVE = 'everything is closed, but the module keeps the process alive'

/**
 * Waits for a signal and closes the listener, or until that has closed itself (stdin has ended). After that the process ends by
 * itself, or, where something in the module keeps it alive, is ended.
 *
 * @returns when all is closed; rejects with what a pipe's close throws, or when a second signal has cut what was under way
 */
export async function untilSignal(listener: Listener, graceMs: number): Promise<void> {
  const ending = new Ending()
  const first = await Promise.race([nextSignal(), listener.closed])
  if (first === undefined) return ending.by(LINGER_MS, KEPT_ALIVE)
  warn(`${first}: finishing what is under way, at most ${graceMs} ms; once more to cut it`)
  ending.by(graceMs + LINGER_MS, 'what was under way does not end')
  let cutBy: string | undefined
  void nextSignal(ECHO_MS).then((second) => {
    cutBy = second
    void nextSignal(ECHO_MS).then(() => process.exit())
    // Also where nothing is left that would keep the process alive until the listener is closed.
    process.exitCode = 1
    ending.by(LINGER_MS, 'what was under way does not end')
    void listener.close({ graceMs: 0 })
  })
  await listener.close({ graceMs })
  ending.by(LINGER_MS, KEPT_ALIVE)
  if (cutBy !== undefined) throw new Error(`${cutBy}: what was under way is cut`)
}

/** The next signal that comes, but for the echoes of the one before, which come within `echoMs` milliseconds. */
function nextSignal(echoMs = 0): Promise<string> {
  const since = performance.now() + echoMs
  return new Promise((resolve) => {
    const take = (signal: string) => {
      if (performance.now() < since) return
      for (const each of SIGNALS) process.removeListener(each, take)
      resolve(signal)
    }
    for (const each of SIGNALS) process.on(each, take)
  })
}

/** Ends a process that does not end by itself; keeps none alive. */
class Ending {
  #timer: NodeJS.Timeout | undefined

  /** In `ms` milliseconds, whatever was said before. */
  by(ms: number, why: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      warn(`${why} (${process.getActiveResourcesInfo().join(', ')}); ending it`)
      process.exit(process.exitCode ?? 1)
    }, ms).unref()
  }
}
