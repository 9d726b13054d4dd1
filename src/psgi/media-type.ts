// The Content-Type of a body that a pipe makes: its own, unless somebody has said another one.

import { HeaderList, type HeaderPair } from './header-list.ts'
import { lineName } from './kept-lines.ts'
import { hasMethod, isObject } from './pairs.ts'
import { DEFAULT_HEADERS, defaultHeaders, type PsgiResponse } from './response.ts'
import type { ResponseHeaders } from './response-headers.ts'

const NAME = 'Content-Type'
const DEFAULT_TYPE = DEFAULT_HEADERS[0]?.[1]

/**
 * Says what the body is, in place of the default `text/html; charset=utf-8`. A Content-Type that somebody has set stays, and so does a
 * header list in an encoding.
 */
export function setMediaType(response: PsgiResponse, type: string): void {
  if (defaultHeaders(response)) {
    response.header_list = new HeaderList([[NAME, type]])
    return
  }
  if ((response.header_list_format ?? 'unicode') !== 'unicode') return
  const list = response.header_list
  const lines = [...list.as_list()]
  const at = lines.findIndex(([name]) => lineName(name).toLowerCase() === 'content-type')
  if (at >= 0 && lines[at]?.[1] !== DEFAULT_TYPE) return
  const line: HeaderPair = [NAME, type]
  // In place where that is possible: somebody may hold the list, to add to it later.
  if (list instanceof HeaderList) list[at < 0 ? list.length : at] = line
  else if (isResponseHeaders(list)) list.set(NAME, type)
  else response.header_list = new HeaderList(at < 0 ? [...lines, line] : lines.with(at, line))
}

function isResponseHeaders(list: unknown): list is ResponseHeaders {
  return isObject(list) && hasMethod(list, 'set') && hasMethod(list, 'getall')
}
