// client: a stack that is served within the process, for as many requests as a test has.

import { PeerError, UsageError } from '../errors.ts'
import type { Raw } from '../net/connection.ts'
import { openServer, type Server } from '../net/server.ts'
import type { Pipe } from '../pipe.ts'
import { hang } from '../suppressed.ts'
import { connectionPair } from '../transports/memory.ts'
import { type Answer, HttpAnswer } from './answer.ts'
import { Exchange } from './exchange.ts'
import { type Outgoing, outgoing, type RequestOptions } from './outgoing.ts'

/** A stack being served to a test. */
export interface Client extends AsyncDisposable {
  /**
   * Sends one request and waits for the whole answer. Requests that follow each other share a connection where HTTP lets
   * them; requests at the same time have one each. See `request` for what it takes and rejects with.
   */
  request(line: string, options?: RequestOptions): Promise<Answer>
  /** All that went to `onError`, in order. */
  readonly errors: readonly unknown[]
  /** Ends the connections, lets the flows finish and closes the pipes; rejects with the error of a pipe's `close`. */
  close(): Promise<void>
}

/**
 * Serves a stack within the process: its pipes are opened once, and closed when the client is.
 *
 * Requests go over connections in memory through all that `listen()` runs, so what is tested is what is served. Nothing is printed.
 *
 * @throws what a pipe's `open` throws
 * @example
 * await using app = await client(stack(http(), db, routes))
 * await app.request('POST /login', { body: new URLSearchParams({ user: 'ada' }) })
 * assert.equal((await app.request('GET /')).status, 200)
 */
export async function client<Adds>(stack: Pipe<Raw, Adds>): Promise<Client> {
  return serve(stack)
}

/**
 * Sends one request through a stack, without a socket: opens its pipes, serves it, and closes them again.
 *
 * An error that nobody recovered does not reject: the answer is what a peer would get (500), and the error stands in
 * `answer.errors`.
 *
 * @param line method and target: `'GET /users/7'`; `'GET https://example.com/x'` sets the Host
 * @throws UsageError OPTION_BAD, HEADER_BAD for what is no request; PeerError CONNECTION_CLOSED where the answer breaks off, with
 *   the first of the errors as its cause; PeerError HEAD_BAD, BODY_BAD for what is no answer; what the body throws; what a
 *   pipe's `open` and `close` throw
 * @example
 * const answer = await request(app, 'POST /users', { body: { name: 'Ada' } })
 * assert.equal(answer.status, 201)
 * assert.deepEqual(answer.json(), { id: 7, name: 'Ada' })
 */
export async function request<Adds>(
  stack: Pipe<Raw, Adds>,
  line: string,
  options: RequestOptions = {},
): Promise<Answer> {
  // Checked before a pipe is opened.
  const checked = await outgoing(line, options)
  const app = await serve(stack)
  let answer: Answer
  try {
    answer = await app.send(checked, options.signal)
  } catch (error) {
    await app.close().catch((closing) => {
      throw hang(error, closing)
    })
    throw error
  }
  await app.close()
  return answer
}

async function serve<Adds>(stack: Pipe<Raw, Adds>): Promise<StackClient> {
  const log = new ErrorLog()
  return new StackClient(await openServer(stack, { onError: (error) => log.note(error) }), log)
}

class StackClient implements Client {
  readonly #server: Server
  readonly #log: ErrorLog
  #idle: Exchange[] = []
  #closed = false

  constructor(server: Server, log: ErrorLog) {
    this.#server = server
    this.#log = log
  }

  get errors(): readonly unknown[] {
    return this.#log.all
  }

  async request(line: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send(await outgoing(line, options), options.signal)
  }

  async send(checked: Outgoing, signal: AbortSignal | undefined): Promise<Answer> {
    if (this.#closed) {
      throw new UsageError('OPTION_BAD', `request() got ${checked.line} after its client was closed.`)
    }
    const exchange = this.#exchange(checked.secure)
    const own = this.#log.begin()
    try {
      const received = await exchange.send(checked, signal)
      return new HttpAnswer(received, own.errors)
    } catch (error) {
      throw error instanceof PeerError ? told(error, checked, own.errors) : error
    } finally {
      own.over = true
      if (exchange.usable && !this.#closed) this.#idle.push(exchange)
      else exchange.close()
    }
  }

  /** A connection that is free, or a new one. */
  #exchange(secure: boolean): Exchange {
    const free = this.#idle.find((exchange) => exchange.secure === secure)
    if (free !== undefined) {
      this.#idle = this.#idle.filter((exchange) => exchange !== free)
      return free
    }
    const [near, far] = connectionPair('testing', { secure, protocol: undefined })
    this.#server.accept(far)
    return new Exchange(near)
  }

  close(): Promise<void> {
    this.#closed = true
    for (const exchange of this.#idle.splice(0)) exchange.close()
    return this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The same error, with the request that met it and what the server says of it. */
function told(error: PeerError, { line }: Outgoing, errors: readonly unknown[]): PeerError {
  return new PeerError(error.code, `${line}: ${error.message}`, { cause: errors.length === 0 ? error : errors[0] })
}

interface ErrorsOfOne {
  readonly errors: unknown[]
  over: boolean
}

/** Errors as they come, and which of them came since a request began: until the next one begins after it is over. */
class ErrorLog {
  readonly all: unknown[] = []
  #current: ErrorsOfOne[] = []

  note(error: unknown): void {
    this.all.push(error)
    for (const { errors } of this.#current) errors.push(error)
  }

  begin(): ErrorsOfOne {
    const own = { errors: [], over: false }
    this.#current = [...this.#current.filter(({ over }) => !over), own]
    return own
  }
}
