// The rules of `response` (PSGI, "response"), numbered R: those that hold whenever a pipe has done its work.

import { types } from 'node:util'
import { quote } from '../../src/errors.ts'
import { header_fields, status_line } from '../../src/psgi/head.ts'
import { describe, hasMethod, isObject } from '../../src/psgi/pairs.ts'
import { isUnicode } from '../../src/psgi/refuse.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { type Check, complaintOf } from './rule.ts'

/** The six attributes. */
export const ATTRIBUTES = [
  'status',
  'header_list',
  'body',
  'status_format',
  'header_list_format',
  'body_format',
] as const

/** An attribute of the response: whoever changed it last is to blame for it. */
export type Attribute = (typeof ATTRIBUTES)[number]

/** A rule of the response, and the attribute that it is about. */
export interface ResponseCheck<Subject> extends Check<Subject> {
  readonly about: Attribute
}

// PEP 3333, "Other HTTP Features"; RFC 9110 §7.6.1.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** The rules, in the order of checking. */
export const RESPONSE_RULES: readonly ResponseCheck<PsgiResponse>[] = [
  {
    id: 'R1',
    about: 'status',
    what: '`response` has the attributes `status`, `header_list`, `body`, `status_format`, `header_list_format` and `body_format`, and no other',
    source: 'PSGI, response',
    broken(response) {
      const missing = ATTRIBUTES.find((name) => !(name in response))
      if (missing !== undefined) return `response has no ${missing}`
      const surplus = Object.keys(response).find((name) => !ATTRIBUTES.some((known) => known === name))
      return surplus === undefined ? undefined : `response has an attribute ${quote(surplus)}`
    },
  },
  {
    id: 'R2',
    about: 'status_format',
    what: "`status_format`, `header_list_format` and `body_format` are each `'unicode'` or the name of an encoding",
    source: 'PSGI, response',
    broken: (response) =>
      complaintOf(() => {
        isUnicode(response.status_format, 'status_format')
        isUnicode(response.header_list_format, 'header_list_format')
        isUnicode(response.body_format, 'body_format')
      }),
  },
  {
    id: 'R3',
    about: 'status',
    what: '`status` is three digits, a space and a reason without control characters',
    source: 'PSGI; PEP 3333; RFC 9112 §4',
    broken: (response) => complaintOf(() => status_line(response)),
  },
  {
    id: 'R4',
    about: 'status',
    what: '`status` is 200 or above: interim responses are the server’s',
    source: 'RFC 9110 §15.2',
    broken: (response) =>
      codeOf(response)?.startsWith('1') === true ? `response.status is ${quote(response.status)}` : undefined,
  },
  {
    id: 'R5',
    about: 'status',
    what: "`status` is text under `'unicode'`, and bytes under an encoding",
    source: 'PSGI, status_format',
    broken: ({ status, status_format = 'unicode' }) =>
      status_format === 'unicode' && types.isUint8Array(status)
        ? "response.status is bytes, but response.status_format is 'unicode'"
        : undefined,
  },
  {
    id: 'R6',
    about: 'header_list',
    what: '`header_list` is an object whose `as_list()` gives the same pairs of name and value each time it is asked',
    source: 'PSGI, header_list',
    broken(response) {
      const list: unknown = response.header_list
      if (!isObject(list)) return `response.header_list is ${describe(list)}`
      if (!hasMethod(list, 'as_list')) return `response.header_list is ${describe(list)} without as_list()`
      return complaintOf(() => {
        const lines = JSON.stringify(header_fields(response).map(({ line }) => line))
        if (lines === JSON.stringify(header_fields(response).map(({ line }) => line))) return
        throw new Error('response.header_list.as_list() gave other pairs when it was asked again')
      })
    },
  },
  {
    id: 'R7',
    about: 'header_list',
    what: "The names and values of `header_list` are text under `'unicode'`, and bytes under an encoding",
    source: 'PSGI, header_list_format',
    broken(response) {
      if ((response.header_list_format ?? 'unicode') !== 'unicode') return undefined
      let at = 0
      let found: string | undefined
      complaintOf(() => {
        for (const pair of response.header_list.as_list()) {
          if (pair.some((text) => types.isUint8Array(text)))
            found ??= `response.header_list[${at}] holds bytes, but response.header_list_format is 'unicode'`
          at++
        }
      })
      return found
    },
  },
  {
    id: 'R8',
    about: 'header_list',
    what: 'There is no header `Status`: the status has an attribute of its own',
    source: 'PEP 3333; Rack',
    broken: (response) => (has(response, (name) => name === 'status') ? 'response has a header Status' : undefined),
  },
  {
    id: 'R9',
    about: 'header_list',
    what: 'The fields of one hop are the server’s: `Connection`, `Keep-Alive`, `Proxy-Connection`, `TE`, `Transfer-Encoding` and `Upgrade`. A 426 has to say `Upgrade`, and so may say `Connection`',
    source: 'PEP 3333; RFC 9110 §7.6.1, §15.5.22',
    broken(response) {
      const is426 = codeOf(response) === '426'
      const allowed = (name: string) => is426 && (name === 'upgrade' || name === 'connection')
      const found = namesOf(response).find((name) => HOP_BY_HOP.has(name) && !allowed(name))
      return found === undefined ? undefined : `response has a header ${quote(found)}`
    },
  },
]

/** The three digits of the status; undefined for one that R3 refuses. */
export function codeOf(response: PsgiResponse): string | undefined {
  let code: string | undefined
  complaintOf(() => {
    code = status_line(response).slice(0, 3)
  })
  return code
}

/** The names of the headers, in lower case; none where R6 refuses them. */
export function namesOf(response: PsgiResponse): string[] {
  const names: string[] = []
  complaintOf(() => names.push(...header_fields(response).map(({ name }) => name.toLowerCase())))
  return names
}

function has(response: PsgiResponse, wanted: (name: string) => boolean): boolean {
  return namesOf(response).some(wanted)
}
