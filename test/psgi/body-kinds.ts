// Bodies of every kind, and bodies that tell whether they were closed.

import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import type { Body, BodyChunk } from '../../src/psgi/body.ts'
import { type BodyReader, open_body } from '../../src/psgi/body-reader.ts'
import { HeaderList } from '../../src/psgi/header-list.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'

/** A foreign response with any body at all, as JavaScript allows it. */
export function withBody(body: unknown, type = 'text/plain; charset=utf-8', body_format?: unknown): PsgiResponse {
  const header_list = new HeaderList([['Content-Type', type]])
  const response: PsgiResponse = { status: '200 OK', header_list, body: [] }
  return Object.assign(response, { body }, body_format === undefined ? {} : { body_format })
}

/** All chunks of an open body. */
export async function readAll(reader: BodyReader): Promise<unknown[]> {
  const chunks: unknown[] = []
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) chunks.push(chunk)
  return chunks
}
/** All chunks of a body. */
export function readBody(body: unknown, type?: string, format?: unknown): Promise<unknown[]> {
  return readAll(open_body(withBody(body, type, format)))
}

function* generator(chunks: readonly BodyChunk[]): Generator<BodyChunk> {
  yield* chunks
}
async function* asyncGenerator(chunks: readonly BodyChunk[]): AsyncGenerator<BodyChunk> {
  for (const chunk of chunks) yield chunk
}
function webStream(chunks: readonly BodyChunk[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

/** Bodies that can be read at once. */
export const SYNC: Record<string, (chunks: readonly BodyChunk[]) => Body> = {
  array: (chunks) => [...chunks],
  'an array of another class': (chunks) => class extends Array<BodyChunk> {}.from(chunks),
  set: (chunks) => new Set(chunks),
  generator,
  iterable: (chunks) => ({ [Symbol.iterator]: () => generator(chunks) }),
  'array-like': (chunks) => Object.assign({ length: chunks.length }, chunks),
}

/** Bodies that come later. */
export const ASYNC: Record<string, (chunks: readonly BodyChunk[]) => Body> = {
  'async generator': asyncGenerator,
  'async iterable': (chunks) => ({ [Symbol.asyncIterator]: () => asyncGenerator(chunks) }),
  'Node stream': (chunks) => Readable.from(chunks),
  'web stream': webStream,
  'web stream that is not iterable': (chunks) => {
    const reader = webStream(chunks).getReader()
    return { getReader: () => reader }
  },
  'array of promises': (chunks) => chunks.map((chunk) => Promise.resolve(chunk)),
  'array with one promise': ([first = '', ...rest]) => [
    first,
    ...rest.slice(0, 1).map((x) => Promise.resolve(x)),
    ...rest.slice(1),
  ],
  'generator of promises': (chunks) =>
    (function* () {
      for (const chunk of chunks) yield Promise.resolve(chunk)
    })(),
  'promise of an array': (chunks) => Promise.resolve([...chunks]),
  'promise of an async generator': (chunks) => Promise.resolve(asyncGenerator(chunks)),
  'promise of an array of promises': (chunks) => Promise.resolve(chunks.map((chunk) => Promise.resolve(chunk))),
}

type Making = (log: string[], second: unknown) => unknown

/** Bodies that give `a`, `second` and `c`, and write into `log` when they are closed. */
export const WATCHED: Record<string, Making> = {
  generator: (log, second) =>
    (function* () {
      try {
        yield 'a'
        yield second
        yield 'c'
      } finally {
        log.push('closed')
      }
    })(),
  'async generator': (log, second) =>
    (async function* () {
      try {
        yield 'a'
        yield second
        yield 'c'
      } finally {
        await null
        log.push('closed')
      }
    })(),
  iterator: (log, second) => {
    const values = ['a', second, 'c'].values()
    return {
      [Symbol.iterator]: () => ({
        next: () => values.next(),
        return() {
          log.push('closed')
          return { done: true, value: undefined }
        },
      }),
    }
  },
  'async iterator': (log, second) => {
    const values = ['a', second, 'c'].values()
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => values.next(),
        async return() {
          log.push('closed')
          return { done: true, value: undefined }
        },
      }),
    }
  },
  'Node stream': (log, second) => {
    const values = ['a', second, 'c']
    return new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        this.push(values.length === 0 ? null : values.shift())
      },
      destroy(_error, done) {
        log.push('closed')
        done(null)
      },
    })
  },
  'web stream': (log, second) => {
    const values = ['a', second, 'c']
    return new ReadableStream(
      {
        pull(controller) {
          if (values.length === 0) controller.close()
          else controller.enqueue(values.shift())
        },
        cancel() {
          log.push('closed')
        },
      },
      { highWaterMark: 0 },
    )
  },
  'promise of a generator': (log, second) => Promise.resolve(WATCHED.generator?.(log, second)),
}
