// A client of docs/reference/longpoll-wire.md for tests, over a network that loses, repeats and delays.

import type { EmitAnswer, NextAnswer, PollSession } from '../../../pipes/longpoll/session.ts'
import type { Connection } from '../../../src/index.ts'

/** What becomes of a call: of its request, and of its answer. */
export type Fate = 'arrives' | 'request lost' | 'answer lost' | 'twice' | 'request late' | 'answer late'
export const FATES: readonly Fate[] = ['arrives', 'request lost', 'answer lost', 'twice', 'request late', 'answer late']

/** The connection that a call came on. */
export const CONNECTION: Connection = {
  kind: 'stream',
  remote: 'tcp://a:1',
  local: 'tcp://b:2',
  signal: new AbortController().signal,
  close: async () => {},
}

/** Keeps to the protocol. */
export class PollingClient {
  /** What it was given, each event once. */
  readonly events: unknown[] = []
  /** How many messages were taken. */
  taken = 0
  readonly #messages: unknown[] = []
  readonly #session: PollSession
  readonly #most: number
  /** What arrives when somebody looks: requests and answers. */
  #late: (() => void)[] = []

  constructor(session: PollSession, most: number) {
    this.#session = session
    this.#most = most
  }

  /** Asks for events, once. */
  poll(fate: Fate): void {
    const ack = this.events.length
    this.#travel(
      fate,
      () => this.#session.next(ack, CONNECTION),
      (answer) => this.#read(answer),
    )
  }

  #read({ first, events }: NextAnswer): void {
    for (const [at, event] of events.entries()) if (first + at === this.events.length + 1) this.events.push(event)
  }

  /** Has a message to send. */
  say(message: unknown): void {
    this.#messages.push(message)
  }

  /** Sends what was not taken, once. */
  emit(fate: Fate): void {
    const first = this.taken + 1
    const messages = this.#messages.slice(this.taken, this.taken + this.#most)
    this.#travel(
      fate,
      () => this.#session.emit(first, messages),
      (answer) => this.#count(answer),
    )
  }

  #count({ last }: EmitAnswer): void {
    this.taken = Math.max(this.taken, last)
  }

  #travel<Answer>(fate: Fate, call: () => Answer | Promise<Answer>, take: (answer: Answer) => void): void {
    const answered = (how: (answer: Answer) => void) => {
      void Promise.resolve(call()).then(how)
    }
    if (fate === 'request lost') return
    if (fate === 'answer lost') answered(() => {})
    else if (fate === 'answer late') answered((answer) => this.#late.push(() => take(answer)))
    else if (fate === 'request late') this.#late.push(() => answered(take))
    else answered(take)
    if (fate === 'twice') answered(take)
  }

  /** What was late arrives, the newest first. */
  settle(): void {
    for (const arrive of this.#late.splice(0).reverse()) arrive()
  }
}
