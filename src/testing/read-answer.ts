// The response to a request, read strictly: what a lenient client would forgive is a mistake of the server.

import { PeerError, quote } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'

/** A response as it came. */
export interface ReceivedAnswer {
  readonly status: number
  readonly reason: string
  /** In the order and spelling in which they came; each character is one byte. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Without its chunked framing. */
  readonly body: Uint8Array
  /** Whether the connection can take another request. */
  readonly keepAlive: boolean
}

type Head = Omit<ReceivedAnswer, 'body'>

// RFC 9112 §4: HTTP-version SP status-code SP [ reason-phrase ]
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d) ([\t -~\x80-\xff]*)\r$/
// RFC 9112 §5: field-name ":" OWS field-value OWS
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t -~\x80-\xff]*)\r$/

/**
 * Reads one response (RFC 9112 §4 to §7). Interim ones (1xx) are passed over.
 *
 * @param onContinue called for each 100 (Continue)
 * @throws PeerError HEAD_BAD, BODY_BAD, CONNECTION_CLOSED
 */
export async function readAnswer(source: ByteSource, method: string, onContinue: () => void): Promise<ReceivedAnswer> {
  for (;;) {
    const head = await readHead(source)
    if (head.status >= 200 || head.status === 101) return { ...head, ...(await readBody(source, head, method)) }
    if (head.status === 100) onContinue()
  }
}

async function readHead(source: ByteSource): Promise<Head> {
  const line = await source.line('the head of the answer')
  const match = STATUS_LINE.exec(line)
  if (match === null) {
    const message = `the answer begins with ${quote(line)}, which is no status line (RFC 9112 §4). Is http() in the stack?`
    throw new PeerError('HEAD_BAD', message)
  }
  const headers = await readFields(source, 'the head of the answer')
  const connection = valuesOf(headers, 'connection')
    .join()
    .toLowerCase()
    .split(/[\t ]*,[\t ]*/)
  const keepAlive = match[1] === '1' && !connection.includes('close')
  return { status: Number(match[2]), reason: match[3] ?? '', headers, keepAlive }
}

async function readFields(source: ByteSource, where: string): Promise<[string, string][]> {
  const fields: [string, string][] = []
  for (let line = await source.line(where); line !== '\r'; line = await source.line(where)) {
    const match = FIELD.exec(line)
    if (match === null) throw new PeerError('HEAD_BAD', `${where} holds the line ${quote(line)} (RFC 9112 §5).`)
    fields.push([match[1] ?? '', (match[2] ?? '').replace(/[\t ]+$/, '')])
  }
  return fields
}

/** RFC 9112 §6.3, in its order. */
async function readBody(
  source: ByteSource,
  head: Head,
  method: string,
): Promise<Pick<ReceivedAnswer, 'body' | 'keepAlive'>> {
  const { status, headers, keepAlive } = head
  const codings = valuesOf(headers, 'transfer-encoding')
  const lengths = valuesOf(headers, 'content-length')
  if (codings.length > 0 && lengths.length > 0) throw bad('both Transfer-Encoding and Content-Length')
  if (lengths.length > 1) throw bad('more than one Content-Length')
  if (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])) throw bad(`Content-Length ${quote(lengths[0])}`)
  if (codings.length > 0 && codings.join().toLowerCase() !== 'chunked') {
    throw bad(`Transfer-Encoding ${quote(codings.join())}`)
  }
  if (status === 101 || status === 204) {
    if (codings.length + lengths.length > 0) throw bad(`a length, which a ${status} must not have`)
    return { body: new Uint8Array(0), keepAlive: keepAlive && status === 204 }
  }
  if (method === 'HEAD' || status === 304) return { body: new Uint8Array(0), keepAlive }
  if (method === 'CONNECT' && status < 300) return { body: new Uint8Array(0), keepAlive: false }
  if (codings.length > 0) return { body: await readChunks(source), keepAlive }
  if (lengths[0] !== undefined) return { body: await source.take(Number(lengths[0]), 'the body'), keepAlive }
  return { body: await source.rest(), keepAlive: false }
}

async function readChunks(source: ByteSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const line = await source.line('the chunked body')
    const match = /^([0-9A-Fa-f]{1,13})(?:;[\t -~\x80-\xff]*)?\r$/.exec(line)
    if (match === null) throw bad(`a chunk that begins with ${quote(line)}`)
    const size = Number.parseInt(match[1] ?? '', 16)
    if (size === 0) break
    chunks.push(await source.take(size, 'a chunk'))
    if ((await source.line('the chunked body')) !== '\r') throw bad('a chunk that is longer than its size says')
  }
  await readFields(source, 'the trailer section')
  return new Uint8Array(Buffer.concat(chunks))
}

function valuesOf(headers: Head['headers'], name: string): string[] {
  return headers.filter((pair) => pair[0].toLowerCase() === name).map((pair) => pair[1])
}

function bad(found: string): PeerError {
  return new PeerError('BODY_BAD', `the answer has ${found} (RFC 9112 §6, §7).`)
}
