// Where a response goes: an HTTP/1.1 connection, or one stream of HTTP/2.

import type { EncodedHead } from '../../src/psgi/head.ts'
import type { Output } from './output.ts'
import type { HttpRequest } from './request.ts'
import type { ResponseStream } from './response-stream.ts'

/** How a body ends whose length nobody knows: by the last chunk, with the connection, or with its frames. */
export type BodyEnd = 'chunked' | 'close' | 'frames'

/** Takes one response at a time. */
export interface Outlet {
  /** Shows errors on the 500 page. */
  readonly debug: boolean
  readonly output: Output
  /** Whether the peer is gone: nothing that is sent would reach it. */
  readonly gone: boolean
  /** The response under way, if it is sent in pieces. */
  streaming: ResponseStream | undefined
  /** Asked once for a response of unknown length. */
  bodyEnd(): BodyEnd
  /** The head of the response; `framing`: the lines that say how its body ends. */
  head(status: string, lines: string, framing: string, head: EncodedHead): void
  /** The same where the body is there as a whole, `size` bytes. */
  wholeHead(status: string, size: number, head: EncodedHead): void
  /** Sends what is in `output`. False: no more, please, until `streaming.drained()` is called. */
  flush(): boolean
  /** Begins a response that is written chunk by chunk. */
  stream(request: HttpRequest): ResponseStream
  /** Something is missing from the response, and the peer shall see it. */
  cut(): void
  /** Whether `error` is only the reason of a flow's signal that has fired since the peer is gone. */
  isGoneReason(error: unknown): boolean
  /** Takes an error that nobody recovered. */
  report(error: unknown): void
}
