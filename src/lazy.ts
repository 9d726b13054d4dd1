// lazy: a pipe that is entered only by the flows that ask for it. How it is entered and left: late.ts.

import { checkPipe, flatten, LAZY } from './items.ts'
import type { Pipe } from './pipe.ts'

/**
 * Lets a pipe wait until somebody asks for it with `bag.enter(name)`; it is left with the flow that asked.
 *
 * It is entered at most once for a flow, however many ask, also at the same time. A flow that does not ask takes nothing
 * from a pool. Where the pipe's enter throws, whoever asked gets the error, and who asks again tries again.
 *
 * @example stack(http(), lazy(db), async (bag) => (await bag.enter('db')).query('SELECT 1'))
 */
export function lazy<const Name extends string, Needs, Marble>(
  pipe: Pipe<Needs, { [K in Name]: Marble }>,
): Pipe<Needs, { enter(name: Name): Promise<Marble> }> {
  checkPipe(pipe, 'lazy() got', 'instead of a pipe. Was a factory not called?')
  const name = flatten(pipe)[0]?.pipe.name ?? 'lazy'
  const built = { name, [LAZY]: pipe }
  return built as Pipe<Needs, { enter(name: Name): Promise<Marble> }>
}
