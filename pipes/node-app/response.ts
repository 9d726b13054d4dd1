// The ServerResponse of a request: what is written to it becomes the response of the flow.

import { type IncomingMessage, type OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HeaderPair } from '../../src/psgi/header-list.ts'
import { answerHosted, isHopByHop, statusOf } from '../../src/psgi/hosted-answer.ts'
import { hasMethod } from '../../src/psgi/pairs.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { WrittenBody } from './written-body.ts'

type Done = (error?: Error | null) => void

/**
 * See above. The methods are put on the response itself: Express gives every response another prototype.
 */
export class HostedResponse {
  /** What the application is given. */
  readonly res: ServerResponse
  readonly #response: PsgiResponse
  readonly #body: WrittenBody
  readonly #bodyless: boolean
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  #begun = false
  #gone = false
  /** Resolves when head and body are put into the response of the flow. */
  readonly begun: Promise<void>

  constructor(req: IncomingMessage, response: PsgiResponse, socket: Socket) {
    const res = new ServerResponse(req)
    this.res = res
    this.#response = response
    this.#bodyless = req.method === 'HEAD'
    this.#body = new WrittenBody({
      drained: () => res.emit('drain'),
      taken: () => this.#finish(),
      closed: () => this.lost(undefined),
    })
    this.begun = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // It is the server's to say.
    res.sendDate = false
    // Some look at `res.socket`, and node:http tells by it that the peer is gone.
    res.assignSocket(socket)
    Object.assign(res, {
      writeHead: (status: number, reason?: unknown, headers?: unknown) => this.#writeHead(status, reason, headers),
      flushHeaders: () => this.#flush(),
      write: (chunk: unknown, encoding?: unknown, done?: unknown) => this.#write(chunk, encoding, done),
      end: (chunk?: unknown, encoding?: unknown, done?: unknown) => this.#end(chunk, encoding, done),
      destroy: (error?: Error) => this.#destroy(error),
      // Interim responses are the server's; trailers have no place in a response.
      writeContinue() {},
      writeProcessing() {},
      writeEarlyHints: (_hints: unknown, done?: () => void) => done?.(),
      addTrailers() {},
    })
  }

  // ---- what the application does ---------------------------------------------------------------------------------------

  #writeHead(status: number, reason?: unknown, given?: unknown): ServerResponse {
    const headers = typeof reason === 'string' ? given : (given ?? reason)
    // Set, not handed on: node:http keeps what it is handed here only as text.
    if (!this.res.headersSent) this.#setHeaders(headers)
    Reflect.apply(
      ServerResponse.prototype.writeHead,
      this.res,
      typeof reason === 'string' ? [status, reason] : [status],
    )
    return this.res
  }

  #setHeaders(headers: unknown): void {
    if (Array.isArray(headers)) {
      const pairs: unknown[][] = headers.every(Array.isArray) ? headers : pairsOf(headers)
      for (const [name] of pairs) this.res.removeHeader(String(name))
      for (const [name, value] of pairs) this.res.appendHeader(String(name), textOf(value))
    } else if (typeof headers === 'object' && headers !== null) {
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined) this.res.setHeader(name, textOf(value))
    }
  }

  #flush(): void {
    this.#implyHead()
    this.#begin()
  }

  #write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    const done = callbackOf(encoding, callback)
    const bytes = bytesOf(chunk, encoding)
    if (this.res.writableEnded || this.res.destroyed) return this.#refuse(done)
    this.#implyHead()
    this.#begin()
    if (this.#bodyless || bytes.byteLength === 0) {
      process.nextTick(done)
      return true
    }
    return this.#body.write(bytes, done)
  }

  #end(chunk?: unknown, encoding?: unknown, callback?: unknown): ServerResponse {
    const hasChunk = chunk !== undefined && chunk !== null && typeof chunk !== 'function'
    const done = typeof chunk === 'function' ? callbackOf(chunk, undefined) : callbackOf(encoding, callback)
    const bytes = hasChunk ? bytesOf(chunk, encoding) : undefined
    if (this.res.writableEnded) {
      this.#refuse(done)
      return this.res
    }
    this.#implyHead()
    if (bytes !== undefined && bytes.byteLength > 0 && !this.#bodyless) this.#body.write(bytes, () => {})
    this.res.finished = true
    this.res.once('finish', done)
    this.#body.end()
    this.#begin()
    return this.res
  }

  /** Cuts the response off. */
  #destroy(error?: Error): ServerResponse {
    if (this.res.destroyed) return this.res
    ServerResponse.prototype.destroy.call(this.res, error)
    if (!this.#gone) this.fail(error ?? new Error('res.destroy() was called before the response was complete'))
    return this.res
  }

  // ---- what the flow does ----------------------------------------------------------------------------------------------

  /** The application failed. */
  fail(error: unknown): void {
    if (this.#begun) this.#body.fail(error)
    this.#settle?.reject(error)
  }

  /** The peer is gone: nobody takes what is written. */
  lost(reason: unknown): void {
    if (this.#gone) return
    this.#gone = true
    this.#body.drop()
    this.#settle?.reject(reason)
    // Closes this, too.
    this.res.socket?.destroy()
  }

  /** The flow is over. */
  leave(): void {
    this.#finish()
    this.lost(undefined)
  }

  // ---- private ---------------------------------------------------------------------------------------------------------

  #implyHead(): void {
    // By the name that others may have put in its place: they add header lines at the last moment.
    if (!this.res.headersSent) this.res.writeHead(this.res.statusCode)
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    const lines = namesOf(this.res).flatMap((name) => linesOf(name, this.res.getHeader(name)))
    const body = this.#body.whole() ?? this.#body
    answerHosted(this.#response, statusOf(this.res.statusCode, this.res.statusMessage ?? ''), lines, body)
    this.#settle?.resolve()
  }

  #finished = false

  /** All that was written has been taken. */
  #finish(): void {
    if (this.#finished || !this.res.writableEnded || this.res.destroyed || this.#gone) return
    this.#finished = true
    this.res.emit('prefinish')
    this.res.emit('finish')
  }

  #refuse(done: Done): false {
    const [code, message] = this.res.destroyed
      ? ['ERR_STREAM_DESTROYED', 'the response is closed']
      : ['ERR_STREAM_WRITE_AFTER_END', 'write after end']
    const error = Object.assign(new Error(message), { code })
    process.nextTick(() => {
      done(error)
      if (!this.res.destroyed && this.res.listenerCount('error') > 0) this.res.emit('error', error)
    })
    return false
  }
}

/** As they were spelled: there since Node 15, but not in the types. */
function namesOf(res: ServerResponse): string[] {
  const names: unknown = hasMethod(res, 'getRawHeaderNames') ? res.getRawHeaderNames() : undefined
  return Array.isArray(names) ? names.map(String) : res.getHeaderNames()
}

function linesOf(name: string, value: OutgoingHttpHeader | undefined): HeaderPair[] {
  if (value === undefined || isHopByHop(name)) return []
  return Array.isArray(value) ? value.map((each) => [name, String(each)] as const) : [[name, String(value)]]
}

function pairsOf(flat: readonly unknown[]): unknown[][] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]]] : []))
}

function textOf(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value)
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8')
  throw new TypeError(`res takes text and bytes, not a value of type ${chunk === null ? 'null' : typeof chunk}`)
}

function isEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding)
}

function callbackOf(first: unknown, second: unknown): Done {
  if (isDone(first)) return first
  return isDone(second) ? second : () => {}
}

function isDone(value: unknown): value is Done {
  return typeof value === 'function'
}
