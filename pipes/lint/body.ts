// A body that is watched while it is read: its chunks, its length, that it is read once and closed once.

import { bytesOf, readChunk, type TextWriter, textWriter, toBytes } from '../../src/psgi/body-chunk.ts'
import { type BodySource, closeUnread, isPromise, openSource, type Step } from '../../src/psgi/body-source.ts'
import { header_lines } from '../../src/psgi/head.ts'
import { hasMethod, isObject } from '../../src/psgi/pairs.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { BODY_RULES } from './flow-rules.ts'
import { complaintOf, type Rule } from './rule.ts'
import type { Watch } from './watch.ts'

/** Whom the body is of, and what it must be. */
export interface BodyTerms {
  readonly watch: Watch
  readonly response: PsgiResponse
  /** The pipe that made it, and the one that reads it, for messages. */
  readonly maker: string
  readonly reader: string
  /** Bytes that Content-Length promises of it; undefined where it promises nothing. */
  readonly length: number | undefined
}

/** A body that stands in for `body`, and gives the same chunks. */
export function watchedBody(body: object, terms: BodyTerms): WatchedBody {
  return isLater(body) ? new LaterBody(body, terms) : new NowBody(body, terms)
}

/** As body-source.ts finds out, but without opening it. */
function isLater(body: object): boolean {
  if (isPromise(body) || hasMethod(body, 'getReader') || Symbol.asyncIterator in body) return true
  return !(Symbol.iterator in body || 'length' in body)
}

/** See {@link watchedBody}. */
export abstract class WatchedBody {
  readonly #body: object
  readonly #terms: BodyTerms
  #source: BodySource | undefined
  /** `failed`: it threw, or a rule was broken; who reads it may close it or not. */
  #state: 'new' | 'open' | 'ended' | 'closed' | 'failed' = 'new'
  #readers = 0
  #at = 0
  #size = 0
  #writer: TextWriter | undefined

  constructor(body: object, terms: BodyTerms) {
    this.#body = body
    this.#terms = terms
  }

  /** The flow has ended: somebody must have read or closed it. A body that makes its iterators when asked holds nothing before. */
  checkEnd(): void {
    const holds =
      hasMethod(this.#body, 'next') || hasMethod(this.#body, 'getReader') || hasMethod(this.#body, 'destroy')
    if (this.#state === 'open' || (this.#state === 'new' && holds)) {
      const { watch, reader } = this.#terms
      watch.report(
        BODY_RULES.closed,
        reader,
        `response.body was ${this.#state === 'new' ? 'neither read' : 'read, but not'} to its end nor closed`,
      )
    }
  }

  protected begin(): void {
    if (++this.#readers > 1) this.#tell(BODY_RULES.once, this.#terms.reader, 'response.body is read by a second reader')
  }

  protected step(): Step | PromiseLike<Step> {
    if (this.#state === 'failed') return { done: true, value: undefined }
    if (this.#state === 'ended' || this.#state === 'closed') {
      const when = this.#state === 'ended' ? 'its end' : 'it was closed'
      this.#tell(BODY_RULES.after, this.#terms.reader, `response.body is read after ${when}`)
      return { done: true, value: undefined }
    }
    this.#state = 'open'
    const step = this.#asked(() => {
      this.#source ??= openSource(this.#body)
      return this.#source.next()
    })
    if (!isPromise(step)) return this.#checked(step)
    return step.then(
      (settled) => this.#checked(settled),
      (error) => {
        this.#state = 'failed'
        throw error
      },
    )
  }

  protected stop(): unknown {
    if (this.#state === 'ended' || this.#state === 'failed') return undefined
    if (this.#state === 'closed') {
      this.#tell(BODY_RULES.closed, this.#terms.reader, 'response.body is closed a second time')
      return undefined
    }
    this.#state = 'closed'
    return this.#source === undefined ? closeUnread(this.#body) : this.#source.close()
  }

  /** What `ask` gives. An iterator that throws has ended. */
  #asked<T>(ask: () => T): T {
    try {
      return ask()
    } catch (error) {
      this.#state = 'failed'
      throw error
    }
  }

  #checked(step: Step): Step {
    if (step.done === true) {
      this.#state = 'ended'
      this.#end()
      return step
    }
    const { value } = step
    if (isPromise(value)) return { done: false, value: value.then((chunk) => this.#chunk(chunk)) }
    return { done: false, value: this.#chunk(value) }
  }

  #chunk(chunk: unknown): unknown {
    const { response, maker, length } = this.#terms
    const { body_format: format = 'unicode' } = response
    const where = `response.body[${this.#at++}]`
    const wrong =
      complaintOf(() => readChunk(chunk, format, format === 'unicode', where)) ??
      (format === 'unicode' && bytesOf(chunk) !== undefined
        ? `${where} is bytes, but response.body_format is 'unicode'`
        : undefined)
    if (wrong !== undefined) this.#tell(BODY_RULES.chunk, maker, wrong)
    if (length === undefined) return chunk
    this.#size += this.#sizeOf(chunk)
    if (this.#size > length) this.#tellLength(length)
    return chunk
  }

  #end(): void {
    const { length } = this.#terms
    if (length === undefined) return
    if (this.#writer !== undefined) this.#size += toBytes(this.#writer.end()).byteLength
    if (this.#size !== length) this.#tellLength(length)
  }

  #tellLength(length: number): void {
    const found = `Content-Length leaves ${length} bytes to response.body, which gave ${this.#size}`
    this.#tell(BODY_RULES.length, this.#terms.maker, found)
  }

  #sizeOf(chunk: unknown): number {
    if (typeof chunk !== 'string') return bytesOf(chunk)?.byteLength ?? 0
    this.#writer ??= textWriter(header_lines(this.#terms.response).charset)
    return toBytes(this.#writer.write(chunk)).byteLength
  }

  /** A reader to whom the body throws does not close it, so it is closed here. */
  #tell(rule: Rule, who: string, found: string): void {
    try {
      this.#terms.watch.tell(rule, who, found)
    } catch (error) {
      const pending = this.#state === 'open' ? this.#source?.close() : undefined
      if (isObject(pending) && isPromise(pending)) pending.then(undefined, () => {})
      this.#state = 'failed'
      throw error
    }
  }
}

class NowBody extends WatchedBody {
  [Symbol.iterator](): this {
    this.begin()
    return this
  }
  next(): Step | PromiseLike<Step> {
    return this.step()
  }
  return(): unknown {
    return { done: true, value: this.stop() }
  }
}

class LaterBody extends WatchedBody {
  [Symbol.asyncIterator](): this {
    this.begin()
    return this
  }
  async next(): Promise<Step> {
    return this.step()
  }
  async return(): Promise<Step> {
    return { done: true, value: await this.stop() }
  }
}
