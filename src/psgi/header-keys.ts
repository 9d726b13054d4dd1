// How CGI names request headers: `X-Foo` stands in the environ as HTTP_X_FOO.

/** An environ may tell its keys by a method of this name, where `Object.keys` does not see them all. */
export const ENVIRON_KEYS: unique symbol = Symbol.for('pipestack.environ.keys')

// RFC 9110 §5.6.2. Anything else is no header name, and would meet a key only by the accident of upper-casing ('ſ').
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// What environKey() makes of a token.
const HEADER_KEY = /^HTTP_[!#$%&'*+.^_`|~0-9A-Z]+$/

/**
 * The key of the environ that holds a header; undefined for what is no header name.
 *
 * `_` and `-` give the same key, so `x_foo` is found under the key of `X-Foo`. A server must not let `x_foo` in.
 *
 * Source  RFC 3875 §4.1.2, §4.1.3, §4.1.18.
 *
 * @example environKey('X-Foo') // 'HTTP_X_FOO'
 * @example environKey('content-type') // 'CONTENT_TYPE'
 */
export function environKey(name: string): string | undefined {
  if (!TOKEN.test(name)) return undefined
  const upper = name.toUpperCase()
  if (upper === 'CONTENT-TYPE') return 'CONTENT_TYPE'
  if (upper === 'CONTENT-LENGTH') return 'CONTENT_LENGTH'
  return `HTTP_${upper.replaceAll('-', '_')}`
}

/**
 * The header that a key of the environ holds, in title case. Ask {@link isHeaderKey} first.
 *
 * @example headerName('HTTP_X_FOO') // 'X-Foo'
 */
export function headerName(key: string): string {
  if (key === 'CONTENT_TYPE') return 'Content-Type'
  if (key === 'CONTENT_LENGTH') return 'Content-Length'
  // No server may make these two (RFC 3875 §4.1.18), but where they are, they must not stand in for the real ones.
  if (key === 'HTTP_CONTENT_TYPE') return 'Content_Type'
  if (key === 'HTTP_CONTENT_LENGTH') return 'Content_Length'
  const lower = key.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-')
  return lower.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())
}

/** Whether a key holds a header: not bare `HTTP_`, nor one in lower case, which no header name would lead back to. */
export function isHeaderKey(key: unknown): key is string {
  return typeof key === 'string' && (HEADER_KEY.test(key) || key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH')
}
