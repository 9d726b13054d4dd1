// open and close: what a pipe does once per listener (or connect, or run), before its first flow and after its last.

import { noteFailure } from './failure.ts'
import type { RuntimePipe } from './items.ts'
import { hang } from './suppressed.ts'

/**
 * Opens the pipes in order. Where one fails, those already open are closed, in reverse, and its error is thrown.
 *
 * @returns closes them all, in reverse; every one is closed, then the first error is thrown with the others hung on it
 */
export async function openAll(members: readonly RuntimePipe[]): Promise<() => Promise<void>> {
  const opened: RuntimePipe[] = []
  try {
    for (const pipe of members) {
      await pipe.open?.()
      opened.push(pipe)
    }
  } catch (error) {
    const failing = noteFailure(error, members[opened.length]?.name, 'open')
    throw await closeAll(opened, [failing])
  }
  return async () => {
    const errors = await closeAll(opened, [])
    if (errors !== undefined) throw errors
  }
}

async function closeAll(opened: RuntimePipe[], errors: unknown[]): Promise<unknown> {
  for (let pipe = opened.pop(); pipe !== undefined; pipe = opened.pop()) {
    try {
      await pipe.close?.()
    } catch (error) {
      errors.push(noteFailure(error, pipe.name, 'close'))
    }
  }
  return errors.length === 0 ? undefined : errors.reduce(hang)
}
