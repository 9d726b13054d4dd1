// set: a marble that is computed from those that are there.

import type { Awaitable, Bag } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { type Pipe, pipe } from '../src/pipe.ts'

/**
 * Adds a marble that is computed from the bag: what a router looks up, what several pipes below would work out each for itself.
 *
 * Needs   what `compute` takes from the bag.
 * Adds    the marble `name`: what `compute` returns, or what its promise resolves to.
 * Fails   with what `compute` throws.
 * Place   anywhere. For a marble that is to be released again, write `pipe(name, enter, leave)`.
 *
 * @example
 * stack(http(), set('tenant', ({ environ }) => environ.HTTP_HOST?.split('.')[0] ?? ''),
 *   router({ acme: acmePages }, { by: ({ tenant }) => tenant }))
 */
export function set<const Name extends string, Needs, Marble>(
  name: Name,
  compute: (bag: Bag<Needs>) => Awaitable<Marble>,
): Pipe<Needs, { [K in Name]: Marble }> {
  if (typeof name !== 'string' || name === '' || typeof compute !== 'function') {
    throw new UsageError(
      'OPTION_BAD',
      'set() takes the name of a marble and a function of the bag: set(name, compute).',
    )
  }
  return pipe(name, compute)
}
