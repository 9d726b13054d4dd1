// The options of websocket(), checked and complete.

import { quote, UsageError } from '../../src/errors.ts'
import type { WebsocketOptions } from '../websocket.ts'

/** See {@link WebsocketOptions}. */
export interface WebsocketTerms {
  readonly origins: ReadonlySet<string> | Exclude<WebsocketOptions['origins'], readonly string[]>
  readonly protocols: readonly string[] | undefined
  readonly maxBytes: number
  readonly pingMs: number
  readonly deflate: boolean
}

const KNOWN = ['origins', 'protocols', 'maxBytes', 'pingMs', 'deflate']
/** A token (RFC 9110 §5.6.2), as a sub-protocol is one (RFC 6455 §4.1). */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** @throws UsageError OPTION_BAD */
export function websocketTerms(options: WebsocketOptions): WebsocketTerms {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw bad(`has no option ${JSON.stringify(name)}. There are: ${KNOWN.join(', ')}.`)
  }
  const { origins, protocols, maxBytes = 1_048_576, pingMs = 30_000, deflate = false } = options
  if (!isCount(maxBytes)) throw bad(`takes a whole number above 0 as maxBytes, not ${String(maxBytes)}.`)
  if (!isCount(pingMs)) throw bad(`takes a whole number above 0 as pingMs, not ${String(pingMs)}.`)
  if (typeof deflate !== 'boolean') throw bad(`takes true or false as deflate, not ${String(deflate)}.`)
  if (protocols !== undefined) checkProtocols(protocols)
  return { origins: originsOf(origins), protocols, maxBytes, pingMs, deflate }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function checkProtocols(protocols: readonly string[]): void {
  if (!Array.isArray(protocols) || protocols.length === 0 || new Set(protocols).size < protocols.length) {
    throw bad('takes a list of different names as protocols.')
  }
  for (const name of protocols) {
    if (typeof name !== 'string' || !TOKEN.test(name)) throw bad(`takes tokens as protocols; ${quote(name)} is none.`)
  }
}

function originsOf(origins: WebsocketOptions['origins']): WebsocketTerms['origins'] {
  if (origins === undefined || typeof origins === 'function') return origins
  if (!Array.isArray(origins)) throw bad('takes a list of origins or a function as origins.')
  for (const origin of origins) {
    // `null` is what sandboxed pages and files are, whoever made them.
    if (origin !== 'null' && !isOrigin(origin)) {
      throw bad(`takes origins like "https://app.example"; ${quote(origin)} is none.`)
    }
  }
  return new Set(origins)
}

/** Whether it is as browsers write it: a path, a slash at the end or upper case would never match. */
function isOrigin(origin: unknown): boolean {
  if (typeof origin !== 'string' || !URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  return `${protocol}//${host}` === origin && host !== ''
}

function bad(what: string): UsageError {
  return new UsageError('OPTION_BAD', `websocket() ${what}`, { pipe: 'websocket' })
}
