// memory://name — connections within the process: tests and embedding.

import { Duplex } from 'node:stream'
import { UsageError } from '../errors.ts'
import { type Address, onlyParameters } from '../net/address.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { type Ends, type Security, StreamConnection } from '../net/stream-connection.ts'
import type { Transport } from '../net/transport.ts'

type Accept = (connection: DrivenConnection) => void

const listeners = new Map<string, Accept>()

/** The transport of `memory://`. Names are the process' own; they are free again when the listener stops. */
export const memory: Transport = {
  async listen(address, accept) {
    const name = nameOf(address)
    if (listeners.has(name)) {
      throw new UsageError('PORT_TAKEN', `cannot listen on ${address.text}: this process does so already.`)
    }
    listeners.set(name, accept)
    return {
      address: `memory://${name}`,
      stop: async () => {
        listeners.delete(name)
      },
    }
  },

  async connect(address) {
    const name = nameOf(address)
    const accept = listeners.get(name)
    if (accept === undefined) {
      throw new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${address.text}: nobody listens there.`)
    }
    const [ours, theirs] = connectionPair(name)
    accept(theirs)
    return ours
  },
}

function nameOf(address: Address): string {
  onlyParameters(address, [])
  if (address.rest !== '') return address.rest
  throw new UsageError('ADDRESS_BAD', `${address.text} names nothing. Write memory://name.`)
}

/**
 * Two connections, each the other's peer.
 *
 * @param security what both say of themselves, by default that they are not encrypted
 * @param farEnds the addresses of the second, by default `memory://name` both
 */
export function connectionPair(
  name: string,
  security?: Security,
  farEnds?: Ends,
): [DrivenConnection, DrivenConnection] {
  const near = new Half()
  const far = new Half()
  near.peer = far
  far.peer = near
  const ends = { remote: `memory://${name}`, local: `memory://${name}` }
  return [new StreamConnection(near, () => ends, security), new StreamConnection(far, () => farEnds ?? ends, security)]
}

/** Bytes that wait on each side before the writer is held back. */
const HIGH_WATER_BYTES = 16_384

/** One half of a pair: what is written here is read there. */
class Half extends Duplex {
  peer: Half | undefined
  #taken: (() => void) | undefined
  #ended = false

  constructor() {
    // Node's own default differs between its versions.
    super({ allowHalfOpen: true, highWaterMark: HIGH_WATER_BYTES })
  }

  override _read(): void {
    this.#release()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { peer } = this
    if (peer === undefined || peer.destroyed) {
      done(Object.assign(new Error('the other side is closed'), { code: 'EPIPE' }))
    } else if (peer.push(Buffer.from(chunk))) {
      // Copied: bytes that the writer changes later must not change for the reader, as over a socket.
      done()
    } else peer.#taken = done
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#release()
    this.#end()
    done(error)
  }

  /** Lets the peer go on that waits for us to read. */
  #release(): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.peer === undefined || this.peer.destroyed) return
    this.peer.push(null)
    // Also where nobody reads, the end is told, as a socket does it.
    this.peer.read(0)
  }
}
