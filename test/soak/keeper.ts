// A connection that is kept, and what is asked on it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Reply, readReply } from '../replies.ts'

const NOTHING = Buffer.alloc(0)

/** A connection that holds as little as it can. */
export class Keeper {
  readonly socket: Socket
  /** How it ended, if it did. */
  over: string | undefined
  #bytes: Buffer = NOTHING
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
      this.#wake()
    })
    socket.on('end', () => this.#end('end'))
    socket.on('error', (error) => this.#end(error.message))
    socket.on('close', () => this.#end('close'))
  }

  static async open(port: number): Promise<Keeper> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new Keeper(socket)
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    return this
  }

  /** Waits until anything has come, or the connection is over. */
  async anything(): Promise<void> {
    while (this.#bytes.length === 0 && this.over === undefined) await this.#more()
  }

  /** The next response. */
  async reply(): Promise<Reply> {
    for (;;) {
      const reply = readReply(this.#bytes, 0, 'GET', this.over === 'end')
      if (reply !== undefined) {
        this.#bytes = this.#bytes.length === reply.end ? NOTHING : this.#bytes.subarray(reply.end)
        return reply
      }
      if (this.over !== undefined) throw new Error(`the connection is over (${this.over}) before its answer`)
      await this.#more()
    }
  }

  /** Waits until the peer has closed: nothing more may come. */
  async closed(): Promise<void> {
    while (this.over === undefined) await this.#more()
    assert.equal(this.#bytes.length, 0)
    this.socket.destroy()
  }

  /** Goes away without a word. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #end(how: string): void {
    this.over ??= how
    this.#wake()
  }
}
