// method: one of several parts, by the method of the request.

import type { Bag } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { checkPipe } from '../src/items.ts'
import type { AnyPipe, Pipe } from '../src/pipe.ts'
import { answerNotAllowed } from '../src/psgi/answer.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { allowLine, wrongMethod } from '../src/psgi/methods.ts'
import { describe, isObject, isPlain } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'

/** Parts by the methods that they answer. */
export type MethodTable<Needs, Methods extends string> = {
  // biome-ignore lint/suspicious/noExplicitAny: what a part adds stays in it.
  readonly [Method in Methods]: AnyPipe<NoInfer<Needs>, any>
}

/** What method() looks at. */
interface Asked {
  readonly environ: Environ
  readonly response?: PsgiResponse
}

/**
 * Runs the part of the request's method, and the rest of the stack inside it.
 *
 * Needs   `environ`. `response`, to answer other methods.
 * Adds    nothing.
 * Sends   HEAD runs the part of GET, and http() leaves the body away. OPTIONS is answered 204 with `Allow`. Both only where the
 *         table has no part for them. Other methods are answered 405 with `Allow`; then the rest of the stack is not entered.
 * Fails   UsageError ROUTE_BAD, when it is built, for what is no method, for `get` in place of `GET` and for an empty table.
 *         PeerError ROUTE_MISSING (405) in a stack without `response`.
 * Place   below http(), often as a route of router().
 * Source  RFC 9110 §9.1 (methods are case-sensitive), §9.3, §15.5.6.
 *
 * @example router({ '/users': method({ GET: list, POST: part(json(), create) }) })
 */
export function method<Needs, Methods extends string = string>(table: MethodTable<Needs, Methods>): Pipe<Needs, {}>
export function method(table: object): Pipe<Asked, {}> {
  const entries = isObject(table) && isPlain(table) ? Object.entries(table) : []
  if (entries.length === 0) throw badTable(isObject(table) ? 'a table without methods' : describe(table))
  for (const [name, chosen] of entries) {
    const wrong = wrongMethod(name)
    if (wrong !== undefined) throw badTable(`${JSON.stringify(name)}: ${wrong}`)
    checkPipe(chosen, 'method() got', `at ${JSON.stringify(name)}. Was a factory not called?`)
  }
  const labels = new Map(entries.map(([name]) => [name, name]))
  if (labels.has('GET') && !labels.has('HEAD')) labels.set('HEAD', 'GET')
  const allow = allowLine(labels.keys())
  return {
    name: 'method',
    needs: ['environ'],
    parts: Object.fromEntries(entries),
    through(bag: Bag<Asked>, _next, choose) {
      const { REQUEST_METHOD, PATH_INFO } = bag.environ
      const label = labels.get(REQUEST_METHOD)
      if (label !== undefined) return choose(label)
      answerNotAllowed(bag.response, REQUEST_METHOD, allow, { pipe: 'method', value: PATH_INFO })
      return undefined
    },
  }
}

function badTable(found: string): UsageError {
  return new UsageError('ROUTE_BAD', `method() got ${found}.`, { pipe: 'method' })
}
