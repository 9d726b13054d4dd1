// Clients for tests of http.client(): what is below it takes all that comes, and servers that answer by the byte.

import { createServer, type Server, type Socket } from 'node:net'
import { type HttpClientOptions, http } from '../pipes/http.ts'
import { ConnectionLostError, PeerError } from '../src/errors.ts'
import { parseAddress } from '../src/net/address.ts'
import { watchClock } from '../src/net/clock.ts'
import type { DrivenConnection, Posting, Raw, Sink } from '../src/net/connection.ts'
import type { Link } from '../src/net/link.ts'
import { openServer } from '../src/net/server.ts'
import { transportOf } from '../src/net/transport.ts'
import { stack } from '../src/stack.ts'
import { Gate } from './gate.ts'

/** What became of a message: the error, or that nothing more comes. */
export type Outcome = { readonly code: string; readonly error: Error & { readonly code?: string } } | 'over'

/** Whether it failed so. */
export function isLost(outcome: Outcome | undefined, code: string): boolean {
  return (
    outcome !== undefined && outcome !== 'over' && outcome.error instanceof ConnectionLostError && outcome.code === code
  )
}

/** The code of what made it fail. */
export function causeOf(outcome: Outcome | undefined): string | undefined {
  const cause = outcome === undefined || outcome === 'over' ? undefined : outcome.error.cause
  return cause instanceof PeerError ? cause.code : undefined
}

/** Takes what comes, and waits for it. */
export class Client implements Sink, AsyncDisposable {
  readonly connection: DrivenConnection
  readonly messages: string[] = []
  readonly failures: Error[] = []
  readonly errors: unknown[]
  drains = 0
  ended = false
  /** How the connection ended; undefined as long as it has not. */
  gone: { readonly error: Error | undefined } | undefined
  readonly #close: () => Promise<unknown>
  #wakes: (() => void)[] = []

  constructor(connection: DrivenConnection, errors: unknown[], close: () => Promise<unknown>) {
    this.connection = connection
    this.errors = errors
    this.#close = close
  }

  /** Begins to read. */
  listen(): this {
    this.connection.take(this)
    return this
  }

  /** Sends a message. Resolves with what became of it. */
  ask(message: string | Uint8Array = '', headers?: Record<string, string>): Promise<Outcome> {
    const gate = new Gate<Outcome>()
    this.post(message, {
      headers,
      failed: (error: Error & { code?: string }) => gate.open({ code: error.code ?? '', error }),
      over: () => gate.open('over'),
    })
    return gate.opened
  }

  post(message: string | Uint8Array, posting?: Posting): boolean {
    return this.connection.send(message, posting)
  }

  data(chunk: Uint8Array): void {
    this.messages.push(Buffer.from(chunk).toString())
    this.#wake()
  }

  failed(error: Error): void {
    this.failures.push(error)
    this.#wake()
  }

  end(): void {
    this.ended = true
    this.#wake()
  }

  drained(): void {
    this.drains++
    this.#wake()
  }

  drain(): void {}

  closed(error: Error | undefined): void {
    this.gone = { error }
    this.#wake()
  }

  /** Waits until `done`. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#wakes.push(resolve))
  }

  /** Waits for as many messages. */
  async got(count: number): Promise<string[]> {
    await this.until(() => this.messages.length >= count)
    return this.messages
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

/** How connections are made; counts them. */
export class Dialer implements Link {
  readonly reconnects = false
  over = false
  readonly address: string
  made = 0
  refused = 0
  /** Thrown instead of making a connection. */
  refusal: Error | undefined

  constructor(address: string) {
    this.address = address
  }

  keep<Kept>(_key: object, make: () => Kept): Kept {
    return make()
  }

  async dial(): Promise<DrivenConnection> {
    if (this.refusal !== undefined) {
      this.refused++
      throw this.refusal
    }
    const address = parseAddress(this.address)
    const transport = await transportOf(address)
    const connection = await transport.connect(address, { protocols: ['http/1.1'], signal: undefined })
    this.made++
    connection.link = this
    return connection
  }
}

/** Connects a client. `dialer`: where further connections come from; null: there are none. */
export async function open(
  address: string,
  options: HttpClientOptions = {},
  dialer: Dialer | null = new Dialer(address),
): Promise<Client> {
  const errors: unknown[] = []
  const [reached, released] = [new Gate<Raw>(), new Gate()]
  const step = (bag: Raw) => {
    reached.open(bag)
    return released.opened
  }
  const server = await openServer(stack(http.client(options), step), { onError: (error) => errors.push(error) })
  const first = await (dialer ?? new Dialer(address)).dial()
  if (dialer === null) first.link = undefined
  server.accept(first)
  const { connection } = await reached.opened
  return new Client(connection as DrivenConnection, errors, async () => {
    if (dialer !== null) dialer.over = true
    released.open()
    await server.close(5_000)
  })
}

/** A connection of a {@link scripted} server. */
export interface Peer {
  readonly socket: Socket
  /** Which connection it is, from 0. */
  readonly index: number
  /** All that came. */
  received: string
  /** How many requests have come, each with its body. */
  requests: number
  send(bytes: string | Uint8Array): void
  /** Waits until so many requests have come. */
  asked(count: number): Promise<void>
}

/** A TCP server that does what `serve` says on each connection. */
export interface Scripted extends AsyncDisposable {
  readonly address: string
  readonly peers: Peer[]
}

/** Serves bytes: `onRequest` is called for each whole request. */
export async function scripted(onRequest: (peer: Peer, count: number) => void): Promise<Scripted> {
  const peers: Peer[] = []
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const wakes: (() => void)[] = []
    const peer: Peer = {
      socket,
      index: peers.length,
      received: '',
      requests: 0,
      send: (bytes) => {
        if (socket.writable) socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
      },
      async asked(count) {
        while (peer.requests < count) await new Promise<void>((resolve) => wakes.push(resolve))
      },
    }
    peers.push(peer)
    let at = 0
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (chunk) => {
      peer.received += chunk.toString('latin1')
      for (;;) {
        const end = peer.received.indexOf('\r\n\r\n', at)
        if (end < 0) return
        const length = Number(/content-length: (\d+)/i.exec(peer.received.slice(at, end))?.[1] ?? 0)
        if (peer.received.length < end + 4 + length) return
        at = end + 4 + length
        peer.requests++
        onRequest(peer, peer.requests)
        for (const wake of wakes.splice(0)) wake()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    address: `tcp://127.0.0.1:${port}`,
    peers,
    async [Symbol.asyncDispose]() {
      for (const { socket } of peers) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Waits until the coarse clock has moved on, twice. */
export async function ticks(): Promise<void> {
  let count = 0
  await new Promise<void>((resolve) => {
    const stop = watchClock(() => {
      if (++count < 2) return
      stop()
      resolve()
    })
  })
}

/** The first peer, once it is there. */
export async function firstPeer({ peers }: Scripted): Promise<Peer> {
  for (;;) {
    const [peer] = peers
    if (peer !== undefined) return peer
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The bytes of an answer with a Content-Length. */
export function reply(body = '', status = '200 OK', fields = ''): string {
  return `HTTP/1.1 ${status}\r\n${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
