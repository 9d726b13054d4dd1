// A dictionary whose keys may repeat, after WebOb's MultiDict. Where it differs from WebOb: docs/reference/headers.md.

import { type InspectOptions, inspect } from 'node:util'
import { quote, type UsageCode, UsageError } from '../errors.ts'
import { describe, type Pair, type PairSource, readPairs } from './pairs.ts'

const SECRET_KEY = /password|passwd|pwd/i

/**
 * Keys and values in the order they came, each key as often as it was added. Keys are compared exactly.
 *
 * Of a repeated key `get` gives the last value, `setdefault` and `pop` the first, as in WebOb. Always truthy: ask for
 * `length`.
 *
 * Fails   UsageError PAIR_BAD for a source or a pair that is none; nothing is changed then.
 *         UsageError KEY_MISSING from `getone`, `pop`, `popitem` and `delete`.
 * Source  WebOb, `webob.multidict.MultiDict`.
 *
 * @example
 * const dict = new MultiDict([['a', '1'], ['b', '2'], ['a', '3']])
 * dict.get('a') // '3'
 * dict.getall('a') // ['1', '3']
 */
export class MultiDict<Value = string> {
  // For console.log: the pairs, with the values of passwords masked. Defined so, since isolatedDeclarations knows no
  // method whose name is such a symbol.
  static {
    Object.defineProperty(MultiDict.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      configurable: true,
      writable: true,
      value(this: MultiDict<unknown>, _depth: number, options: InspectOptions): string {
        const shown = this.pairs.map(([key, value]) => [key, SECRET_KEY.test(key) ? '******' : value])
        return `${this.constructor.name} ${inspect(shown, { ...options, depth: 2 })}`
      },
    })
  }

  // Assigned anew by view_list only: whoever shares the array must see every change, so all are made in place.
  protected pairs: Pair<Value>[]

  /** @param source pairs, a mapping, or another multi-dict (which keeps its repeated keys); default none */
  constructor(source?: PairSource<Value>) {
    this.pairs = source === undefined ? [] : this.read(source)
  }

  /**
   * Wraps `pairs` without copying them: what changes here changes there, and the other way round.
   *
   * @throws UsageError PAIR_BAD for what is no array, or holds what is no pair
   * @example ResponseHeaders.view_list(list).set('Vary', 'Cookie') // list has it too
   */
  static view_list<Dict>(this: new () => Dict, pairs: (readonly [unknown, unknown])[]): Dict {
    const view = new this()
    if (!(view instanceof MultiDict)) throw new TypeError('view_list() is a method of MultiDict and its subclasses')
    if (!Array.isArray(pairs)) throw view.refuse(`view_list() got ${describe(pairs)}. It needs an array of pairs`)
    view.read(pairs)
    view.pairs = pairs as Pair<never>[] // read() has looked at each of them
    return view
  }

  /** How many pairs there are; a repeated key counts each time. */
  get length(): number {
    return this.pairs.length
  }

  /** The last value of `key`, or `fallback` (default undefined) where there is none. */
  get(key: string): Value | undefined
  get<Fallback>(key: string, fallback: Fallback): Value | Fallback
  get(key: string, fallback?: unknown): unknown {
    const found = this.pairs.findLast(this.matcher(key))
    return found === undefined ? fallback : found[1]
  }

  /**
   * The only value of `key`.
   *
   * @throws UsageError KEY_MISSING where there is none, or more than one (the message tells how many, not which)
   */
  getone(key: string): Value {
    const found = this.pairs.filter(this.matcher(key))
    const [first] = found
    if (first === undefined) throw this.missing('getone', key)
    if (found.length === 1) return first[1]
    const many = `${this.constructor.name}.getone() found ${found.length} values of ${quote(key)}`
    throw new UsageError('KEY_MISSING', `${many} where it allows one. Use get() for the last, getall() for all.`)
  }

  /** All values of `key`, in order; empty where there is none. */
  getall(key: string): Value[] {
    return this.pairs.filter(this.matcher(key)).map((pair) => pair[1])
  }

  /** Whether `key` is there. */
  has(key: string): boolean {
    return this.pairs.some(this.matcher(key))
  }

  /** Removes every pair of `key` and appends this one at the end. */
  set(key: string, value: Value): void {
    this.check(key, value)
    this.drop(this.matcher(key))
    this.pairs.push([key, value])
  }

  /** Appends a pair, whether `key` is there or not. */
  add(key: string, value: Value): void {
    this.check(key, value)
    this.pairs.push([key, value])
  }

  /**
   * Removes every pair of `key`.
   *
   * @throws UsageError KEY_MISSING where there is none; ask `has` first if that may be
   */
  delete(key: string): void {
    if (!this.drop(this.matcher(key))) throw this.missing('delete', key)
  }

  /** The first value of `key`; where there is none, appends `value` and gives that. */
  setdefault(key: string, value: Value): Value {
    const found = this.pairs.find(this.matcher(key))
    if (found !== undefined) return found[1]
    this.add(key, value)
    return value
  }

  /**
   * Removes the first pair of `key` and gives its value; further pairs stay.
   *
   * @throws UsageError KEY_MISSING where there is none and no `fallback` was given
   */
  pop(key: string): Value
  pop<Fallback>(key: string, fallback: Fallback): Value | Fallback
  pop(key: string, ...fallback: unknown[]): unknown {
    const at = this.pairs.findIndex(this.matcher(key))
    const [found] = at < 0 ? [] : this.pairs.splice(at, 1)
    if (found !== undefined) return found[1]
    if (fallback.length === 0) throw this.missing('pop', key)
    return fallback[0]
  }

  /**
   * Removes the last pair and gives it.
   *
   * @throws UsageError KEY_MISSING where there is none
   */
  popitem(): Pair<Value> {
    const last = this.pairs.pop()
    if (last === undefined) throw new UsageError('KEY_MISSING', `${this.constructor.name}.popitem() found it empty.`)
    return last
  }

  /** Gives each key of `source` exactly the values it has there, at the end; other keys stay as they are. */
  update(source: PairSource<Value>): void {
    const fresh = this.read(source)
    const keys = new Set(fresh.map((pair) => this.fold(pair[0])))
    this.drop((pair) => keys.has(this.fold(pair[0])))
    for (const pair of fresh) this.pairs.push(pair)
  }

  /** Appends all pairs of `source`; nothing is replaced. */
  extend(source: PairSource<Value>): void {
    for (const pair of this.read(source)) this.pairs.push(pair)
  }

  /** Removes all pairs. */
  clear(): void {
    this.pairs.length = 0
  }

  /** A value by key, or an array of values where the key is repeated; an object without a prototype. */
  mixed(): Record<string, Value | Value[]> {
    const mixed: Record<string, Value | Value[]> = Object.create(null)
    for (const [key, values] of this.groups()) mixed[key] = values.length === 1 ? values[0] : values
    return mixed
  }

  /** An array of values by key; an object without a prototype. */
  dict_of_lists(): Record<string, Value[]> {
    const lists: Record<string, Value[]> = Object.create(null)
    for (const [key, values] of this.groups()) lists[key] = values
    return lists
  }

  /** A multi-dict of the same pairs; the values themselves are not copied. */
  copy(): MultiDict<Value> {
    return new MultiDict<Value>(this.pairs)
  }

  /** The key of every pair, so repeated keys come repeatedly. */
  *keys(): IterableIterator<string> {
    for (const pair of this.pairs) yield pair[0]
  }

  /** The value of every pair. */
  *values(): IterableIterator<Value> {
    for (const pair of this.pairs) yield pair[1]
  }

  /** The pairs, in order. */
  entries(): IterableIterator<Pair<Value>> {
    return this.pairs.values()
  }

  /** The pairs, in order: WebOb's name for `entries`. */
  items(): IterableIterator<Pair<Value>> {
    return this.pairs.values()
  }

  /** The pairs, in order. */
  [Symbol.iterator](): IterableIterator<Pair<Value>> {
    return this.pairs.values()
  }

  /**
   * Whether `other` is a multi-dict that compares keys in the same way and holds the same pairs in the same order.
   * Values are compared with `Object.is`.
   */
  equals(other: unknown): boolean {
    if (!(other instanceof MultiDict) || other.fold !== this.fold || other.length !== this.length) return false
    const theirs: Iterator<Pair<unknown>, undefined> = other.entries()
    return this.pairs.every(([key, value]) => {
      const their = theirs.next().value
      return their !== undefined && this.fold(their[0]) === this.fold(key) && Object.is(their[1], value)
    })
  }

  /** The pairs, for `JSON.stringify`; nothing is masked. */
  toJSON(): Pair<Value>[] {
    return [...this.pairs]
  }

  /** What a key is compared by: itself, unless a subclass says otherwise. */
  protected fold(key: string): string {
    return key
  }

  /** The code of errors about pairs. */
  protected get code(): UsageCode {
    return 'PAIR_BAD'
  }

  /** Refuses what may not stand in a pair of this class. */
  protected check(key: unknown, _value: unknown): void {
    if (typeof key !== 'string') throw this.refuse(`${this.constructor.name} got a key that is ${describe(key)}`)
  }

  protected refuse(found: string): UsageError {
    return new UsageError(this.code, `${found}.`)
  }

  private missing(method: string, key: string): UsageError {
    return new UsageError('KEY_MISSING', `${this.constructor.name}.${method}() found no key ${quote(key)}.`)
  }

  private read(source: unknown): Pair<Value>[] {
    const pairs = readPairs(source, (found) =>
      this.refuse(
        `${this.constructor.name} got ${found}. Allowed are [key, value] pairs, a Map, a plain object, ` +
          'an object with items() or entries(), and another multi-dict',
      ),
    )
    for (const [key, value] of pairs) this.check(key, value)
    // What a Value is, only the compiler knows; the shape and the key have been looked at.
    return pairs as Pair<Value>[]
  }

  private matcher(key: string): (pair: Pair<Value>) => boolean {
    const wanted = this.fold(key)
    return ([key]) => key.length === wanted.length && this.fold(key) === wanted
  }

  private drop(match: (pair: Pair<Value>) => boolean): boolean {
    let kept = 0
    for (const pair of this.pairs) if (!match(pair)) this.pairs[kept++] = pair
    const dropped = kept < this.pairs.length
    this.pairs.length = kept
    return dropped
  }

  private groups(): Map<string, [Value, ...Value[]]> {
    const groups = new Map<string, [Value, ...Value[]]>()
    for (const [key, value] of this.pairs) {
      const folded = this.fold(key)
      const group = groups.get(folded)
      if (group === undefined) groups.set(folded, [value])
      else group.push(value)
    }
    return groups
  }
}
