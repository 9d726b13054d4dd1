// A message connection by WebSocket (RFC 6455), on either side. The package `ws` frames and reads; this is what pipes drive it by.

import type { WebSocket } from 'ws'
import type { Awaitable } from '../bag.ts'
import { PeerError, quote, UsageError } from '../errors.ts'
import { ByteReader } from '../net/byte-reader.ts'
import type { DrivenConnection, Sink } from '../net/connection.ts'
import type { Handover } from '../net/handover.ts'
import type { Link } from '../net/link.ts'
import { checkMessage, Drain } from '../net/message-writing.ts'
import { Arrivals } from './arrivals.ts'
import { brokenBy, CLOSE, closeOf, errorOf, MOST_REASON_BYTES } from './close-code.ts'
import { Departures } from './departures.ts'
import { own, type SocketOwner } from './events.ts'
import { type Patient, Pulse } from './pulse.ts'

/** What is set for a connection. */
export interface WebsocketSettings {
  /** Most bytes of a message that arrives. */
  readonly maxBytes: number
  /** Milliseconds between two pings. */
  readonly pingMs: number
}

/** See {@link DrivenConnection}: of kind `'message'`. */
export class WebsocketConnection implements DrivenConnection, SocketOwner, Patient {
  readonly kind = 'message'
  readonly copies = false
  readonly secure: boolean
  /** The sub-protocol agreed on, if any. */
  readonly protocol: string | undefined
  link: Link | undefined
  onPeerEnd: (() => void) | undefined
  contentType: string | undefined
  readonly #outer: DrivenConnection
  readonly #socket: WebSocket
  readonly #maxBytes: number
  readonly #arrivals: Arrivals
  readonly #departures: Departures
  readonly #pulse: Pulse
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((message: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  readonly #drain = new Drain()
  /** We have closed it: what comes now is nobody's business. */
  #closing = false

  /** @param serves whether this is the server's end */
  constructor(handover: Handover, socket: WebSocket, { maxBytes, pingMs }: WebsocketSettings, serves = false) {
    const { connection, stream } = handover
    this.#outer = connection
    this.#socket = socket
    this.#maxBytes = maxBytes
    this.secure = connection.secure
    this.protocol = socket.protocol === '' ? undefined : socket.protocol
    this.#arrivals = new Arrivals(socket)
    this.#departures = new Departures(socket, stream, () => this.onDrain(), serves)
    this.#pulse = new Pulse(this, stream, pingMs)
    own(socket, stream, this)
    this.#pulse.begin()
    handover.onDrain(() => this.drain())
    // It was paused when it was handed over.
    socket.resume()
  }

  get connection(): this {
    return this
  }

  // ---- messages ----------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    this.#arrivals.take(sink)
    if (this.draining) sink.drain()
  }

  send(message: Uint8Array | string): boolean {
    return this.#departures.send(message)
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
      if (this.ended) throw this.#goneError()
      if (this.send(message)) return undefined
      return this.#drain.wait(() => (this.ended ? this.#goneError() : undefined))
    }
    return this.#write
  }

  get unsent(): number {
    return this.#departures.size
  }

  sent(): Promise<void> {
    this.#departures.flush()
    return this.#outer.sent()
  }

  // Messages are joined anyway.
  cork(): void {}
  uncork(): void {}

  pause(): void {
    this.#arrivals.pause()
  }

  resume(): void {
    this.#arrivals.resume()
  }

  // ---- the end -----------------------------------------------------------------------------------------------------------

  /**
   * Closes it with a close frame, behind what is still to be sent.
   *
   * @param code 1000, the default, or 3000 to 4999; a listener that closes says 1001
   * @param reason at most 123 bytes of UTF-8
   * @throws UsageError OPTION_BAD
   */
  close(code?: number, reason: string = ''): Promise<void> {
    if (code !== undefined && code !== CLOSE.NORMAL && !(Number.isInteger(code) && code >= 3000 && code < 5000)) {
      throw new UsageError('OPTION_BAD', `close() takes 1000 or 3000 to 4999 as its code, not ${String(code)}.`)
    }
    if (Buffer.byteLength(reason) > MOST_REASON_BYTES) {
      const message = `close() takes a reason of at most ${MOST_REASON_BYTES} bytes; ${quote(reason)} is longer.`
      throw new UsageError('OPTION_BAD', message)
    }
    return this.#close(code ?? (this.draining ? CLOSE.GOING_AWAY : CLOSE.NORMAL), reason)
  }

  /** Closes it since its flow ended by `error`. */
  fail(error: unknown): void {
    const [code, reason] = closeOf(error)
    void this.#close(this.draining && code === CLOSE.INTERNAL ? CLOSE.GOING_AWAY : code, reason)
  }

  #close(code: number, reason: string): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#arrivals.drop()
      this.#socket.close(code, reason)
      this.#departures.flush()
    }
    return this.#outer.closed
  }

  /** The listener wants to close. */
  drain(): void {
    const { sink } = this.#arrivals
    // Who takes the messages can end the flow in an orderly way; else there is nothing to wait for.
    if (sink !== undefined) sink.drain()
    else if (!this.#arrivals.taken) void this.#close(CLOSE.GOING_AWAY, '')
  }

  /** A WebSocket is no stream of bytes any more. */
  detach(): undefined {
    return undefined
  }

  hangUp(): void {
    this.#outer.hangUp()
  }

  reset(): void {
    this.#outer.reset()
  }

  destroy(error?: Error): void {
    this.#outer.destroy(error)
  }

  // ---- what the pulse wants ------------------------------------------------------------------------------------------------

  get deaf(): boolean {
    return this.#arrivals.held || this.ended
  }

  ping(): void {
    this.#socket.ping()
  }

  dead(): void {
    this.destroy(new PeerError('TIMEOUT', 'the peer answered no ping', { status: 408 }))
  }

  // ---- what the socket, and the stream below it, tell ------------------------------------------------------------------------

  onMessage(data: Buffer, isBinary: boolean): void {
    this.#pulse.heard()
    this.#arrivals.message(data, !isBinary)
  }

  onPong(): void {
    this.#pulse.heard()
  }

  onDrain(): void {
    if (!this.#departures.drained()) return
    this.#drain.wake()
    this.#arrivals.sink?.drained()
  }

  onError(error: Error): void {
    if (this.#closing) return
    // `ws` has told the peer what it thinks of it.
    this.#arrivals.broken(brokenBy(error, this.#maxBytes))
  }

  onClose(code: number, reason: Buffer): void {
    this.#pulse.end()
    this.#drain.wake()
    const error = this.#closing ? undefined : errorOf(code, String(reason), this.#outer.signal.reason)
    this.#arrivals.finish(error)
    this.onPeerEnd?.()
  }

  #goneError(): PeerError {
    // The peer has said good-bye, which `ws` tells only once the socket is closed.
    if (!this.#closing) this.#outer.hangUp()
    const { reason: cause } = this.#outer.signal
    return new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} is closed`, { cause })
  }

  // ---- what the connection below knows -------------------------------------------------------------------------------------

  get remote(): string {
    return this.#outer.remote
  }

  get local(): string {
    return this.#outer.local
  }

  get signal(): AbortSignal {
    return this.#outer.signal
  }

  get ended(): boolean {
    return !this.#departures.open
  }

  get draining(): boolean {
    return this.#outer.draining
  }

  get closed(): Promise<void> {
    return this.#outer.closed
  }
}
