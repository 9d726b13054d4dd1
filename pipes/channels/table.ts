// The table of channels, compiled once.

import { quote, UsageError } from '../../src/errors.ts'
import { checkPipe } from '../../src/items.ts'
import { describe, isObject, isPlain } from '../../src/psgi/pairs.ts'
import type { ServedChannel } from './served-channel.ts'
import { isName, MOST_NAME } from './wire.ts'

/** What handles a channel: a function; undefined for a part. */
export type Run = ((channel: ServedChannel, bag: unknown) => unknown) | undefined

/** Handlers by the names of their channels, and the parts among them. */
export interface Handlers {
  readonly byName: ReadonlyMap<string, Run>
  readonly parts: Readonly<Record<string, unknown>>
}

/**
 * Reads a table. Only its own properties count: there is no channel `constructor`.
 *
 * @throws UsageError CHANNEL_BAD, NOT_A_PIPE
 */
export function compileTable(table: unknown): Handlers {
  if (!isObject(table) || !isPlain(table)) throw badChannel(`got ${describe(table)} instead of a table`)
  const byName = new Map<string, Run>()
  const parts: [string, unknown][] = []
  for (const [name, found] of Object.entries(table)) {
    if (!isName(name)) throw badChannel(`got the name ${quote(name)}; a name has 1 to ${MOST_NAME} characters`)
    if (isFunction(found)) byName.set(name, (channel, bag) => found.call(table, channel, bag))
    else {
      if (!isObject(found))
        throw badChannel(`got ${describe(found)} at ${quote(name)}; a handler is a function or a part`)
      checkPipe(found, 'channels() got', `at ${quote(name)}. Was a factory not called?`)
      byName.set(name, undefined)
      parts.push([name, found])
    }
  }
  return { byName, parts: Object.fromEntries(parts) }
}

function isFunction(value: unknown): value is (channel: ServedChannel, bag: unknown) => unknown {
  return typeof value === 'function'
}

function badChannel(what: string): UsageError {
  return new UsageError('CHANNEL_BAD', `channels() ${what}.`, { pipe: 'channels' })
}
