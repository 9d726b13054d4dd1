// What arrives on a connection, pulled by line and by length: a test reads one answer after the other.

import { PeerError } from '../errors.ts'

/** Longest line to look for: without an end, what answers does not speak HTTP. */
const MAX_LINE_BYTES = 65_536
const LF = 0x0a
const EMPTY: Uint8Array = new Uint8Array(0)

/** Bytes that come in chunks, cut anywhere. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  /** Asked for and not there yet. */
  #pending: Promise<IteratorResult<Uint8Array>> | undefined
  #held = EMPTY

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next line as Latin-1, with its CR and without its LF. */
  async line(where: string): Promise<string> {
    let at = this.#held.indexOf(LF)
    while (at < 0) {
      const scanned = this.#held.byteLength
      if (scanned > MAX_LINE_BYTES) {
        throw new PeerError('HEAD_BAD', `${where} holds a line of more than ${MAX_LINE_BYTES} bytes.`)
      }
      const chunk = await this.#next()
      if (chunk === undefined) throw ended(`in ${where}`)
      this.#held = Buffer.concat([this.#held, chunk])
      at = this.#held.indexOf(LF, scanned)
    }
    const line = Buffer.from(this.#held.subarray(0, at)).toString('latin1')
    this.#held = this.#held.subarray(at + 1)
    return line
  }

  /** The next `size` bytes. */
  async take(size: number, where: string): Promise<Uint8Array> {
    const parts = [this.#held]
    let length = this.#held.byteLength
    while (length < size) {
      const chunk = await this.#next()
      if (chunk === undefined) throw ended(`after ${length} of ${size} bytes of ${where}`)
      parts.push(chunk)
      length += chunk.byteLength
    }
    const all = Buffer.concat(parts)
    this.#held = all.subarray(size)
    return new Uint8Array(all.subarray(0, size))
  }

  /** All that still comes. */
  async rest(): Promise<Uint8Array> {
    const parts = [this.#held]
    this.#held = EMPTY
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) parts.push(chunk)
    return new Uint8Array(Buffer.concat(parts))
  }

  /**
   * What has become of the connection between two answers. Everything that the peer has done by now shows, since within a
   * process nothing travels longer than a turn of the event loop.
   */
  async state(): Promise<'open' | 'ended' | 'unread'> {
    if (this.#held.byteLength > 0) return 'unread'
    this.#pending ??= this.#chunks.next()
    const turn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
    const result = await Promise.race([this.#pending, turn])
    if (result === undefined) return 'open'
    return result.done === true ? 'ended' : 'unread'
  }

  async #next(): Promise<Uint8Array | undefined> {
    const pending = this.#pending ?? this.#chunks.next()
    this.#pending = undefined
    const result = await pending
    return result.done === true ? undefined : result.value
  }
}

function ended(where: string): PeerError {
  return new PeerError('CONNECTION_CLOSED', `the connection ended ${where}`)
}
