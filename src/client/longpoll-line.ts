// A line by long-poll: whoever can only ask asks for messages, and says which it has. See docs/reference/longpoll-wire.md.

import type { PeerError } from '../errors.ts'
import { Asking } from './asking.ts'
import type { Line, LineSink, LineTerms } from './line.ts'
import { TurnTaking } from './turn-taking.ts'

/** Makes a line by long-poll. It is open once the server has begun a session. */
export function longpollLine(url: string, sink: LineSink, terms: LineTerms): Line {
  return new LongpollLine(url, sink, terms)
}

/** Most messages of a request: as many may be lost together with the server. */
const MOST_MESSAGES = 16
/** How long it waits before it sends again what was not taken: this, then twice as long each time, up to the longest. */
const WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** Too many calls at once: a later one may be taken. */
const BUSY = -32_000

interface Terms {
  readonly id: string
  readonly waitMs: number
  readonly maxMessages: number
}

class LongpollLine implements Line {
  readonly #asking: Asking
  readonly #sink: LineSink
  readonly #timeoutMs: number
  #turns: TurnTaking | undefined
  #terms: Terms | undefined
  /** The number of the last message that came. */
  #ack = 0
  /** The number of the last message that the server has taken. */
  #taken = 0
  #calls = 0
  #paused = false
  #wake: () => void = () => {}
  #closing = false
  #over = false

  constructor(url: string, sink: LineSink, terms: LineTerms) {
    this.#sink = sink
    this.#timeoutMs = terms.timeoutMs
    this.#asking = new Asking(url, terms)
    this.#run().catch((error) => this.#lose(error))
  }

  // ---- calls -----------------------------------------------------------------------------------------------------------------

  #request(method: string, params: readonly unknown[]) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++this.#calls, method, params })
    return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body } as const
  }

  /** Calls a method. */
  async #call(method: string, params: readonly unknown[], timeoutMs: number): Promise<Members> {
    const { status, text } = await this.#asking.exchange(this.#request(method, params), timeoutMs)
    // Somebody on the way says that there is no server at present.
    if (status >= 500) throw this.#asking.lost(`answered ${method} with ${status}`)
    const { result, error } = membersOf(parsed(text))
    if (status === 200 && error === undefined) return membersOf(result)
    const { code, message = 'no result' } = membersOf(error)
    const lost = this.#asking.lost(`answered ${method} with ${status} and ${message}`)
    throw code === BUSY ? lost : new Final(lost)
  }

  /** Calls it again where nobody answers, for a time: what is asked twice is done once. */
  async #callOften(method: string, params: readonly unknown[], timeoutMs: number): Promise<Members> {
    let until: number | undefined
    for (let tries = 0; ; tries++) {
      try {
        return await this.#call(method, params, timeoutMs)
      } catch (error) {
        until ??= Date.now() + this.#timeoutMs
        if (this.#over || this.#closing || error instanceof Final || Date.now() >= until) throw error
      }
      await this.#asking.wait(Math.random() * Math.min(LONGEST_WAIT_MS, WAIT_MS * 2 ** tries))
    }
  }

  // ---- what comes ------------------------------------------------------------------------------------------------------------

  async #run(): Promise<void> {
    const { id, waitMs, maxMessages } = await this.#call('connect', [], this.#timeoutMs)
    if (typeof id !== 'string') throw this.#asking.lost('began no session')
    if (this.#over) return
    const terms = { id, waitMs: Number(waitMs), maxMessages: Number(maxMessages) }
    this.#terms = terms
    this.#turns = new TurnTaking(Math.min(MOST_MESSAGES, terms.maxMessages), {
      leave: (messages) => this.#emit(terms, messages),
      drained: () => this.#sink.drained(),
      failed: (error) => this.#lose(error),
    })
    this.#sink.opened()
    while (!this.#over) await this.#next(terms)
  }

  async #next({ id, waitMs }: Terms): Promise<void> {
    if (this.#paused) await this.#resumed()
    const { first, events, over } = await this.#callOften('next', [id, this.#ack], waitMs + this.#timeoutMs)
    if (!Array.isArray(events) || Number(first) > this.#ack + 1) throw this.#asking.lost('left out messages')
    // Some may be known: what was sent before its confirmation arrived.
    for (const event of events.slice(this.#ack + 1 - Number(first))) {
      this.#ack++
      if (!this.#over) this.#sink.value(event)
    }
    if (over !== true) return
    this.#tellEnd()
    throw this.#asking.lost('ended the session')
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  #resumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  // ---- what goes -------------------------------------------------------------------------------------------------------------

  send(message: object): boolean {
    return this.#turns?.add(message) ?? true
  }

  async #emit({ id }: Terms, messages: readonly object[]): Promise<void> {
    const end = this.#taken + messages.length
    for (let waitMs = WAIT_MS; !this.#over; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      const rest = messages.slice(messages.length - (end - this.#taken))
      const { last, over } = await this.#callOften('emit', [id, this.#taken + 1, rest], this.#timeoutMs)
      this.#taken = Math.max(this.#taken, Math.min(end, Number(last) || 0))
      if (this.#taken === end) return
      if (over === true) throw this.#asking.lost('ended the session')
      // Others wait to be taken there.
      await this.#asking.wait(waitMs)
    }
  }

  // ---- the end ---------------------------------------------------------------------------------------------------------------

  #lose(cause: unknown): void {
    if (this.#over) return
    this.#stop()
    this.#sink.closed(cause instanceof Final ? cause.error : asError(cause))
  }

  close(): void {
    this.#closing = true
    if (this.#turns === undefined) this.cut()
    else this.#turns.end(() => this.cut())
  }

  cut(): void {
    if (this.#over) return
    this.#stop()
    this.#tellEnd()
  }

  /** The server need not keep anything. Nobody else could tell it. */
  #tellEnd(): void {
    if (this.#terms !== undefined) this.#asking.tell(this.#request('disconnect', [this.#terms.id]))
  }

  #stop(): void {
    this.#over = true
    this.#turns?.drop()
    this.#wake()
    this.#asking.end()
  }
}

/** An answer that will not be another one, if the same is asked again. */
class Final {
  readonly error: PeerError

  constructor(error: PeerError) {
    this.error = error
  }
}

interface Members {
  readonly [name: string]: unknown
}

/** The members of an object; of anything else none. */
function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}
