// All errors that an error carries.

/** The error itself, and what can be reached from it through `suppressed`, `error` and `cause`. */
export function causesOf(error: unknown, found: Set<unknown> = new Set()): Set<unknown> {
  if (found.has(error)) return found
  found.add(error)
  if (typeof error !== 'object' || error === null) return found
  for (const key of ['suppressed', 'error', 'cause']) if (key in error) causesOf(Reflect.get(error, key), found)
  return found
}
