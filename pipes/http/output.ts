// What is to be sent on a connection, joined: two writes cost 1.5 times the CPU of one (HOT_PATH.md: writing).

import type { DrivenConnection } from '../../src/net/connection.ts'

/** Up to this many bytes are copied together into one write; more goes out in several, corked. */
const SLAB_BYTES = 131_072

// One for all connections: it is filled and handed to the kernel in one go. Where the kernel did not take all, the stream
// keeps it, and there is a new one.
let slab = Buffer.allocUnsafeSlow(SLAB_BYTES)

type Part = { readonly data: string; readonly utf8: boolean; readonly size: number } | Uint8Array

/** What takes it: a connection, or a stream of HTTP/2. */
export type OutputTarget = Pick<DrivenConnection, 'send' | 'copies' | 'unsent' | 'cork' | 'uncork'>

/** Collects what is to be sent. */
export class Output {
  readonly #connection: OutputTarget
  /** Latin-1 text that nothing else stands before. */
  #text = ''
  #parts: Part[] | undefined
  #size = 0

  constructor(connection: OutputTarget) {
    this.#connection = connection
  }

  /** Bytes that are waiting for flush(). */
  get size(): number {
    return this.#size
  }

  /** Latin-1 text: a head, or ASCII. */
  text(text: string): void {
    this.#size += text.length
    if (this.#parts === undefined) this.#text += text
    else this.#parts.push({ data: text, utf8: false, size: text.length })
  }

  /** Text to be sent as UTF-8; `size`: its length in bytes. */
  utf8(text: string, size: number): void {
    if (size === text.length) {
      this.text(text)
      return
    }
    this.#add({ data: text, utf8: true, size }, size)
  }

  /** Bytes; they must not change before they are flushed. */
  bytes(bytes: Uint8Array): void {
    this.#add(bytes, bytes.byteLength)
  }

  #add(part: Part, size: number): void {
    if (this.#parts === undefined) {
      this.#parts = this.#text === '' ? [] : [{ data: this.#text, utf8: false, size: this.#text.length }]
      this.#text = ''
    }
    this.#parts.push(part)
    this.#size += size
  }

  /** Sends everything. False: no more, please, until the connection has drained. */
  flush(): boolean {
    const size = this.#size
    if (size === 0) return true
    const text = this.#text
    const parts = this.#parts
    this.#text = ''
    this.#parts = undefined
    this.#size = 0
    if (parts === undefined) return this.#connection.send(text)
    return size <= SLAB_BYTES ? this.#join(parts, size) : this.#cork(parts)
  }

  #join(parts: readonly Part[], size: number): boolean {
    // Behind bytes that have not left, these will not leave now: they would hold the whole slab.
    const shared = this.#connection.copies && this.#connection.unsent === 0
    const buffer = shared ? slab : Buffer.allocUnsafe(size)
    let at = 0
    for (const part of parts) {
      if (part instanceof Uint8Array) {
        buffer.set(part, at)
        at += part.byteLength
      } else at += part.utf8 ? buffer.write(part.data, at, 'utf8') : buffer.write(part.data, at, 'latin1')
    }
    const more = this.#connection.send(buffer.subarray(0, at))
    if (shared && this.#connection.unsent > 0) slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    return more
  }

  #cork(parts: readonly Part[]): boolean {
    let more = true
    this.#connection.cork()
    for (const part of parts) {
      if (part instanceof Uint8Array) more = this.#connection.send(part)
      else more = this.#connection.send(part.utf8 ? Buffer.from(part.data, 'utf8') : part.data)
    }
    this.#connection.uncork()
    return more
  }
}
