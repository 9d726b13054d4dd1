// The client's end of a connection: requests out, answers in, one after the other.

import { PeerError, UsageError } from '../errors.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { ByteSource } from './byte-source.ts'
import type { Outgoing } from './outgoing.ts'
import { type ReceivedAnswer, readAnswer } from './read-answer.ts'

/** A connection to the stack under test. */
export class Exchange {
  readonly #connection: DrivenConnection
  readonly #source: ByteSource
  readonly secure: boolean
  /** Whether another request may be sent. */
  usable = true

  constructor(connection: DrivenConnection) {
    this.secure = connection.secure
    this.#connection = connection
    this.#source = new ByteSource(connection.read())
  }

  /**
   * Sends a request and reads its answer, both at the same time: either may be longer than what the buffers hold.
   *
   * @throws what the body throws, the signal's reason, and the PeerErrors of readAnswer()
   */
  async send(request: Outgoing, signal: AbortSignal | undefined): Promise<ReceivedAnswer> {
    signal?.throwIfAborted()
    this.usable = false
    let failure: { readonly error: unknown } | undefined
    const cut = (error: unknown) => {
      failure ??= { error }
      this.#connection.destroy()
    }
    const abort = () => cut(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    let goAhead = () => {}
    const bodyWanted = new Promise<void>((resolve) => {
      goAhead = resolve
    })
    if (!request.waits) goAhead()
    let sent = false
    void this.#write(request, bodyWanted).then((whole) => {
      sent = whole
    }, cut)
    try {
      const answer = await readAnswer(this.#source, request.method, goAhead)
      const state = await this.#source.state()
      if (state === 'unread') throw new PeerError('BODY_BAD', 'bytes came after the end of the answer')
      this.usable = sent && answer.keepAlive && state === 'open'
      return answer
    } catch (error) {
      this.#connection.destroy()
      throw failure === undefined ? error : failure.error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Ends our side; the stack has nothing more to wait for. */
  close(): void {
    void this.#connection.close()
  }

  /** Writes head and body. False: not all of it, since the peer is gone; what was read tells more. */
  async #write({ head, body }: Outgoing, bodyWanted: Promise<void>): Promise<boolean> {
    const first = Buffer.from(head, 'latin1')
    if (!(await this.#push(first))) return false
    if (body === undefined) return true
    await bodyWanted
    const chunked = body.length === undefined
    for await (const chunk of body.chunks) {
      const bytes = bytesOf(chunk)
      // A chunk without bytes would end the body.
      if (bytes.byteLength === 0) continue
      const size = `${bytes.byteLength.toString(16)}\r\n`
      const framed = chunked ? Buffer.concat([Buffer.from(size), bytes, Buffer.from('\r\n')]) : bytes
      if (!(await this.#push(framed))) return false
    }
    return chunked ? this.#push(Buffer.from('0\r\n\r\n')) : true
  }

  async #push(bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#connection.write(bytes)
      return true
    } catch {
      // The peer is gone. Whether it has answered before is for the reading side to say.
      return false
    }
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return chunk
  const found = chunk === null ? 'null' : `a value of type ${typeof chunk}`
  throw new UsageError('OPTION_BAD', `the body of a request() gave ${found}. Its chunks are strings and Uint8Arrays.`)
}
