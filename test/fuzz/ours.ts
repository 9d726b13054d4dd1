// How http() reads bytes: a stack that notes every request, and answers it with an empty page once its body is read.

import { http } from '../../pipes/http.ts'
import { parseAddress } from '../../src/net/address.ts'
import { pipe } from '../../src/pipe.ts'
import { stack } from '../../src/stack.ts'
import { memory } from '../../src/transports/memory.ts'
import { readReplies } from '../replies.ts'
import { freshName, type Served, serve } from '../wire.ts'
import { progress, type Reader, type Reading, type ReadRequest } from './reading.ts'

/** Our server, in memory. */
export class OurServer implements AsyncDisposable {
  readonly #served: Served
  readonly #opening: { requests: ReadRequest[] }

  private constructor(served: Served, opening: { requests: ReadRequest[] }) {
    this.#served = served
    this.#opening = opening
  }

  static async start(): Promise<OurServer> {
    // Whoever connects sets it, and memory:// accepts before connect() returns: so each connection finds its own.
    const opening: { requests: ReadRequest[] } = { requests: [] }
    const served = await serve(
      stack(
        pipe('noted', () => opening.requests),
        http({ maxHeadBytes: 65_536 }),
        async ({ noted, environ, response, read }) => {
          progress.count++
          const request: ReadRequest = {
            method: environ.REQUEST_METHOD,
            target: environ.REQUEST_URI,
            version: environ.SERVER_PROTOCOL,
            fields: fieldsOf(environ),
            body: '',
            trailers: [],
            complete: false,
          }
          noted.push(request)
          for await (const bytes of read()) request.body += Buffer.from(bytes).toString('latin1')
          request.trailers = environ['wsgi.input'].trailers
          request.complete = true
          response.body = ''
        },
      ),
      freshName(),
    )
    return new OurServer(served, opening)
  }

  /** Errors that no peer can have caused. */
  get faults(): readonly unknown[] {
    return this.#served.errors.filter((error) => !(error instanceof Error && error.name === 'PeerError'))
  }

  /** Begins to read bytes that come in `pieces`. */
  async read(pieces: readonly string[]): Promise<Reader> {
    const requests: ReadRequest[] = []
    this.#opening.requests = requests
    const peer = await memory.connect(parseAddress(this.#served.address), { protocols: [], signal: undefined })
    const came: Uint8Array[] = []
    let closed = false
    const over = () => {
      closed = true
      progress.count++
    }
    peer.take({
      data(bytes) {
        came.push(Uint8Array.from(bytes))
        progress.count++
      },
      end: over,
      closed: over,
      drained() {},
      drain() {},
    })
    const send = (piece: string) => {
      if (!peer.ended) peer.send(Buffer.from(piece, 'latin1'))
    }
    for (const piece of pieces) send(piece)
    return {
      send,
      reading: () => toReading(requests, Buffer.concat(came), closed),
      drop: () => peer.destroy(),
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#served.listener.close({ graceMs: 0 })
  }
}

function fieldsOf(environ: object): Record<string, string> {
  return Object.fromEntries(Object.entries(environ).filter(([name]) => /^(?:HTTP_|CONTENT_)/.test(name)))
}

function toReading(requests: readonly ReadRequest[], bytes: Buffer, closed: boolean): Reading {
  const statuses = isHttp2(bytes)
    ? [505]
    : readReplies(
        bytes,
        requests.map(({ method }) => method),
      )
        .map(({ status }) => status)
        .filter((status) => status >= 200)
  const refused = statuses.some((status) => status >= 400)
  return { requests, end: refused ? 'refused' : closed ? 'closed' : 'open', why: statuses.join(' ') }
}

/** After the preface, HTTP/2 is spoken, which llhttp refuses: it begins with a SETTINGS frame. */
function isHttp2(bytes: Buffer): boolean {
  return bytes.length >= 9 && bytes[3] === 4 && bytes.readUInt32BE(5) === 0
}
