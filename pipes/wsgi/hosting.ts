// One request to an application of PEP 3333: its calls become the response of a flow.

import type { Awaitable } from '../../src/bag.ts'
import { PeerError, UsageError } from '../../src/errors.ts'
import { readChunk } from '../../src/psgi/body-chunk.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { answerHosted, isHopByHop } from '../../src/psgi/hosted-answer.ts'
import { lineName } from '../../src/psgi/kept-lines.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { type ChunkSource, openIterable } from './iterable.ts'
import type { WsgiApp, WsgiChunk, WsgiWrite } from './types.ts'

/** What is written and not taken before write() asks to wait: bytes, or characters. */
const HIGH_WATER = 65_536

interface Head {
  readonly status: string
  readonly lines: HeaderList
}

/** See above. Also the body: an iterator over what was written, and then over what the application iterates over. */
export class Hosting implements AsyncIterableIterator<WsgiChunk> {
  readonly #response: PsgiResponse
  #head: Head | undefined
  /** The head is settled: it goes out. */
  #settled = false
  #begin: { resolve: () => void; reject: (error: unknown) => void } | undefined
  #queue: WsgiChunk[] = []
  #queued = 0
  #writers: (() => void)[] = []
  #source: ChunkSource | undefined
  #pulling = false
  #ended = false
  /** Nobody takes the rest. */
  #dropped = false
  #left = false
  #failure: { readonly error: unknown } | undefined
  #waiting: { resolve: (step: IteratorResult<WsgiChunk>) => void; reject: (error: unknown) => void } | undefined

  constructor(response: PsgiResponse) {
    this.#response = response
  }

  /** Calls the application. Resolves when head and body are put into the response. */
  run(app: WsgiApp, environ: Environ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#begin = { resolve, reject }
      this.#call(app, environ).catch((error) => this.#fail(error))
    })
  }

  /** The peer is gone. */
  lost(reason: unknown): void {
    void this.return()
    this.#begin?.reject(reason)
  }

  /** The flow is over: closes the iterable. */
  leave(): unknown {
    this.#left = true
    void this.return()
    return this.#source?.close()
  }

  async #call(app: WsgiApp, environ: Environ): Promise<void> {
    const iterable: unknown = await app(environ, (status, headers, exc_info) => this.#start(status, headers, exc_info))
    const source = openIterable(iterable)
    this.#source = source
    // It comes too late: nobody else will close it.
    if (this.#left) await source.close()
    if (this.#dropped) return
    if (Array.isArray(iterable) && source.isPlain && !this.#settled) {
      this.#settle(iterable)
      return
    }
    while (!this.#settled && !this.#ended) await this.#pull(source)
    if (!this.#settled) this.#settle([])
    this.#give()
  }

  // ---- the application's calls -----------------------------------------------------------------------------------------

  #start(status: string, headers: Iterable<HeaderPair>, exc_info: unknown): WsgiWrite {
    if (exc_info !== undefined && exc_info !== null) {
      if (this.#settled) throw exc_info
    } else if (this.#head !== undefined) {
      throw broken('start_response() was called twice. The second time, give it the error as exc_info.')
    }
    const lines = new HeaderList(headers)
    const own = lines.find(([name]) => isHopByHop(lineName(name)))
    if (own !== undefined) {
      const message = `start_response() got ${lineName(own[0])}, which is for the server to choose. Leave it out.`
      throw new UsageError('HEADER_BAD', message, { pipe: 'wsgi' })
    }
    this.#head = { status, lines }
    return (chunk) => this.#write(chunk)
  }

  #write(given: WsgiChunk): Awaitable<void> {
    const chunk = readChunk(given, 'unicode', true, 'the chunk of write()')
    if (this.#dropped) throw new PeerError('CONNECTION_CLOSED', 'the peer is gone', { pipe: 'wsgi' })
    if (this.#ended) throw broken('write() was called after the end of the response.')
    if (chunk.length === 0) return undefined
    this.#push(chunk)
    if (!this.#settled) this.#settle(this)
    this.#give()
    if (this.#queued < HIGH_WATER) return undefined
    return new Promise((resolve) => this.#writers.push(resolve))
  }

  /** The head goes out, with whatever body. */
  #settle(body: WsgiChunk[] | this): void {
    const head = this.#head
    if (head === undefined)
      throw broken('the application gave a body without a call of start_response(). Call it before.')
    this.#settled = true
    answerHosted(this.#response, head.status, head.lines, body)
    this.#begin?.resolve()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#begin?.reject(error)
    this.#give()
  }

  // ---- the body --------------------------------------------------------------------------------------------------------

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<WsgiChunk>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#give()
    })
  }

  return(): Promise<IteratorResult<WsgiChunk>> {
    this.#dropped = true
    this.#queue = []
    this.#queued = 0
    this.#release()
    this.#give()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Gives whoever waits what is there, or asks for more. */
  #give(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const chunk = this.#queue.shift()
    if (chunk !== undefined) {
      this.#waiting = undefined
      this.#queued -= chunk.length
      if (this.#queue.length === 0) this.#release()
      waiting.resolve({ done: false, value: chunk })
    } else if (this.#dropped || (this.#ended && this.#failure === undefined)) {
      this.#waiting = undefined
      waiting.resolve({ done: true, value: undefined })
    } else if (this.#failure !== undefined) {
      this.#waiting = undefined
      waiting.reject(this.#failure.error)
    } else if (this.#source !== undefined && !this.#pulling) {
      this.#pull(this.#source).then(
        () => this.#give(),
        (error) => this.#fail(error),
      )
    }
  }

  /** Takes one chunk of what the application iterates over. */
  async #pull(source: ChunkSource): Promise<void> {
    this.#pulling = true
    try {
      const { done, value } = await source.next()
      if (done === true) this.#ended = true
      else {
        const chunk = readChunk(value, 'unicode', true, 'what the application iterates over')
        if (chunk.length === 0 || this.#dropped) return
        this.#push(chunk)
        if (!this.#settled) this.#settle(this)
      }
    } finally {
      this.#pulling = false
    }
  }

  #push(chunk: WsgiChunk): void {
    this.#queue.push(chunk)
    this.#queued += chunk.length
  }

  #release(): void {
    for (const resolve of this.#writers.splice(0)) resolve()
  }
}

function broken(message: string): UsageError {
  return new UsageError('WSGI_BAD', message, { pipe: 'wsgi' })
}
