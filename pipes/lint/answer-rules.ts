// The rules of a response that is ready to be sent, when all pipes have left; numbered A.

import { quote } from '../../src/errors.ts'
import { bytesOf, toBytes } from '../../src/psgi/body-chunk.ts'
import { isPromise } from '../../src/psgi/body-source.ts'
import { header_lines } from '../../src/psgi/head.ts'
import { describe, hasMethod, isObject } from '../../src/psgi/pairs.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { whole_body } from '../../src/psgi/whole-body.ts'
import { codeOf, namesOf, type ResponseCheck } from './response-rules.ts'
import { complaintOf } from './rule.ts'

/** A response that is ready. */
export interface Answer {
  readonly response: PsgiResponse
  readonly method: string
  /** Bytes that were given to write(). */
  readonly written: number
}

/** The rules, in the order of checking. */
export const ANSWER_RULES: readonly ResponseCheck<Answer>[] = [
  {
    id: 'A1',
    about: 'body',
    what: '`body` is text or bytes, or an iterable, async iterable or web stream of them',
    source: 'PSGI, body',
    broken({ response: { body } }) {
      const known: unknown = body
      if (typeof known === 'string' || bytesOf(known) !== undefined) return undefined
      if (isObject(known) && (isPromise(known) || isStream(known) || isIterable(known))) return undefined
      return `response.body is ${describe(known)}`
    },
  },
  {
    id: 'A2',
    about: 'body',
    what: 'Text in the body can be written in the charset of `Content-Type`, or is markup, where a character reference may stand for a character',
    source: 'PSGI, stream_body; PEP 3333, Unicode',
    broken: ({ response }) => complaintOf(() => whole_body(response)),
  },
  {
    id: 'A3',
    about: 'body',
    what: "Bytes in the body stand under a `body_format` that says so: an encoding, or `'bytes'`",
    source: 'PSGI, body_format',
    broken({ response: { body, body_format = 'unicode' } }) {
      if (body_format !== 'unicode') return undefined
      const list: readonly unknown[] = Array.isArray(body) ? body : [body]
      return list.some((chunk) => bytesOf(chunk) !== undefined)
        ? "response.body holds bytes, but response.body_format is 'unicode'"
        : undefined
    },
  },
  {
    id: 'A4',
    about: 'body_format',
    what: 'A `body_format` that is an encoding is that of `Content-Type`, where this names one',
    source: 'PSGI, body_format',
    broken({ response }) {
      const { body_format: format = 'unicode' } = response
      if (format === 'unicode' || format === 'bytes' || !/;\s*charset\s*=/i.test(typeOf(response))) return undefined
      const label = header_lines(response).charset.label
      const same = normal(label) === normal(format)
      return same ? undefined : `response.body_format is ${quote(format)}, but Content-Type says ${quote(label)}`
    },
  },
  {
    id: 'A5',
    about: 'header_list',
    what: 'A response with a body has a `Content-Type`',
    source: 'PEP 3333; RFC 9110 §8.3',
    broken: (answer) =>
      isEmpty(answer) || namesOf(answer.response).includes('content-type') ? undefined : 'response has no Content-Type',
  },
  {
    id: 'A6',
    about: 'header_list',
    what: 'There is no `Content-Length` with 204',
    source: 'RFC 9110 §8.6',
    broken: ({ response }) =>
      codeOf(response) === '204' && namesOf(response).includes('content-length')
        ? 'response is a 204 with a Content-Length'
        : undefined,
  },
  {
    id: 'A7',
    about: 'body',
    what: 'A 204 has no body',
    source: 'RFC 9110 §15.3.5',
    broken: (answer) =>
      codeOf(answer.response) === '204' && !isEmpty(answer) ? 'response is a 204 with a body' : undefined,
  },
  {
    id: 'A8',
    about: 'header_list',
    what: '`Content-Length` is the number of bytes that follow, written and in the body, but for HEAD and 304',
    source: 'RFC 9110 §8.6; Rack',
    broken(answer) {
      const { response, written } = answer
      const length = promisedLength(answer)
      if (length === undefined) return undefined
      const size = sizeOf(response)
      if (size === undefined || size + written === length) return undefined
      return `Content-Length is ${length}, but there are ${size + written} bytes`
    },
  },
]

/** What Content-Length promises to the reader of a body; undefined where nothing, or where no body is sent. */
export function promisedLength({ response, method }: Answer): number | undefined {
  if (method === 'HEAD' || codeOf(response) === '304' || codeOf(response) === '204') return undefined
  let length: number | undefined
  complaintOf(() => {
    length = header_lines(response).contentLength
  })
  return length
}

/** Bytes of a body that is there as a whole. */
function sizeOf(response: PsgiResponse): number | undefined {
  let size: number | undefined
  complaintOf(() => {
    const whole = whole_body(response)
    if (whole !== undefined) size = toBytes(whole).byteLength
  })
  return size
}

function isEmpty({ response, written }: Answer): boolean {
  return written === 0 && sizeOf(response) === 0
}

function typeOf(response: PsgiResponse): string {
  let type = ''
  complaintOf(() => {
    for (const [name, value] of response.header_list.as_list()) {
      if (String(name).toLowerCase() === 'content-type') type = String(value)
    }
  })
  return type
}

/** One spelling of an encoding's name. */
function normal(label: string): string {
  return label.toLowerCase().replace(/[-_]/g, '')
}

function isStream(body: object): boolean {
  return hasMethod(body, 'getReader') || hasMethod(body, 'stream')
}

function isIterable(body: object): boolean {
  return Symbol.iterator in body || Symbol.asyncIterator in body || 'length' in body
}
