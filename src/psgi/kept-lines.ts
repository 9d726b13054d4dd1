// The header lines that outlive a response: where an answer is given in place of another, CORS, Set-Cookie and request ids stay.

import type { HeaderPair } from './header-list.ts'
import type { PsgiResponse } from './response.ts'

/**
 * Lines that describe the body which is not sent after all (RFC 9110 §8). Not every `Content-…`: Content-Security-Policy is about
 * the site.
 */
export const OF_THE_BODY: RegExp =
  /^(?:content-(?:type|length|encoding|language|location|range|disposition|md5|digest)|repr-digest|etag|last-modified|accept-ranges|allow)$/i

/** What the pipes above have put into the header list, without the `dropped`. Lines in an encoding cannot stand beside text: they go. */
export function keptLines(response: PsgiResponse, dropped: RegExp): HeaderPair[] {
  if ((response.header_list_format ?? 'unicode') !== 'unicode') return []
  return [...response.header_list.as_list()].filter(([name]) => !dropped.test(lineName(name)))
}

/** The name of a line as text. */
export function lineName(name: string | Uint8Array): string {
  return typeof name === 'string' ? name : Buffer.from(name).toString('latin1')
}
