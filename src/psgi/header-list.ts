// The plain `header_list`: an array of pairs that can say so.

import { types } from 'node:util'
import { UsageError } from '../errors.ts'
import { describe, isIterable } from './pairs.ts'

/**
 * One header line. Text where `header_list_format` is `'unicode'`, bytes where it is an encoding. Readonly, since a
 * pair may stand in several lists.
 */
export type HeaderPair = readonly [name: string | Uint8Array, value: string | Uint8Array]

/**
 * What `response.header_list` may be: any object that lists its lines when asked.
 *
 * Source  PSGI, `header_list`.
 */
export interface AsList {
  as_list(): Iterable<HeaderPair>
}

/**
 * An array of header lines: order, spelling and repeated names are kept, nothing is added, nothing is looked up.
 *
 * It is an array in every respect; `map`, `filter`, `slice` and `concat` give plain arrays, so wrap what they give.
 * Pairs are checked when the list is made; `encode_headers` checks what was pushed later.
 *
 * Fails   UsageError HEADER_BAD for a number, a string or anything else that is no iterable of pairs, and for a pair
 *         that is not two strings or Uint8Arrays; it names the position.
 * Source  PSGI, `header_list`.
 *
 * @example response.header_list = new HeaderList([['Content-Type', 'text/plain'], ['Vary', 'Cookie']])
 * @example response.header_list = new HeaderList(list.filter(([name]) => name !== 'X-Debug'))
 */
export class HeaderList extends Array<HeaderPair> {
  // map() and the like would call our constructor with a number. A value, since with a getter here V8 stops inlining
  // `new HeaderList`: 13 ns become 300 on Node 20 and 24.
  static override readonly [Symbol.species]: ArrayConstructor = Array

  /** @param pairs the lines, default none; the pairs themselves are not copied */
  constructor(pairs?: Iterable<HeaderPair>) {
    super()
    if (pairs === undefined) return
    const given = Array.isArray(pairs) ? pairs : collect(pairs)
    for (let at = 0; at < given.length; at++) {
      const pair: unknown = given[at]
      if (!isHeaderPair(pair)) throw refuse(pair, at)
      this[at] = pair
    }
  }

  /** The lines as PSGI wants them: this very list. */
  as_list(): this {
    return this
  }
}

/** Whether `value` can be a header name or value. */
export function isHeaderText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || types.isUint8Array(value)
}

/** Whether `value` is a header line. */
export function isHeaderPair(value: unknown): value is HeaderPair {
  return Array.isArray(value) && value.length === 2 && isHeaderText(value[0]) && isHeaderText(value[1])
}

function collect(pairs: unknown): unknown[] {
  if (isIterable(pairs)) return [...pairs]
  throw new UsageError(
    'HEADER_BAD',
    `HeaderList got ${describe(pairs)}. It takes [name, value] pairs; adapt_headers() takes other kinds of headers.`,
  )
}

function refuse(pair: unknown, at: number): UsageError {
  const found =
    Array.isArray(pair) && pair.length === 2 ? `a pair of ${pair.map(describe).join(' and ')}` : describe(pair)
  const allowed = 'only [name, value] pairs of strings or Uint8Arrays are allowed'
  return new UsageError('HEADER_BAD', `HeaderList got ${found} at position ${at}; ${allowed}.`)
}
