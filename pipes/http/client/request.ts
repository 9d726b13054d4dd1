// One request, as it waits and as it is sent.

import type { DrivenConnection, Posting } from '../../../src/net/connection.ts'

/** Up to so much, a body is sent in one piece with its head. */
const JOINED_BYTES = 16_384

/** A message that is to be sent. */
export class OutgoingRequest {
  readonly posting: Posting | undefined
  /** Bytes of head and body. */
  readonly size: number
  /** When it was given to be sent, by the coarse clock. */
  readonly since: number
  /** How often it has been sent. */
  attempts = 0
  readonly #head: string
  readonly #body: Uint8Array | string
  readonly #length: number

  /**
   * @param head Latin-1
   * @param body text stands for its UTF-8
   * @param length its bytes
   */
  constructor(head: string, body: Uint8Array | string, length: number, posting: Posting | undefined, since: number) {
    this.#head = head
    this.#body = body
    this.#length = length
    this.size = head.length + length
    this.posting = posting
    this.since = since
  }

  /** Puts it on a connection. */
  send(connection: DrivenConnection): void {
    this.attempts++
    const [head, body, length] = [this.#head, this.#body, this.#length]
    if (typeof body === 'string' && body.length === length) {
      // ASCII alone, which is Latin-1.
      connection.send(head + body)
    } else if (typeof body === 'string' || length <= JOINED_BYTES) {
      const bytes = Buffer.allocUnsafe(this.size)
      bytes.write(head, 'latin1')
      if (typeof body === 'string') bytes.write(body, head.length, 'utf8')
      else bytes.set(body, head.length)
      connection.send(bytes)
    } else {
      connection.cork()
      connection.send(head)
      connection.send(body)
      connection.uncork()
    }
  }
}
