// The pairs of a header list, whoever made it.

import { describe, isIterable } from './pairs.ts'
import { refuse } from './refuse.ts'

/**
 * What `as_list()` gives, as an array; its entries are not looked at.
 *
 * @throws EncodeError FORMAT_MISMATCH for a `header_list` that cannot list its lines
 */
export function listPairs(list: unknown): readonly unknown[] {
  const pairs = askList(list)
  if (Array.isArray(pairs)) return pairs
  if (isIterable(pairs)) return [...pairs]
  const allowed = 'an iterable of [name, value] pairs, at once and not as a promise'
  throw refuse('FORMAT_MISMATCH', `response.header_list.as_list() gave ${describe(pairs)}. It gives ${allowed}.`)
}

function askList(list: unknown): unknown {
  if (typeof list === 'object' && list !== null && 'as_list' in list && typeof list.as_list === 'function') {
    return list.as_list()
  }
  const way = 'new HeaderList(pairs) makes one, adapt_headers() too from other kinds of headers'
  throw refuse('FORMAT_MISMATCH', `response.header_list is ${describe(list)} without as_list(). ${way}.`)
}

/**
 * One entry of what `as_list()` gave.
 *
 * @throws EncodeError HEADER_BAD for what is no pair
 */
export function readPair(pair: unknown, at: number): readonly unknown[] {
  if (Array.isArray(pair) && pair.length === 2) return pair
  throw refuse('HEADER_BAD', `response.header_list[${at}] is ${describe(pair)}. It is a pair: [name, value].`)
}
