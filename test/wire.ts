// A raw client for tests: bytes out, bytes in, over TCP, Unix sockets and memory. And a server that lives as long as a test.

import { createConnection, type Socket } from 'node:net'
import type { HttpMarbles } from '../pipes/http.ts'
import { type HttpOptions, http } from '../pipes/http.ts'
import type { Over } from '../src/bag.ts'
import { parseAddress } from '../src/net/address.ts'
import type { Raw } from '../src/net/connection.ts'
import { type Listener, listen } from '../src/net/listen.ts'
import type { AnyPipe, Pipe } from '../src/pipe.ts'
import type { Body } from '../src/psgi/body.ts'
import { HeaderList } from '../src/psgi/header-list.ts'
import { stack } from '../src/stack.ts'
import { memory } from '../src/transports/memory.ts'
import { type Reply, readReply } from './replies.ts'

// ---- the server ------------------------------------------------------------------------------------------------------

/** A listener whose errors are kept. */
export interface Served extends AsyncDisposable {
  readonly listener: Listener
  readonly address: string
  /** `http://host:port` of a TCP address. */
  readonly url: string
  readonly errors: unknown[]
}

let names = 0

/** An address in memory that nobody has used. */
export function freshName(): string {
  return `memory://test-${process.pid}-${names++}`
}

/** Serves a stack at a free TCP port, or at `address`. Disposing of it cuts what is left. */
export async function serve<Adds>(stacked: Pipe<Raw, Adds>, address = 'tcp://127.0.0.1:0'): Promise<Served> {
  const errors: unknown[] = []
  const listener = await listen(address, stacked, { onError: (error) => errors.push(error) })
  return {
    listener,
    address: listener.address,
    url: listener.address.replace(/^tcp/, 'http'),
    errors,
    [Symbol.asyncDispose]: () => listener.close({ graceMs: 0 }),
  }
}

/** What stands below http(). */
export type HttpPipe = AnyPipe<Over<Raw, HttpMarbles>, unknown>

/** Serves `stack(http(options), pipe)`. */
export function serveHttp(pipe: HttpPipe, options: HttpOptions = {}, address?: string): Promise<Served> {
  return serve(stack(http(options), pipe), address)
}

/** The bytes of a request; `fields` are lines with CRLF. */
export function ask(line = 'GET /', fields = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`
}

/** A pipe that responds with what it is given. */
export function sends(given: {
  status?: string
  headers?: readonly [string, string][]
  body?: () => unknown
}): HttpPipe {
  return ({ response }) => {
    if (given.status !== undefined) response.status = given.status
    if (given.headers !== undefined) response.header_list = new HeaderList(given.headers)
    if (given.body !== undefined) response.body = given.body() as Body
  }
}

/** Serves one pipe, sends it one request, and gives the response. */
export async function answer(pipe: HttpPipe, bytes: string = ask()): Promise<Reply & { errors: readonly unknown[] }> {
  await using served = await serveHttp(pipe)
  using wire = await Wire.open(served.address)
  const reply = await wire.send(bytes).reply(bytes.slice(0, bytes.indexOf(' ')))
  return { ...reply, errors: served.errors }
}

// ---- the client ------------------------------------------------------------------------------------------------------

interface Line {
  write(bytes: Buffer): void
  /** Ends our side; the other may go on. */
  end(): void
  /** Closes without a word, as a process that dies. */
  destroy(): void
}

interface Ear {
  data(bytes: Uint8Array): void
  over(how: 'end' | 'broken'): void
}

/** A raw client. */
export class Wire {
  /** How the connection ended: by an end of the peer's side, or broken. */
  over: 'end' | 'broken' | undefined
  /** The socket, over TCP and Unix sockets. */
  readonly socket: Socket | undefined
  readonly #line: Line
  // Grows by doubling, for long bodies.
  #buffer = Buffer.alloc(4_096)
  #length = 0
  #read = 0
  #waiting: (() => void)[] = []

  private constructor(line: Line, socket: Socket | undefined) {
    this.#line = line
    this.socket = socket
  }

  static async open(address: string): Promise<Wire> {
    let wire: Wire | undefined
    const ear: Ear = {
      data(bytes) {
        if (wire !== undefined) wire.#take(bytes)
      },
      over(how) {
        if (wire !== undefined) wire.#finish(how)
      },
    }
    const socket = address.startsWith('memory:') ? undefined : await dial(address, ear)
    wire = new Wire(socket === undefined ? await whisper(address, ear) : socketLine(socket), socket)
    return wire
  }

  /** Text is sent as Latin-1. */
  send(data: string | Uint8Array): this {
    this.#line.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data))
    return this
  }

  /** Sends each byte on its own; over memory each of them arrives on its own. */
  drip(data: string | Uint8Array): this {
    for (const byte of typeof data === 'string' ? Buffer.from(data, 'latin1') : data) this.send(Uint8Array.of(byte))
    return this
  }

  end(): this {
    this.#line.end()
    return this
  }

  destroy(): this {
    this.#line.destroy()
    return this
  }

  /** Waits until `done` gives something. */
  async until<T>(done: () => T | undefined | false, what = 'something'): Promise<T> {
    for (;;) {
      const found = done()
      if (found !== undefined && found !== false) return found
      if (this.over !== undefined) {
        throw new Error(
          `${what} did not come before the ${this.over}; ${JSON.stringify(this.text().slice(0, 500))} did`,
        )
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The next response. */
  reply(method = 'GET'): Promise<Reply> {
    return this.until(() => {
      const reply = readReply(this.received, this.#read, method, this.over === 'end')
      if (reply !== undefined) this.#read = reply.end
      return reply
    }, 'a response')
  }

  /** Waits for a piece of text in what was received. */
  async sees(text: string): Promise<void> {
    await this.until(() => this.text().includes(text), JSON.stringify(text))
  }

  /** Waits until the peer has closed. */
  async closed(): Promise<'end' | 'broken'> {
    while (this.over === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.over
  }

  /** Everything that came. */
  get received(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** What was received, as Latin-1. */
  text(): string {
    return this.received.toString('latin1')
  }

  /** What came behind the replies that were taken. */
  rest(): string {
    return this.received.toString('latin1', this.#read)
  }

  #take(bytes: Uint8Array): void {
    const length = this.#length + bytes.byteLength
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(length * 2)
      this.#buffer.copy(larger, 0, 0, this.#length)
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = length
    this.#wake()
  }

  #finish(how: 'end' | 'broken'): void {
    if (this.over !== undefined) return
    this.over = how
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }
}

function dial(address: string, ear: Ear): Promise<Socket> {
  const path = /^ipc:\/\/(.*)$/.exec(address)?.[1]
  const [, host, port] = /^tcp:\/\/\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
  const options = path === undefined ? { host: host ?? '', port: Number(port) } : { path }
  return new Promise((resolve, reject) => {
    const socket = createConnection({ ...options, allowHalfOpen: true, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => ear.over('broken'))
      socket.on('close', () => ear.over('broken'))
      socket.on('end', () => {
        ear.over('end')
        socket.end()
      })
      socket.on('data', (bytes) => ear.data(bytes))
      resolve(socket)
    })
  })
}

function socketLine(socket: Socket): Line {
  return {
    write: (bytes) => socket.write(bytes),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  }
}

/** A line in memory. It cannot end one side alone: it closes. */
async function whisper(address: string, ear: Ear): Promise<Line> {
  const connection = await memory.connect(parseAddress(address), { protocols: [], signal: undefined })
  connection.take({
    data: (bytes) => ear.data(bytes),
    end: () => {
      ear.over('end')
      void connection.close()
    },
    drained: () => {},
    drain: () => {},
    closed: () => ear.over('broken'),
  })
  return {
    write: (bytes) => {
      if (!connection.ended) connection.send(bytes)
    },
    end: () => void connection.close(),
    destroy: () => connection.destroy(),
  }
}
