// The response, as files() fills it in. Lines that the pipes above have set stay, unless they say what only the file can say.

import type { Body } from '../../src/psgi/body.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { keptLines, lineName } from '../../src/psgi/kept-lines.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'

const OF_THE_FILE = /^(?:content-(?:length|range|type)|etag|last-modified|accept-ranges|location)$/i
const SNIFFING = /^x-content-type-options$/i
const CACHING = /^cache-control$/i

/** Says on every answer, also on those that others give in place of the file, that its type is not to be guessed. */
export function forbidSniffing(response: PsgiResponse): void {
  setLines(response, [...keptLines(response, SNIFFING), ['X-Content-Type-Options', 'nosniff']])
}

/**
 * The `Cache-Control` of a file.
 *
 * @param maxAgeSec undefined: the line that is there already counts, else it is 0
 */
export function cacheLines(response: PsgiResponse, maxAgeSec: number | undefined): HeaderPair[] {
  const lines = [...response.header_list.as_list()]
  if (maxAgeSec === undefined && lines.some(([name]) => CACHING.test(lineName(name)))) return []
  return [['Cache-Control', `max-age=${maxAgeSec ?? 0}`]]
}

/** Answers with `status`: with its reason as text, unless there is a body. `lines` take the place of those of the same names. */
export function answer(response: PsgiResponse, status: string, lines: readonly HeaderPair[], body?: Body): void {
  const names = new Set(lines.map(([name]) => lineName(name).toLowerCase()))
  const kept = keptLines(response, OF_THE_FILE).filter(([name]) => !names.has(lineName(name).toLowerCase()))
  const type: HeaderPair[] = body === undefined ? [['Content-Type', 'text/plain; charset=utf-8']] : []
  setLines(response, [...kept, ...lines, ...type])
  response.status = status
  response.status_format = 'unicode'
  response.body = body ?? `${status.slice(4)}\n`
  response.body_format = body === undefined ? 'unicode' : 'bytes'
}

function setLines(response: PsgiResponse, lines: readonly HeaderPair[]): void {
  response.header_list = new HeaderList(lines)
  response.header_list_format = 'unicode'
}
