// One request that somebody else has read already, over a connection within the process, and its answer.

import { PeerError, quote } from '../errors.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { isHopByHop } from '../psgi/hosted-answer.ts'
import { AnswerReader } from './answer-reader.ts'

/** A request. */
export interface Outgoing {
  readonly method: string
  /** The request target: a path and a query. */
  readonly target: string
  readonly host: string
  readonly headers: Iterable<readonly [name: string, value: string]>
  /** Undefined where there is none. */
  readonly body: AsyncIterable<Uint8Array> | undefined
}

/** An answer. */
export interface Incoming {
  readonly status: number
  readonly reason: string
  /** In order, each line of its own; without those about the connection. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Read it to its end, or destroy the connection. Undefined where the answer can have none. */
  readonly body: AsyncIterable<Uint8Array> | undefined
}

/**
 * Sends a request and waits for the head of the answer. What is sent and what is read do not wait for each other.
 *
 * @throws PeerError CONNECTION_CLOSED, HEAD_BAD
 */
export async function exchange(connection: DrivenConnection, outgoing: Outgoing): Promise<Incoming> {
  const { head, length } = headOf(outgoing)
  void send(connection, head, outgoing.body, length).catch((error) => {
    connection.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  const reader = new AnswerReader(connection.read())
  for (;;) {
    const answer = await reader.head()
    // Interim (RFC 9110 §15.2): the one who has read the request says these.
    if (answer.status < 200) continue
    return {
      status: answer.status,
      reason: answer.reason,
      headers: answer.headers.filter(([name]) => !isHopByHop(name)),
      body: reader.body(answer, outgoing.method),
    }
  }
}

function headOf({ method, target, host, headers, body }: Outgoing): { head: Buffer; length: number | undefined } {
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`
  let length: number | undefined
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    // Pseudo-fields of HTTP/2; and whoever has read the head has gone on to the body already.
    if (isHopByHop(lower) || lower === 'host' || lower === 'expect' || lower.startsWith(':')) continue
    if (lower === 'content-length') {
      if (/^\d{1,15}$/.test(value)) length = Number(value)
      continue
    }
    if (/[\r\n\0]/.test(name + value)) throw new PeerError('HEAD_BAD', `the field ${quote(name)} holds a line break`)
    text += `${name}: ${value}\r\n`
  }
  if (/[\r\n\0 ]/.test(method + target)) throw new PeerError('HEAD_BAD', `${quote(target)} is no request target`)
  if (body === undefined) length = /^(?:POST|PUT|PATCH)$/.test(method) ? 0 : undefined
  const framing = body !== undefined && length === undefined ? 'Transfer-Encoding: chunked\r\n' : ''
  const said = length === undefined ? '' : `Content-Length: ${length}\r\n`
  return { head: Buffer.from(`${text}${framing}${said}\r\n`, 'latin1'), length }
}

async function send(
  connection: DrivenConnection,
  head: Uint8Array,
  body: AsyncIterable<Uint8Array> | undefined,
  length: number | undefined,
): Promise<void> {
  if (!(await push(connection, head)) || body === undefined) return
  let sent = 0
  for await (const chunk of body) {
    if (chunk.byteLength === 0) continue
    sent += chunk.byteLength
    if (length !== undefined && sent > length)
      throw new PeerError('BODY_BAD', 'the body is longer than its Content-Length')
    const size = Buffer.from(`${chunk.byteLength.toString(16)}\r\n`)
    const framed = length === undefined ? Buffer.concat([size, chunk, CRLF]) : chunk
    if (!(await push(connection, framed))) return
  }
  if (length === undefined) await push(connection, LAST_CHUNK)
  else if (sent < length) throw new PeerError('BODY_BAD', 'the body is shorter than its Content-Length')
}

const CRLF = Buffer.from('\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** False: nobody takes more. What was answered before that is for the reading side to say. */
async function push(connection: DrivenConnection, bytes: Uint8Array): Promise<boolean> {
  try {
    await connection.write(bytes)
    return true
  } catch {
    return false
  }
}
