// What an application iterates over, read and closed.

import { UsageError } from '../../src/errors.ts'
import { bytesOf } from '../../src/psgi/body-chunk.ts'
import { describe, hasMethod, isObject } from '../../src/psgi/pairs.ts'
import { isThenable } from '../../src/thenable.ts'

/** What an iterator gives. */
export interface Step {
  readonly done?: boolean
  readonly value?: unknown
}

/** The chunks, unchecked, and the one way to close them. */
export interface ChunkSource {
  /** An array without a close() of its own: all of it is there. */
  readonly isPlain: boolean
  next(): Promise<Step>
  /** Does its work once: `close()` of the iterable, and `return()` of the iterator, where it has not come to its end. */
  close(): Promise<void>
}

/** @throws UsageError WSGI_BAD for what is no iterable; text and bytes are none */
export function openIterable(found: unknown): ChunkSource {
  if (!isObject(found) || bytesOf(found) !== undefined) throw notIterable(found)
  const opened = iteratorOf(found)
  if (!isObject(opened) || !hasMethod(opened, 'next')) throw notIterable(found)
  return new IterableSource(found, opened)
}

function iteratorOf(found: object): unknown {
  const isAsync = Symbol.asyncIterator in found
  const make: unknown = Reflect.get(found, isAsync ? Symbol.asyncIterator : Symbol.iterator)
  return typeof make === 'function' ? Reflect.apply(make, found, []) : undefined
}

class IterableSource implements ChunkSource {
  readonly #iterable: object
  readonly #iterator: object & { next(): unknown }
  #over = false
  #closed = false

  constructor(iterable: object, iterator: object & { next(): unknown }) {
    this.#iterable = iterable
    this.#iterator = iterator
  }

  get isPlain(): boolean {
    return Array.isArray(this.#iterable) && !('close' in this.#iterable)
  }

  async next(): Promise<Step> {
    try {
      const step = await this.#iterator.next()
      if (!isObject(step)) throw new UsageError('WSGI_BAD', `an iterator gave ${describe(step)}.`, { pipe: 'wsgi' })
      const done = 'done' in step && step.done === true
      if (done) this.#over = true
      return { done, value: await ('value' in step ? step.value : undefined) }
    } catch (error) {
      this.#over = true
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      if (hasMethod(this.#iterable, 'close')) await this.#iterable.close()
    } finally {
      const returned = !this.#over && hasMethod(this.#iterator, 'return') ? this.#iterator.return() : undefined
      // An async generator that waits for something returns when that has come, which may be never.
      if (isThenable(returned)) returned.then(undefined, () => {})
    }
  }
}

function notIterable(found: unknown): UsageError {
  const way = typeof found === 'string' || bytesOf(found) !== undefined ? ' Put it into an array.' : ''
  const message = `the application gave ${describe(found)}. It gives an iterable of chunks, [] if there are none.${way}`
  return new UsageError('WSGI_BAD', message, { pipe: 'wsgi' })
}
