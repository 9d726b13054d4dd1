// Serving until a signal comes: the first lets what is under way finish, the second cuts it.

import type { Listener } from '../net/listen.ts'
import { warn } from './output.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** How long the process may take to end by itself once nothing is served any more. */
const LINGER_MS = 2_000

/**
 * Waits for a signal and closes the listener. From then on the process ends by itself, or, where something of the module's keeps
 * it alive, is ended.
 *
 * @returns when all is closed; rejects with what a pipe's close throws, or when a second signal has cut what was under way
 */
export async function untilSignal(listener: Listener, graceMs: number): Promise<void> {
  const signals = new Signals()
  const first = await signals.next()
  warn(`${first}: finishing what is under way, at most ${graceMs} ms; once more to cut it`)
  endBy(graceMs + LINGER_MS, `something is still under way ${LINGER_MS} ms after it was cut`)
  const cut = signals.next().then((second) => {
    endBy(LINGER_MS, `something is still under way ${LINGER_MS} ms after it was cut`)
    // A third one kills, as signals do.
    signals.release()
    void listener.close({ graceMs: 0 })
    return second
  })
  const closed = listener.close({ graceMs })
  const second = await Promise.race([closed.then(() => undefined), cut])
  await closed
  signals.release()
  endBy(LINGER_MS, 'all is closed, but the module keeps the process alive')
  if (second !== undefined) throw new Error(`${second}: what was under way is cut`)
}

/** Ends a process that does not end by itself. A process that does is not held up by this. */
function endBy(ms: number, why: string): void {
  setTimeout(() => {
    // The module may run on as it likes, but not the process.
    warn(`${why} (${process.getActiveResourcesInfo().join(', ')}); ending it`)
    process.exit(process.exitCode ?? 1)
  }, ms).unref()
}

/** Signals, one after the other. */
class Signals {
  #came: string[] = []
  #wake: ((name: string) => void) | undefined

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#take)
  }

  readonly #take = (name: string): void => {
    const wake = this.#wake
    this.#wake = undefined
    if (wake === undefined) this.#came.push(name)
    else wake(name)
  }

  next(): Promise<string> {
    const name = this.#came.shift()
    return name === undefined ? new Promise((resolve) => (this.#wake = resolve)) : Promise.resolve(name)
  }

  /** From now on they do what they do by default. */
  release(): void {
    for (const name of SIGNALS) process.removeListener(name, this.#take)
  }
}
