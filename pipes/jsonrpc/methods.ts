// The table of methods, compiled: nested tables become names with dots, once. And how one of them is called.

import { UsageError } from '../../src/errors.ts'
import { checkPipe, INSIDE, LAZY } from '../../src/items.ts'
import { describe, isObject, isPlain } from '../../src/psgi/pairs.ts'
import { isArrived, type Version } from './wire.ts'

/** A method: a function, or a part of the stack. */
export interface Method {
  readonly name: string
  /** Absent for a part. */
  readonly run: ((...params: readonly unknown[]) => unknown) | undefined
  /** The table that the function stands in, its `this`. */
  readonly home: object
}

/** Methods by their full names, and the parts among them. */
export interface Methods {
  readonly byName: ReadonlyMap<string, Method>
  readonly parts: Readonly<Record<string, unknown>>
}

/**
 * Flattens a table. Only its own properties count: nobody can call `constructor` or `toString`.
 *
 * @throws UsageError METHOD_BAD for what is no table of methods
 */
export function compileMethods(table: unknown): Methods {
  const byName = new Map<string, Method>()
  const parts: [string, unknown][] = []
  const open = new Set<object>()
  const add = (home: unknown, prefix: string) => {
    if (!isObject(home) || !isPlain(home)) throw badMethod(prefix, describe(home))
    if (open.has(home)) throw badMethod(prefix, 'a table that is inside itself')
    open.add(home)
    for (const [key, found] of Object.entries(home)) {
      const name = prefix === '' ? key : `${prefix}.${key}`
      if (byName.has(name)) throw badMethod(name, 'a second method of that name')
      if (isFunction(found)) byName.set(name, { name, run: found, home })
      else if (isPipe(found)) {
        checkPipe(found, 'jsonrpc() got', `at ${JSON.stringify(name)}. Was a factory not called?`)
        byName.set(name, { name, run: undefined, home })
        parts.push([name, found])
      } else add(found, name)
    }
    open.delete(home)
  }
  add(table, '')
  return { byName, parts: Object.fromEntries(parts) }
}

function isFunction(value: unknown): value is (...params: readonly unknown[]) => unknown {
  return typeof value === 'function'
}

/** Whether it is meant as a pipe: a table of methods has no text in it, so no name either. */
function isPipe(value: unknown): boolean {
  return isObject(value) && (INSIDE in value || LAZY in value || typeof Reflect.get(value, 'name') === 'string')
}

function badMethod(name: string, found: string): UsageError {
  const where = name === '' ? '' : ` at ${JSON.stringify(name)}`
  return new UsageError(
    'METHOD_BAD',
    `jsonrpc() got ${found}${where}. A method is a function, a part or a table of them.`,
    {
      pipe: 'jsonrpc',
    },
  )
}

/** So many positional params fit on the stack as arguments, whatever else stands there. */
const MOST_ARGUMENTS = 10_000

/** Whether a method can be called with what stands at `params`. */
export function areParams(params: unknown, version: Version): boolean {
  if (params === undefined) return true
  if (Array.isArray(params)) return params.length <= MOST_ARGUMENTS
  return isArrived(params) && version === '2.0'
}

/** Calls a method's function with its params. */
export function invoke(run: NonNullable<Method['run']>, home: object, params: unknown): unknown {
  if (params === undefined) return run.call(home)
  if (!Array.isArray(params)) return run.call(home, params)
  // Few arguments are told apart by hand: spreading an array costs more than the rest of a call.
  switch (params.length) {
    case 0:
      return run.call(home)
    case 1:
      return run.call(home, params[0])
    case 2:
      return run.call(home, params[0], params[1])
    case 3:
      return run.call(home, params[0], params[1], params[2])
    default:
      return run.apply(home, params)
  }
}
