// The connection of a client to a subject: what is sent is published, what arrives are the messages in its inbox.

import { PeerError } from '../../errors.ts'
import type { Posting, Sink } from '../../net/connection.ts'
import { PostedConnection } from '../../net/posted-connection.ts'
import { SentMessage, undelivered } from '../../net/sent-message.ts'
import type { Message, Subscription } from './driver.ts'
import { lostError, unusable } from './failure.ts'
import { REPLY_TO } from './headers.ts'
import type { Place } from './place.ts'
import { NatsServer } from './server.ts'
import { refusalOf } from './stream-api.ts'

/** So many messages may be without word from the server. */
const MOST_SENT = 1_024
/** What is held while nobody reads; core NATS cannot be held back, so that more ends the connection. */
const MOST_HELD_BYTES = 67_108_864
/** How long a stream may take to confirm what was sent, when the client closes, in milliseconds. */
const CLOSE_MS = 5_000

/** See {@link DrivenConnection}. */
export class NatsClient extends PostedConnection {
  readonly ended = false
  override readonly repeats: boolean
  readonly #place: Place
  readonly #server: NatsServer
  readonly #inbox: string
  /** Where the server's own word goes to: with a stream it has a place of its own. */
  readonly #word: string
  readonly #answers: string
  /** Sent, without word of them. */
  readonly #sent = new Map<number, SentMessage>()
  readonly #forgetLoss: () => void
  #subscription: Subscription | undefined
  #lastId = 0
  #flushing = false
  #awaited = 0
  #draining = false
  #paused = true
  #held: Message[] = []
  #heldBytes = 0
  #early: Error | undefined
  #wakes: (() => void)[] = []
  #closing: Promise<void> | undefined

  private constructor(place: Place, server: NatsServer) {
    super(place.shown, place.shown, false)
    this.repeats = place.stream !== undefined
    this.#place = place
    this.#server = server
    this.#inbox = server.inbox()
    this.#word = place.stream === undefined ? `${this.#inbox}.` : `${this.#inbox}.word.`
    this.#answers = place.stream === undefined ? `${this.#inbox}.` : `${this.#inbox}.answer.`
    this.#forgetLoss = server.onLost((error) => this.#leave(lostError(place, error)))
  }

  /** @throws UsageError ADDRESS_UNREACHABLE */
  static async open(place: Place, signal: AbortSignal | undefined): Promise<NatsClient> {
    const server = NatsServer.at(place)
    try {
      await server.use(signal)
      const client = new NatsClient(place, server)
      client.#listen()
      return client
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw unusable(place, 'connect to', error)
    }
  }

  #listen(): void {
    this.#subscription = this.#server.client.subscribe(`${this.#inbox}.>`, {
      callback: (error, message) => {
        if (error === null) this.#take(message)
        else this.destroy(lostError(this.#place, error))
      },
    })
  }

  // ---- what arrives ----------------------------------------------------------------------------------------------------------

  protected begin(sink: Sink): void {
    if (this.#early !== undefined) sink.failed?.(this.#early)
    this.resume()
  }

  #take(message: Message): void {
    const { subject, headers, data } = message
    const isWord = headers?.code === 503 && data.byteLength === 0
    if (isWord || (this.repeats && subject.startsWith(this.#word))) {
      this.#told(Number(subject.slice(this.#word.length)), message)
      return
    }
    // Whoever answers a message has got it.
    if (!this.repeats && this.#sent.size > 0) this.#arrived(Number(subject.slice(this.#answers.length)))
    if (!this.#paused && this.#held.length === 0) this.sink?.data(data)
    else this.#hold(message)
  }

  #hold(message: Message): void {
    this.#held.push(message)
    this.#heldBytes += message.data.byteLength
    if (this.#heldBytes <= MOST_HELD_BYTES) return
    const text = `more than ${MOST_HELD_BYTES} bytes came from ${this.remote} that nobody has read`
    this.destroy(new PeerError('QUEUE_OVERRUN', text, { status: 503 }))
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (this.sink === undefined) return
    this.#paused = false
    while (!this.#paused && !this.gone) {
      const message = this.#held.shift()
      if (message === undefined) return
      this.#heldBytes -= message.data.byteLength
      this.sink.data(message.data)
    }
  }

  // ---- what is sent ----------------------------------------------------------------------------------------------------------

  get unsent(): number {
    return this.#server.unsent
  }

  protected post(message: Uint8Array | string, posting: Posting | undefined): boolean {
    this.#publish(message, posting)
    if (this.#sent.size >= MOST_SENT) this.#ask()
    return !this.#isFull()
  }

  #isFull(): boolean {
    return this.#sent.size >= MOST_SENT || this.#server.blocked
  }

  /** Waits until the server has the message, and there is somebody who takes it; with a stream, until it is kept. */
  protected override deliver(message: Uint8Array | string): Promise<void> {
    const waiting = this.#publish(message, undefined).wait()
    this.#awaited++
    this.#ask()
    return waiting
  }

  #publish(message: Uint8Array | string, posting: Posting | undefined): SentMessage {
    if (this.#closing !== undefined) throw this.goneError()
    const id = this.#lastId + 1
    const sent = new SentMessage(id, 0, posting)
    const fields = posting?.headers
    const headers = this.repeats
      ? this.#server.headers({ ...fields, [REPLY_TO]: this.#answers + id })
      : fields === undefined
        ? undefined
        : this.#server.headers(fields)
    const more = this.#server.publish(this.#place.subject, message, this.#word + id, headers)
    this.#lastId = id
    this.#sent.set(id, sent)
    if (!more && !this.#draining) {
      this.#draining = true
      this.#server.whenDrained(() => {
        this.#draining = false
        this.#look()
      })
    }
    return sent
  }

  /** The server has said something of a message. */
  #told(id: number, message: Message): void {
    const sent = this.#sent.get(id)
    if (sent === undefined) return
    const refusal = this.repeats
      ? refusalOf(message)
      : new Error(message.headers?.description || 'nobody listens there')
    if (refusal === undefined) sent.resolve()
    else this.#fail(sent, undelivered('REFUSED', this.remote, `was not taken: ${refusal.message}`, refusal))
    this.#drop(id)
  }

  #arrived(id: number): void {
    this.#sent.get(id)?.resolve()
    this.#drop(id)
  }

  #drop(id: number): void {
    if (this.#sent.delete(id)) this.#look()
  }

  /** What the server has seen without saying that nobody is there has gone to somebody. Of a stream it says so itself. */
  #ask(): void {
    if (this.repeats || this.#flushing || this.gone) return
    this.#flushing = true
    const mark = this.#lastId
    this.#awaited = 0
    this.#server.flush().then(
      () => {
        this.#flushing = false
        for (const id of this.#sent.keys()) {
          if (id > mark) break
          this.#arrived(id)
        }
        if (this.#awaited > 0 || this.#sent.size >= MOST_SENT) this.#ask()
      },
      () => {},
    )
  }

  #fail(sent: SentMessage, error: Error): void {
    if (sent.reject(error)) return
    const { failed } = sent.posting ?? {}
    if (failed !== undefined) failed(error)
    else if (this.sink === undefined) this.#early ??= error
    else this.sink.failed?.(error)
  }

  #look(): void {
    if (!this.#isFull()) this.drained()
    if (this.#sent.size === 0) for (const wake of this.#wakes.splice(0)) wake()
  }

  async sent(): Promise<void> {
    if (this.#sent.size === 0 || this.gone) return
    this.#awaited++
    this.#ask()
    await new Promise<void>((resolve) => this.#wakes.push(resolve))
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), CLOSE_MS)
    await this.sent()
    clearTimeout(timer)
    await this.#leave(undefined)
  }

  destroy(error?: Error): void {
    void this.#leave(error)
  }

  #leave(error: Error | undefined): Promise<void> | undefined {
    if (this.gone) return undefined
    this.#forgetLoss()
    this.over(error)
    for (const sent of this.#sent.values()) {
      sent.reject(undelivered('OUTCOME_UNKNOWN', this.remote, 'was sent, and the connection is lost', error))
    }
    this.#sent.clear()
    for (const wake of this.#wakes.splice(0)) wake()
    try {
      this.#subscription?.unsubscribe()
    } catch {
      // The connection to the server is closed.
    }
    return this.#server.release()
  }
}
