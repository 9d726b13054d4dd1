// The server of the soak test, in a process of its own: it counts what it does, and answers over IPC.

import { http } from '../../pipes/http.ts'
import { PeerError } from '../../src/errors.ts'
import { listen } from '../../src/net/listen.ts'
import { stack } from '../../src/stack.ts'

/** What it tells. Nothing of it may grow but the first two. */
export interface Report {
  /** Flows that have begun, and that have ended, their responses sent or given up. */
  readonly begun: number
  readonly ended: number
  /** Generators of responses that run. */
  readonly streaming: number
  /** Errors that were reported, by what they are. */
  readonly errors: Readonly<Record<string, number>>
  /** Connections that the process holds. */
  readonly connections: number
  /** Bytes of the JavaScript heap and of buffers, after garbage collection; and of the whole process. */
  readonly heap: number
  readonly rss: number
}

const counts = { begun: 0, ended: 0, streaming: 0 }
const errors: Record<string, number> = {}
const CHUNK = Buffer.alloc(4_096, 'pipestack ')

/** Chunks of 4 KiB; some come later. */
async function* chunks(count: number): AsyncGenerator<Uint8Array, void, undefined> {
  counts.streaming++
  try {
    for (let sent = 0; sent < count; sent++) {
      if (sent % 4 === 0) await new Promise(setImmediate)
      yield CHUNK
    }
  } finally {
    counts.streaming--
  }
}

const app = stack(http({ idleTimeoutMs: 3_600_000 }), async ({ environ, response, defer }) => {
  counts.begun++
  defer(() => {
    counts.ended++
  })
  switch (environ.PATH_INFO) {
    case '/stream':
      response.body = chunks(16)
      return
    case '/endless':
      response.body = chunks(Number.POSITIVE_INFINITY)
      return
    case '/upload': {
      let length = 0
      for await (const bytes of environ['wsgi.input']) length += bytes.byteLength
      return String(length)
    }
    default:
      return 'Hello, World!'
  }
})

const listener = await listen('tcp://127.0.0.1:0', app, {
  onError(error) {
    const kind =
      error instanceof PeerError ? error.code : error instanceof Error ? (error.stack ?? error.name) : String(error)
    errors[kind] = (errors[kind] ?? 0) + 1
  },
})

function report(): Report {
  // Twice: what the first finds dead may hold the last reference to something else.
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const connections = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  return { ...counts, errors: { ...errors }, connections, heap: heapUsed + external, rss }
}

process.on('message', (question) => {
  if (question === 'report') process.send?.({ report: report() })
})
process.on('disconnect', () => process.exit())
process.send?.({ address: listener.address })
