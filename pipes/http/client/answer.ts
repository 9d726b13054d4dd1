// One answer: its body is held until it is whole, and is a message then; of a stream of events, each is one.

import { PeerError, quote } from '../../../src/errors.ts'
import { HeldBytes } from '../../../src/messages/held-bytes.ts'
import { readContentType } from '../../../src/psgi/content-type.ts'
import { type AnswerHead, fieldOf } from './answer-head.ts'
import { EventStream } from './event-stream.ts'

const NOTHING = Buffer.alloc(0)

/** An answer as it comes. */
export class Answer {
  readonly head: AnswerHead
  /** The media type, in lower case; empty without one. */
  readonly type: string
  readonly #maxBytes: number
  readonly #events: EventStream | undefined
  /** A body that comes in one piece is not copied. */
  #first: Buffer | undefined
  readonly #held = new HeldBytes()

  /** @throws PeerError BODY_BAD, BODY_TOO_LONG for what cannot become a message */
  constructor(head: AnswerHead, maxBytes: number, event: (data: Buffer) => void) {
    this.head = head
    this.#maxBytes = maxBytes
    this.type = readContentType(head.block.contentType ?? '').type
    const coding = fieldOf(head.block, 'content-encoding')
    if (coding !== undefined && coding.toLowerCase() !== 'identity' && head.length !== 0) {
      throw bad('BODY_BAD', `the answer has Content-Encoding ${quote(coding)}, which nobody asked for`)
    }
    if (head.length > maxBytes) throw this.#tooLong()
    if (this.ok && this.type === 'text/event-stream') this.#events = new EventStream(maxBytes, event)
  }

  /** Whether it is a success (2xx). */
  get ok(): boolean {
    return this.head.status < 300
  }

  /** Whether its messages come one by one. */
  get isStream(): boolean {
    return this.#events !== undefined
  }

  /** A piece of the body. */
  add(piece: Buffer): void {
    if (this.#events !== undefined) this.#events.feed(piece)
    else if (this.#first === undefined && this.#held.length === 0) this.#first = piece
    else {
      if (this.#first !== undefined) this.#held.add(this.#first)
      this.#first = undefined
      this.#held.add(piece)
    }
    if (this.#held.length > this.#maxBytes || (this.#first?.length ?? 0) > this.#maxBytes) throw this.#tooLong()
  }

  /** The body, once it is whole; empty for a stream of events. */
  get body(): Buffer {
    if (this.#held.length > 0) this.#first = this.#held.take(NOTHING)
    return this.#first ?? NOTHING
  }

  #tooLong(): PeerError {
    return bad('BODY_TOO_LONG', `the body of the answer is longer than ${this.#maxBytes} bytes`)
  }
}

function bad(code: 'BODY_BAD' | 'BODY_TOO_LONG', message: string): PeerError {
  return new PeerError(code, message, { status: 502, pipe: 'http.client' })
}
