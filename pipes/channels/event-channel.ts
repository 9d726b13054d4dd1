// A channel, as both sides have it: what comes stands in its inbox, what goes waits until the peer has room for it.

import type { Awaitable } from '../../src/bag.ts'
import { ConnectionLostError, quote, UsageError } from '../../src/errors.ts'
import { SharedValue } from '../../src/messages/shared-value.ts'
import type { Channel, EmitOptions } from './channel.ts'
import { Inbox, type InboxHome } from './inbox.ts'
import type { Outbox, Sender } from './outbox.ts'
import { sharedEvent } from './shared-events.ts'
import { creditMessage, eventMessage, isName, type Message, MOST_NAME } from './wire.ts'

/** What a channel needs of its connection. */
export interface ChannelHome {
  /** Undefined while there is no connection. */
  readonly outbox: Outbox | undefined
  readonly maxQueued: number
  /** Takes an error that is not for the peer. */
  report(error: unknown): void
  /** Closes the connection. */
  disconnect(): void
  /** The last message of a channel was sent: nothing follows it. */
  told(channel: EventChannel): void
}

interface Waiting {
  readonly message: Message | SharedValue
  resolve(): void
  reject(error: unknown): void
}

const NO_OPTIONS: EmitOptions = {}

/** See {@link Channel}. */
export abstract class EventChannel implements Channel, InboxHome, Sender {
  readonly name: string
  abstract readonly after: string | undefined
  protected readonly inbox: Inbox
  protected readonly home: ChannelHome
  /** So many events the peer has room for. */
  protected credit: number
  /** The peer counts too: it is told when there is room again. */
  protected counts: boolean
  #waiting: Waiting[] = []
  /** Taken, and not granted anew yet. */
  #owed = 0
  /** Why nothing can be emitted any more. */
  #gone: ConnectionLostError | undefined
  #cause: Error | undefined
  /** The last message, as long as others wait before it. */
  #last: Message | undefined
  #listeners: ((error: Error | undefined) => unknown)[] = []
  #controller: AbortController | undefined

  constructor(home: ChannelHome, name: string, credit: number, counts: boolean) {
    this.home = home
    this.name = name
    this.credit = credit
    this.counts = counts
    this.inbox = new Inbox(this)
  }

  // ---- verbs -------------------------------------------------------------------------------------------------------------------

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    return this.inbox[Symbol.asyncIterator]()
  }

  absorb(callback: (event: unknown) => unknown): Promise<void> {
    return this.inbox.absorb(callback)
  }

  emit(event: unknown, { id }: EmitOptions = NO_OPTIONS): Awaitable<void> {
    if (id !== undefined && !isName(id)) throw this.#badId(id)
    if (event === undefined || typeof event === 'function' || typeof event === 'symbol') throw this.#unsayable(event)
    if (this.#gone !== undefined) return rejected(this.#gone)
    const shared = id === undefined ? undefined : sharedEvent(this.name, event, id)
    const message = shared ?? eventMessage(this.name, event, id)
    const { outbox } = this.home
    if (this.credit <= 0 || this.#waiting.length > 0 || outbox?.free !== true) return this.#wait(message, outbox)
    give(outbox, message)
    this.credit--
    return undefined
  }

  #badId(id: unknown): UsageError {
    const message = `the id of an event is a text of 1 to ${MOST_NAME} characters, not ${quote(id)}.`
    return new UsageError('OPTION_BAD', message, { pipe: 'channels' })
  }

  #unsayable(event: unknown): UsageError {
    const message = `channel ${quote(this.name)} cannot emit ${event === undefined ? 'undefined' : `a ${typeof event}`}, which no message carries.`
    return new UsageError('WRITE_VALUE', message, { pipe: 'channels' })
  }

  onClose(callback: (error: Error | undefined) => unknown): void {
    if (this.#gone === undefined) this.#listeners.push(callback)
    else this.#tell(callback)
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#gone !== undefined) this.#controller.abort(this.#gone)
    return this.#controller.signal
  }

  close(): void {
    this.inbox.drop()
    this.finish('done')
  }

  disconnect(): void {
    this.home.disconnect()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  // ---- events that come ----------------------------------------------------------------------------------------------------------

  /** As many wait as may. */
  get full(): boolean {
    return this.inbox.size >= this.home.maxQueued
  }

  taken(): void {
    if (!this.counts || this.#gone !== undefined) return
    // In a few large grants: each is a message.
    if (++this.#owed * 2 < this.home.maxQueued) return
    this.home.outbox?.answer(creditMessage(this.name, this.#owed))
    this.#owed = 0
  }

  /** How many events the peer is granted from the beginning: all that there is room for. */
  protected firstGrant(): number {
    this.#owed = 0
    return this.home.maxQueued - this.inbox.size
  }

  abstract absorbFailed(error: unknown): void
  abstract absorbEnded(): void

  // ---- events that go ------------------------------------------------------------------------------------------------------------

  #wait(message: Message | SharedValue, outbox: Outbox | undefined): Promise<void> {
    const refused = this.refusal(this.#waiting.length)
    if (refused !== undefined) return rejected(refused)
    outbox?.check(message instanceof SharedValue ? message.value : message)
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject })
    })
    // Nobody has to wait, and a peer that goes away must not be an unhandled rejection.
    sent.catch(() => {})
    if (this.credit > 0) outbox?.want(this)
    return sent
  }

  /** Why one more event may not wait beside those that do, if it may not. */
  protected abstract refusal(waiting: number): Error | undefined

  /** The peer has room for so many more. */
  grant(credit: number): void {
    this.credit = Math.min(this.credit + credit, Number.MAX_SAFE_INTEGER)
    if (this.#waiting.length > 0 && this.credit > 0) this.home.outbox?.want(this)
  }

  sendNext(): boolean {
    const { outbox } = this.home
    if (this.credit <= 0 || outbox === undefined) return false
    const first = this.#waiting.shift()
    if (first !== undefined) {
      try {
        give(outbox, first.message)
        this.credit--
        first.resolve()
      } catch (error) {
        first.reject(error)
      }
    }
    if (this.#waiting.length > 0) return this.credit > 0
    this.#sendLast()
    return false
  }

  /** Events still wait to be sent, although it is closed. */
  get lingers(): boolean {
    return this.#last !== undefined
  }

  #sendLast(): void {
    const last = this.#last
    if (last === undefined) return
    this.#last = undefined
    this.home.outbox?.answer(last)
    this.home.told(this)
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------------

  /** Whether it is closed, for whoever holds it. */
  get over(): boolean {
    return this.#gone !== undefined
  }

  /** Whether an error says no more than that it is closed. */
  isOwn(error: unknown): boolean {
    if (error === this.#gone) return this.#gone !== undefined
    return this.over && (error === this.#cause || (error instanceof Error && error.name === 'AbortError'))
  }

  /** Closes it from our side, once what waits is sent. */
  abstract finish(code: 'done' | 'going-away'): void

  /** Ends it for whoever holds it. Given `last`, that is sent behind what waits; else what waits never will be. */
  protected shut(why: string, error: Error | undefined, last: Message | undefined): void {
    if (this.#gone !== undefined) return
    const message = `an event was not sent: channel ${quote(this.name)} ${why}`
    const gone = new ConnectionLostError('NOT_SENT', message, { cause: error })
    this.#gone = gone
    this.#cause = error
    this.#last = last
    if (last === undefined) this.rejectWaiting(gone)
    else if (this.#waiting.length === 0) this.#sendLast()
    this.#controller?.abort(gone)
    for (const listener of this.#listeners.splice(0)) this.#tell(listener)
  }

  /** The peer wants no more of what still waits behind its end. Gives the last message, if that was not sent yet. */
  protected giveUpWaiting(): Message | undefined {
    const last = this.#last
    this.#last = undefined
    if (this.#gone !== undefined) this.rejectWaiting(this.#gone)
    return last
  }

  protected rejectWaiting(error: Error): void {
    this.home.outbox?.unwant(this)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #tell(listener: (error: Error | undefined) => unknown): void {
    try {
      const pending = listener(this.#cause)
      if (pending instanceof Promise) pending.catch((error) => this.home.report(error))
    } catch (error) {
      this.home.report(error)
    }
  }
}

function give(outbox: Outbox, message: Message | SharedValue): void {
  if (message instanceof SharedValue) outbox.shared(message)
  else outbox.event(message)
}

function rejected(error: Error): Promise<void> {
  const promise = Promise.reject(error)
  // Nobody has to wait.
  promise.catch(() => {})
  return promise
}
