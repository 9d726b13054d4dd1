// The connections of a client, and the requests that wait for one of them.

import type { ConnectionLostError } from '../../../src/errors.ts'
import { clock } from '../../../src/net/clock.ts'
import type { Carrier, DrivenConnection, Posting } from '../../../src/net/connection.ts'
import type { Answer } from './answer.ts'
import { Lane, type LaneHome, type LaneSettings } from './lane.ts'
import type { OutgoingRequest } from './request.ts'
import { answersItself, lostError, statusError } from './status-error.ts'
import { Waiting } from './waiting.ts'

/** What a pool is told. */
export interface PoolSettings extends LaneSettings {
  /** Most connections at the same time. */
  readonly maxConnections: number
  /** Method and path, for messages. */
  readonly line: string
}

/** Whom a pool works for. */
export interface PoolHome {
  /** A message arrived. */
  message(data: Buffer): void
  /** A request will have no answer, and nobody has asked to be told. */
  failed(error: Error): void
  report(error: unknown): void
  /** Less is waiting. */
  drained(): void
  drain(): void
  /** The only connection that there can be has been ended by the peer. */
  lastEnded(): void
  /** The last connection is gone, and there will be no other. */
  over(error: Error | undefined): void
}

/** An idle connection beside the first is closed after so long. */
const IDLE_MS = 10_000
/** After a connection could not be made, the others do the work for a while. */
const REDIAL_MS = 1_000
/** How long answers may take that nobody waits for any more. */
const LINGER_MS = 2_000

/** RFC 9110 §9.2.2: what may be sent again where nobody knows whether it arrived. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
/** RFC 9110 §9.2.2: a repetition that fails is not repeated. */
const MOST_ATTEMPTS = 2

/** See above. */
export class Pool implements LaneHome, Carrier {
  readonly waiting: Waiting = new Waiting()
  readonly #first: DrivenConnection
  readonly #settings: PoolSettings
  readonly #home: PoolHome
  readonly #lanes = new Set<Lane>()
  /** The one that was used last is used first, so that the others grow old. */
  readonly #idle: Lane[] = []
  #dialing = 0
  #redial = 0
  #paused = true
  /** Nothing more is taken. */
  #closing = false
  /** No connection is left, and none will be made. */
  #over = false
  #linger: NodeJS.Timeout | undefined

  constructor(first: DrivenConnection, settings: PoolSettings, home: PoolHome) {
    this.#first = first
    this.#settings = settings
    this.#home = home
  }

  /** Uses the first connection. */
  begin(): void {
    this.#adopt(this.#first, Number.POSITIVE_INFINITY)
  }

  get canDial(): boolean {
    const { link } = this.#first
    return !this.#over && link !== undefined && !link.over
  }

  /** Bytes that have not left. */
  get unsent(): number {
    let size = this.waiting.size
    for (const { connection, over } of this.#lanes) if (!over) size += connection.unsent
    return size
  }

  /** Resolves when all connections have sent what they were given. */
  async sent(): Promise<void> {
    await Promise.all([...this.#lanes].map(({ connection }) => connection.sent()))
  }

  send(request: OutgoingRequest): void {
    if (this.#closing || this.#over) {
      // Not while it is being sent: whoever sends it may not have noted it down yet.
      queueMicrotask(() => this.#fail(request, 'NOT_SENT', undefined))
      return
    }
    if (request.posting !== undefined) request.posting.carrier = this
    // What has not waited is not asked whether it is still wanted.
    const lane = this.waiting.count === 0 ? this.#freeLane() : undefined
    if (lane !== undefined) lane.send(request)
    else {
      this.waiting.push(request)
      this.#pump()
    }
  }

  /** Gives requests to connections. */
  #pump(): void {
    if (this.#over) return
    const { waiting } = this
    for (let lane = this.#freeLane(); lane !== undefined; lane = this.#freeLane()) {
      const request = waiting.shiftWanted()
      if (request === undefined) {
        this.#idle.push(lane)
        break
      }
      lane.send(request)
    }
    const room = this.#settings.maxConnections - this.#lanes.size
    const wanted = Math.min(waiting.count, room) - this.#dialing
    if (wanted > 0) this.#dial(wanted)
    this.#home.drained()
    if (this.#closing) this.#wind()
  }

  #freeLane(): Lane | undefined {
    for (let lane = this.#idle.pop(); lane !== undefined; lane = this.#idle.pop()) if (!lane.over) return lane
    return undefined
  }

  #dial(count: number): void {
    const { link } = this.#first
    if (!this.canDial || link === undefined) {
      if (this.#lanes.size === 0) this.#failWaiting(undefined)
      return
    }
    if (this.#lanes.size > 0 && clock.now < this.#redial) return
    for (let i = 0; i < count; i++) {
      this.#dialing++
      link.dial().then(
        (connection) => {
          this.#dialing--
          if (this.#over) connection.destroy()
          else this.#adopt(connection, IDLE_MS)
        },
        (error) => {
          this.#dialing--
          this.#redial = clock.now + REDIAL_MS
          if (this.#lanes.size === 0 && this.#dialing === 0) this.#failWaiting(error)
        },
      )
    }
  }

  #adopt(connection: DrivenConnection, idleMs: number): void {
    const lane = new Lane(connection, this.#settings, this, idleMs, this.#paused)
    this.#lanes.add(lane)
    this.#idle.push(lane)
    this.#pump()
  }

  withdraw(posting: Posting): boolean {
    for (const lane of this.#lanes) {
      if (lane.request?.posting !== posting) continue
      // The only connection that there can be is not given away for one answer.
      if (!this.canDial) return false
      lane.drop()
      return true
    }
    this.waiting.dropUnwanted()
    this.#home.drained()
    return true
  }

  // ---- what becomes of requests ----------------------------------------------------------------------------------------------

  event(data: Buffer): void {
    this.#home.message(data)
  }

  answered(lane: Lane, request: OutgoingRequest, answer: Answer): void {
    if (!lane.over) this.#idle.push(lane)
    const { body } = answer
    if (body.length > 0 && (answer.ok || answersItself(answer))) this.#home.message(body)
    if (answer.ok) request.posting?.over?.()
    // Who has been answered by the message is not concerned any more.
    else this.#tell(request, statusError(this.#settings.line, answer))
    this.#pump()
  }

  unanswered(request: OutgoingRequest, error: Error, untouched: boolean): void {
    const again = untouched && IDEMPOTENT.has(this.#settings.method) && request.attempts < MOST_ATTEMPTS
    if (again && (this.canDial || this.#lanes.size > 1)) this.waiting.unshift(request)
    else this.#fail(request, 'OUTCOME_UNKNOWN', error)
    this.#pump()
  }

  #fail(request: OutgoingRequest, code: 'NOT_SENT' | 'OUTCOME_UNKNOWN', cause: unknown): void {
    this.#tell(request, lostError(this.#settings.line, code, cause))
  }

  #tell({ posting }: OutgoingRequest, error: ConnectionLostError): void {
    if (posting?.failed !== undefined) posting.failed(error)
    else this.#home.failed(error)
  }

  #failWaiting(cause: unknown): void {
    for (let request = this.waiting.shift(); request !== undefined; request = this.waiting.shift()) {
      this.#fail(request, request.attempts === 0 ? 'NOT_SENT' : 'OUTCOME_UNKNOWN', cause)
    }
    this.#home.drained()
    if (this.#closing) this.#wind()
  }

  // ---- what connections tell -------------------------------------------------------------------------------------------------

  report(error: unknown): void {
    this.#home.report(error)
  }

  drained(): void {
    this.#home.drained()
  }

  drain(): void {
    this.#home.drain()
  }

  ended(): void {
    if (!this.canDial) this.#home.lastEnded()
  }

  gone(lane: Lane, error: Error | undefined): void {
    this.#lanes.delete(lane)
    const at = this.#idle.indexOf(lane)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#closing) this.#wind()
    else if (this.canDial) this.#pump()
    else if (this.#lanes.size === 0) this.destroy(error)
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  /** Takes no more requests; those that were taken are sent and answered, if that is soon. */
  close(): void {
    if (this.#closing || this.#over) return
    this.#closing = true
    // Answers are read, so that what was asked is done; nobody gets them.
    this.resume()
    this.#linger = setTimeout(() => this.destroy(undefined), LINGER_MS)
    this.#linger.unref()
    this.#wind()
  }

  #wind(): void {
    if (this.waiting.count > 0 || this.#over) return
    for (const lane of this.#lanes) {
      if (lane.isStreaming) lane.cut(new Error('the client was closed'))
      else if (lane.request === undefined && !lane.over) lane.retire()
    }
    if (this.#lanes.size === 0) this.destroy(undefined)
  }

  /** Cuts all connections. */
  destroy(error: Error | undefined): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#linger)
    for (const lane of this.#lanes) lane.cut(error ?? new Error('the client was closed'))
    this.#failWaiting(error)
    this.#home.over(error)
  }

  // ---- time and pace ---------------------------------------------------------------------------------------------------------

  pause(): void {
    if (this.#closing) return
    this.#paused = true
    for (const lane of this.#lanes) lane.pause()
  }

  resume(): void {
    this.#paused = false
    for (const lane of this.#lanes) lane.resume()
  }

  /** Looks at the clock. */
  tick(now: number): void {
    for (const lane of this.#lanes) lane.tick(now)
    const { timeoutMs } = this.#settings
    const since = now - timeoutMs
    for (let first = this.waiting.shiftOld(since); first !== undefined; first = this.waiting.shiftOld(since)) {
      const cause = new Error(`no connection was free within ${timeoutMs} ms`)
      this.#fail(first, first.attempts === 0 ? 'NOT_SENT' : 'OUTCOME_UNKNOWN', cause)
    }
  }
}
