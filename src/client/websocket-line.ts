// A line by WebSocket: each message is one of text.

import { PeerError } from '../errors.ts'
import type { Line, LineSink, LineTerms } from './line.ts'
import type { Socket } from './page.ts'

/** Makes a line by WebSocket to a URL of http: or https:. */
export function websocketLine(url: string, sink: LineSink, { page }: LineTerms): Line {
  return new WebSocketLine(url.replace(/^http/, 'ws'), sink, page.WebSocket)
}

class WebSocketLine implements Line {
  readonly #socket: Socket | undefined
  readonly #sink: LineSink
  #over = false

  constructor(url: string, sink: LineSink, WebSocket: (new (url: string) => Socket) | undefined) {
    this.#sink = sink
    const lost = (why: string) => this.#lose(`the WebSocket to ${url} ${why}`)
    if (WebSocket === undefined) {
      queueMicrotask(() => lost('cannot be made here'))
      return
    }
    try {
      const socket = new WebSocket(url)
      socket.addEventListener('open', () => this.#over || sink.opened())
      socket.addEventListener('message', ({ data }) => this.#take(data))
      socket.addEventListener('close', ({ code }) => lost(`was closed (${code})`))
      // Why it failed, no page is told.
      socket.addEventListener('error', () => lost('failed'))
      this.#socket = socket
    } catch (error) {
      // A policy of the page forbids it.
      queueMicrotask(() => lost(String(error)))
    }
  }

  #take(data: unknown): void {
    // Bytes are no message: what cannot be read as one says so.
    if (!this.#over) this.#sink.text(typeof data === 'string' ? data : '')
  }

  #lose(why: string): void {
    if (this.#over) return
    this.cut()
    this.#sink.closed(new PeerError('CONNECTION_CLOSED', why))
  }

  /** Always takes more: how much the peer is granted bounds what waits in the browser. */
  send(message: object): boolean {
    const text = JSON.stringify(message)
    if (!this.#over) this.#socket?.send(text)
    return true
  }

  /** What is left unread waits in the browser, and no page can do anything about that; the peer is granted as much, and no more. */
  pause(): void {}
  resume(): void {}

  close(): void {
    this.cut()
  }

  /** What was sent goes out first. */
  cut(): void {
    this.#over = true
    this.#socket?.close(1000)
  }
}
