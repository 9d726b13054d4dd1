// The headers of a request as a dictionary over its environ, after WebOb's EnvironHeaders.

import { quote, UsageError } from '../errors.ts'
import { ENVIRON_KEYS, environKey, headerName, isHeaderKey } from './header-keys.ts'
import { describe, type Pair, type PairSource, readPairs } from './pairs.ts'

/**
 * The request headers of an environ: a mapping that keeps nothing itself, but reads and writes the environ each time.
 *
 * Names are compared without regard to case and given back in title case, as the environ holds no spelling: `ETag`
 * comes back as `Etag`. For the same reason `x_a` and `x-a` are one name. Each name has one value. Other keys of the
 * environ are not seen. A key that holds undefined is taken as absent.
 *
 * Fails   UsageError HEADER_BAD for a name that is none, and for a value that is no string.
 *         UsageError KEY_MISSING from `delete` and `pop`; it names the key of the environ.
 * Source  WebOb, `webob.headers.EnvironHeaders`; RFC 3875 §4.1.18 (HTTP_*), §4.1.2 and §4.1.3 (CONTENT_*).
 *
 * @example
 * const headers = new EnvironHeaders(environ)
 * headers.get('content-type') // environ.CONTENT_TYPE
 * headers.set('X-Forwarded-For', '::1') // environ.HTTP_X_FORWARDED_FOR
 */
export class EnvironHeaders {
  private readonly environ: Record<string, unknown>

  /** @param environ any object with CGI keys; it may tell them by a method {@link ENVIRON_KEYS} */
  constructor(environ: object) {
    if (typeof environ !== 'object' || environ === null) {
      throw new UsageError('OPTION_BAD', `EnvironHeaders got ${describe(environ)}. It needs the environ.`)
    }
    this.environ = environ as Record<string, unknown>
  }

  /** How many headers there are. */
  get length(): number {
    return this.found().length
  }

  /** The value of `name`, or `fallback` (default undefined) where there is none. */
  get(name: string): string | undefined
  get<Fallback>(name: string, fallback: Fallback): string | Fallback
  get(name: string, fallback?: unknown): unknown {
    const key = keyOf(name)
    return key === undefined || this.environ[key] === undefined ? fallback : this.read(key)
  }

  /** Whether the request has this header. */
  has(name: string): boolean {
    const key = keyOf(name)
    return key !== undefined && this.environ[key] !== undefined
  }

  /** Writes a header into the environ. */
  set(name: string, value: string): void {
    this.environ[checkHeader(name, value)] = value
  }

  /**
   * Removes a header from the environ.
   *
   * @throws UsageError KEY_MISSING where there is none
   */
  delete(name: string): void {
    const key = keyOf(name)
    if (key === undefined || this.environ[key] === undefined) throw missing('delete', name, key)
    this.remove(key)
  }

  /**
   * Removes a header and gives its value.
   *
   * @throws UsageError KEY_MISSING where there is none and no `fallback` was given
   */
  pop(name: string): string
  pop<Fallback>(name: string, fallback: Fallback): string | Fallback
  pop(name: string, ...fallback: unknown[]): unknown {
    const key = keyOf(name)
    if (key !== undefined && this.environ[key] !== undefined) {
      const value = this.read(key)
      this.remove(key)
      return value
    }
    if (fallback.length === 0) throw missing('pop', name, key)
    return fallback[0]
  }

  /** Writes all headers of `source`, or none if one is refused. A repeated name is: an environ can hold only one. */
  update(source: PairSource<string>): void {
    const fresh = new Map<string, unknown>()
    for (const [name, value] of readPairs(source, refuse)) {
      const key = checkHeader(name, value)
      if (fresh.has(key)) throw refuse(`${quote(name)} twice, where an environ holds one`)
      fresh.set(key, value)
    }
    for (const [key, value] of fresh) this.environ[key] = value
  }

  /** The names, in the order of the environ. */
  *keys(): IterableIterator<string> {
    for (const key of this.found()) yield headerName(key)
  }

  /** The values, in the order of the environ. */
  *values(): IterableIterator<string> {
    for (const key of this.found()) yield this.read(key)
  }

  /** Names and values, in the order of the environ. */
  *entries(): IterableIterator<Pair> {
    for (const key of this.found()) yield [headerName(key), this.read(key)]
  }

  /** Names and values: WebOb's name for `entries`. */
  items(): IterableIterator<Pair> {
    return this.entries()
  }

  /** Names and values. */
  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries()
  }

  /** Whether `other` holds the same headers, in whatever order. */
  equals(other: unknown): boolean {
    if (!(other instanceof EnvironHeaders) || other.length !== this.length) return false
    return [...this].every(([name, value]) => other.get(name) === value)
  }

  /** The pairs, for `JSON.stringify`. */
  toJSON(): Pair[] {
    return [...this]
  }

  private found(): string[] {
    const environ: { [ENVIRON_KEYS]?: unknown } = this.environ
    const own = environ[ENVIRON_KEYS]
    const keys: Iterable<string> = typeof own === 'function' ? own.call(environ) : Object.keys(environ)
    return Array.from(keys).filter((key) => isHeaderKey(key) && this.environ[key] !== undefined)
  }

  private read(key: string): string {
    const value = this.environ[key]
    if (typeof value === 'string') return value
    throw new UsageError('HEADER_BAD', `environ.${key} is ${describe(value)}; a header is a string, or is not there.`)
  }

  private remove(key: string): void {
    delete this.environ[key]
    // A key that the environ's class answers for is not gone with that.
    if (this.environ[key] !== undefined) this.environ[key] = undefined
  }
}

function keyOf(name: unknown): string | undefined {
  if (typeof name === 'string') return environKey(name)
  throw refuse(`a name that is ${describe(name)}`)
}

function checkHeader(name: unknown, value: unknown): string {
  const key = keyOf(name)
  if (key === undefined) throw refuse(`the name ${quote(name)}`)
  if (typeof value === 'string') return key
  throw refuse(`a value of ${quote(name)} that is ${describe(value)}`)
}

function refuse(found: string): UsageError {
  const allowed = 'allowed are pairs of a token (RFC 9110 §5.6.2) and a string'
  return new UsageError('HEADER_BAD', `EnvironHeaders got ${found}; ${allowed}.`)
}

function missing(method: string, name: string, key: string | undefined): UsageError {
  const where = key === undefined ? `${quote(name)}, which is no header name` : `environ.${key}`
  return new UsageError('KEY_MISSING', `EnvironHeaders.${method}() found no ${where}.`)
}
