// The way out of one connection: no channel may fill it alone, and what the peer provokes is bounded.

import type { SharedValue } from '../../src/messages/shared-value.ts'

/** The peer provokes answers, and does not take them. */
const ANSWERS_WAIT = 1
/** A handler is behind, and its peer does not count. */
export const READER_BEHIND = 2
/** So many answers wait before the peer is held back. */
const MOST_ANSWERS = 64

/** A channel that has events to send. */
export interface Sender {
  /** Sends one of them. False: there is no other that may be sent now. */
  sendNext(): boolean
}

/** What messages are sent on: a channel of values, or what a browser has in its place. */
export interface Way {
  /** False: no more, please. */
  send(message: object): boolean
  /** As send(): where a message is encoded, it is so once, for all who are sent it. */
  sendShared?(message: SharedValue): boolean
  check?(message: object): void
  /** Lets nothing in. */
  pause(): void
  resume(): void
}

/** Sends on a channel of values, as long as the peer takes what is sent. */
export class Outbox {
  /** The connection is gone: nothing is sent any more. */
  gone = false
  readonly #channel: Way
  readonly #report: (error: unknown) => void
  readonly #onIdle: () => void
  #blocked = false
  #flushing = false
  #answers: object[] = []
  /** Those that have something to send, in the order of their turns. */
  readonly #ready = new Set<Sender>()
  #held = 0

  constructor(channel: Way, report: (error: unknown) => void, onIdle: () => void = () => {}) {
    this.#channel = channel
    this.#report = report
    this.#onIdle = onIdle
  }

  /** Nothing waits, and an event may be sent. */
  get free(): boolean {
    return !this.#blocked && !this.gone && this.#ready.size === 0
  }

  /** Nothing waits that could ever be sent. */
  get idle(): boolean {
    return this.gone || (this.#answers.length === 0 && this.#ready.size === 0)
  }

  /**
   * Sends an event. Ask first whether it is {@link free}.
   *
   * @throws UsageError WRITE_VALUE
   */
  event(message: object): void {
    if (!this.#channel.send(message)) this.#blocked = true
  }

  /** Sends an event that others are sent too: as {@link event}. */
  shared(message: SharedValue): void {
    const way = this.#channel
    if (!(way.sendShared === undefined ? way.send(message.value) : way.sendShared(message))) this.#blocked = true
  }

  /** Throws what {@link event} would throw, if that is known. */
  check(message: object): void {
    this.#channel.check?.(message)
  }

  /** Sends anything else, before all events that wait. */
  answer(message: object): void {
    if (this.gone) return
    if (!this.#blocked) {
      this.#give(message)
      return
    }
    this.#answers.push(message)
    if (this.#answers.length >= MOST_ANSWERS) this.hold(ANSWERS_WAIT)
  }

  #give(message: object): void {
    try {
      this.event(message)
    } catch (error) {
      this.#report(error)
    }
  }

  /** Lets a channel send when it is its turn. */
  want(sender: Sender): void {
    if (this.gone) return
    this.#ready.add(sender)
    this.#flush()
  }

  unwant(sender: Sender): void {
    if (this.#ready.delete(sender)) this.#look()
  }

  drained(): void {
    this.#blocked = false
    this.#flush()
  }

  #flush(): void {
    // A peer in the same process may grant credit before send() returns.
    if (this.#flushing) return
    this.#flushing = true
    while (!this.#blocked && this.#answers.length > 0) this.#give(this.#answers.shift() ?? {})
    if (this.#answers.length < MOST_ANSWERS) this.release(ANSWERS_WAIT)
    while (!this.#blocked && this.#ready.size > 0) this.#turn()
    this.#flushing = false
    this.#look()
  }

  #turn(): void {
    for (const sender of this.#ready) {
      // To the end of the queue, before it sends: its channel may be closed by that.
      this.#ready.delete(sender)
      if (sender.sendNext()) this.#ready.add(sender)
      return
    }
  }

  #look(): void {
    if (this.idle && !this.#flushing) this.#onIdle()
  }

  /** The last words: sends the answers that wait, whether the peer takes them or not. There is one for each channel, no more. */
  end(): void {
    for (const message of this.#answers.splice(0)) if (!this.gone) this.#give(message)
    this.lose()
  }

  lose(): void {
    this.gone = true
    this.#answers = []
    this.#ready.clear()
  }

  // ---- the way in ------------------------------------------------------------------------------------------------------------

  /** Lets nothing in, for the reason given. */
  hold(reason: number): void {
    if (this.#held === 0) this.#channel.pause()
    this.#held |= reason
  }

  release(reason: number): void {
    if ((this.#held & reason) === 0) return
    this.#held &= ~reason
    if (this.#held === 0) this.#channel.resume()
  }
}
