// One session: what its client has confirmed, what it has sent, and whether it is still there.
// The protocol: docs/reference/longpoll-wire.md.

import { RpcError } from '../../src/messages/rpc-error.ts'
import { clock } from '../../src/net/clock.ts'
import type { Connection, DrivenConnection } from '../../src/net/connection.ts'
import { type Batch, KeptEvents } from './kept.ts'
import { invalidParams } from './params.ts'
import { type ChannelHome, PollChannel } from './poll-channel.ts'

/** Limits and times of a session. */
export interface SessionTerms {
  readonly waitMs: number
  readonly ackTimeoutMs: number
  readonly maxKept: number
  readonly maxKeptChars: number
  readonly maxMessages: number
}

/** The answer to `next`. */
export interface NextAnswer extends Batch {
  /** Nothing comes behind these. */
  readonly over?: true
}

/** The answer to `emit`. */
export interface EmitAnswer {
  /** The number of the last message that was taken. */
  readonly last: number
  /** Nobody takes any more. */
  readonly over?: true
}

/** What is asked of a connection that a call waits on. */
export type CallConnection = Connection & Partial<Pick<DrivenConnection, 'draining'>>

interface Waiting {
  readonly connection: CallConnection
  until: number
  resolve(answer: NextAnswer): void
}

/** See above. */
export class PollSession implements ChannelHome {
  readonly id: string
  /** The part's end. */
  readonly channel: PollChannel
  readonly #terms: SessionTerms
  readonly #kept = new KeptEvents()
  /** The number of the last message that was taken. */
  #received = 0
  #waiting: Waiting | undefined
  #answering = false
  #full = false
  /** The part has ended, or closed: no event comes any more. */
  #over = false
  #draining = false
  /** When a call last came, or was answered. */
  #heard = clock.now
  /** When events were last confirmed, or the first one was kept. */
  #confirmed = clock.now

  constructor(id: string, connection: Connection, terms: SessionTerms) {
    this.id = id
    this.#terms = terms
    this.channel = new PollChannel(connection, this)
  }

  // ---- events ----------------------------------------------------------------------------------------------------------------

  keep(text: string): boolean {
    if (this.#over) return true
    const { maxKept, maxKeptChars } = this.#terms
    if (this.#kept.count === 0) this.#confirmed = clock.now
    this.#kept.add(text)
    this.#answerSoon()
    this.#full ||= this.#kept.count >= maxKept || this.#kept.size >= maxKeptChars
    return !this.#full
  }

  /**
   * Confirms events, and asks for those behind them.
   *
   * @param ack the number of the last event that the client has; 0 for none
   * @throws RpcError for events that were never sent
   */
  next(ack: number, connection: CallConnection): NextAnswer | Promise<NextAnswer> {
    this.confirm(ack)
    // The older call is one whose answer nobody waits for any more.
    this.#answer([])
    if (this.#kept.count > 0 || this.#over) return this.#batch()
    return new Promise((resolve) => {
      this.#waiting = { connection, until: clock.now + (this.#draining ? 0 : this.#terms.waitMs), resolve }
    })
  }

  /** @throws RpcError for events that were never sent */
  confirm(ack: number): void {
    if (ack > this.#kept.last) throw invalidParams(`ack is ${ack}, but only ${this.#kept.last} events were sent`)
    this.#heard = clock.now
    if (!this.#kept.confirm(ack)) return
    this.#confirmed = clock.now
    const { maxKept, maxKeptChars } = this.#terms
    if (!this.#full || this.#kept.count >= maxKept || this.#kept.size >= maxKeptChars) return
    this.#full = false
    this.channel.drained()
  }

  /** Answers the call that waits before the tick ends: events of one tick go together. */
  #answerSoon(): void {
    if (this.#waiting === undefined || this.#answering) return
    this.#answering = true
    process.nextTick(() => {
      this.#answering = false
      if (this.#kept.count > 0 || this.#over) this.#answer()
    })
  }

  #answer(events?: readonly unknown[]): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.#heard = clock.now
    const batch = this.#batch()
    waiting.resolve(events === undefined ? batch : { first: batch.first, events })
  }

  #batch(): NextAnswer {
    const batch = this.#kept.batch(this.#terms.maxMessages)
    return this.#over && batch.events.length === this.#kept.count ? { ...batch, over: true } : batch
  }

  // ---- messages --------------------------------------------------------------------------------------------------------------

  /**
   * Takes messages that were not taken before: none behind a gap, and none while earlier ones wait.
   *
   * @param first the number of the first of them
   */
  emit(first: number, messages: readonly unknown[]): EmitAnswer {
    this.#heard = clock.now
    const { maxMessages } = this.#terms
    if (messages.length > maxMessages) throw invalidParams(`an emit has at most ${maxMessages} messages`)
    const known = this.#received + 1 - first
    if (!this.#over && known >= 0 && known < messages.length && this.channel.ready) {
      const fresh = messages.slice(known)
      this.#received += fresh.length
      this.channel.give(fresh)
    }
    return this.#over ? { last: this.#received, over: true } : { last: this.#received }
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  /** The part has ended, or closes: what is kept may still be asked for. */
  close(): void {
    if (this.#over) return
    this.#over = true
    this.channel.lose()
    this.#answerSoon()
  }

  /** Nobody will ask any more. */
  end(): void {
    this.#kept.drop()
    this.close()
    this.#answer()
  }

  /** The server closes: the part is to finish. */
  drain(): void {
    this.#draining = true
    this.channel.drain()
  }

  /** Looks at the clock. False: the client is gone. */
  tick(now: number): boolean {
    const { ackTimeoutMs } = this.#terms
    if (this.#kept.count > 0 && now - this.#confirmed >= ackTimeoutMs) return false
    const waiting = this.#waiting
    if (waiting === undefined) return now - this.#heard < ackTimeoutMs
    if (now >= waiting.until) this.#answer()
    else if (waiting.connection.draining === true) {
      // Once more round the clock: what the part says to this goes along.
      waiting.until = now
      this.drain()
    }
    return true
  }
}

/** The client is to connect anew. */
export function noSession(): RpcError {
  return new RpcError(-32_010, 'there is no such session')
}
