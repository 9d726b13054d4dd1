// The channels of a server, as a page holds them.

import type { Channels, UnknownChannels } from '../../pipes/channels/channel-types.ts'
import { checkOptions } from '../../pipes/channels/terms.ts'
import { quote, UsageError } from '../errors.ts'
import { type ReconnectOptions, reconnectSettings } from '../net/backoff.ts'
import { WAYS, type WayName } from './order.ts'
import type { Credentials, Page } from './page.ts'
import { type ClientState, Reconnecting } from './reconnecting.ts'

/** Where the server is, by each way that it serves: URLs, relative to the page. Tried in this order. */
export interface ClientUrls {
  /** What `websocket()` serves. */
  readonly websocket?: string | URL | undefined
  /** What `sse()` serves: messages come as server-sent events, and go as a POST each. */
  readonly sse?: string | URL | undefined
  /** What `longpoll()` serves. */
  readonly longpoll?: string | URL | undefined
}

/** Options of connect(). */
export interface ClientOptions {
  /** Most events of a channel that wait, each way, default 1_000. The server is granted no more; of ours, a further one is rejected. */
  readonly maxQueued?: number
  /** What becomes of events while there is no connection: they wait (`'queue'`, the default), or are rejected. */
  readonly away?: 'queue' | 'reject'
  /** Most milliseconds until a connection is open, and has carried its first message; then the next way is tried. Default 5_000. */
  readonly timeoutMs?: number
  /** Whether cookies go along, by SSE and long-poll: as `fetch` has it, default `'same-origin'`. A WebSocket always sends them. */
  readonly credentials?: Credentials
  /** How it comes back: as with the server's `connect()`, but the first connection may fail too. Default true; false: not at all. */
  readonly reconnect?: boolean | Omit<ReconnectOptions, 'initial'>
  /** Takes what no channel can be told: messages that are none, at most 8 for each connection; what a callback throws. Default: the console. */
  readonly onError?: (error: unknown) => void
}

/** The channels of a server. */
export interface Live<Table = UnknownChannels> extends Channels<Table>, Disposable {
  readonly state: ClientState
  /** By which way there is a connection at present. */
  readonly transport: WayName | undefined
  /** Calls back when the state changes; with what was lost, where something was. Call what is returned to end that. */
  onState(callback: (state: ClientState, error: Error | undefined) => unknown): () => void
  /** Closes all channels, and the connection. */
  close(): void
}

/** What connect() gives, for a page. */
export function liveOn<Table>(page: Page, urls: ClientUrls, options: ClientOptions): Live<Table> {
  checkOptions('connect', options, NAMES, ['maxQueued', 'timeoutMs'])
  const { maxQueued = 1_000, away = 'queue', timeoutMs = 5_000, credentials = 'same-origin' } = options
  if (away !== 'queue' && away !== 'reject') {
    throw new UsageError('OPTION_BAD', `connect() takes 'queue' or 'reject' as away, not ${quote(away)}.`)
  }
  const { reconnect = true, onError = (error) => console.error(error) } = options
  const listeners = new Set<(state: ClientState, error: Error | undefined) => unknown>()
  const kept = new Reconnecting({
    page,
    urls: urlsOf(page, urls),
    credentials,
    timeoutMs,
    reconnect: reconnectSettings(reconnect),
    maxQueued,
    queues: away === 'queue',
    onState(state, error) {
      for (const listener of listeners) {
        try {
          listener(state, error)
        } catch (thrown) {
          onError(thrown)
        }
      }
    },
    onError,
  })
  const close = () => kept.close()
  const live: Live = {
    open: (name, options) => kept.channels.open(name, options),
    get state() {
      return kept.state
    },
    get transport() {
      return kept.way
    },
    onState(callback) {
      listeners.add(callback)
      return () => listeners.delete(callback)
    },
    close,
    [Symbol.dispose]: close,
  }
  // The wire knows no types: what a channel takes and gives is what its table says, if both were built from the same source.
  return live as unknown as Live<Table>
}

const NAMES: readonly string[] = [
  'maxQueued',
  'away',
  'timeoutMs',
  'credentials',
  'reconnect',
  'onError',
] satisfies (keyof ClientOptions)[]

function urlsOf(page: Page, urls: ClientUrls): Map<WayName, string> {
  const base = page.document?.baseURI ?? page.location?.href
  const found = new Map<WayName, string>()
  for (const way of WAYS) {
    const given = urls[way]
    if (given !== undefined) found.set(way, urlOf(way, given, base))
  }
  if (found.size === 0) {
    throw new UsageError('ADDRESS_BAD', `connect() got no URL. Give it one as ${WAYS.join(', or as ')}.`)
  }
  return found
}

function urlOf(way: WayName, given: string | URL, base: string | undefined): string {
  try {
    const { href } = new URL(given, base)
    const url = way === 'websocket' ? href.replace(/^ws/, 'http') : href
    if (/^https?:/.test(url)) return url
  } catch {
    // Said below.
  }
  throw new UsageError('ADDRESS_BAD', `connect() takes a URL of http: or https: as ${way}, not ${quote(given)}.`)
}
