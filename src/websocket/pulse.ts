// Whether the peers of WebSockets are still there: they are asked by pings, all by one clock (RFC 6455 §5.5.2).

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { clock, watchClock } from '../net/clock.ts'

/** A connection whose peer is asked. */
export interface Patient {
  /** Whether nothing is read of it at present, so that no answer can be seen. */
  readonly deaf: boolean
  ping(): void
  /** The peer has not answered. */
  dead(): void
}

const pulses = new Set<Pulse>()
let stopWatching = () => {}

/** Asks one peer, from begin() to end(). */
export class Pulse {
  readonly #patient: Patient
  readonly #stream: Duplex
  readonly #pingMs: number
  #next = 0
  #asked = false
  #heard = false
  #bytesRead = 0
  /** How much the peer had taken when it was asked; undefined where nothing was on the way. */
  #bytesTaken: number | undefined

  constructor(patient: Patient, stream: Duplex, pingMs: number) {
    this.#patient = patient
    this.#stream = stream
    this.#pingMs = pingMs
  }

  begin(): void {
    if (pulses.size === 0) {
      stopWatching = watchClock((now) => {
        for (const pulse of pulses) pulse.#tick(now)
      })
    }
    pulses.add(this)
    this.#next = clock.now + this.#pingMs
  }

  end(): void {
    if (pulses.delete(this) && pulses.size === 0) stopWatching()
  }

  /** Something came from the peer. */
  heard(): void {
    this.#heard = true
  }

  #tick(now: number): void {
    if (now < this.#next) return
    this.#next = now + this.#pingMs
    if (this.#patient.deaf) {
      this.#asked = false
      return
    }
    if (this.#asked && !this.#isAlive()) {
      this.end()
      this.#patient.dead()
      return
    }
    this.#asked = true
    this.#heard = false
    this.#patient.ping()
    const stream = this.#stream
    if (!(stream instanceof Socket)) return
    this.#bytesRead = stream.bytesRead
    this.#bytesTaken = stream.writableLength > 0 ? taken(stream) : undefined
  }

  /** A long message takes its time: its bytes are signs of life as well, in both directions. */
  #isAlive(): boolean {
    const stream = this.#stream
    if (this.#heard || !(stream instanceof Socket)) return this.#heard
    // What the kernel takes while nothing waits says nothing of the peer.
    return stream.bytesRead > this.#bytesRead || (this.#bytesTaken !== undefined && taken(stream) > this.#bytesTaken)
  }
}

function taken(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength
}
