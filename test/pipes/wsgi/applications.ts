// Applications of WSGI for tests.

import { type StartResponse, type WsgiApp, type WsgiIterable, type WsgiWrite, wsgi } from '../../../pipes/wsgi.ts'
import { UsageError } from '../../../src/index.ts'
import { answer, ask } from '../../wire.ts'

export const TYPE: readonly [string, string] = ['Content-Type', 'text/plain; charset=utf-8']
export const get = (app: WsgiApp, line = 'GET /', fields = '', body = ''): ReturnType<typeof answer> =>
  answer(wsgi(app), ask(line, fields, body))
export const ok = (start_response: StartResponse, ...more: [string, string][]): WsgiWrite =>
  start_response('200 OK', [TYPE, ...more])

/** What an application gives, behind what it does before. */
export const gives = <Body>(_before: unknown, body: Body): Body => body
/** What the compiler would refuse. */
export const untyped = (value: unknown): ReturnType<typeof JSON.parse> => value

export function isUsage(code: string, words: RegExp = /./): (error: unknown) => boolean {
  return (error) => error instanceof UsageError && error.code === code && words.test(error.message)
}

/** An iterable that says when it is closed. */
export function closing(chunks: Iterable<string> | AsyncIterable<string>, log: string[]): WsgiIterable {
  return Object.assign(
    {
      async *[Symbol.asyncIterator](): AsyncGenerator<string> {
        yield* chunks
      },
    },
    { close: (): number => log.push('closed') },
  )
}
