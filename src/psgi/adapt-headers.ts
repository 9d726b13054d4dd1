// Makes a `header_list` of headers that come as something else.

import { types } from 'node:util'
import { quote, UsageError } from '../errors.ts'
import { type AsList, type HeaderPair, isHeaderText } from './header-list.ts'
import { describe, hasMethod, isObject, isPlain, pairsOf, type RawPair, spread } from './pairs.ts'

type Text = string | Uint8Array
type Texts = Text | readonly Text[]

/** What {@link adapt_headers} takes. An array of values stands for several lines of one name. */
export type HeaderSource =
  | AsList
  | { getSetCookie(): string[]; entries(): Iterable<readonly [name: string, value: string]> }
  | ReadonlyMap<Text, Texts>
  | readonly HeaderPair[]
  | readonly Text[]
  | { items(): Iterable<readonly [name: Text, value: Texts]> }
  | { entries(): Iterable<readonly [name: Text, value: Texts]> }
  | { readonly _items: Iterable<readonly [name: Text, value: Texts]> }
  | { readonly [name: string]: Texts }

const ALLOWED =
  'Allowed are: an object with as_list(), a WHATWG Headers, a Map, a plain object, an array of [name, value] pairs, ' +
  "Node's flat array of names and values, and an object with items(), entries() or _items"

/**
 * Makes a `header_list` of headers in any of the usual forms. Their spelling, their order and every line of a repeated
 * name are kept.
 *
 * Live: the source is read each time `as_list()` is called, so later changes of it show. It is also read at once, so
 * that a mistake is told where it was made.
 *
 * | source | read as |
 * |---|---|
 * | an object with `as_list()` | given back as it is |
 * | WHATWG `Headers` (of any make) | `entries()`, but each cookie of `getSetCookie()` a line of its own |
 * | plain object | a line for each key; an array value gives several |
 * | array of arrays | `[name, value]` pairs |
 * | other arrays | Node's raw form: name, value, name, value, … |
 * | `items()`, else `entries()` (as a `Map` has), else `_items` | pairs; an array value gives several lines |
 *
 * @throws UsageError HEADER_BAD for anything else; for promises and async iterables; for a value that is neither
 * string nor Uint8Array, by the name of its header
 *
 * @example response.header_list = adapt_headers({ 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'] })
 * @example response.header_list = adapt_headers(incoming.rawHeaders)
 */
export function adapt_headers(source: HeaderSource): AsList {
  if (isAsList(source)) return source
  const read = readerOf(source)
  const as_list = (): HeaderPair[] => read().map(toLine)
  as_list()
  return { as_list }
}

function readerOf(source: unknown): () => RawPair[] {
  if (Array.isArray(source)) return () => readArray(source)
  // Neither of these is meant, though both have entries().
  if (!isObject(source) || types.isSet(source) || ArrayBuffer.isView(source)) throw refuse(describe(source))
  if (hasMethod(source, 'getSetCookie') && hasMethod(source, 'entries')) return () => readFetch(source)
  if (hasMethod(source, 'items')) return () => spread(pairsOf(source.items(), 'items()', refuse))
  if (hasMethod(source, 'entries')) return () => spread(pairsOf(source.entries(), 'entries()', refuse))
  if ('_items' in source && !isLines(source._items)) return () => spread(pairsOf(source._items, '_items', refuse))
  if (isPlain(source)) return () => spread(Object.entries(source))
  throw refuse(describe(source))
}

function isAsList(source: unknown): source is AsList {
  return isObject(source) && hasMethod(source, 'as_list')
}

// A plain object may have a header called _items; then its value is text, and never pairs.
function isLines(value: unknown): boolean {
  return isHeaderText(value) || (Array.isArray(value) && value.length > 0 && value.every(isHeaderText))
}

function readArray(source: readonly unknown[]): RawPair[] {
  if (Array.isArray(source[0])) return pairsOf(source, 'an array of pairs', refuse)
  const pairs: RawPair[] = []
  for (let at = 0; at < source.length; at++) {
    const text = source[at]
    if (!isHeaderText(text)) throw refuse(`${describe(text)} at position ${at} from a flat array of names and values`)
    if (at % 2 === 1) pairs.push([source[at - 1], text])
  }
  if (source.length % 2 === 0) return pairs
  throw refuse(`a flat array of ${source.length}, in which the last name has no value`)
}

// Headers written before getSetCookie() was agreed on (WHATWG fetch, 2023) join cookies in entries() or leave them out.
function readFetch(source: { getSetCookie: () => unknown; entries: () => unknown }): RawPair[] {
  const others = pairsOf(source.entries(), 'entries()', refuse)
  const cookies = source.getSetCookie()
  if (!Array.isArray(cookies)) throw refuse(`${describe(cookies)} from getSetCookie()`)
  const isCookie = ([name]: RawPair) => typeof name === 'string' && name.toLowerCase() === 'set-cookie'
  const first = others.findIndex(isCookie)
  const name = others[first]?.[0] ?? 'set-cookie'
  const lines: RawPair[] = cookies.map((cookie) => [name, cookie])
  const before = first < 0 ? others : others.slice(0, first)
  const after = first < 0 ? [] : others.slice(first).filter((pair) => !isCookie(pair))
  return [...before, ...lines, ...after]
}

function toLine([name, value]: RawPair): HeaderPair {
  if (!isHeaderText(name)) throw refuse(`a name that is ${describe(name)}`)
  if (isHeaderText(value)) return [name, value]
  const shown = quote(typeof name === 'string' ? name : Buffer.from(name).toString('latin1'))
  throw refuse(`a value of ${shown} that is ${describe(value)}`)
}

function refuse(found: string): UsageError {
  return new UsageError('HEADER_BAD', `adapt_headers() got ${found}. ${ALLOWED}.`)
}
