// Server-sent events: the data of each is one message (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).

import { PeerError } from '../../../src/errors.ts'
import { HeldBytes } from '../../../src/messages/held-bytes.ts'
import { COLON, CR, LF, SP } from '../bytes.ts'

const BOM = Buffer.from('\ufeff')
const DATA = Buffer.from('data')
const NOTHING = Buffer.alloc(0)
const FEED = Buffer.of(LF)

/** Reads one stream of events. Comments, names, ids and retry times are passed over. */
export class EventStream {
  readonly #maxBytes: number
  readonly #take: (data: Buffer) => void
  /** A line that has not ended, and the lines of data so far. */
  readonly #line = new HeldBytes()
  readonly #data = new HeldBytes()
  #hasData = false
  #isFirst = true
  /** The last byte was a CR: a LF that follows belongs to it. */
  #afterReturn = false

  /** @param maxBytes of the data of one event, and of a line */
  constructor(maxBytes: number, take: (data: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#take = take
  }

  /** @throws PeerError BODY_TOO_LONG */
  feed(bytes: Buffer): void {
    let start = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]
      const isPair = byte === LF && this.#afterReturn
      this.#afterReturn = byte === CR
      if (isPair) start = at + 1
      else if (byte === LF || byte === CR) {
        const piece = bytes.subarray(start, at)
        start = at + 1
        this.#endLine(this.#line.length === 0 ? piece : this.#line.take(piece))
      }
    }
    if (start < bytes.length) this.#line.add(bytes.subarray(start))
    if (this.#line.length > this.#maxBytes) throw this.#tooLong()
  }

  #endLine(given: Buffer): void {
    const line = this.#isFirst && given.subarray(0, BOM.length).equals(BOM) ? given.subarray(BOM.length) : given
    this.#isFirst = false
    if (line.length === 0) this.#dispatch()
    else if (line.subarray(0, DATA.length).equals(DATA)) {
      if (line.length === DATA.length) this.#add(NOTHING)
      else if (line[DATA.length] === COLON)
        this.#add(line.subarray(DATA.length + (line[DATA.length + 1] === SP ? 2 : 1)))
    }
  }

  #add(value: Buffer): void {
    if (this.#data.length + value.length >= this.#maxBytes) throw this.#tooLong()
    if (this.#hasData) this.#data.add(FEED)
    this.#data.add(value)
    this.#hasData = true
  }

  #dispatch(): void {
    this.#hasData = false
    // Without data, an event says nothing but its id.
    if (this.#data.length > 0) this.#take(this.#data.take(NOTHING))
  }

  #tooLong(): PeerError {
    const message = `an event is longer than ${this.#maxBytes} bytes`
    return new PeerError('BODY_TOO_LONG', message, { status: 502, pipe: 'http.client' })
  }
}
