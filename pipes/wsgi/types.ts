// WSGI in TypeScript: what PEP 3333 says of applications, with promises where there may be some.

import type { Awaitable } from '../../src/bag.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import type { HeaderPair } from '../../src/psgi/header-list.ts'

/** A piece of a body: bytes, or text, which goes out in the charset of the Content-Type. */
export type WsgiChunk = string | Uint8Array

/** Writes to the body; wait for what is returned, if anything. Meant for what cannot be an iterable (PEP 3333, "The write() Callable"). */
export type WsgiWrite = (chunk: WsgiChunk) => Awaitable<void>

/**
 * Begins the response. May be called again with `exc_info`, to say something else: once something has left, it throws `exc_info`.
 *
 * @param exc_info the error that is being answered
 * @throws UsageError WSGI_BAD, HEADER_BAD
 */
export type StartResponse = (status: string, headers: Iterable<HeaderPair>, exc_info?: unknown) => WsgiWrite

/** What an application returns: chunks, and maybe a `close()`. */
export type WsgiIterable = (Iterable<WsgiChunk> | AsyncIterable<WsgiChunk>) & { close?(): unknown }

/** An application. */
export type WsgiApp = (environ: Environ, start_response: StartResponse) => Awaitable<WsgiIterable>
