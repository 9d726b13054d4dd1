// The one loop that reads bodies. What comes at once is given at once; a promise is made only where the body made one.

import type { Awaitable } from '../bag.ts'
import { type Chunk, joinChunks, readChunk, type TextWriter, textWriter } from './body-chunk.ts'
import { type BodySource, isPromise, openSource, type Step } from './body-source.ts'
import type { BodyCharset } from './content-type.ts'
import { header_lines } from './head.ts'
import { isUnicode } from './refuse.ts'
import type { PsgiResponse } from './response.ts'

/**
 * Opens the body of a response to be read once.
 *
 * @param charset what the head says of it; read from the header list by default
 * @throws EncodeError FORMAT_MISMATCH for what is no body, and what `header_lines` throws
 */
export function open_body(response: PsgiResponse, charset?: BodyCharset): BodyReader {
  const unicode = isUnicode(response.body_format, 'body_format')
  const text = charset ?? header_lines(response).charset
  return new BodyReader(openSource(response.body), text, response.body_format, unicode)
}

/** Who is given the chunks of a body by {@link BodyReader.each}. */
export interface ChunkTaker {
  /** Takes a chunk, never empty. The next is read when what is returned, if anything, has resolved. */
  take(chunk: Chunk): Awaitable<void>
  /** The body is complete. */
  end(): Awaitable<void>
}

/** Gives the chunks of a body as they are to be sent, and closes it. */
export class BodyReader {
  readonly #source: BodySource
  readonly #charset: BodyCharset
  readonly #format: unknown
  readonly #unicode: boolean
  #writer: TextWriter | undefined
  #at = 0
  #open = true
  #closed = false
  #busy: Promise<Chunk | undefined> | undefined

  constructor(source: BodySource, charset: BodyCharset, format: unknown, unicode: boolean) {
    this.#source = source
    this.#charset = charset
    this.#format = format
    this.#unicode = unicode
  }

  /** Whether chunks come `now` (never a promise), `later` (maybe always one), or nobody knows before. */
  get kind(): BodySource['kind'] {
    return this.#source.kind
  }

  /** Position of the next chunk, from 0, for messages. */
  get at(): number {
    return this.#at
  }

  /**
   * The next chunk, never empty; undefined at the end. Text is to be written as UTF-8.
   *
   * @throws EncodeError FORMAT_MISMATCH, CHARSET_UNKNOWN, CHARACTER_MISSING; the body is closed then
   * @throws what the body throws, as it is
   */
  read(): Chunk | undefined | Promise<Chunk | undefined> {
    if (this.#busy !== undefined) return this.#after(this.#busy)
    let asking = true
    try {
      while (this.#open) {
        asking = true
        const step = this.#source.next()
        if (isPromise(step) || (!step.done && isPromise(step.value))) return this.#wait(step)
        asking = false
        const chunk = step.done ? this.#finish() : this.#take(step.value)
        if (chunk.length !== 0) return chunk
      }
      return undefined
    } catch (error) {
      const closing = this.#fail(asking)
      if (isPromise(closing)) closing.then(undefined, () => {})
      throw error
    }
  }

  /**
   * Gives every chunk to `taker`: one loop for the whole body, where read() makes promises of its own for each chunk that is
   * waited for. Stops, without an error and without an end, when somebody closes the body.
   *
   * @throws what read() throws, and what `taker` throws; the body is closed then
   */
  each(taker: ChunkTaker): Awaitable<void> {
    let asking = true
    try {
      while (this.#open) {
        asking = true
        const step = this.#source.next()
        if (isPromise(step) || (!step.done && isPromise(step.value))) return this.#eachOn(taker, step, undefined)
        asking = false
        const chunk = step.done ? this.#finish() : this.#take(step.value)
        const taking = chunk.length === 0 ? undefined : taker.take(chunk)
        if (taking !== undefined) return this.#eachOn(taker, undefined, taking)
      }
    } catch (error) {
      if (this.#closed) return undefined
      const closing = this.#fail(asking)
      if (isPromise(closing)) closing.then(undefined, () => {})
      throw error
    }
    return this.#closed ? undefined : taker.end()
  }

  async #eachOn(
    taker: ChunkTaker,
    first: Step | PromiseLike<Step> | undefined,
    firstTaking: PromiseLike<void> | undefined,
  ): Promise<void> {
    let doing: 'asking' | 'reading' | 'giving' = 'giving'
    try {
      if (firstTaking !== undefined) await firstTaking
      let known = first
      while (this.#open) {
        doing = 'asking'
        const next = known ?? this.#source.next()
        known = undefined
        const step = isPromise(next) ? await next : next
        doing = 'reading'
        const item = !step.done && isPromise(step.value) ? await step.value : step.value
        if (!this.#open) return
        const chunk = step.done ? this.#finish() : this.#take(item)
        if (chunk.length === 0) continue
        doing = 'giving'
        const taking = taker.take(chunk)
        if (taking !== undefined) await taking
      }
    } catch (error) {
      // Whoever closed the body has no use for what it says about that.
      if (this.#closed) return
      const closing = Promise.resolve(this.#fail(doing === 'asking')).catch(() => {})
      // Who was given a chunk that does not fit does not wait for what the body does about it.
      if (doing !== 'giving') await closing
      throw error
    }
    if (this.#closed) return
    const ending = taker.end()
    if (ending !== undefined) await ending
  }

  /** Closes a body that was not read to its end: the second time, and after the end, it does nothing. */
  close(): unknown {
    if (!this.#open) return undefined
    this.#open = false
    this.#closed = true
    return this.#source.close()
  }

  #after(busy: Promise<unknown>): Promise<Chunk | undefined> {
    const again = () => this.read()
    return busy.then(again, again)
  }

  #wait(step: Step | PromiseLike<Step>): Promise<Chunk | undefined> {
    this.#busy = this.#later(step)
    return this.#busy
  }

  async #later(first: Step | PromiseLike<Step>): Promise<Chunk | undefined> {
    let asking = true
    try {
      for (let pending = first; this.#open; pending = this.#source.next()) {
        asking = true
        const step = await pending
        asking = false
        const item = !step.done && isPromise(step.value) ? await step.value : step.value
        if (!this.#open) return undefined
        const chunk = step.done ? this.#finish() : this.#take(item)
        if (chunk.length !== 0) return chunk
        asking = true
      }
      return undefined
    } catch (error) {
      // Whoever closed the body has no use for what it says about that.
      if (this.#closed) return undefined
      await Promise.resolve(this.#fail(asking)).catch(() => {})
      throw error
    } finally {
      this.#busy = undefined
    }
  }

  // A source that threw when it was asked is over, and is not told to return. Any other error closes it, and is the one
  // that counts if closing fails too (ECMA-262, IteratorClose).
  #fail(asking: boolean): unknown {
    if (asking) this.#open = false
    try {
      return this.close()
    } catch {
      return undefined
    }
  }

  #take(value: unknown): Chunk {
    const at = this.#at++
    const chunk = readChunk(value, this.#format, this.#unicode, () => `response.body[${at}]`)
    if (typeof chunk !== 'string') return this.#writer === undefined ? chunk : joinChunks(this.#writer.end(), chunk)
    this.#writer ??= textWriter(this.#charset)
    return this.#writer.write(chunk)
  }

  #finish(): Chunk {
    this.#open = false
    return this.#writer?.end() ?? ''
  }
}
