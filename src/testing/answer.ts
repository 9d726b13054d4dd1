// What a test gets back.

import { readContentType } from '../psgi/content-type.ts'
import type { ReceivedAnswer } from './read-answer.ts'

/** The answer to a request: what the peer would have seen, and what the server knows besides. */
export interface Answer {
  /** `404`. */
  readonly status: number
  /** `'Not Found'`. */
  readonly reason: string
  /** The header lines as sent: in their order and spelling, each character one byte (Latin-1). */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body, without chunked framing; empty for HEAD, 204 and 304. */
  readonly body: Uint8Array
  /**
   * What went to `onError` since the request began, in order: errors that nobody recovered, and those that came too late for
   * the answer, such as in deferred functions. Requests that are under way at the same time share them.
   */
  readonly errors: readonly unknown[]
  /** The value of a header in any spelling; several lines of it joined by `, ` (RFC 9110 §5.3). */
  header(name: string): string | undefined
  /** The body as text, in the charset of its Content-Type, else UTF-8; bytes that it lacks become U+FFFD. */
  text(): string
  /** The body as JSON. Throws a SyntaxError for what is none. */
  json(): unknown
}

/** An answer, complete. `errors` may still grow. */
export class HttpAnswer implements Answer {
  readonly status: number
  readonly reason: string
  readonly headers: Answer['headers']
  readonly body: Uint8Array
  readonly errors: readonly unknown[]

  constructor(received: ReceivedAnswer, errors: readonly unknown[]) {
    this.status = received.status
    this.reason = received.reason
    this.headers = received.headers
    this.body = received.body
    this.errors = errors
  }

  header(name: string): string | undefined {
    const key = name.toLowerCase()
    const values = this.headers.filter((pair) => pair[0].toLowerCase() === key).map((pair) => pair[1])
    return values.length === 0 ? undefined : values.join(', ')
  }

  text(): string {
    return decoderOf(readContentType(this.header('content-type') ?? '').label).decode(this.body)
  }

  json(): unknown {
    return JSON.parse(this.text())
  }
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label)
  } catch {
    return new TextDecoder()
  }
}
