// run: a part without a connection, for cron jobs, command lines and tests.

import type { Bag, Over } from './bag.ts'
import { compile } from './compile.ts'
import { runAlone } from './flow.ts'
import { checkPipe } from './items.ts'
import { openAll } from './lifecycle.ts'
import type { AnyPipe } from './pipe.ts'
import { hang } from './suppressed.ts'

/**
 * Runs a part once: opens its pipes, enters them in order, leaves them in reverse, closes them.
 *
 * @param part a part, or a single pipe
 * @param marbles what its pipes find in the bag above them
 * @returns the bag, after its flow has ended; rejects with the error that nobody recovered
 * @example await run(part(db, ({ db }) => db.query('DELETE FROM sessions WHERE expires < now()')))
 */
export async function run<Needs, Adds>(
  part: AnyPipe<Needs, Adds>,
  ...[marbles]: {} extends Needs ? [marbles?: Needs] : [marbles: Needs]
): Promise<Bag<Over<Needs, Adds>>> {
  checkPipe(part, 'run() got', 'instead of a part.')
  const { segment, members } = compile(part, Object.keys(marbles ?? {}))
  const close = await openAll(members)
  let failed = false
  let error: unknown
  let bag: unknown
  try {
    bag = await runAlone(segment, marbles ?? undefined)
  } catch (thrown) {
    failed = true
    error = thrown
  }
  try {
    await close()
  } catch (thrown) {
    error = failed ? hang(error, thrown) : thrown
    failed = true
  }
  if (failed) throw error
  return bag as Bag<Over<Needs, Adds>>
}
