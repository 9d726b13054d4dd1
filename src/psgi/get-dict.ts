// The variables of a query string as a dictionary that writes its changes back, after WebOb's GetDict.

import { quote, UsageError } from '../errors.ts'
import { MultiDict } from './multi-dict.ts'
import { describe, isObject, type Pair, type PairSource } from './pairs.ts'

// The u flag makes it match only what is half of no pair.
const LONE_SURROGATE = /\p{Surrogate}/u

/** What of an environ concerns the query. */
export interface QueryEnviron {
  /** As it was sent, undecoded; a missing one is an empty one. */
  QUERY_STRING?: string | undefined
}

interface Parsed {
  readonly text: string
  readonly dict: GetDict
}

// Beside the environ, not in it: an environ is handed on, printed and compared.
const parsed = new WeakMap<QueryEnviron, Parsed>()

/**
 * The variables of the query: decoded, in order, repeated ones included. The same object for the same environ as long
 * as its `QUERY_STRING` stays the same; what the dictionary writes itself counts as the same.
 *
 * Decodes `application/x-www-form-urlencoded`: `&` between variables, `+` and `%20` are spaces, UTF-8; a variable
 * without `=` has the value `''`, and bytes that are no UTF-8 become U+FFFD.
 *
 * Source  WHATWG URL §5.1.
 *
 * @example query({ QUERY_STRING: 'q=a+b&q=%C3%A9' }).getall('q') // ['a b', 'é']
 */
export function query(environ: QueryEnviron): GetDict {
  const text = environ.QUERY_STRING ?? ''
  const last = parsed.get(environ)
  if (last !== undefined && last.text === text) return last.dict
  // URLSearchParams drops one leading '?', which is none of ours: it belongs to the first name.
  const dict = new GetDict(new URLSearchParams(`?${text}`), environ)
  parsed.set(environ, { text, dict })
  return dict
}

/**
 * A multi-dict of strings that writes each change of its pairs into the environ's `QUERY_STRING`.
 *
 * A change is checked and encoded first, so dictionary and environ never disagree; a call that changes nothing leaves
 * the query string as it was sent. Making one does not touch the environ.
 *
 * Fails   UsageError PAIR_BAD for a key or value that is no string, or holds half a surrogate pair.
 *         UsageError KEY_MISSING as in MultiDict.
 * Source  WebOb, `webob.multidict.GetDict`; WHATWG URL §5.2 (the encoding).
 *
 * @example
 * query(environ).set('page', '2')
 * environ.QUERY_STRING // 'page=2'
 */
export class GetDict extends MultiDict<string> {
  private readonly environ: QueryEnviron

  /**
   * @param pairs the decoded variables
   * @param environ whose `QUERY_STRING` is written when they change
   */
  constructor(pairs: PairSource<string>, environ: QueryEnviron) {
    super(pairs)
    if (!isObject(environ)) {
      throw new UsageError(
        'OPTION_BAD',
        `GetDict got ${describe(environ)} in place of the environ. Use query(environ).`,
      )
    }
    this.environ = environ
  }

  /** Replaces every pair of `key` by this one at the end. */
  override set(key: string, value: string): void {
    this.rewrite(() => super.set(key, value))
  }

  /** Appends a pair. */
  override add(key: string, value: string): void {
    this.rewrite(() => super.add(key, value))
  }

  /** Removes every pair of `key`; KEY_MISSING where there is none. */
  override delete(key: string): void {
    this.rewrite(() => super.delete(key))
  }

  /** Removes the first pair of `key` and gives its value; KEY_MISSING where there is neither pair nor fallback. */
  override pop(key: string): string
  override pop<Fallback>(key: string, fallback: Fallback): string | Fallback
  override pop(key: string, ...fallback: unknown[]): unknown {
    return this.rewrite(() => (fallback.length === 0 ? super.pop(key) : super.pop(key, fallback[0])))
  }

  /** Removes the last pair and gives it; KEY_MISSING where there is none. */
  override popitem(): Pair {
    return this.rewrite(() => super.popitem())
  }

  /** Gives each key of `source` exactly the values it has there. */
  override update(source: PairSource<string>): void {
    this.rewrite(() => super.update(source))
  }

  /** Appends all pairs of `source`. */
  override extend(source: PairSource<string>): void {
    this.rewrite(() => super.extend(source))
  }

  /** Removes all pairs. */
  override clear(): void {
    this.rewrite(() => super.clear())
  }

  /** A plain multi-dict of the same pairs: its changes stay its own. */
  override copy(): MultiDict<string> {
    return new MultiDict<string>(this.pairs)
  }

  protected override check(key: unknown, value: unknown): void {
    super.check(key, value)
    if (typeof value !== 'string') {
      throw this.refuse(`GetDict got a value of ${quote(key)} that is ${describe(value)}; only strings are allowed`)
    }
    if (LONE_SURROGATE.test(`${key} ${value}`)) {
      throw this.refuse(`GetDict got half a surrogate pair at ${quote(key)}, which UTF-8 cannot encode`)
    }
  }

  // For setdefault() see add(), which it calls.
  // check() has refused what cannot be encoded before a pair gets in; what is left to fail is a frozen environ.
  private rewrite<Result>(change: () => Result): Result {
    const before = [...this.pairs]
    const result = change()
    if (isSame(before, this.pairs)) return result
    const text = encode(this.pairs)
    try {
      this.environ.QUERY_STRING = text
    } catch (error) {
      this.pairs.splice(0, this.pairs.length, ...before)
      throw error
    }
    parsed.set(this.environ, { text, dict: this })
    return result
  }
}

function isSame(before: readonly Pair[], now: readonly Pair[]): boolean {
  return (
    before.length === now.length && before.every(([key, value], at) => now[at]?.[0] === key && now[at][1] === value)
  )
}

function encode(pairs: readonly Pair[]): string {
  const params = new URLSearchParams()
  for (const [key, value] of pairs) params.append(key, value)
  return params.toString()
}
