// How llhttp reads bytes: a bare node:http server that notes every request and answers none, since an answer may close.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { progress, type Reader, type Reading, type ReadRequest } from './reading.ts'

/** A connection that is none: bytes are pushed in, and what is answered is thrown away. */
class Line extends Duplex {
  readonly requests: ReadRequest[] = []
  why = ''

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  note(message: IncomingMessage): ReadRequest {
    progress.count++
    const request: ReadRequest = {
      method: message.method ?? '',
      target: message.url ?? '',
      version: `HTTP/${message.httpVersion}`,
      fields: environFields(message.rawHeaders, message.method ?? '', message.url ?? ''),
      body: '',
      trailers: [],
      complete: false,
    }
    this.requests.push(request)
    return request
  }
}

/** A bare node:http server. */
export class NodeServer {
  readonly #server: Server

  constructor() {
    // Its limits are wider than ours, so that it is never them that refuse.
    this.#server = createServer({ maxHeaderSize: 1_048_576, headersTimeout: 0, requestTimeout: 0 })
    this.#server.maxHeadersCount = 0
    this.#server.on('request', (message) => {
      const line = message.socket as unknown
      // node:http takes any Duplex for a connection, and hands it on as the socket.
      if (!(line instanceof Line)) throw new Error('a request came from nowhere')
      const request = line.note(message)
      message.on('data', (bytes: Buffer) => {
        progress.count++
        request.body += bytes.toString('latin1')
      })
      message.on('end', () => {
        progress.count++
        request.trailers = pairs(message.rawTrailers)
        request.complete = message.complete
      })
      message.on('error', () => {})
    })
    this.#server.on('connect', (message, line) => {
      if (line instanceof Line) line.note(message).complete = true
    })
    this.#server.on('clientError', (error: Error & { code?: string }, line) => {
      progress.count++
      if (line instanceof Line) line.why ||= error.code ?? error.message
      // What it has read before is read by us, too: its socket stays.
    })
  }

  /** Begins to read bytes that come in `pieces`. */
  read(pieces: readonly string[]): Reader {
    const line = new Line()
    line.on('error', () => {})
    this.#server.emit('connection', line)
    const send = (piece: string) => line.push(Buffer.from(piece, 'latin1'))
    for (const piece of pieces) send(piece)
    return { send, reading: () => toReading(line), drop: () => line.destroy() }
  }
}

function toReading({ requests, why }: Line): Reading {
  return { requests, end: why === '' ? 'open' : 'refused', why }
}

function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? '', raw[at * 2 + 1] ?? ''])
}

/** What an environ says of header fields: a second hand for the rules of docs/reference/psgi.md. */
function environFields(raw: readonly string[], method: string, target: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of pairs(raw)) {
    // httpoxy, and names that cannot be told from others with a hyphen.
    if (name.includes('_') || name.toLowerCase() === 'proxy') continue
    const words = name.toUpperCase().replaceAll('-', '_')
    const key = /^CONTENT_(?:TYPE|LENGTH)$/.test(words) ? words : `HTTP_${words}`
    const before = fields[key]
    fields[key] = before === undefined ? value : `${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`
  }
  // RFC 9112 §3.2.2: the host of the target wins over that of the field.
  const host = method === 'CONNECT' ? target : /^https?:\/\/([^/?]*)/i.exec(target)?.[1]
  if (host !== undefined) fields.HTTP_HOST = host
  return fields
}
