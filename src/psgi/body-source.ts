// Where the chunks of a body come from: every kind of body as one kind of iterator, and the ways to close them.

import { types } from 'node:util'
import { createIterator, getAsyncIterator, isAsyncIterable, isCollection } from 'iterall'
import type { EncodeError } from '../errors.ts'
import { bytesOf } from './body-chunk.ts'
import { describe, hasMethod, isObject } from './pairs.ts'
import { refuse } from './refuse.ts'

/** What an iterator gives, at once or later. */
export type Step = { readonly done?: boolean | undefined; readonly value?: unknown }

/** The chunks of a body, unchecked. */
export interface BodySource {
  /** What is known before it is read: no promise will come, only promises will come, or nothing is known. */
  readonly kind: 'now' | 'later' | 'either'
  next(): Step | PromiseLike<Step>
  /** Tells the body that no more will be read. */
  close(): unknown
}

/** Anything with a `then`, as `await` sees it. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  // Not by hasMethod(): this is asked for every chunk, and `in` alone costs more than all else that is done to it.
  return isObject(value) && typeof (value as { then?: unknown }).then === 'function'
}

/**
 * Opens a body.
 *
 * The order counts: iterall takes bytes for collections of numbers, so those are found first; functions have a length
 * and would pass for arrays.
 *
 * @throws EncodeError FORMAT_MISMATCH for what is no body
 */
export function openSource(body: unknown): BodySource {
  if (typeof body === 'string' || bytesOf(body) !== undefined) return new OneChunk(body)
  // Asked of the engine: V8 finds every property of a generator whose function is new slowly, about 100 ns each.
  if (types.isGeneratorObject(body)) {
    return new IteratorSource(Symbol.asyncIterator in body ? 'later' : 'either', body, body)
  }
  if (!isObject(body)) throw noBody(body)
  if (isPromise(body)) return new LaterSource(body)
  if (hasMethod(body, 'getReader')) return new StreamSource(body.getReader())
  if (isAsyncIterable(body)) return new IteratorSource('later', getAsyncIterator(body), body)
  if (isCollection(body)) {
    const kind = !Array.isArray(body) ? 'either' : body.some(isPromise) ? 'later' : 'now'
    const iterator = createIterator(body)
    if (iterator !== undefined) return new IteratorSource(kind, iterator, body)
  }
  if (hasMethod(body, 'stream')) return openSource(body.stream())
  throw noBody(body)
}

function noBody(body: unknown): EncodeError {
  const allowed = 'a string, bytes, or strings or bytes in an array, an iterable, an async iterable or a web stream'
  return refuse('FORMAT_MISMATCH', `response.body is ${describe(body)}. It is ${allowed}; [] if there is none.`)
}

/**
 * Closes a body that was not opened and will not be: an iterator is told to return, a stream is destroyed or cancelled.
 * What makes its iterators only when asked holds nothing yet.
 */
export function closeUnread(body: unknown): unknown {
  if (!isObject(body) || bytesOf(body) !== undefined) return undefined
  if (isPromise(body)) return body.then(closeUnread)
  if (hasMethod(body, 'destroy') && hasMethod(body, 'pipe')) return destroy(body)
  if (hasMethod(body, 'getReader') && hasMethod(body, 'cancel')) return body.cancel()
  if (hasMethod(body, 'next') && hasMethod(body, 'return')) return body.return()
  return undefined
}

function destroy(stream: { destroy(): unknown }): void {
  stream.destroy()
}

class OneChunk implements BodySource {
  readonly kind = 'now'
  readonly #chunk: unknown
  #given = false

  constructor(chunk: unknown) {
    this.#chunk = chunk
  }

  next(): Step {
    if (this.#given) return { done: true }
    this.#given = true
    return { done: false, value: this.#chunk }
  }

  close(): void {}
}

interface AnyIterator {
  next(): Step | PromiseLike<Step>
  return?(value?: unknown): unknown
}

class IteratorSource implements BodySource {
  readonly kind: 'now' | 'later' | 'either'
  readonly #iterator: AnyIterator
  readonly #body: object

  constructor(kind: 'now' | 'later' | 'either', iterator: AnyIterator, body: object) {
    this.kind = kind
    this.#iterator = iterator
    this.#body = body
  }

  next(): Step | PromiseLike<Step> {
    return this.#iterator.next()
  }

  // return() of a Node stream's iterator waits for the chunk that is being read, which may never come.
  close(): unknown {
    const body = this.#body
    if (hasMethod(body, 'destroy') && hasMethod(body, 'pipe')) return destroy(body)
    return this.#iterator.return?.()
  }
}

// A web stream is read through its reader, whose cancel() does not wait, and which every engine has.
class StreamSource implements BodySource {
  readonly kind = 'later'
  readonly #reader: { read(): PromiseLike<Step>; cancel(): unknown }

  constructor(reader: unknown) {
    this.#reader = reader as { read(): PromiseLike<Step>; cancel(): unknown }
  }

  next(): PromiseLike<Step> {
    return this.#reader.read()
  }

  close(): unknown {
    return this.#reader.cancel()
  }
}

class LaterSource implements BodySource {
  readonly kind = 'later'
  readonly #promise: PromiseLike<unknown>
  #source: BodySource | undefined
  #opening = false
  #closed = false

  constructor(promise: PromiseLike<unknown>) {
    this.#promise = promise
  }

  next(): Step | PromiseLike<Step> {
    return this.#source === undefined ? this.#open() : this.#source.next()
  }

  async #open(): Promise<Step> {
    this.#opening = true
    const body = await this.#promise
    if (this.#closed) {
      await closeUnread(body)
      return { done: true }
    }
    this.#source = openSource(body)
    return this.#source.next()
  }

  // A body that is being waited for is closed when it comes.
  close(): unknown {
    this.#closed = true
    if (this.#source !== undefined) return this.#source.close()
    return this.#opening ? undefined : closeUnread(this.#promise)
  }
}
