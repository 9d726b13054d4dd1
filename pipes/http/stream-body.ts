// The body of a request, as it comes on a stream of HTTP/2.

import { constants, type ServerHttp2Stream } from 'node:http2'
import { PeerError } from '../../src/errors.ts'
import { clock } from '../../src/net/clock.ts'
import type { Input, InputSource } from '../../src/psgi/input.ts'

/** Fills `wsgi.input` from a stream. */
export class StreamBody implements InputSource {
  readonly #stream: ServerHttp2Stream
  readonly #idleTimeoutMs: number
  #input: Input | undefined
  /** Whether the peer waits for 100 (Continue). */
  #expected: boolean
  /** Whether somebody waits for bytes. */
  #waiting = false
  #deadline = 0

  constructor(stream: ServerHttp2Stream, expectContinue: boolean, idleTimeoutMs: number) {
    this.#stream = stream
    this.#expected = expectContinue
    this.#idleTimeoutMs = idleTimeoutMs
  }

  /** Fills `input` from now on. */
  begin(input: Input): void {
    const stream = this.#stream
    this.#input = input
    // A small body has mostly arrived already; one that is announced waits until it is asked for.
    if (this.#expected) stream.pause()
    let trailers: [string, string][] | undefined
    stream.on('trailers', (_fields: unknown, _flags: number, raw?: unknown) => {
      const flat = Array.isArray(raw) ? raw.map(String) : []
      trailers = []
      for (let at = 0; at + 1 < flat.length; at += 2) trailers.push([flat[at] ?? '', flat[at + 1] ?? ''])
    })
    stream.on('data', (chunk: Buffer) => {
      this.#deadline = clock.now + this.#idleTimeoutMs
      input.push(chunk)
    })
    stream.on('end', () => {
      this.#waiting = false
      // A stream that was reset ends too; but then the input has failed before.
      input.finish(trailers)
    })
  }

  wanted(): void {
    const stream = this.#stream
    if (stream.destroyed || stream.closed) return
    if (this.#expected) {
      this.#expected = false
      // A peer that did not wait has begun; one that has got its answer need not be told.
      if (!stream.headersSent && stream.readableLength === 0) stream.additionalHeaders({ ':status': 100 })
    }
    this.#waiting = true
    this.#deadline = clock.now + this.#idleTimeoutMs
    stream.resume()
  }

  enough(): void {
    this.#waiting = false
    this.#stream.pause()
  }

  /** Nobody reads the rest. Once the peer has the response, it is told that it need not send it (RFC 9113 §8.1). */
  drop(): void {
    const stream = this.#stream
    this.#waiting = false
    this.#input?.fail(goneError())
    stream.removeAllListeners('data')
    stream.resume()
    const stop = () => {
      if (isOpen(stream)) stream.close(constants.NGHTTP2_NO_ERROR)
    }
    // The writing side of a HEAD is finished before it is answered.
    if (stream.writableFinished) stop()
    else stream.once('finish', stop)
  }

  /** The stream is gone. */
  lost(): void {
    this.#waiting = false
    this.#input?.fail(goneError())
  }

  tick(now: number): void {
    if (!this.#waiting || now <= this.#deadline) return
    this.#waiting = false
    const message = 'the body of the request took too long'
    this.#input?.fail(new PeerError('TIMEOUT', message, { status: 408, pipe: 'http' }))
  }
}

/** Whether the peer may still send. */
function isOpen(stream: ServerHttp2Stream): boolean {
  const { state } = stream.state
  return state === constants.NGHTTP2_STREAM_STATE_OPEN || state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL
}

/** What a flow gets whose stream is gone. */
export function goneError(): PeerError {
  return new PeerError('CONNECTION_CLOSED', 'the peer closed the stream before the exchange was complete', {
    pipe: 'http',
  })
}
