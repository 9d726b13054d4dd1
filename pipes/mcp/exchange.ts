// One request of HTTP: a message comes, and it is answered by JSON, or by a stream of events where something is told before that.

import type { PeerError } from '../../src/errors.ts'
import { isThenable } from '../../src/flow-bag.ts'
import { RpcError } from '../../src/messages/rpc-error.ts'
import type { ValueChannel } from '../../src/messages/values.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { McpChannel } from './channel.ts'
import { type Accepted, acceptedBy, checkCall, isCallMessage } from './request-check.ts'
import { MCP_CODES } from './revision.ts'
import { isObject, mapOf } from './schema-parts.ts'
import type { CompiledTool } from './tools.ts'

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly channel: ValueChannel
  readonly response: PsgiResponse
  readonly environ: Environ
  readonly tools: ReadonlyMap<string, CompiledTool>
  /** Fires when the client is gone. Asked for when a call is under way. */
  signal(): AbortSignal
}

/** See above. To what reads from it, it is a connection on which many messages may go out. */
export class Exchange extends McpChannel {
  readonly #parts: ExchangeParts
  readonly #accepted: Accepted
  /** A call waits for its answer. */
  #pending = false
  #stateless = false
  #streams = false
  /** Pieces that are not taken yet. */
  #unsent = 0
  #over = false
  #release: (() => void) | undefined

  constructor(parts: ExchangeParts) {
    super(parts.channel)
    this.#parts = parts
    this.#accepted = acceptedBy(parts.environ)
  }

  override get response(): undefined {
    return undefined
  }

  // ---- what arrives --------------------------------------------------------------------------------------------------------------

  override value(message: unknown): void {
    if (!isObject(message) || message.jsonrpc !== '2.0') {
      this.#refuse(null, INVALID)
      return
    }
    if (!isCallMessage(message)) {
      const isNote = message.id === undefined && typeof message.method === 'string'
      // An answer: we have asked for nothing.
      const isAnswer = message.method === undefined && ('result' in message || 'error' in message)
      if (!isNote && !isAnswer) this.#refuse(null, INVALID)
      else this.#parts.response.status = '202 Accepted'
      if (isNote) super.value(message)
      return
    }
    try {
      this.#stateless = checkCall(message, this.#parts.environ, this.#parts.tools)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.#refuse(message.id, error)
      return
    }
    this.#pending = true
    this.#watch()
    super.value(message)
  }

  override bad({ code, message }: PeerError): void {
    this.#refuse(null, new RpcError(-32_700, 'Parse error', code === 'MESSAGE_BAD' ? undefined : message))
  }

  override end(error?: PeerError): void {
    if (!this.#pending) super.end(error)
  }

  /** A client that goes away gives up its call. */
  #watch(): void {
    const signal = this.#parts.signal()
    const gone = () => this.closed(signal.reason instanceof Error ? signal.reason : undefined)
    this.#release = () => signal.removeEventListener('abort', gone)
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  }

  override closed(error: Error | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#release?.()
    super.closed(error)
  }

  #refuse(id: string | number | null, { code, message, data }: RpcError): void {
    this.#parts.response.status = '400 Bad Request'
    const error = data === undefined ? { code, message } : { code, message, data }
    // Without an id where it is not known: null is none (MCP 2025-11-25, schema).
    this.inner.send({ jsonrpc: '2.0', ...(id === null ? {} : { id }), error })
  }

  // ---- what goes out -------------------------------------------------------------------------------------------------------------

  override send(message: unknown): boolean {
    if (this.#over) return true
    const isAnswer = isObject(message) && message.method === undefined
    if (!isAnswer) return this.#accepted.events ? this.#event(message) : true
    if (this.#streams || !this.#accepted.json) this.#event(message)
    else {
      const isUnknown = mapOf(message.error).code === MCP_CODES.noMethod
      if (isUnknown && this.#stateless) this.#parts.response.status = '404 Not Found'
      this.inner.send(message)
    }
    this.#finish()
    return true
  }

  #finish(): void {
    this.#pending = false
    this.#release?.()
    super.end()
  }

  /** Sends an event (HTML, Server-sent events), whose data is one line. */
  #event(message: unknown): boolean {
    const text = JSON.stringify(message)
    if (!this.#streams) {
      this.#streams = true
      this.#begin()
    }
    this.#push(`event: message\ndata: ${text}\n\n`)
    return this.#unsent === 0
  }

  #begin(): void {
    this.#parts.response.header_list = new HeaderList([
      ...[...this.#parts.response.header_list.as_list()].filter(([name]) => !/^content-type$/i.test(String(name))),
      ['Content-Type', 'text/event-stream'],
      ['Cache-Control', 'no-cache'],
      // nginx would hold the events back.
      ['X-Accel-Buffering', 'no'],
    ])
    // http() holds the first piece back until there is a second one, or the end.
    this.#push(':\n\n')
  }

  #push(text: string): void {
    const pending = this.inner.writeBody?.(text)
    if (!isThenable(pending)) return
    this.#unsent++
    pending.then(
      () => {
        if (--this.#unsent === 0 && !this.#over) this.drained()
      },
      (error) => this.closed(error instanceof Error ? error : undefined),
    )
  }
}

const INVALID = new RpcError(-32_600, 'Invalid Request')
