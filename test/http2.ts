// A client of HTTP/2 for tests: node:http2, with whole replies.

import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import { type HttpPipe, serveHttp } from './wire.ts'

/** A reply, as far as it came. */
export interface Http2Reply {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  /** Names and values in order. */
  readonly raw: readonly string[]
  readonly body: Buffer
  /** How the stream was closed: 0 if it is complete. */
  readonly code: number
  /** The statuses of the informational responses before it. */
  readonly informed: readonly number[]
}

/** A session of HTTP/2. Disposing of it cuts the connection. */
export class Http2Client implements Disposable {
  readonly session: ClientHttp2Session

  /** @param url `http://…` for prior knowledge, `https://…` for ALPN */
  constructor(url: string, options: SecureClientSessionOptions = {}) {
    this.session = connect(url, options)
    this.session.on('error', () => {})
  }

  /** Begins a request; without `end`, its body is the caller's to write. */
  open(headers: OutgoingHttpHeaders = {}, end = true): ClientHttp2Stream {
    const stream = this.session.request({ ':path': '/', ...headers }, { endStream: end })
    stream.on('error', () => {})
    return stream
  }

  /** Sends a request and waits for all of its reply. */
  ask(headers: OutgoingHttpHeaders = {}, body?: string | Uint8Array): Promise<Http2Reply> {
    const stream = this.open(headers, body === undefined)
    if (body !== undefined) stream.end(body)
    return replyOf(stream)
  }

  /** Waits until the connection is gone. */
  async closed(): Promise<void> {
    if (!this.session.closed && !this.session.destroyed) await once(this.session, 'close')
  }

  [Symbol.dispose](): void {
    this.session.destroy()
  }
}

/** Waits until a stream is closed; gives what came. */
export async function replyOf(stream: ClientHttp2Stream): Promise<Http2Reply> {
  const parts: Buffer[] = []
  const informed: number[] = []
  let headers: IncomingHttpHeaders = {}
  let status: number | undefined
  let raw: readonly string[] = []
  stream.on('headers', (info) => informed.push(Number(info[':status'])))
  stream.on('response', (head, _flags, list?: unknown) => {
    headers = head
    status = head[':status']
    raw = Array.isArray(list) ? list : []
  })
  stream.on('data', (chunk: Buffer) => parts.push(chunk))
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve))
  const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR
  return { status, headers, raw, body: Buffer.concat(parts), code, informed }
}

/** Serves one pipe, sends it one request over HTTP/2, and gives the reply. */
export async function http2Answer(
  below: HttpPipe,
  method = 'GET',
): Promise<Http2Reply & { readonly errors: readonly unknown[] }> {
  await using served = await serveHttp(below)
  using client = new Http2Client(served.url)
  const reply = await client.ask({ ':method': method })
  const errors = [...served.errors]
  // Whatever became of it, the connection goes on.
  if (client.session.closed || client.session.destroyed) throw new Error('the connection is gone')
  await client.ask()
  return { ...reply, errors }
}
