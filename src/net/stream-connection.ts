// A connection over any duplex stream of Node: TCP and Unix sockets, TLS, a pair in memory.

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Awaitable } from '../bag.ts'
import { PeerError, UsageError } from '../errors.ts'
import { ByteReader } from './byte-reader.ts'
import type { DrivenConnection, Sink } from './connection.ts'
import { endAndLinger } from './linger.ts'
import type { Link } from './link.ts'
import { SendQueue, SLICE_BYTES } from './send-queue.ts'
import { disown, type OwnedDuplex, own, startData, stopData } from './stream-events.ts'

/** Where a connection goes from and to. */
export interface Ends {
  readonly remote: string
  readonly local: string
}

/** Whether a connection is encrypted, and what it speaks. */
export interface Security {
  readonly secure: boolean
  readonly protocol: string | undefined
}

const PLAIN: Security = { secure: false, protocol: undefined }

/** See {@link DrivenConnection}. */
export class StreamConnection implements DrivenConnection {
  readonly kind = 'stream'
  readonly copies: boolean
  readonly secure: boolean
  readonly protocol: string | undefined
  sink: Sink | undefined
  link: Link | undefined
  onPeerEnd: (() => void) | undefined
  readonly #stream: OwnedDuplex
  readonly #ends: () => Ends
  #known: Ends | undefined
  #read: (() => AsyncIterable<Uint8Array>) | undefined
  #write: ((chunk: Uint8Array | string) => Awaitable<void>) | undefined
  #reader: ByteReader | undefined
  #controller: AbortController | undefined
  #closed: Promise<void> | undefined
  #waiting: (() => void)[] = []
  #gone = false
  #ended = false
  #closing = false
  #draining = false
  #hungUp = false
  #detached = false
  #error: Error | undefined
  /** What is long, and everything behind it. */
  #queue: SendQueue | undefined

  /** @param ends the two addresses, asked for at most once */
  constructor(stream: Duplex, ends: () => Ends, { secure, protocol }: Security = PLAIN) {
    this.secure = secure
    this.protocol = protocol
    this.#stream = own(stream, this)
    this.#ends = ends
    // A socket has handed its bytes to the kernel once nothing is left in writableLength; other streams keep the buffer.
    this.copies = stream instanceof Socket && !('encrypted' in stream)
  }

  get connection(): this {
    return this
  }

  get remote(): string {
    this.#known ??= this.#ends()
    return this.#known.remote
  }

  get local(): string {
    this.#known ??= this.#ends()
    return this.#known.local
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#gone || this.#hungUp) this.#controller.abort(this.#goneError())
    return this.#controller.signal
  }

  get closed(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#stream.closed) resolve()
      else this.#stream.once('close', () => resolve())
    })
    return this.#closed
  }

  get ended(): boolean {
    return this.#ended
  }

  // ---- csgi's two functions: a marble each, made when asked for -------------------------------------------------------

  get read(): () => AsyncIterable<Uint8Array> {
    this.#read ??= () => {
      this.#reader ??= new ByteReader(this)
      return this.#reader
    }
    return this.#read
  }

  get write(): (chunk: Uint8Array | string) => Awaitable<void> {
    this.#write ??= (chunk) => {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
        throw new UsageError(
          'WRITE_VALUE',
          `a connection carries text and bytes, not ${describe(chunk)}. Put a marshalling pipe such as json() above.`,
        )
      }
      if (this.#gone || this.#closing) throw this.#goneError()
      if (this.#stream.write(chunk, 'utf8')) return undefined
      const drained = new Promise<void>((resolve, reject) => {
        // No 'drain' comes after the end, although everything may have left.
        const isLost = () => this.#gone && !this.#stream.writableFinished
        this.#waiting.push(() => (isLost() ? reject(this.#goneError()) : resolve()))
      })
      // Nobody has to wait: a peer that goes away must not be an unhandled rejection, which would end the process.
      drained.catch(() => {})
      return drained
    }
    return this.#write
  }

  // ---- what server pipes drive it by -----------------------------------------------------------------------------------

  take(sink: Sink): void {
    if (this.sink !== undefined) {
      throw new UsageError('READ_TWICE', 'a connection has one reader, and this one has it already.')
    }
    this.sink = sink
    if (this.#gone) queueMicrotask(() => sink.closed(this.#error))
    else if (!this.#detached) {
      startData(this.#stream)
      // The peer may have ended its side before anybody wanted to know.
      if (this.#ended) queueMicrotask(() => sink.end())
    }
    if (this.#draining) sink.drain()
  }

  send(data: Uint8Array | string): boolean {
    if (this.#queue === undefined && data.length <= SLICE_BYTES) return this.#stream.write(data, 'latin1')
    this.#queue ??= new SendQueue(this.#stream)
    this.#queue.add(data)
    return this.#feed()
  }

  /** Gives the stream more of what is waiting. False: it takes no more for now. */
  #feed(): boolean {
    if (this.#queue?.feed() === false) return false
    this.#queue = undefined
    if (this.#closing) this.#end()
    return !this.#stream.writableNeedDrain
  }

  get unsent(): number {
    return this.#stream.writableLength + (this.#queue?.size ?? 0)
  }

  async sent(): Promise<void> {
    while (this.#queue !== undefined && !this.#gone) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.#gone || this.#stream.writableLength === 0) return
    if (this.#closing) return this.closed
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()))
  }

  cork(): void {
    this.#stream.cork()
  }

  uncork(): void {
    this.#stream.uncork()
  }

  hangUp(): void {
    this.#hungUp = true
    this.#controller?.abort(this.#goneError())
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
    if (this.#ended) this.onPeerEnd?.()
  }

  detach(unread: Uint8Array | undefined): Duplex {
    const stream = this.#stream
    disown(stream)
    stream.pause()
    this.sink = undefined
    this.#detached = true
    if (unread !== undefined) stream.unshift(unread)
    return stream
  }

  reset(): void {
    if (this.#stream instanceof Socket && this.copies) this.#stream.resetAndDestroy()
    else this.#stream.destroy()
  }

  destroy(error?: Error): void {
    this.#error ??= error
    this.#stream.destroy()
  }

  drain(): void {
    if (this.#draining) return
    this.#draining = true
    this.sink?.drain()
  }

  get draining(): boolean {
    return this.#draining
  }

  close(): Promise<void> {
    if (!this.#closing && !this.#gone) {
      this.#closing = true
      if (this.#queue === undefined) this.#end()
      // What still arrives is thrown away: cutting a connection with unread bytes resets it, and the peer would lose our last.
      if (!this.#detached) {
        stopData(this.#stream)
        this.#stream.resume()
      }
    }
    return this.closed
  }

  #end(): void {
    endAndLinger(this.#stream, () => this.#ended)
  }

  // ---- what the stream tells -------------------------------------------------------------------------------------------

  onEnd(): void {
    this.#ended = true
    this.sink?.end()
    // Whoever has paused it may hold something that came before.
    if (!this.#stream.isPaused()) this.onPeerEnd?.()
  }

  onDrain(): void {
    if (this.#queue !== undefined && !this.#feed()) return
    this.#wake()
    this.sink?.drained()
  }

  onError(error: Error): void {
    this.#error ??= error
  }

  onClose(): void {
    this.#gone = true
    this.#wake()
    this.#controller?.abort(this.#goneError())
    this.sink?.closed(this.#error)
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #goneError(): PeerError {
    return new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} is closed`, { cause: this.#error })
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? `an object` : `a ${typeof value}`
}
