// Request methods: what may stand in a table of them, and what an Allow field says about one.

/** A token (RFC 9110 §5.6.2), which is what a method is (§9.1). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** RFC 9110 §9.3 and RFC 5789. */
const KNOWN: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
])

/**
 * Says why `method` cannot be a key in a table of methods; undefined where it can.
 *
 * Methods are case-sensitive (RFC 9110 §9.1), so `get` would never be asked for.
 */
export function wrongMethod(method: string): string | undefined {
  if (!TOKEN.test(method)) return "a method is a token of letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 §9.1)"
  const upper = method.toUpperCase()
  return method !== upper && KNOWN.has(upper) ? `methods are case-sensitive: write ${upper}` : undefined
}

/**
 * The value of `Allow` where the methods in a table are `methods`: GET brings HEAD along, and OPTIONS is always answered.
 *
 * Source  RFC 9110 §10.2.1.
 *
 * @example allowLine(['GET', 'POST']) // 'GET, HEAD, POST, OPTIONS'
 */
export function allowLine(methods: Iterable<string>): string {
  const allowed = new Set<string>()
  for (const method of methods) {
    allowed.add(method)
    if (method === 'GET') allowed.add('HEAD')
  }
  return [...allowed.add('OPTIONS')].join(', ')
}
