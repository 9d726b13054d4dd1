// Reads one answer after the other from the bytes of a connection (RFC 9112 §6, §7), however they are cut.

import { HeldBytes } from '../../../src/messages/held-bytes.ts'
import { LF } from '../bytes.ts'
import { ChunkedDecoder } from '../chunked.ts'
import { ANSWER_LIMITS, type AnswerHead, CHUNKED, parseAnswerHead, UNTIL_END } from './answer-head.ts'

/** Who takes an answer as it comes. What these throw is thrown by `feed`. */
export interface AnswerTaker {
  /** The head; not that of an interim answer (1xx). */
  head(head: AnswerHead): void
  /** A piece of the body. */
  body(piece: Buffer): void
}

/** See above. */
export class AnswerReader {
  /** Whether any byte of the answer came. */
  begun = false
  /** Whether the answer is complete. */
  done = true
  readonly #taker: AnswerTaker
  #method = ''
  #head: AnswerHead | undefined
  #chunked: ChunkedDecoder | undefined
  #left = 0
  /** The beginning of a head. */
  readonly #held = new HeldBytes()

  constructor(taker: AnswerTaker) {
    this.#taker = taker
  }

  /** From now on, the answer to a request with this method is read. */
  begin(method: string): void {
    this.#method = method
    this.#head = undefined
    this.#chunked = undefined
    this.begun = false
    this.done = false
  }

  /**
   * Takes bytes. Gives back what came behind the answer.
   *
   * @throws PeerError for what is no answer
   */
  feed(chunk: Buffer): Buffer | undefined {
    this.begun = true
    const isFirst = this.#held.length === 0
    // A head is parsed again only where a line has become whole, so that bytes coming one by one cost no squares.
    if (!isFirst && this.#held.length + chunk.length <= ANSWER_LIMITS.maxHeadBytes && !chunk.includes(LF)) {
      this.#held.add(chunk)
      return undefined
    }
    const bytes = isFirst ? chunk : this.#held.take(chunk)
    let at = 0
    while (at < bytes.length && !this.done) {
      if (this.#head !== undefined) at = this.#readBody(bytes, at)
      else {
        const head = parseAnswerHead(bytes, at, this.#method)
        if (head === undefined) {
          this.#held.add(bytes.subarray(at))
          return undefined
        }
        at = head.end
        if (head.status >= 200) this.#begin(head)
      }
    }
    return at < bytes.length ? bytes.subarray(at) : undefined
  }

  #begin(head: AnswerHead): void {
    this.#head = head
    this.#left = head.length
    if (head.length === CHUNKED) this.#chunked = new ChunkedDecoder(ANSWER_LIMITS)
    this.done = head.length === 0
    this.#taker.head(head)
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = bytes.length
    if (this.#chunked !== undefined) {
      const stop = this.#chunked.feed(bytes, at, end, (piece) => this.#taker.body(piece))
      this.done = this.#chunked.done
      return stop
    }
    const stop = this.#left === UNTIL_END ? end : Math.min(end, at + this.#left)
    if (this.#left !== UNTIL_END) {
      this.#left -= stop - at
      this.done = this.#left === 0
    }
    this.#taker.body(at === 0 && stop === end ? bytes : bytes.subarray(at, stop))
    return stop
  }

  /** The peer sends no more. Whether that completes the answer. */
  end(): boolean {
    if (this.#head?.length === UNTIL_END) this.done = true
    return this.done
  }
}
