// The parts of a request target (RFC 9112 §3.2, RFC 3986): authorities and paths.

import { PeerError, quote } from '../../src/errors.ts'

/** host [ ":" port ] of RFC 3986 §3.2, without user information. May be empty (RFC 9112 §3.2). */
export function isAuthority(text: string): boolean {
  return /^(?:[\w.~!$&'()*+,;=-]*(?:%[\da-f]{2}[\w.~!$&'()*+,;=-]*)*|\[[\da-f:.]+\])(?::\d{0,5})?$/i.test(text)
}

/** A path, percent-decoded as UTF-8. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    throw new PeerError('PATH_BAD', `the path ${quote(path)} is not percent-encoded UTF-8`, { cause, pipe: 'http' })
  }
}
