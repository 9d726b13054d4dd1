// The read side of a connection as an async iterable: csgi's `read`. Back-pressure: the connection is paused while nobody reads.

import type { PeerError } from '../errors.ts'
import type { DrivenConnection, Sink } from './connection.ts'
import { brokeError, ItemReader } from './item-reader.ts'

/**
 * Takes a connection's bytes, or its messages, and gives them to one loop after the other. A connection that broke throws
 * CONNECTION_CLOSED once all that came is read.
 */
export class ByteReader extends ItemReader<Uint8Array> implements Sink {
  readonly #connection: DrivenConnection

  constructor(connection: DrivenConnection) {
    super(connection)
    this.#connection = connection
    connection.take(this)
  }

  data(chunk: Uint8Array): void {
    this.push(chunk, chunk.byteLength)
  }

  end(): void {
    this.finish()
  }

  drained(): void {}

  /** A listener that closes ends what is read, as if the peer had: loops over messages finish the one they are at. */
  drain(): void {
    this.finish()
  }

  closed(error: Error | undefined): void {
    this.finish(error === undefined ? undefined : brokeError(this.#connection.remote, error))
  }

  /** What is no message any more is thrown as it is, once all that came before is read. */
  broken(error: PeerError): void {
    this.finish(error)
  }

  /** Nobody else is told that what was sent has no answer: read() throws it, once all that came before is read. */
  failed(error: Error): void {
    this.finish(error)
  }
}
