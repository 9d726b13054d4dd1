// Flows that wait until a test lets them go on.

import { Gate } from './gate.ts'
import type { HttpPipe } from './wire.ts'

/** What waiting flows have come to. */
export interface Waiting {
  /** What stands below http(). */
  readonly below: HttpPipe
  /** Opened when the first flow has begun. */
  readonly begun: Gate
  /** Opened, it lets all go on. */
  readonly goOn: Gate
  readonly counts: { begun: number; running: number; most: number; aborted: number }
}

/** Flows that wait, and then answer `late`. */
export function waiting(): Waiting {
  const [begun, goOn] = [new Gate(), new Gate()]
  const counts = { begun: 0, running: 0, most: 0, aborted: 0 }
  const below: HttpPipe = async ({ signal }) => {
    counts.begun++
    counts.most = Math.max(counts.most, ++counts.running)
    signal.addEventListener('abort', () => counts.aborted++)
    begun.open()
    await goOn.opened
    counts.running--
    return 'late'
  }
  return { begun, goOn, counts, below }
}
