// Keeps a line to the server: one after the other, by whichever way there is.

import { OpenChannels } from '../../pipes/channels/open-channels.ts'
import { PeerError } from '../errors.ts'
import { Backoff, type ReconnectSettings } from '../net/backoff.ts'
import type { LineTerms, OpenLine } from './line.ts'
import { longpollLine } from './longpoll-line.ts'
import { type MomentsHome, watchPage } from './moments.ts'
import { Order, WAYS, type WayName } from './order.ts'
import { Session, type SessionHome } from './session.ts'
import { sseLine } from './sse-line.ts'
import { websocketLine } from './websocket-line.ts'

/**
 * How it stands. `'connecting'`: a connection is being made. `'open'`: there is one. `'waiting'`: it was lost or could not be made, and
 * there will be another attempt. `'closed'`: there will be none.
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'closed'

/** What it is made of. */
export interface ReconnectingTerms extends LineTerms {
  readonly urls: ReadonlyMap<WayName, string>
  /** Undefined: the first line is the last one. */
  readonly reconnect: ReconnectSettings | undefined
  readonly maxQueued: number
  readonly queues: boolean
  readonly onState: (state: ClientState, error: Error | undefined) => void
  readonly onError: (error: unknown) => void
}

const LINES: Readonly<Record<WayName, OpenLine>> = {
  websocket: websocketLine,
  sse: sseLine,
  longpoll: longpollLine,
}

/** See above. */
export class Reconnecting implements SessionHome, MomentsHome {
  readonly channels: OpenChannels
  state: ClientState = 'connecting'
  readonly #terms: ReconnectingTerms
  readonly #order: Order
  readonly #stopWatching: () => void
  #backoff: Backoff | undefined
  /** What is left of this round. */
  #round: WayName[] = []
  #way: WayName | undefined
  #session: Session | undefined
  #openedAt: number | undefined
  #heard = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #asleep = false

  constructor(terms: ReconnectingTerms) {
    this.#terms = terms
    const ways = WAYS.filter((way) => terms.urls.has(way))
    this.#order = new Order(ways, terms.page, [...terms.urls.values()].join(' '))
    this.channels = new OpenChannels({
      connection: { remote: 'the server', close: async () => {} },
      maxQueued: terms.maxQueued,
      queues: terms.queues,
      follows: () => this.state !== 'closed' && terms.reconnect !== undefined,
      report: terms.onError,
    })
    this.#forgiven()
    this.#stopWatching = watchPage(terms.page, this)
    this.#begin()
  }

  /** By which way there is a line at present. */
  get way(): WayName | undefined {
    return this.#openedAt === undefined ? undefined : this.#way
  }

  /** Nothing more follows. */
  close(): void {
    if (this.state === 'closed') return
    const session = this.#session
    this.#end(undefined, () => session?.finish())
  }

  // ---- attempts --------------------------------------------------------------------------------------------------------------

  #forgiven(): void {
    const { reconnect } = this.#terms
    this.#backoff = reconnect === undefined ? undefined : new Backoff(reconnect)
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#round = [...this.#order.round()]
    this.#try()
  }

  #try(): void {
    const way = this.#round.shift()
    const url = way === undefined ? undefined : this.#terms.urls.get(way)
    if (way === undefined || url === undefined) return
    this.#way = way
    this.#heard = false
    this.#tell('connecting', undefined)
    this.#session = new Session(url, LINES[way], this, this.channels, this.#terms)
  }

  opened(session: Session): void {
    if (session !== this.#session) return
    this.#openedAt = Date.now()
    this.#tell('open', undefined)
  }

  heard(session: Session): void {
    if (session !== this.#session || this.#way === undefined) return
    this.#heard = true
    this.#order.worked(this.#way)
  }

  lost(session: Session, error: Error): void {
    if (session !== this.#session) return
    this.#session = undefined
    const openedAt = this.#openedAt
    this.#openedAt = undefined
    if (this.state === 'closed') return
    if (this.#heard && openedAt !== undefined) this.#backoff?.lost(Date.now() - openedAt)
    else if (this.#round.length > 0) {
      this.#try()
      return
    }
    this.#wait(error)
  }

  #wait(error: Error): void {
    if (this.#asleep) {
      this.#tell('waiting', error)
      return
    }
    const waitMs = this.#backoff?.next()
    if (waitMs === undefined) {
      this.#end(error, () => {})
      return
    }
    this.#timer = setTimeout(() => this.#begin(), waitMs)
    this.#tell('waiting', error)
  }

  #end(error: Error | undefined, finish: () => void): void {
    clearTimeout(this.#timer)
    this.#stopWatching()
    this.#session = undefined
    this.#openedAt = undefined
    this.#tell('closed', error)
    finish()
    // What was opened and has had no line yet.
    this.channels.detach(undefined, error)
  }

  #tell(state: ClientState, error: Error | undefined): void {
    if (this.state === state) return
    this.state = state
    this.#terms.onState(state, error)
  }

  // ---- moments of the page -----------------------------------------------------------------------------------------------------

  wake(): void {
    this.#asleep = false
    if (this.state !== 'waiting') return
    this.#forgiven()
    this.#begin()
  }

  moved(): void {
    this.#drop('the network has changed')
    this.wake()
  }

  sleep(): void {
    this.#asleep = true
    clearTimeout(this.#timer)
    this.#drop('the page was put away')
  }

  #drop(why: string): void {
    if (this.#terms.reconnect === undefined) return
    this.#round = []
    this.#session?.cut(new PeerError('CONNECTION_CLOSED', why))
  }
}
