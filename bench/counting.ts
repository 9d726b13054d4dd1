// A connection without a network: it counts what it is given to send.

import { Duplex } from 'node:stream'
import { StreamConnection } from '../src/net/stream-connection.ts'

const ENDS = { remote: 'tcp://127.0.0.1:40000', local: 'tcp://127.0.0.1:8080' }

/** Takes bytes by `feed`, counts answers. */
export class Counting extends StreamConnection {
  /** How often something was sent. */
  answers = 0

  constructor() {
    super(new Duplex({ read() {}, write() {} }), () => ENDS)
  }

  /** Bytes arrive. */
  feed(bytes: Uint8Array): void {
    this.sink?.data(bytes)
  }

  override send(_data: Uint8Array | string): boolean {
    this.answers++
    return true
  }
}
