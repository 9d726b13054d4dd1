// A POST to a stream: its body is one message that arrives on the stream's connection.

import { PeerError } from '../../src/errors.ts'
import type { Raw } from '../../src/net/connection.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { HeaderList, type HeaderPair } from '../../src/psgi/header-list.ts'
import { keptLines, OF_THE_BODY } from '../../src/psgi/kept-lines.ts'
import type { PsgiResponse } from '../../src/psgi/response.ts'
import { isMessageType, streamId } from './asked.ts'
import type { EventConnection } from './event-connection.ts'

/** What is looked at in the bag. */
export interface Posting {
  readonly environ: Environ
  readonly response: PsgiResponse
  readonly read: Raw['read']
}

/** Where a stream is found by its id. */
export type Streams = ReadonlyMap<string, EventConnection>

/**
 * Takes the message, and answers.
 *
 * @throws PeerError BODY_TOO_LONG
 */
export async function receive(bag: Posting, streams: Streams, maxBytes: number): Promise<void> {
  const { environ, response } = bag
  const id = streamId(environ)
  const stream = id === undefined ? undefined : streams.get(id)
  if (stream === undefined || stream.draining) return answer(response, '404 Not Found')
  if (!isMessageType(environ, stream.contentType)) return answer(response, '415 Unsupported Media Type')
  const { posted } = stream
  if (!posted.reserve()) return answer(response, '429 Too Many Requests', RETRY_SOON)
  try {
    const message = await readWhole(bag.read(), maxBytes)
    if (stream.ended) answer(response, '404 Not Found')
    else if (posted.push(message)) answer(response, '204 No Content')
    else answer(response, '429 Too Many Requests', RETRY_SOON)
  } finally {
    posted.release()
  }
}

/** Says that it is full now, and may not be in a second. */
export const RETRY_SOON: HeaderPair = ['Retry-After', '1']

async function readWhole(body: AsyncIterable<Uint8Array | string>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece
    length += chunk.byteLength
    if (length > maxBytes) {
      const message = `the body is longer than the ${maxBytes} bytes that sse() allows`
      throw new PeerError('BODY_TOO_LONG', message, { status: 413, pipe: 'sse' })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** Answers without events. */
export function answer(response: PsgiResponse, status: string, ...more: readonly HeaderPair[]): void {
  const empty = status.startsWith('204')
  const lines = [...keptLines(response, OF_THE_BODY), ...more]
  if (!empty) lines.push(['Content-Type', 'text/plain; charset=utf-8'])
  response.status = status
  response.status_format = 'unicode'
  response.header_list = new HeaderList(lines)
  response.header_list_format = 'unicode'
  response.body = empty ? [] : [`${status.slice(4)}\n`]
  response.body_format = 'unicode'
}
