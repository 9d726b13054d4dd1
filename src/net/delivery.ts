// A message that came from a broker, as a connection: it gives one message, and what is written answers it.

import type { Posting } from './connection.ts'
import { PostedConnection } from './posted-connection.ts'

/** What deliveries share: where they came from. */
export interface DeliveryHome<Message> {
  readonly shown: string
  readonly secure: boolean
  /** See {@link DrivenConnection.headers}. */
  headersOf(message: Message): Readonly<Record<string, string>>
  /** Whether an answer would have somewhere to go. */
  wantsAnswer(message: Message): boolean
  /** Sends an answer. `confirmed` is called once, when the broker has it. False: no more, please. */
  answer(delivery: Delivery<Message>, content: Buffer, posting: Posting | undefined, confirmed: Confirmed): boolean
  /** Acknowledges a message whose flow has ended well, or does with it what is to be done with one that failed. */
  settle(delivery: Delivery<Message>, error: unknown): Promise<void>
  /** Gives it back to the queue, as if it had never come. */
  giveBack(delivery: Delivery<Message>): void
}

/** Told once what became of an answer: null where the broker has it. */
export type Confirmed = (error: Error | null) => void

/** So much may be unconfirmed before the flow is asked to stop. */
const HIGH_WATER_BYTES = 1_048_576
const HIGH_WATER_COUNT = 256

/** See {@link DrivenConnection}. */
export class Delivery<Message> extends PostedConnection {
  readonly message: Message
  readonly #content: Uint8Array
  readonly #home: DeliveryHome<Message>
  #headers: Readonly<Record<string, string>> | undefined
  #paused = false
  #begun = false
  #given = false
  #ended = false
  /** It was acknowledged, given back, or its channel is lost: nothing is to be said of it any more. */
  #settled = false
  #failure: Error | undefined
  /** Answers that the broker has not confirmed. */
  #count = 0
  #bytes = 0
  #confirmed: (() => void)[] = []

  constructor(home: DeliveryHome<Message>, message: Message, content: Uint8Array) {
    super(home.shown, home.shown, home.secure)
    this.#home = home
    this.message = message
    this.#content = content
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= this.#home.headersOf(this.message)
    return this.#headers
  }

  // ---- the message -----------------------------------------------------------------------------------------------------------

  protected begin(): void {
    this.#begun = true
    this.#give()
  }

  #give(): void {
    const { sink } = this
    if (sink === undefined || !this.#begun || this.#ended) return
    if (!this.#given && !this.#paused && !this.gone) {
      this.#given = true
      sink.data(this.#content)
      // It was read, so a listener that closes may say so.
      if (this.draining) sink.drain()
    }
    if (!this.#given || this.#paused || this.gone) return
    this.#ended = true
    sink.end()
  }

  get ended(): boolean {
    return this.#ended
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#give()
  }

  /** The message that came is under way, also where nobody has read it yet. */
  override drain(): void {
    if (this.#given) super.drain()
    else this.draining = true
  }

  // ---- answers ---------------------------------------------------------------------------------------------------------------

  protected post(message: Uint8Array | string, posting: Posting | undefined): boolean {
    // Nobody wants to know.
    if (!this.#home.wantsAnswer(this.message)) return true
    // Copied: the driver may still hold it when the flow uses its memory again.
    const content = Buffer.from(message)
    this.#count++
    this.#bytes += content.length
    const more = this.#home.answer(this, content, posting, (error) => this.#confirm(content.length, error))
    return more && this.#count < HIGH_WATER_COUNT && this.#bytes < HIGH_WATER_BYTES
  }

  #confirm(bytes: number, error: Error | null): void {
    this.#count--
    this.#bytes -= bytes
    if (error !== null) this.#failure ??= error
    if (this.#count < HIGH_WATER_COUNT && this.#bytes < HIGH_WATER_BYTES) this.drained()
    if (this.#count === 0) for (const wake of this.#confirmed.splice(0)) wake()
  }

  get unsent(): number {
    return this.#bytes
  }

  /** Resolves when the broker has all answers, or does not want them. */
  async sent(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#confirmed.push(resolve))
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  async settle(error: unknown): Promise<void> {
    let failure = error ?? this.#failure
    if (failure === undefined) {
      await this.sent()
      failure = this.#failure
    }
    if (!this.#settled) {
      this.#settled = true
      await this.#home.settle(this, failure)
    }
    this.over(undefined)
  }

  /** What becomes of the message is decided when the flow has ended. */
  async close(): Promise<void> {
    await this.sent()
    this.over(undefined)
  }

  /** With an error, the flow has failed; without one, it is the listener that has no time for it. */
  destroy(error?: Error): void {
    if (error !== undefined) this.#failure ??= error
    else if (!this.#settled) {
      this.#settled = true
      this.#home.giveBack(this)
    }
    this.over(error)
  }

  override reset(): void {
    this.destroy(new Error('the flow has cut its connection'))
  }

  /** The channel is lost: the broker gives the message to somebody else. */
  lose(error: Error): void {
    this.#settled = true
    this.over(error)
  }
}
