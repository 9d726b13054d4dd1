// alias: the same pipe under other marble names.

import { UsageError } from './errors.ts'
import { checkPipe, flatten, INSIDE, RENAMES } from './items.ts'
import type { Pipe } from './pipe.ts'

/** `T` with its keys renamed by `Map`. */
export type Rename<T, Map> = { [K in keyof T as K extends keyof Map ? Map[K] & PropertyKey : K]: T[K] }

/**
 * The same pipe under other marble names: the pipe sees its own names, the bag has the others.
 *
 * Works for every shape of pipe and for whole parts; what is not renamed stays as it is. An aliased pipe sees the bag
 * through a view; flows without aliases pay nothing.
 *
 * @param map the pipe's own names, each with its name in the bag
 * @example stack(alias(http(), { response: 'http_response' }), ({ http_response }) => { http_response.status = '200 OK' })
 */
export function alias<Needs, Adds, const Map extends Readonly<Record<string, string>>>(
  pipe: Pipe<Needs, Adds>,
  map: Map,
): Pipe<Rename<Needs, Map>, Rename<Adds, Map>> {
  checkPipe(pipe, 'alias() got', 'instead of a pipe. Was a factory not called?')
  for (const [own, name] of Object.entries(map)) {
    if (typeof name === 'string' && name !== '') continue
    throw new UsageError('OPTION_BAD', `alias() maps ${JSON.stringify(own)} to ${typeof name}, not to a name.`)
  }
  const built = { name: flatten(pipe)[0]?.pipe.name ?? 'alias', [INSIDE]: [pipe], [RENAMES]: { ...map } }
  return built as Pipe<Rename<Needs, Map>, Rename<Adds, Map>>
}
