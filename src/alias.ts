// alias: the same pipe under other marble names.

import { UsageError } from './errors.ts'
import { checkPipe, flatten, INSIDE, RENAMES } from './items.ts'
import type { Pipe } from './pipe.ts'

/** `T` with its keys renamed by `Map`, and with them the names that `enter` takes. */
export type Rename<T, Map> = { [K in keyof T as Renamed<K, Map>]: K extends 'enter' ? RenameEnter<T[K], Map> : T[K] }

type Renamed<K, Map> = K extends keyof Map ? Map[K] & PropertyKey : K

/** Lazy pipes are overloads of `enter`, and overloads cannot be mapped, only counted: up to four under one alias. */
type RenameEnter<F, Map> = F extends {
  (name: infer A): infer R
  (name: infer B): infer S
  (name: infer C): infer T
  (name: infer D): infer U
}
  ? {
      (name: Renamed<A, Map>): R
      (name: Renamed<B, Map>): S
      (name: Renamed<C, Map>): T
      (name: Renamed<D, Map>): U
    }
  : F extends { (name: infer A): infer R; (name: infer B): infer S; (name: infer C): infer T }
    ? { (name: Renamed<A, Map>): R; (name: Renamed<B, Map>): S; (name: Renamed<C, Map>): T }
    : F extends { (name: infer A): infer R; (name: infer B): infer S }
      ? { (name: Renamed<A, Map>): R; (name: Renamed<B, Map>): S }
      : F extends (name: infer A) => infer R
        ? (name: Renamed<A, Map>) => R
        : F

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
