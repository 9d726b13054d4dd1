// A request of http() as messages: its body is the one that comes, the body of the response the one that goes.

import type { Awaitable } from '../bag.ts'
import { PeerError, UsageError } from '../errors.ts'
import type { Raw, Sink } from '../net/connection.ts'
import type { Environ } from '../psgi/environ.ts'
import { setMediaType } from '../psgi/media-type.ts'
import type { PsgiResponse } from '../psgi/response.ts'
import type { Format } from './format.ts'
import type { Messages } from './message-channel.ts'

/** What is looked at in the bag of a request. */
export interface RequestMarbles extends Raw {
  readonly response: PsgiResponse
  readonly environ?: Environ
}

/** Whether http(), or another server pipe, stands above. */
export function isRequest(bag: Raw & { readonly response?: PsgiResponse }): bag is RequestMarbles {
  return bag.response !== undefined
}

/** See {@link Messages}. */
export class BodyMessages implements Messages {
  readonly #bag: RequestMarbles
  readonly #format: Format
  #sink: Sink | undefined
  #written = false
  #closed = false
  #headers: Record<string, string> | undefined
  /** The flow is over: what is written from now on goes nowhere. */
  over = false

  constructor(bag: RequestMarbles, format: Format) {
    this.#bag = bag
    this.#format = format
  }

  get remote(): string {
    return this.#bag.connection.remote
  }

  get response(): PsgiResponse {
    return this.#bag.response
  }

  get writeBody(): Raw['write'] {
    return this.#bag.write
  }

  /** The fields of the request, names in lower case. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= fieldsOf(this.#bag.environ)
    return this.#headers
  }

  // ---- in ----------------------------------------------------------------------------------------------------------------

  take(sink: Sink): void {
    this.#sink = sink
    this.#pull(sink).catch((error) => this.destroy(error))
  }

  async #pull(sink: Sink): Promise<void> {
    const chunks: Uint8Array[] = []
    const { maxBytes, name } = this.#format
    let length = 0
    for await (const piece of this.#bag.read()) {
      const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
      length += chunk.byteLength
      if (length > maxBytes) {
        const message = `the body is longer than the ${maxBytes} bytes that ${name}() allows`
        if (!this.#closed) sink.broken?.(new PeerError('BODY_TOO_LONG', message, { status: 413, pipe: name }))
        return
      }
      chunks.push(chunk)
    }
    if (this.#closed) return
    const [only, second] = chunks
    sink.data(only !== undefined && second === undefined ? only : Buffer.concat(chunks, length))
    if (!this.#closed) sink.end()
  }

  // There is no second message to hold back.
  pause(): void {}
  resume(): void {}

  destroy(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#sink?.closed(error instanceof Error ? error : new Error(String(error)))
  }

  // ---- out ---------------------------------------------------------------------------------------------------------------

  send(message: Uint8Array | string): boolean {
    const { name, mediaType } = this.#format
    const { over, response } = this
    if (over || this.#written) {
      const why = over ? 'after the response was sent' : 'twice; over HTTP one message is answered by one'
      throw new UsageError('RESPONSE_SENT', `write() of ${name}() was called ${why}.`, { pipe: name, marble: 'write' })
    }
    this.#written = true
    setMediaType(response, mediaType)
    response.body = message
    response.body_format = typeof message === 'string' ? 'unicode' : 'bytes'
    return true
  }

  write(message: Uint8Array | string): Awaitable<void> {
    this.send(message)
  }
}

function fieldsOf(environ: Environ | undefined): Record<string, string> {
  const fields: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(environ ?? {})) {
    if (typeof value !== 'string') continue
    const name = key.startsWith('HTTP_') ? key.slice(5) : key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH' ? key : ''
    if (name !== '') fields[name.toLowerCase().replaceAll('_', '-')] = value
  }
  return fields
}
