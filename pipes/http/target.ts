// The parts of a request target (RFC 9112 §3.2, RFC 3986): authorities and paths.

import { isIPv6 } from 'node:net'
import { PeerError, quote } from '../../src/errors.ts'

/** host [ ":" port ] of RFC 3986 §3.2, without user information. May be empty (RFC 9112 §3.2). */
export function isAuthority(text: string): boolean {
  if (text.startsWith('[')) {
    const literal = /^\[([\da-f:.]+)\](?::\d{0,5})?$/i.exec(text)?.[1]
    return literal !== undefined && isIPv6(literal)
  }
  return /^[\w.~!$&'()*+,;=-]*(?:%[\da-f]{2}[\w.~!$&'()*+,;=-]*)*(?::\d{0,5})?$/i.test(text)
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
