// What leaves an HTTP connection: heads of responses, refusals, and the end of the connection after the last of them.

import type { PeerError } from '../../src/errors.ts'
import { clock } from '../../src/net/clock.ts'
import type { DrivenConnection } from '../../src/net/connection.ts'
import type { EncodedHead } from '../../src/psgi/head.ts'
import { date } from './date.ts'
import { statusOf } from './error-page.ts'
import { headStart, lengthEnd, lengthLine } from './head-text.ts'
import { Output } from './output.ts'

/** Writes to one connection. */
export class Writer {
  readonly output: Output
  /** The connection ends with the response under way: nothing behind its request is read. */
  last = false
  /** Nothing more is sent. */
  closed = false
  /** The peer takes no more for now. */
  blocked = false
  /** When to lose patience, by the coarse clock. */
  deadline: number
  readonly #connection: DrivenConnection
  readonly #idleTimeoutMs: number
  #scheduled = false
  /** Since when there are bytes that the peer does not take. */
  #stalledSince: number | undefined
  /** How many there were at the last tick. */
  #unsent = 0

  constructor(connection: DrivenConnection, idleTimeoutMs: number, deadline: number) {
    this.#connection = connection
    this.#idleTimeoutMs = idleTimeoutMs
    this.output = new Output(connection)
    this.deadline = deadline
  }

  /** The peer has the idle time-out from now on. */
  touch(): void {
    this.deadline = clock.now + this.#idleTimeoutMs
  }

  /** The head of a response; `framing`: the lines that say how its body ends. */
  head(status: string, lines: string, framing: string, head: EncodedHead, minor: 0 | 1): void {
    const connection = this.#connectionLine(head, minor)
    this.output.text(`HTTP/1.1 ${status}\r\n${lines}${head.date ? '' : date()}${framing}${connection}\r\n`)
  }

  /** The head of a response whose body is there as a whole, `size` bytes. */
  wholeHead(status: string, size: number, head: EncodedHead, minor: 0 | 1): void {
    const connection = this.#connectionLine(head, minor)
    const { output } = this
    output.text(headStart(status, head))
    if (connection === '' && head.contentLength === undefined) output.text(lengthEnd(size))
    else output.text(`${head.contentLength === undefined ? lengthLine(size) : ''}${connection}\r\n`)
  }

  #connectionLine(head: EncodedHead, minor: 0 | 1): string {
    if (head.connection) {
      if (/^connection:.*\bclose\b/im.test(head.lines)) this.last = true
      return ''
    }
    return this.last ? 'Connection: close\r\n' : minor === 0 ? 'Connection: keep-alive\r\n' : ''
  }

  /** The answer to what is no request. The connection ends with it. */
  refusal(error: PeerError): void {
    this.last = true
    const text = `${error.message}\n`
    const size = Buffer.byteLength(text)
    this.output.text(
      `HTTP/1.1 ${statusOf(error)}\r\nContent-Type: text/plain; charset=utf-8\r\n${date()}Content-Length: ${size}\r\nConnection: close\r\n\r\n`,
    )
    this.output.utf8(text, size)
  }

  /** Sends what is waiting. False: no more, please, until drained(). */
  flush(): boolean {
    // What is long is more than a stream likes to hold, also where the kernel has taken all of it at once: then nobody waits.
    if (this.closed || this.output.flush() || this.#connection.unsent === 0) return true
    this.blocked = true
    this.touch()
    return false
  }

  /** Calls `flush` before the tick ends: answers that were asynchronous leave together. */
  soon(flush: () => void): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      flush()
    })
  }

  /** Resolves when every byte so far has been taken by the kernel, or never will be; undefined if that is so already. */
  sent(): Promise<void> | undefined {
    this.flush()
    return this.closed || this.#connection.unsent === 0 ? undefined : this.#connection.sent()
  }

  /** The kernel has taken everything, or the connection is gone. */
  drained(): void {
    this.blocked = false
    this.#stalledSince = undefined
    this.touch()
  }

  /** Whether the peer has taken nothing for as long as the idle time-out, though there is something. Asked at every tick. */
  stalled(now: number): boolean {
    const { unsent } = this.#connection
    if (unsent === 0) this.#stalledSince = undefined
    else if (this.#stalledSince === undefined || unsent < this.#unsent) this.#stalledSince = now
    this.#unsent = unsent
    return this.#stalledSince !== undefined && now - this.#stalledSince >= this.#idleTimeoutMs
  }

  /** Closes the connection, once everything is sent. */
  close(): void {
    if (this.closed) return
    this.closed = true
    void this.#connection.close()
  }
}
