// What a multi-dict can be filled from, read into pairs. Only shapes are known here: what a key or a value may be is
// said by the class that asks.

import { types } from 'node:util'
import type { UsageError } from '../errors.ts'

/** One entry of a multi-dict. Readonly, since pairs are shared between a list and its views. */
export type Pair<Value = string> = readonly [key: string, value: Value]

/**
 * What a multi-dict can be filled from.
 *
 * In a `Map` and in a plain object an array stands for several values of one key, since they can hold each key only
 * once. Pairs are taken as they are.
 */
export type PairSource<Value = string> =
  | Iterable<Pair<Value>>
  | ReadonlyMap<string, Value | readonly Value[]>
  | { items(): Iterable<Pair<Value>> }
  | { entries(): Iterable<Pair<Value>> }
  | { readonly [key: string]: Value | readonly Value[] }

/** A pair of which only the shape is known yet. */
export type RawPair = readonly [key: unknown, value: unknown]

/** Makes the error that says what was found in place of pairs. */
export type Refuse = (found: string) => UsageError

/**
 * Reads any source into pairs, in its order. The whole source is read before anything is done with it, so that a
 * source which breaks off changes nothing, and so that a multi-dict can be filled from itself.
 *
 * @throws what `refuse` makes, for a source that holds no pairs and for the first pair that is none
 */
export function readPairs(source: unknown, refuse: Refuse): RawPair[] {
  if (isObject(source)) {
    if (types.isMap(source)) return spread(source)
    if (hasMethod(source, 'items')) return pairsOf(source.items(), 'items()', refuse)
    if (isIterable(source)) return pairsOf(source, '', refuse)
    if (hasMethod(source, 'entries')) return pairsOf(source.entries(), 'entries()', refuse)
    if (isPlain(source)) return spread(Object.entries(source))
  }
  throw refuse(describe(source))
}

/** Reads an iterable of pairs that `giver` gave, and refuses what is no iterable and what is no pair. */
export function pairsOf(found: unknown, giver: string, refuse: Refuse): RawPair[] {
  const from = giver && ` from ${giver}`
  if (!isIterable(found)) throw refuse(`${describe(found)}${from}`)
  const pairs: RawPair[] = []
  for (const pair of found) {
    if (!Array.isArray(pair) || pair.length !== 2) throw refuse(`${describe(pair)} at position ${pairs.length}${from}`)
    pairs.push([pair[0], pair[1]])
  }
  return pairs
}

/** Gives every element of an array value a pair of its own. */
export function spread(pairs: Iterable<RawPair>): RawPair[] {
  const lines: RawPair[] = []
  for (const [key, value] of pairs) {
    if (Array.isArray(value)) for (const one of value) lines.push([key, one])
    else lines.push([key, value])
  }
  return lines
}

/** An object that is no more than its keys: made by `{}` or `Object.create(null)`, in any realm. */
export function isPlain(value: object): boolean {
  if (Symbol.asyncIterator in value) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return !isObject(prototype) || Object.getPrototypeOf(prototype) === null
}

/** Says what a value is, for a message, without showing what is in it: it may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object') return `a ${typeof value}`
  if (isPlain(value)) return 'a plain object'
  if (Symbol.asyncIterator in value) return 'an async iterable'
  if (hasMethod(value, 'next')) return 'an iterator'
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `a ${name} object` : 'an object'
}

/** Whether `value` is an object, functions left out. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Whether `value` is an iterable object; strings are iterable too, but never meant. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'
}

/** Whether `value` has a method `name`. */
export function hasMethod<Name extends string>(value: object, name: Name): value is { [key in Name]: () => unknown } {
  return name in value && typeof (value as Record<string, unknown>)[name] === 'function'
}
