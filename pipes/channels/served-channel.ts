// A channel on the side that serves it: what its handler holds, and the marbles of a part that handles it.

import type { Awaitable } from '../../src/bag.ts'
import { ConnectionLostError, PeerError, quote } from '../../src/errors.ts'
import type { ChannelError } from './channel-error.ts'
import { type ChannelHome, EventChannel } from './event-channel.ts'
import { type CloseCode, closeMessage, creditMessage, errorMessage, type Message } from './wire.ts'

/** What serves channels. */
export interface ServingHome extends ChannelHome {
  /** The handler of a channel failed: it is to be closed with an error. */
  failed(channel: ServedChannel, error: unknown): void
  /** Nothing of it runs any more. */
  ended(channel: ServedChannel): void
}

/** See above. */
export class ServedChannel extends EventChannel {
  readonly after: string | undefined
  readonly #serving: ServingHome
  /** What takes the place of an orderly end, since events were lost. */
  #overrun: PeerError | undefined
  /** What the callback threw, which the handler may throw again. */
  #absorbError: { readonly error: unknown } | undefined
  #returned = false

  constructor(home: ServingHome, { channel, after, credit }: Message) {
    super(home, channel, credit ?? Number.POSITIVE_INFINITY, credit !== undefined)
    this.#serving = home
    this.after = after
  }

  // ---- the marbles of a part -----------------------------------------------------------------------------------------------------

  get channel(): this {
    return this
  }

  get read(): () => AsyncIterable<unknown> {
    return () => this
  }

  get write(): (event: unknown) => Awaitable<void> {
    return (event) => this.emit(event)
  }

  // ---- events ------------------------------------------------------------------------------------------------------------------

  /** Tells a peer that counts how many events there is room for. */
  begin(): void {
    if (this.counts && !this.over) this.home.outbox?.answer(creditMessage(this.name, this.firstGrant()))
  }

  /** An event came. False: its peer does not count, and there is no room for another one. */
  push(event: unknown): boolean {
    if (this.full) {
      this.#overrunInbox()
      return true
    }
    this.inbox.push(event)
    return this.counts || !this.full
  }

  /** More came than is held. */
  #overrunInbox(): void {
    const message = `more than ${this.home.maxQueued} events of channel ${quote(this.name)} waited for their handler`
    this.inbox.end(this.#fall(message))
  }

  protected refusal(waiting: number): Error | undefined {
    const { maxQueued } = this.home
    if (waiting < maxQueued) return undefined
    const message = `more than ${maxQueued} events of channel ${quote(this.name)} waited for a peer that did not take them`
    const error = this.#fall(message)
    this.inbox.end(error)
    return error
  }

  #fall(message: string): PeerError {
    const error = new PeerError('QUEUE_OVERRUN', message, { pipe: 'channels' })
    this.#overrun ??= error
    this.shut('was closed, since events were lost', error, undefined)
    this.#sayLast(errorMessage(this.name, 'overrun', 'more events came than are held'))
    return error
  }

  #sayLast(message: Message): void {
    this.home.outbox?.answer(message)
    this.home.told(this)
  }

  override isOwn(error: unknown): boolean {
    if (this.#absorbError !== undefined && error === this.#absorbError.error) return true
    return super.isOwn(error) || (error !== undefined && error === this.#overrun)
  }

  // ---- its handler ---------------------------------------------------------------------------------------------------------------

  /** The handler has ended. */
  returned(): void {
    this.#returned = true
    if (this.inbox.absorbs) return
    this.finish('done')
    this.inbox.drop()
    this.#serving.ended(this)
  }

  /** Closes it with an error. */
  fail(told: ChannelError): void {
    if (this.over) {
      const last = this.giveUpWaiting()
      if (last !== undefined) this.#sayLast(last)
    } else {
      this.shut('was closed, since its handler failed', told, undefined)
      this.#sayLast(errorMessage(this.name, told.code, told.message))
    }
    this.inbox.drop()
  }

  absorbFailed(error: unknown): void {
    this.#absorbError = { error }
    this.#serving.failed(this, error)
    if (this.#returned) this.#serving.ended(this)
  }

  absorbEnded(): void {
    if (!this.#returned) return
    this.finish('done')
    this.#serving.ended(this)
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------------

  finish(code: CloseCode): void {
    const why = code === 'done' ? 'is closed' : 'is closed, as the connection is about to be'
    this.shut(why, undefined, closeMessage(this.name, code))
  }

  /** The connection is about to be closed. */
  drain(): void {
    this.finish('going-away')
    this.inbox.end()
  }

  /** Closes it at once: what waits is not sent. */
  cut(): void {
    this.finish('done')
    const last = this.giveUpWaiting()
    if (last !== undefined) this.home.outbox?.answer(last)
    this.inbox.drop()
  }

  /** No more comes; something may still be sent. Who counts has closed its channels before it ends its side. */
  endInput(): void {
    if (this.counts) this.peerClosed()
    else this.inbox.end()
  }

  /** The peer has closed it. */
  peerClosed(): void {
    if (this.over) {
      const last = this.giveUpWaiting()
      if (last !== undefined) this.home.outbox?.answer(last)
    } else {
      this.shut('was closed by the peer', undefined, undefined)
      this.home.outbox?.answer(closeMessage(this.name, 'done'))
    }
    this.inbox.end()
  }

  /** The connection is gone. */
  lose(error: Error | undefined): void {
    this.giveUpWaiting()
    const lost = new ConnectionLostError('OUTCOME_UNKNOWN', `the connection of channel ${quote(this.name)} was lost`, {
      cause: error,
    })
    this.shut('lost its connection', lost, undefined)
    this.inbox.end()
  }
}
