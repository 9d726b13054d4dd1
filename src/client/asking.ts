// Requests to the server, and what becomes of them.

import { PeerError } from '../errors.ts'
import type { LineTerms } from './line.ts'
import type { Answer, Asked } from './page.ts'

/** What is asked, beside what is the same for all requests. */
export type Request = Pick<Asked, 'method' | 'headers' | 'body' | 'keepalive'>

/** A whole answer. */
export interface Exchange {
  readonly status: number
  /** Milliseconds to wait before the same is asked again. */
  readonly retryMs: number
  readonly text: string
}

/** The requests of one line. */
export class Asking {
  over = false
  readonly #url: string
  readonly #terms: LineTerms
  /** What ends that which is under way. */
  readonly #ends = new Set<() => void>()

  constructor(url: string, terms: LineTerms) {
    this.#url = url
    this.#terms = terms
  }

  /** Ends what is under way. */
  end(): void {
    this.over = true
    for (const end of this.#ends) end()
  }

  /** Asks. Resolves with the head of the answer; its body ends with the line. */
  ask(request: Request): Promise<Answer> {
    const controller = new AbortController()
    this.#ends.add(() => controller.abort())
    return this.#fetch(request, controller.signal)
  }

  #fetch(request: Request, signal: AbortSignal): Promise<Answer> {
    const { page, credentials } = this.#terms
    return page.fetch(this.#url, { ...request, signal, credentials, cache: 'no-store', redirect: 'error' })
  }

  /** Asks, and waits so long at most for the whole answer. */
  async exchange(request: Request, timeoutMs: number): Promise<Exchange> {
    const controller = new AbortController()
    const end = () => controller.abort()
    this.#ends.add(end)
    const timer = setTimeout(end, timeoutMs)
    try {
      const answer = await this.#fetch(request, controller.signal)
      return { status: answer.status, retryMs: retryMs(answer), text: await answer.text() }
    } catch (error) {
      throw this.lost(controller.signal.aborted ? `did not answer within ${timeoutMs} ms` : 'did not answer', error)
    } finally {
      clearTimeout(timer)
      this.#ends.delete(end)
    }
  }

  /** Says something that nobody waits for: the page may be gone by then. */
  tell(request: Request): void {
    this.#fetch({ ...request, keepalive: true }, new AbortController().signal).then(
      (answer) => answer.body?.cancel(),
      () => {},
    )
  }

  /** Waits, unless the line ends before. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#ends.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#ends.add(wake)
    })
  }

  lost(why: string, cause?: unknown): PeerError {
    return new PeerError('CONNECTION_CLOSED', `${this.#url} ${why}`, { cause })
  }
}

/** Milliseconds that an answer asks to wait; a second, where it says nothing that makes sense. */
function retryMs({ headers }: Answer): number {
  const seconds = Number(headers.get('Retry-After') ?? 1)
  return seconds >= 0 && seconds <= 60 ? seconds * 1000 : 1000
}
