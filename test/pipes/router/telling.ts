// Routes that tell where a router sent the request.

import { type RouteMarbles, router } from '../../../pipes/router.ts'
import type { Bag, Pipe } from '../../../src/index.ts'
import type { Asking } from '../asking.ts'

/** Writes the pattern and the parameters. */
export const tell = ({ route }: Bag<RouteMarbles>): string => `${route.path} ${JSON.stringify(route.params)}`

/** Writes where a mounted part finds itself. */
export const where = ({ environ }: Bag<Asking>): string => `${environ.SCRIPT_NAME}|${environ.PATH_INFO}`

/** A router in which every pattern leads to {@link tell}. */
export function table(...patterns: string[]): Pipe<Asking, {}> {
  return router<Asking>(patterns.map((pattern) => [pattern, tell]))
}
