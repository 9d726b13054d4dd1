// A client: its connections to one address, one after the other, each with a flow through the same stack.

import type { Segment } from '../compile.ts'
import { PeerError, UsageError } from '../errors.ts'
import { endFlow } from '../flow.ts'
import type { FlowBag } from '../flow-bag.ts'
import { hang } from '../suppressed.ts'
import { type Realm, Trip } from '../trip.ts'
import { Backoff, type ReconnectSettings } from './backoff.ts'
import type { DrivenConnection } from './connection.ts'
import { type Destination, Dialler } from './dialler.ts'
import type { Holding } from './held-bag.ts'
import type { Link } from './link.ts'
import { Trial } from './trial.ts'

/**
 * How it stands with a client. `'connecting'`: a connection is being made, and the pipes are entered. `'open'`: the bag can be used.
 * `'waiting'`: the connection was lost or could not be made, and there will be another attempt. `'closed'`: there will be none.
 */
export type ConnectState = 'connecting' | 'open' | 'waiting' | 'closed'

/** What a client is made of. */
export interface ClientTerms {
  readonly to: Destination
  readonly segment: Segment
  readonly closePipes: () => Promise<void>
  readonly reconnect: ReconnectSettings | undefined
  readonly signal: AbortSignal | undefined
  readonly onState: ((state: ConnectState, error?: unknown) => void) | undefined
  readonly realm: Realm
}

/** See above. Its stack ends in {@link Client.reach}. */
export class Client implements Link, Holding {
  readonly address: string
  readonly reconnects: boolean
  pooled: boolean | undefined
  over = false
  gone: string | undefined
  /** Resolves when the last pipe is entered for the first time. */
  readonly opened: Promise<void>
  /** Settles when it is over. Rejects with what it ended by, where that was not the holder's will. */
  readonly done: Promise<void>
  readonly #terms: ClientTerms
  readonly #dialler: Dialler
  readonly #backoff: Backoff | undefined
  readonly #kept = new Map<object, unknown>()
  readonly #beside = new Set<DrivenConnection>()
  #bag: FlowBag | undefined
  #trial: Trial | undefined
  #state: ConnectState | undefined
  #aborted: { readonly reason: unknown } | undefined
  #disposed = false
  #open: () => void = () => {}
  #wake: () => void = () => {}

  constructor(terms: ClientTerms) {
    this.#terms = terms
    this.address = terms.to.address.text
    this.reconnects = terms.reconnect !== undefined
    this.#dialler = new Dialler(terms.to)
    this.#backoff = terms.reconnect === undefined ? undefined : new Backoff(terms.reconnect)
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
    this.done = this.#live()
  }

  // ---- what pipes see ----------------------------------------------------------------------------------------------------

  keep<Kept>(key: object, make: () => Kept): Kept {
    if (!this.#kept.has(key)) this.#kept.set(key, make())
    // What is kept under a key is what its `make` gave.
    return this.#kept.get(key) as Kept
  }

  async dial(): Promise<DrivenConnection> {
    const connection = await this.#dialler.dial()
    connection.link = this
    this.#beside.add(connection)
    void connection.closed.then(() => this.#beside.delete(connection))
    return connection
  }

  // ---- what the holder of the bag sees -----------------------------------------------------------------------------------

  get bag(): FlowBag {
    if (this.#bag === undefined) throw new Error('the stack was not entered yet')
    return this.#bag
  }

  dispose(): Promise<void> {
    this.#disposed = true
    if (this.over) return this.done
    this.over = true
    this.#dialler.giveUp(overError(this.address))
    this.#wake()
    if (this.#trial?.openedAt !== undefined) this.#trial.release()
    // A pipe that is being entered may wait for the peer.
    else this.#trial?.connection.destroy()
    return this.done
  }

  /** Reports what it ends by, unless its holder is told of it. */
  watchEnd(): void {
    this.done.catch((error) => {
      if (!this.#disposed && this.#aborted === undefined) this.#terms.realm.report(error)
    })
  }

  // ---- its life ----------------------------------------------------------------------------------------------------------

  async #live(): Promise<void> {
    const { signal, closePipes } = this.#terms
    const abort = () => this.#abort(signal?.reason)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    const errors: unknown[] = []
    const keep = (error: unknown) => void errors.push(error)
    await this.#connectAgain().catch(keep)
    this.over = true
    this.gone = `the client of ${this.address} is closed`
    signal?.removeEventListener('abort', abort)
    this.#dialler.giveUp(overError(this.address))
    await closePipes().catch(keep)
    for (const connection of this.#beside) connection.destroy()
    const error = errors.length === 0 ? undefined : errors.reduce(hang)
    this.#tell('closed', error)
    if (errors.length > 0) throw error
  }

  /** One connection after the other, until it is over. */
  async #connectAgain(): Promise<void> {
    for (;;) {
      let failure: { readonly error: unknown } | undefined
      try {
        await this.#connect()
      } catch (error) {
        failure = { error }
      }
      const trial = this.#trial
      if (this.over) return this.#settle(trial, failure)
      const error = failure?.error ?? trial?.loss ?? overError(this.address)
      const waitMs = this.#waitAfter(trial, error)
      if (waitMs === undefined) {
        if (failure !== undefined || this.reconnects) throw error
        return
      }
      this.gone = `there is no connection to ${this.address} at present`
      this.#trial = undefined
      this.#tell('waiting', error)
      await this.#wait(waitMs)
      if (this.over) return this.#settle(undefined, undefined)
    }
  }

  /** One connection, from dialling it to the end of its flow. */
  async #connect(): Promise<void> {
    this.#tell('connecting')
    const connection = await this.#dialler.dial()
    connection.link = this
    const trial = new Trial(connection)
    this.#trial = trial
    this.#watch(trial)
    const trip = new Trip(this.#terms.segment, undefined, connection, undefined)
    trip.realm = this.#terms.realm
    await endFlow(trip, async (error) => {
      await trial.close()
      if (error !== undefined) throw error
    })
    if (trial.openedAt !== undefined || (this.reconnects && trial.loss !== undefined) || this.over) return
    // A pipe above ended the flow: interrupted it, or never called next().
    throw new UsageError('ADDRESS_UNREACHABLE', `the stack for ${this.address} ended before its last pipe was entered.`)
  }

  /** The last step of the stack: hands the bag out, and waits until the flow is to leave. */
  reach(bag: FlowBag): Promise<undefined> | undefined {
    const trial = this.#trial
    if (trial === undefined || trial.loss !== undefined || this.#aborted !== undefined) return trial?.leaving
    if (this.over) return undefined
    this.#bag = bag
    this.gone = undefined
    trial.openedAt = performance.now()
    this.#tell('open')
    this.#open()
    return trial.leaving
  }

  #watch(trial: Trial): void {
    const { connection } = trial
    if (this.reconnects) {
      connection.onPeerEnd = () => {
        this.#lose(trial, new PeerError('CONNECTION_CLOSED', `${connection.remote} ended the connection`))
      }
    } else if (this.#terms.onState === undefined) return
    const { signal } = connection
    const lose = () => this.#lose(trial, signal.reason)
    if (signal.aborted) lose()
    else signal.addEventListener('abort', lose, { once: true })
  }

  #lose(trial: Trial, error: unknown): void {
    // A pipe that makes its connections itself knows what is lost.
    if (this.over || trial.loss !== undefined || this.pooled === true) return
    trial.loss = error
    if (this.reconnects) {
      this.gone = `the connection to ${this.address} is lost`
      trial.fail(error)
    } else this.#tell('closed', error)
  }

  #abort(reason: unknown): void {
    this.#aborted = { reason }
    if (this.over) return
    this.over = true
    this.#dialler.giveUp(reason)
    this.#wake()
    this.#trial?.fail(reason)
    this.#trial?.connection.destroy(reason instanceof Error ? reason : undefined)
  }

  /** Ends it by the holder's will, or by the signal. What that itself has broken is no error. */
  #settle(trial: Trial | undefined, failure: { readonly error: unknown } | undefined): void {
    const reason = this.#aborted?.reason
    if (failure !== undefined && !this.#isOfEnd(trial, failure.error) && failure.error !== reason) {
      throw this.#aborted === undefined ? failure.error : hang(failure.error, reason)
    }
    if (this.#aborted !== undefined) throw reason
  }

  #isOfEnd(trial: Trial | undefined, error: unknown): boolean {
    // It could not be made in time, or not be entered.
    if (trial === undefined) return true
    if (!(error instanceof PeerError) || error.code !== 'CONNECTION_CLOSED' || 'suppressed' in error) return false
    return trial.openedAt === undefined || trial.loss === error
  }

  /** Milliseconds until the next attempt. Undefined: there is none. */
  #waitAfter(trial: Trial | undefined, error: unknown): number | undefined {
    const { reconnect } = this.#terms
    if (this.#backoff === undefined || (this.#bag === undefined && reconnect?.initial === false)) return undefined
    // Taken by this process itself: that does not pass.
    if (error instanceof UsageError && error.code === 'PORT_TAKEN') return undefined
    if (trial?.openedAt !== undefined) this.#backoff.lost(performance.now() - trial.openedAt)
    return this.#backoff.next()
  }

  /** Keeps the process alive, as a connection does. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.over) return resolve()
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #tell(state: ConnectState, error?: unknown): void {
    if (this.#state === state) return
    this.#state = state
    try {
      this.#terms.onState?.(state, error)
    } catch (thrown) {
      this.#terms.realm.report(thrown)
    }
  }
}

function overError(address: string): PeerError {
  return new PeerError('CONNECTION_CLOSED', `the client of ${address} is closed`)
}
