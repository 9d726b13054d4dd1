// The headers of a response as a dictionary, after WebOb's ResponseHeaders.

import { quote, type UsageCode } from '../errors.ts'
import { MultiDict } from './multi-dict.ts'
import { describe, type Pair } from './pairs.ts'

// toLowerCase() turns U+212A, the Kelvin sign, into 'k': two names would become one that are not the same.
const NOT_ASCII = /[\u0080-\uffff]/

/**
 * A multi-dict of header lines that compares names without regard to case (ASCII only, as field names are) and keeps
 * the spelling of each line. `set` and `update` store the caller's spelling.
 *
 * Names and values are strings; which characters may be sent is checked by `encode_headers`.
 *
 * Fails   UsageError HEADER_BAD for a name or value that is no string, and for a source that holds no pairs.
 *         UsageError KEY_MISSING as in MultiDict.
 * Source  WebOb, `webob.headers.ResponseHeaders`; RFC 9110 §5.1 (names are case-insensitive).
 *
 * @example
 * const headers = new ResponseHeaders({ 'Content-Type': 'text/plain', 'Set-Cookie': ['a=1', 'b=2'] })
 * headers.get('content-type') // 'text/plain'
 * response.header_list = headers
 */
export class ResponseHeaders extends MultiDict<string> {
  /** The lines as PSGI wants them: the live array of pairs, not a copy. */
  as_list(): readonly Pair[] {
    return this.pairs
  }

  /** Headers of the same lines, with their spelling. */
  override copy(): ResponseHeaders {
    return new ResponseHeaders(this.pairs)
  }

  protected override get code(): UsageCode {
    return 'HEADER_BAD'
  }

  protected override fold(name: string): string {
    this.checkName(name)
    return NOT_ASCII.test(name) ? name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : name.toLowerCase()
  }

  protected override check(name: unknown, value: unknown): void {
    this.checkName(name)
    if (typeof value === 'string') return
    throw this.refuse(`header ${quote(name)} has a value that is ${describe(value)}; only strings are allowed`)
  }

  private checkName(name: unknown): void {
    if (typeof name === 'string') return
    throw this.refuse(`${this.constructor.name} got a header name that is ${describe(name)}; only strings are allowed`)
  }
}
