// One line, and the channels that are open on it: the counterpart of pipes/channels/client-session.ts in a page.

import type { Closable, OpenChannels } from '../../pipes/channels/open-channels.ts'
import { Outbox } from '../../pipes/channels/outbox.ts'
import { PeerError } from '../errors.ts'
import type { Line, LineSink, LineTerms, OpenLine } from './line.ts'

/** Whom a session tells. */
export interface SessionHome {
  /** The line can be used. */
  opened(session: Session): void
  /** The server has said something on it: whoever is on the way lets messages through, both ways. */
  heard(session: Session): void
  /** It is gone, or could not be made. */
  lost(session: Session, error: Error): void
}

/** See above. */
export class Session implements LineSink, Closable {
  readonly remote: string
  readonly #home: SessionHome
  readonly #opened: OpenChannels
  readonly #timeoutMs: number
  readonly #line: Line
  readonly #outbox: Outbox
  #timer: ReturnType<typeof setTimeout> | undefined
  #open = false
  #heard = false
  #over = false

  constructor(url: string, openLine: OpenLine, home: SessionHome, opened: OpenChannels, terms: LineTerms) {
    this.remote = url
    this.#home = home
    this.#opened = opened
    this.#timeoutMs = terms.timeoutMs
    this.#expect('did not open')
    this.#line = openLine(url, this, terms)
    this.#outbox = new Outbox(
      {
        send: (message) => this.#send(message),
        check: (message) => JSON.stringify(message),
        pause: () => this.#line.pause(),
        resume: () => this.#line.resume(),
      },
      (error) => opened.report(error),
    )
  }

  /** Somebody on the way may let it open, and then let nothing through. */
  #expect(what: string): void {
    this.#timer ??= setTimeout(() => {
      const error = new PeerError('TIMEOUT', `${this.remote} ${what} within ${this.#timeoutMs} ms`)
      this.#line.cut()
      this.closed(error)
    }, this.#timeoutMs)
  }

  #relax(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #send(message: object): boolean {
    // The first thing that is said opens a channel, and that is answered.
    if (!this.#heard) this.#expect('said nothing')
    return this.#line.send(message)
  }

  // ---- what the line tells ---------------------------------------------------------------------------------------------------

  opened(): void {
    if (this.#over) return
    this.#relax()
    this.#open = true
    this.#home.opened(this)
    // Whoever is told of it may close it.
    if (!this.#over) this.#opened.attach(this.#outbox, this)
  }

  text(text: string): void {
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      if (!this.#over) this.#opened.fault('a message came that is no JSON')
      return
    }
    this.value(message)
  }

  value(message: unknown): void {
    if (this.#over) return
    if (!this.#heard) {
      this.#heard = true
      this.#relax()
      this.#home.heard(this)
    }
    this.#opened.arrived(message)
  }

  drained(): void {
    this.#outbox.drained()
  }

  closed(error: Error): void {
    if (this.#over) return
    this.#detach(error)
    this.#home.lost(this, error)
  }

  // ---- the end -----------------------------------------------------------------------------------------------------------------

  #detach(error: Error | undefined): void {
    this.#over = true
    this.#relax()
    this.#outbox.lose()
    if (this.#open) this.#opened.detach(this.#outbox, error)
  }

  /** Leaves the line as it is: another one follows, or none. */
  cut(error: Error): void {
    this.#line.cut()
    this.closed(error)
  }

  /** Closes what is open, and then the line. */
  finish(): void {
    if (this.#over) return
    if (this.#open) this.#opened.finish(this.#outbox)
    this.#detach(undefined)
    this.#line.close()
  }

  /** A channel wants the connection closed. */
  async close(): Promise<void> {
    if (this.#over) return
    this.#line.close()
    this.closed(new PeerError('CONNECTION_CLOSED', `the connection to ${this.remote} was closed by us`))
  }
}
