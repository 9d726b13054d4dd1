// A message connection over a byte stream: what framing pipes make of the connection that they find.

import type { Awaitable } from '../bag.ts'
import { PeerError } from '../errors.ts'
import { ByteReader } from '../net/byte-reader.ts'
import type { DrivenConnection, Sink } from '../net/connection.ts'
import type { Link } from '../net/link.ts'
import { checkMessage, Drain } from '../net/message-writing.ts'
import type { Framer, FramingTimes } from './framer.ts'
import { type IntakeHome, MessageIntake } from './message-intake.ts'
import { SendJoiner } from './send-joiner.ts'

/** See {@link DrivenConnection}: of kind `'message'`, over one of kind `'stream'`. */
export class FramedConnection implements DrivenConnection, IntakeHome {
  readonly kind = 'message'
  readonly copies = false
  readonly secure: boolean
  readonly protocol: string | undefined
  readonly #outer: DrivenConnection
  readonly #framer: Framer
  readonly #joiner: SendJoiner
  readonly #intake: MessageIntake
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((message: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  readonly #drain = new Drain()
  #gone = false
  /** How much was unsent when it was last looked at, and since when it is not less. */
  #unsent = 0
  #stalledSince = 0

  constructor(outer: DrivenConnection, framer: Framer) {
    this.#outer = outer
    this.#framer = framer
    this.#joiner = new SendJoiner(outer)
    this.#intake = new MessageIntake(outer, framer, this)
    this.secure = outer.secure
    this.protocol = outer.protocol
  }

  get connection(): this {
    return this
  }

  // ---- messages ------------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    this.#intake.take(sink)
  }

  send(message: Uint8Array | string): boolean {
    return this.#joiner.add(this.#framer.frame(message))
  }

  get read(): () => AsyncIterable<Uint8Array> {
    this.#read ??= () => {
      this.#reader ??= new ByteReader(this)
      return this.#reader
    }
    return this.#read
  }

  get write(): (message: Uint8Array | string) => Awaitable<void> {
    this.#write ??= (message) => {
      checkMessage(message)
      if (this.#gone) throw this.#goneError()
      if (this.send(message)) return undefined
      return this.#drain.wait(() => (this.#gone ? this.#goneError() : undefined))
    }
    return this.#write
  }

  pause(): void {
    this.#intake.pause()
  }

  resume(): void {
    this.#intake.resume()
  }

  get unsent(): number {
    return this.#joiner.size + this.#outer.unsent
  }

  /** Sends now what waits to be joined. */
  flush(): void {
    this.#joiner.flush()
  }

  sent(): Promise<void> {
    this.flush()
    return this.#outer.sent()
  }

  // Messages are joined anyway.
  cork(): void {}
  uncork(): void {}

  // ---- what the way in tells -------------------------------------------------------------------------------------------------

  drained(): void {
    this.#joiner.blocked = false
    this.#drain.wake()
  }

  lost(): void {
    this.#gone = true
    this.#drain.wake()
  }

  /** Looks at the clock. */
  tick(now: number, { messageTimeoutMs, stallTimeoutMs }: FramingTimes): void {
    this.#intake.tick(now, messageTimeoutMs)
    const { unsent } = this.#outer
    if (unsent === 0 || unsent < this.#unsent || this.#stalledSince === 0) this.#stalledSince = unsent === 0 ? 0 : now
    else if (now >= this.#stalledSince + stallTimeoutMs) {
      const message = `the peer took nothing for ${stallTimeoutMs} ms`
      this.#outer.destroy(new PeerError('TIMEOUT', message, { status: 408 }))
    }
    this.#unsent = unsent
  }

  // ---- what the connection below knows ---------------------------------------------------------------------------------------

  get remote(): string {
    return this.#outer.remote
  }

  get local(): string {
    return this.#outer.local
  }

  get signal(): AbortSignal {
    return this.#outer.signal
  }

  get link(): Link | undefined {
    return this.#outer.link
  }

  get ended(): boolean {
    return this.#outer.ended
  }

  get draining(): boolean {
    return this.#outer.draining
  }

  get closed(): Promise<void> {
    return this.#outer.closed
  }

  close(): Promise<void> {
    this.flush()
    return this.#outer.close()
  }

  hangUp(): void {
    this.#outer.hangUp()
  }

  /** A stream cut into messages is no stream any more. */
  detach(): undefined {
    return undefined
  }

  reset(): void {
    this.#outer.reset()
  }

  destroy(error?: Error): void {
    this.#outer.destroy(error)
  }

  drain(): void {
    this.#outer.drain()
  }

  #goneError(): PeerError {
    return new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} is closed`)
  }
}
