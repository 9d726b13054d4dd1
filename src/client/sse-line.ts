// A line by server-sent events: messages come as events of one response, and go as a POST each. See docs/pages/sse.md.

import { Asking } from './asking.ts'
import { EventStream } from './event-stream.ts'
import { type Line, type LineSink, type LineTerms, MOST_MESSAGE } from './line.ts'
import { TurnTaking } from './turn-taking.ts'

/** A stream in which so long nothing comes is dead: the server sends a comment now and then. */
const QUIET_MS = 60_000

/** Makes a line by server-sent events. It is open once the server has told the id of the stream. */
export function sseLine(url: string, sink: LineSink, terms: LineTerms): Line {
  return new SseLine(url, sink, terms)
}

class SseLine implements Line {
  readonly #asking: Asking
  readonly #sink: LineSink
  readonly #timeoutMs: number
  readonly #turns: TurnTaking
  readonly #events = new EventStream((type, data) => this.#event(type, data), MOST_MESSAGE)
  #id: string | undefined
  #quiet: ReturnType<typeof setTimeout> | undefined
  #paused = false
  #wake: () => void = () => {}
  #closing = false
  #over = false

  constructor(url: string, sink: LineSink, terms: LineTerms) {
    this.#sink = sink
    this.#timeoutMs = terms.timeoutMs
    this.#asking = new Asking(url, terms)
    // A POST is one message.
    this.#turns = new TurnTaking(1, {
      leave: ([message]) => this.#post(JSON.stringify(message)),
      drained: () => sink.drained(),
      failed: (error) => this.#lose(error),
    })
    this.#read().catch((error) => this.#lose(error))
  }

  // ---- what comes ----------------------------------------------------------------------------------------------------------

  async #read(): Promise<never> {
    const answer = await this.#asking.ask({ headers: { Accept: 'text/event-stream' } })
    const type = answer.headers.get('Content-Type') ?? ''
    if (answer.status !== 200 || !type.startsWith('text/event-stream') || answer.body === null) {
      throw this.#asking.lost(`answered ${answer.status}, and no stream of events`)
    }
    const reader = answer.body.getReader()
    const decoder = new TextDecoder()
    for (;;) {
      if (this.#paused) await this.#resumed()
      this.#listen()
      const { done, value } = await reader.read()
      if (done) throw this.#asking.lost('ended the stream')
      if (!this.#events.push(decoder.decode(value, { stream: true }))) throw this.#asking.lost('sent too long an event')
    }
  }

  #listen(): void {
    clearTimeout(this.#quiet)
    if (this.#over) return
    this.#quiet = setTimeout(() => this.#lose(this.#asking.lost(`was silent for ${QUIET_MS} ms`)), QUIET_MS)
  }

  #event(type: string, data: string): void {
    if (this.#over) return
    if (type === 'message') this.#sink.text(data)
    else if (type === 'stream' && this.#id === undefined) {
      this.#id = data
      this.#sink.opened()
    }
  }

  // ---- what goes -----------------------------------------------------------------------------------------------------------

  send(message: object): boolean {
    return this.#turns.add(message)
  }

  async #post(body: string): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'Stream-Id': this.#id ?? '' }
    for (;;) {
      const { status, retryMs } = await this.#asking.exchange({ method: 'POST', headers, body }, this.#timeoutMs)
      if (status < 300) return
      if (status !== 429 || this.#closing) throw this.#asking.lost(`answered a message with ${status}`)
      // It was not taken, as too many others wait.
      await this.#asking.wait(retryMs)
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  #resumed(): Promise<void> {
    clearTimeout(this.#quiet)
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  // ---- the end -------------------------------------------------------------------------------------------------------------

  #lose(cause: unknown): void {
    if (this.#over) return
    this.cut()
    this.#sink.closed(cause instanceof Error ? cause : this.#asking.lost('failed', cause))
  }

  close(): void {
    this.#closing = true
    this.#turns.end(() => this.cut())
  }

  cut(): void {
    this.#over = true
    clearTimeout(this.#quiet)
    this.#turns.drop()
    this.#wake()
    this.#asking.end()
  }
}
