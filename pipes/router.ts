// router: one of several parts, by the path of the request or by any other text in the bag.

import type { Bag, Over } from '../src/bag.ts'
import { UsageError } from '../src/errors.ts'
import { checkPipe, INSIDE } from '../src/items.ts'
import type { AnyPipe, Choose, Pipe } from '../src/pipe.ts'
import { answerNotAllowed, answerNotFound } from '../src/psgi/answer.ts'
import type { Environ } from '../src/psgi/environ.ts'
import { allowLine } from '../src/psgi/methods.ts'
import { describe, isIterable, isObject, isPlain } from '../src/psgi/pairs.ts'
import type { PsgiResponse } from '../src/psgi/response.ts'
import { mounted } from './router/mount.ts'
import type { Params, Route, RouteMarbles } from './router/params.ts'
import { labelOf, RouteTable } from './router/table.ts'

export { set } from './set.ts'
export type { Params, Route, RouteMarbles }

/** Options of {@link router}. */
export interface RouterOptions<Needs, Each> {
  /** The text that is looked up, default `environ.PATH_INFO`. With it, nothing is mounted. */
  readonly by?: (bag: Bag<NoInfer<Needs>>) => string
  /** Entered before every route, and only for one that was found; the routes see what it adds. */
  readonly each?: AnyPipe<NoInfer<Over<Needs, RouteMarbles>>, Each>
  /** Entered where no route was found, default a 404 Not Found. */
  // biome-ignore lint/suspicious/noExplicitAny: what it adds is nobody's business.
  readonly otherwise?: AnyPipe<NoInfer<Needs>, any>
}

// biome-ignore-start lint/suspicious/noExplicitAny: what a route adds stays in it.
/** A route, where `Above` stands above it. */
export type RouteOf<Above, Each> = AnyPipe<NoInfer<Above & Each>, any> | Pipe<NoInfer<Above>, any>
// biome-ignore-end lint/suspicious/noExplicitAny: to here.

/** Routes by their patterns. */
export type RouterTable<Needs, Keys extends string, Each> = {
  readonly [Key in Keys]: RouteOf<Over<Needs, RouteMarbles<Key>>, Each>
}

/** Routes as pairs, where a RegExp is among them. */
export type RouterPairs<Needs, Each> = Iterable<
  readonly [pattern: string | RegExp, route: RouteOf<Over<Needs, RouteMarbles>, Each>]
>

/** What router() looks at. */
interface Routed {
  readonly environ: Environ
  readonly response?: PsgiResponse
  readonly route?: Route
}

/**
 * Runs the part whose pattern matches, and the rest of the stack inside it.
 *
 * Patterns: `/about`, `/users/:id` (one segment), `/files/**:path` (the rest, one segment or more), `/admin/**` (mounts: below
 * it `SCRIPT_NAME` has grown by `/admin` and `PATH_INFO` is the rest), each also with a method: `GET /users/:id`. In a table of
 * pairs also a RegExp, whose named groups are the parameters. Segment by segment a literal beats a parameter beats a
 * rest, and a named rest beats `**`; then the route of the request's method beats that of any; then come the RegExps, in their order.
 * The order of the table counts for nothing else. Matching is exact, in slashes, dots and case, and after percent-decoding.
 *
 * Needs   `environ`, unless `by` is given and no pattern has a method. `response`, to answer what it has no route for.
 * Adds    `route`, for the parts: see {@link RouteMarbles}. `environ`, anew, for what is mounted.
 * Sends   404 Not Found without a route. 405 with `Allow` where only other methods have one. HEAD runs the route of GET;
 *         OPTIONS is answered 204 with `Allow`. Then the rest of the stack is not entered.
 * Fails   UsageError ROUTE_BAD, when it is built, for a pattern that is malformed or stands in the table twice, and for an
 *         empty table. UsageError OPTION_BAD where `by` gives no string. PeerError ROUTE_MISSING for 404 and 405 in a stack without
 *         `response`.
 * Place   below http(), and in other routers; with `by`, anywhere.
 * Source  RFC 9110 §15.5.5, §15.5.6; PEP 3333 (SCRIPT_NAME, PATH_INFO).
 *
 * @example
 * stack(http(), router({
 *   '/': home,
 *   '/users/:id': ({ route }) => show(route.params.id),
 *   '/admin/**': part(session(), router({ '/': dashboard })),
 * }))
 * @example router([[/^job\.(?<id>\d+)$/, job], ['ping', pong]], { by: ({ message }) => message.type })
 */
export function router<Needs, Keys extends string = string>(
  table: RouterTable<Needs, Keys, {}> | RouterPairs<Needs, {}>,
): Pipe<Needs, {}>
export function router<Needs, Each = {}, Keys extends string = string>(
  table: RouterTable<Needs, Keys, Each> | RouterPairs<Needs, Each>,
  options: RouterOptions<Needs, Each>,
): Pipe<Needs, {}>
export function router(table: object, options: RouterOptions<Routed, unknown> = {}): Pipe<Routed, {}> {
  const { by, each, otherwise } = check(options)
  const entries = entriesOf(table)
  const routes = new RouteTable(
    entries.map(([key]) => key),
    by === undefined,
  )
  const { methods, hasMounts } = routes
  const parts = entries.map(([key, route]) => [
    labelOf(key),
    each === undefined ? route : { name: 'part', [INSIDE]: [each, route] },
  ])
  if (otherwise !== undefined) parts.push([OTHERWISE, otherwise])
  return {
    name: 'router',
    needs: by === undefined || methods.length > 0 ? ['environ'] : [],
    parts: Object.fromEntries(parts),
    partsAdd: hasMounts ? ['route', 'environ'] : ['route'],
    through(bag, _next, choose) {
      const value: unknown = by === undefined ? pathOf(bag.environ, routes) : by(bag)
      if (typeof value !== 'string') throw notText(value)
      const match = routes.find(value, methods.length === 0 ? '' : bag.environ.REQUEST_METHOD)
      if (match === undefined) return miss(bag, value, routes, otherwise === undefined ? undefined : choose)
      if (!hasMounts) return choose(match.label, match)
      const { label, route, mount } = match
      return choose(label, { route, environ: mount < 0 ? bag.environ : mounted(bag.environ, mount) })
    },
  }
}

/** The label of `otherwise`; no pattern can be the same, since parentheses are reserved. */
const OTHERWISE = '(otherwise)'

/** What is mounted has an empty path at its very root. Else only CONNECT has none, and that is not for the route of `/`. */
function pathOf(environ: Environ, routes: RouteTable): string {
  const path = environ.PATH_INFO
  return path === '' && environ.SCRIPT_NAME !== '' && !routes.hasEmpty ? '/' : path
}

/** @param choose given, there is an `otherwise` */
function miss(bag: Bag<Routed>, value: string, routes: RouteTable, choose: Choose | undefined): ReturnType<Choose> {
  const allowed = routes.allowed(value)
  if (allowed.length > 0) {
    answerNotAllowed(bag.response, bag.environ.REQUEST_METHOD, allowLine(allowed), { pipe: 'router', value })
    return undefined
  }
  // It keeps the marbles as they are above: those of an outer router.
  if (choose !== undefined) return choose(OTHERWISE, bag)
  answerNotFound(bag.response, { pipe: 'router', value })
  return undefined
}

function notText(value: unknown): UsageError {
  const found = describe(value)
  return new UsageError('OPTION_BAD', `router() looks up a string, but got ${found}. Let by(bag) return one.`, {
    pipe: 'router',
  })
}

type Entry = readonly [key: string | RegExp, route: AnyPipe<Routed, unknown>]

function entriesOf(table: unknown): Entry[] {
  const pairs: unknown[] = isIterable(table)
    ? [...table]
    : isObject(table) && isPlain(table)
      ? Object.entries(table)
      : []
  if (pairs.length === 0) {
    const found = isObject(table) ? 'a table without routes' : `${describe(table)} instead of a table`
    throw new UsageError('ROUTE_BAD', `router() got ${found}.`, { pipe: 'router' })
  }
  return pairs.map((pair, index) => {
    const [key, route]: unknown[] = Array.isArray(pair) && pair.length === 2 ? pair : []
    if (typeof key !== 'string' && !(key instanceof RegExp)) {
      const message = `router() got ${describe(pair)} at position ${index + 1}; a table has [pattern, route] pairs.`
      throw new UsageError('ROUTE_BAD', message, { pipe: 'router' })
    }
    checkPipe(route, 'router() got', `at ${JSON.stringify(String(key))}. Was a factory not called?`)
    return [key, route as AnyPipe<Routed, unknown>]
  })
}

function check(options: RouterOptions<Routed, unknown>): RouterOptions<Routed, unknown> {
  for (const [name, value] of Object.entries(options)) {
    if (!['by', 'each', 'otherwise'].includes(name)) {
      const message = `router() has no option ${JSON.stringify(name)}. There are: by, each, otherwise.`
      throw new UsageError('OPTION_BAD', message, { pipe: 'router' })
    }
    if (value === undefined) continue
    if (name !== 'by') checkPipe(value, 'router() got', `as ${name}. Was a factory not called?`)
    else if (typeof value !== 'function') {
      throw new UsageError('OPTION_BAD', `router() takes a function as by, not ${describe(value)}.`, { pipe: 'router' })
    }
  }
  return options
}
