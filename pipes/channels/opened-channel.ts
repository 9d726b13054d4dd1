// A channel on the side that opened it. It outlives its connection, where another one follows.

import { ConnectionLostError, PeerError, quote } from '../../src/errors.ts'
import { ChannelError } from './channel-error.ts'
import { type ChannelHome, EventChannel } from './event-channel.ts'
import type { Outbox } from './outbox.ts'
import { type CloseCode, closeMessage, type Message, openMessage, type ToldError } from './wire.ts'

/** Whoever has opened channels. */
export interface OpeningHome extends ChannelHome {
  /** Whether an event may wait while there is no connection. */
  readonly queues: boolean
  /** It is closed, and was not open on any connection. */
  forgotten(channel: OpenedChannel): void
}

/** See above. */
export class OpenedChannel extends EventChannel {
  after: string | undefined
  readonly #opening: OpeningHome
  /** It was opened on the present connection. */
  #open = false
  /** It was opened on some connection. */
  #begun = false

  constructor(home: OpeningHome, name: string, after: string | undefined) {
    super(home, name, 0, true)
    this.#opening = home
    this.after = after
  }

  /** Opens it on a connection: what waits is sent as soon as the peer has room. */
  begin(outbox: Outbox): void {
    this.#open = true
    this.#begun = true
    outbox.answer(openMessage(this.name, this.after, this.firstGrant()))
  }

  protected refusal(waiting: number): Error | undefined {
    if (!this.#open && !this.#opening.queues) return this.#notSent('there is no connection')
    if (waiting < this.home.maxQueued) return undefined
    return this.#notSent(`${waiting} others wait, and no more may`)
  }

  #notSent(why: string): ConnectionLostError {
    return new ConnectionLostError('NOT_SENT', `an event of channel ${quote(this.name)} was not sent: ${why}`)
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  push({ event, id }: Message): void {
    if (this.full) {
      const message = `more than ${this.home.maxQueued} events of channel ${quote(this.name)} came than it was granted`
      this.#fail(new PeerError('QUEUE_OVERRUN', message, { pipe: 'channels.client' }))
      return
    }
    if (id !== undefined) this.after = id
    this.inbox.push(event)
  }

  /** The peer has closed it, or says that it is closed. */
  peerClosed(error: ToldError | undefined): void {
    this.#open = false
    const last = this.giveUpWaiting()
    if (!this.over) {
      const told = error === undefined ? undefined : new ChannelError(error.code, error.message)
      this.shut('was closed by the peer', told, undefined)
      this.inbox.end(told)
      this.home.outbox?.answer(closeMessage(this.name, 'done'))
    } else if (last !== undefined) this.home.outbox?.answer(last)
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------------

  finish(code: CloseCode): void {
    if (this.#open) this.shut('is closed', undefined, closeMessage(this.name, code))
    else {
      this.shut('is closed', undefined, undefined)
      this.#opening.forgotten(this)
    }
  }

  /** Closes it at once: what the peer has no room for is not sent. */
  cut(): void {
    this.finish('done')
    const last = this.giveUpWaiting()
    if (last !== undefined) this.home.outbox?.answer(last)
    this.inbox.drop()
  }

  absorbFailed(error: unknown): void {
    this.home.report(error)
    this.#fail(error instanceof Error ? error : new Error(String(error)))
  }

  absorbEnded(): void {}

  /** It went wrong on our side. */
  #fail(error: Error): void {
    if (this.over) return
    this.inbox.end(error)
    const open = this.#open
    this.shut('went wrong', error, undefined)
    if (!open) this.#opening.forgotten(this)
    else {
      this.home.outbox?.answer(closeMessage(this.name, 'done'))
      this.home.told(this)
    }
  }

  /** There is no connection at present. */
  goAway(): void {
    this.#open = false
    this.credit = 0
    if (!this.#opening.queues) this.rejectWaiting(this.#notSent('the connection was lost'))
  }

  /** There is no connection, and will be none. */
  lose(cause: Error | undefined): void {
    const code = this.#begun ? 'OUTCOME_UNKNOWN' : 'NOT_SENT'
    this.#open = false
    this.giveUpWaiting()
    const lost = new ConnectionLostError(code, `the connection of channel ${quote(this.name)} was lost`, { cause })
    this.shut('lost its connection', lost, undefined)
    this.inbox.end(lost)
  }
}
