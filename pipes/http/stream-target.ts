// What an output writes to where the response is a stream of HTTP/2.

import type { ServerHttp2Stream } from 'node:http2'
import { SendQueue, SLICE_BYTES } from '../../src/net/send-queue.ts'
import type { OutputTarget } from './output.ts'

/** See {@link OutputTarget}. */
export class StreamTarget implements OutputTarget {
  readonly copies = false
  readonly #stream: ServerHttp2Stream
  /** What is long, and everything behind it. */
  #queue: SendQueue | undefined
  #ending = false

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get unsent(): number {
    return this.#stream.writableLength + (this.#queue?.size ?? 0)
  }

  send(data: Uint8Array | string): boolean {
    if (this.#queue === undefined && data.length <= SLICE_BYTES) return this.#stream.write(data, 'latin1')
    this.#queue ??= new SendQueue(this.#stream)
    this.#queue.add(data)
    return this.feed()
  }

  /** Gives the stream more of what is waiting. False: it takes no more for now. */
  feed(): boolean {
    if (this.#queue?.feed() === false) return false
    this.#queue = undefined
    if (this.#ending) this.#stream.end()
    return !this.#stream.writableNeedDrain
  }

  /** Ends the body behind everything that was sent. */
  end(): void {
    this.#ending = true
    if (this.#queue === undefined) this.#stream.end()
  }

  cork(): void {
    this.#stream.cork()
  }

  uncork(): void {
    this.#stream.uncork()
  }
}
