// Compares what two servers made of the same bytes: what we accept, llhttp must accept and frame alike.

import { METHODS } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Reading, ReadRequest } from './reading.ts'

/** Where our reading is not llhttp's. */
export interface Difference {
  /** In two or three words, fit for the name of a file. */
  readonly kind: string
  /** Which request, from 0. */
  readonly at: number
  readonly ours: ReadRequest | undefined
  readonly theirs: ReadRequest | undefined
}

/** A difference that is meant to be. */
interface Deliberate {
  readonly name: string
  readonly reason: string
  /** The version of llhttp from which on it is none. */
  readonly until?: string
  /** Whether it is this one. `bytes` are all that was sent. */
  holds(difference: Difference, ours: Reading, theirs: Reading, bytes: string): boolean
}

/** All differences that are meant to be. */
export const DELIBERATE: readonly Deliberate[] = [
  {
    name: 'any method',
    reason: 'A method is any token (RFC 9110 §9.1), and the stack says which it knows; llhttp has a list.',
    holds: ({ kind, ours }, _, { why }) =>
      kind === 'not accepted' && why === 'HPE_INVALID_METHOD' && !METHODS.includes(ours?.method ?? ''),
  },
  {
    name: 'close wins',
    reason:
      'HTTP/1.0 with both options of Connection ends with us (RFC 9112 §9.3); llhttp goes on, as it looks for keep-alive alone.',
    holds: ({ kind }, ours) =>
      kind === 'more requests' && ours.end === 'closed' && ours.requests.at(-1)?.version === 'HTTP/1.0',
  },
  {
    name: 'tabs around values',
    until: '9.4',
    reason:
      'White space around a value may hold tabs (RFC 9110 §5.6.3); llhttp takes none behind lengths, codings and close.',
    holds: ({ kind, at }, { requests }, { why }, bytes) =>
      kind === 'more requests'
        ? requests[at - 1]?.fields.HTTP_CONNECTION !== undefined && /connection:[^\r\n]*close[ \t]*\t/i.test(bytes)
        : (kind === 'not accepted' || kind === 'body goes on') &&
          /^HPE_INVALID_(?:CONTENT_LENGTH|TRANSFER_ENCODING)$/.test(why) &&
          /(?:content-length:[ \t]*\d+|transfer-encoding:[ \t]*chunked) *\t[ \t]*\r\n/i.test(bytes),
  },
  {
    name: 'close in a trailer',
    reason: 'Trailers are never taken for header fields (RFC 9110 §6.5.1); llhttp closes where one says so.',
    holds: ({ kind, at }, { requests }, { why }) =>
      kind === 'not accepted' &&
      why === 'HPE_CLOSED_CONNECTION' &&
      (requests[at - 1]?.trailers ?? []).some(([name, value]) => /^connection$/i.test(name) && /close/i.test(value)),
  },
  {
    name: 'another protocol',
    reason:
      'We ignore Upgrade (RFC 9110 §7.8) and answer CONNECT like any request; llhttp stops there, and node:http loses what came with it.',
    holds: ({ at, kind }, { requests }) => {
      const left = requests.findIndex(({ method, fields }) => method === 'CONNECT' || asksToUpgrade(fields))
      return left >= 0 && (at > left || (at === left && requests[at]?.method === 'CONNECT' && /body/.test(kind)))
    },
  },
]

function asksToUpgrade({ HTTP_CONNECTION = '', HTTP_UPGRADE }: ReadRequest['fields']): boolean {
  return HTTP_UPGRADE !== undefined && /\bupgrade\b/i.test(HTTP_CONNECTION)
}

/** The first difference that counts; undefined where there is none. `tally` counts the others, by name. */
export function difference(
  ours: Reading,
  theirs: Reading,
  bytes: string,
  tally: Record<string, number> = {},
): Difference | undefined {
  const found = firstDifference(ours, theirs)
  if (found === undefined) return undefined
  const meant = DELIBERATE.find((each) => each.holds(found, ours, theirs, bytes))
  if (meant === undefined) return found
  tally[meant.name] = (tally[meant.name] ?? 0) + 1
  return undefined
}

function firstDifference(ours: Reading, theirs: Reading): Difference | undefined {
  for (const [at, request] of ours.requests.entries()) {
    const other = theirs.requests[at]
    const kind = other === undefined ? 'not accepted' : unlike(request, other, ours, theirs)
    if (kind !== undefined) return { kind, at, ours: request, theirs: other }
  }
  const at = ours.requests.length
  // Behind what we refuse, llhttp may read on: we do not.
  if (ours.end === 'refused' || theirs.requests.length <= at) return undefined
  return { kind: 'more requests', at, ours: undefined, theirs: theirs.requests[at] }
}

/** What is not the same in two requests. */
function unlike(ours: ReadRequest, theirs: ReadRequest, all: Reading, others: Reading): string | undefined {
  if (ours.method !== theirs.method) return 'other method'
  if (ours.target !== theirs.target) return 'other target'
  if (ours.version !== theirs.version) return 'other version'
  if (!isDeepStrictEqual(ours.fields, theirs.fields)) return 'other fields'
  if (ours.complete) {
    if (!theirs.complete) return 'body goes on'
    if (ours.body !== theirs.body) return 'other body'
    return isDeepStrictEqual(ours.trailers, theirs.trailers) ? undefined : 'other trailers'
  }
  if (all.end === 'refused') {
    const isBegun = theirs.body.startsWith(ours.body) || (!theirs.complete && ours.body.startsWith(theirs.body))
    return isBegun ? undefined : 'other body'
  }
  if (theirs.complete) return 'body ends'
  // One may see before the other that a chunk is bad.
  return ours.body === theirs.body || others.end === 'refused' ? undefined : 'other body'
}
