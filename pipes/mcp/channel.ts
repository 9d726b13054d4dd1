// The channel of a connection, as MCP wants it: a call that was cancelled has no answer.

import type { Awaitable } from '../../src/bag.ts'
import type { PeerError } from '../../src/errors.ts'
import { markRead, type ValueChannel, type ValueSink } from '../../src/messages/values.ts'
import type { Posting } from '../../src/net/connection.ts'
import { MCP_CODES } from './revision.ts'
import { mapOf } from './schema-parts.ts'

/** Lies over the channel of a marshalling pipe. */
export class McpChannel implements ValueChannel, ValueSink {
  readonly read: ValueChannel['read']
  readonly write: ValueChannel['write']
  protected readonly inner: ValueChannel
  protected sink: ValueSink | undefined

  constructor(inner: ValueChannel) {
    this.inner = inner
    this.read = markRead(() => inner.read(), this)
    this.write = (value): Awaitable<void> => inner.write(value)
  }

  get headers(): ValueChannel['headers'] {
    return this.inner.headers
  }

  get response(): ValueChannel['response'] {
    return this.inner.response
  }

  take(sink: ValueSink): void {
    this.sink = sink
    this.inner.take(this)
  }

  /** Sends a value, but for the answer to a call that was cancelled (MCP 2026-07-28, basic/patterns/cancellation). */
  send(value: unknown, posting?: Posting): boolean {
    if (isCancelled(value)) return true
    return this.inner.send(value, posting)
  }

  check(value: unknown): void {
    this.inner.check?.(value)
  }

  pause(): void {
    this.inner.pause()
  }

  resume(): void {
    this.inner.resume()
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  value(value: unknown): void {
    this.sink?.value(value)
  }

  bad(error: PeerError): void {
    this.sink?.bad(error)
  }

  end(error?: PeerError): void {
    this.sink?.end(error)
  }

  drained(): void {
    this.sink?.drained()
  }

  closed(error: Error | undefined): void {
    this.sink?.closed(error)
  }

  drain(): void {
    this.sink?.drain()
  }
}

/** Whether a message is the answer to a call that was cancelled. */
function isCancelled(message: unknown): boolean {
  return mapOf(mapOf(message).error).code === MCP_CODES.cancelled
}
