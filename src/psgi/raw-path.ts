// The path as it was sent, cut where PATH_INFO is: for applications of others, which do their own percent-decoding.

import type { Environ } from './environ.ts'
import { wellFormed } from './surrogates.ts'

/** A path, still percent-encoded, in the two halves that SCRIPT_NAME and PATH_INFO are. */
export interface RawPath {
  /** Where the application is mounted; empty at the root. */
  readonly prefix: string
  /** The rest: empty, or beginning with `/`. */
  readonly rest: string
}

/**
 * The path of `REQUEST_URI` as sent, with its `%2F`. Where a pipe above has changed `SCRIPT_NAME` or `PATH_INFO`, they count, and
 * are percent-encoded anew.
 *
 * Source  PEP 3333, "URL Reconstruction".
 */
export function rawPath(environ: Environ): RawPath {
  const { SCRIPT_NAME, PATH_INFO, REQUEST_URI } = environ
  // absolute-form (RFC 9112 §3.2.2)
  const sent = REQUEST_URI.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  const at = cutAt(sent, SCRIPT_NAME)
  const [prefix, rest] = [sent.slice(0, at), sent.slice(at)]
  if (decoded(prefix) === SCRIPT_NAME && decoded(rest) === PATH_INFO) return { prefix, rest }
  return { prefix: encoded(SCRIPT_NAME), rest: encoded(PATH_INFO) }
}

/** How long the beginning of `sent` is that decodes to as many bytes as `prefix` has. */
function cutAt(sent: string, prefix: string): number {
  let at = 0
  for (let left = Buffer.byteLength(prefix); left > 0 && at < sent.length; left--) at += sent[at] === '%' ? 3 : 1
  return at
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

// RFC 3986 §3.3: pchar and "/".
function encoded(path: string): string {
  return wellFormed(path).replace(/[^\w.~!$&'()*+,;=:@/-]+/g, encodeURIComponent)
}
