// Values over messages: what a marshalling pipe makes of the messages that it finds.

import type { Awaitable } from '../bag.ts'
import { PeerError, UsageError } from '../errors.ts'
import { isThenable } from '../flow-bag.ts'
import type { DrivenConnection, Posting, Raw, Sink } from '../net/connection.ts'
import type { PsgiResponse } from '../psgi/response.ts'
import { report } from '../report.ts'
import type { Format } from './format.ts'
import type { SharedValue } from './shared-value.ts'
import { ValueReader } from './value-reader.ts'
import { markRead, type ValueChannel, type ValueSink } from './values.ts'

type Used = 'take' | 'send' | 'write' | 'pause' | 'resume' | 'destroy' | 'headers' | 'remote' | 'repeats'

/** Where messages come from and go to: of a message connection, what is needed here; or the two bodies of an HTTP request. */
export interface Messages extends Pick<DrivenConnection, Used> {
  /** See {@link ValueChannel.response}. */
  readonly response?: PsgiResponse | undefined
  /** See {@link ValueChannel.writeBody}. */
  readonly writeBody?: Raw['write'] | undefined
}

/** What becomes of a bad message: see JsonOptions. */
export type Invalid<AnyBag> = 'close' | 'skip' | ((error: PeerError, bag: AnyBag) => unknown)

/** Whom the flow belongs to. */
export interface ChannelHome {
  readonly bag: object
  readonly invalid: Invalid<never> | undefined
}

/** Reasons to let no message in, as bits. */
const BY_SINK = 1
const BY_ANSWER = 2

/** See {@link ValueChannel}. Over connections that give messages as bytes. */
export class MessageChannel implements ValueChannel, Sink {
  /** How long the latest message was. */
  length = 0
  protected readonly format: Format
  readonly #messages: Messages
  readonly #home: ChannelHome
  #sink: ValueSink | undefined
  #reader: ValueReader | undefined
  #read: ValueChannel['read'] | undefined
  #write: ValueChannel['write'] | undefined
  #held = 0
  /** Answers to bad messages that are not written yet. */
  #answering = 0
  #ending = false
  /** What arrives is thrown away. */
  #over = false
  #failure: { readonly error: unknown } | undefined

  constructor(messages: Messages, format: Format, home: ChannelHome) {
    this.#messages = messages
    this.format = format
    this.#home = home
  }

  // ---- for the pipes below -------------------------------------------------------------------------------------------------

  get read(): ValueChannel['read'] {
    this.#read ??= markRead(() => {
      if (this.#reader === undefined) {
        const reader = new ValueReader(this)
        this.take(reader)
        this.#reader = reader
      }
      return this.#reader
    }, this)
    return this.#read
  }

  get write(): ValueChannel['write'] {
    this.#write ??= (value) => this.#messages.write(this.format.encode(value))
    return this.#write
  }

  take(sink: ValueSink): void {
    if (this.#sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a channel of values has one reader, and this one has it already.')
    }
    this.#sink = sink
    this.#messages.take(this)
  }

  send(value: unknown, posting?: Posting): boolean {
    return this.#messages.send(this.format.encode(value), posting)
  }

  sendShared(message: SharedValue): boolean {
    return this.#messages.send(message.encodedBy(this.format))
  }

  check(value: unknown): void {
    this.format.encode(value)
  }

  pause(): void {
    this.#hold(BY_SINK)
  }

  resume(): void {
    this.#release(BY_SINK)
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#messages.headers
  }

  get repeats(): boolean | undefined {
    return this.#messages.repeats
  }

  get response(): PsgiResponse | undefined {
    return this.#messages.response
  }

  get writeBody(): Raw['write'] | undefined {
    return this.#messages.writeBody
  }

  get remote(): string {
    return this.#messages.remote
  }

  /** @throws what ended the flow, where nobody below was told to throw it */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  // ---- what the messages tell --------------------------------------------------------------------------------------------------

  data(message: Uint8Array): void {
    if (this.#over) return
    this.length = message.byteLength
    let value: unknown
    try {
      value = this.format.decode(message)
    } catch (error) {
      this.refuse(error)
      return
    }
    this.#sink?.value(value)
  }

  /** A value arrived, of a message as text. */
  protected give(value: unknown): void {
    this.#sink?.value(value)
  }

  protected get over(): boolean {
    return this.#over
  }

  broken(error: PeerError): void {
    if (this.#over) return
    this.refuse(error)
    this.end(error)
  }

  end(error?: PeerError): void {
    if (this.#over) return
    if (this.#answering > 0) this.#ending = true
    else {
      this.#over = true
      this.#sink?.end(error)
    }
  }

  drained(): void {
    this.#sink?.drained()
  }

  drain(): void {
    this.#sink?.drain()
  }

  closed(error: Error | undefined): void {
    this.#over = true
    // What went wrong with the body of a request has a status of its own, and there is no connection that would tell.
    if (error !== undefined && this.#messages.response !== undefined && this.#reader === undefined)
      this.#failure ??= { error }
    this.#sink?.closed(error)
  }

  failed(error: Error): void {
    if (this.#reader === undefined) report(this.#home.bag, error)
    else this.#fail(error)
  }

  // ---- bad messages ----------------------------------------------------------------------------------------------------------

  protected refuse(error: unknown): void {
    // Not the peer's fault.
    if (!(error instanceof PeerError)) this.#fail(error)
    else this.#refuse(error)
  }

  #refuse(error: PeerError): void {
    const { bag, invalid } = this.#home
    if (invalid === undefined && this.#reader === undefined) this.#sink?.bad(error)
    else if (invalid === 'skip') report(bag, error)
    else if (typeof invalid !== 'function') this.#fail(error)
    else {
      try {
        // The bag is the one that the pipe was given, whose marbles its options name.
        const answer = invalid(error, bag as never)
        const pending = isThenable(answer) ? answer.then((later) => this.#answer(later)) : this.#answer(answer)
        if (isThenable(pending)) this.#await(pending)
      } catch (thrown) {
        this.#fail(thrown)
      }
    }
  }

  #answer(answer: unknown): Awaitable<void> {
    return answer === undefined ? undefined : this.write(answer)
  }

  /** Lets nothing in before an answer is written: a peer that sends nonsense and reads nothing must not fill the memory. */
  #await(pending: PromiseLike<void>): void {
    this.#answering++
    this.#hold(BY_ANSWER)
    pending.then(
      () => this.#answered(),
      (error) => {
        this.#fail(error)
        this.#answered()
      },
    )
  }

  #answered(): void {
    if (--this.#answering > 0) return
    if (this.#ending) this.end()
    this.#release(BY_ANSWER)
  }

  /** Ends the flow in an error: a loop over read() throws it, else it is thrown when the pipes below have left. */
  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    if (this.#reader !== undefined) {
      this.#reader.fail(error)
      return
    }
    this.#failure = { error }
    this.#messages.destroy(error instanceof Error ? error : undefined)
  }

  #hold(reason: number): void {
    if (this.#held === 0) this.#messages.pause()
    this.#held |= reason
  }

  #release(reason: number): void {
    if ((this.#held & reason) === 0) return
    this.#held &= ~reason
    if (this.#held === 0) this.#messages.resume()
  }
}

/** Over connections that may give messages as text. */
export class TextChannel extends MessageChannel {
  text(message: string): void {
    if (this.over) return
    this.length = message.length
    let value: unknown
    try {
      value = this.format.decodeText?.(message)
    } catch (error) {
      this.refuse(error)
      return
    }
    this.give(value)
  }
}
