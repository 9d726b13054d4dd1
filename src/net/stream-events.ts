// What a stream tells its connection. The listeners are shared by all connections: a closure each would cost memory for every idle
// one (HOT_PATH: reading).

import type { Duplex } from 'node:stream'
import type { Sink } from './connection.ts'

/** Who is told what happens on a stream. */
export interface StreamOwner {
  readonly sink: Sink | undefined
  onEnd(): void
  onDrain(): void
  onError(error: Error): void
  onClose(): void
}

const OWNER: unique symbol = Symbol('pipestack.connection')

/** A stream that belongs to a connection. */
export type OwnedDuplex = Duplex & { [OWNER]?: StreamOwner }

function onData(this: OwnedDuplex, chunk: Uint8Array): void {
  this[OWNER]?.sink?.data(chunk)
}
function onEnd(this: OwnedDuplex): void {
  this[OWNER]?.onEnd()
}
function onDrain(this: OwnedDuplex): void {
  this[OWNER]?.onDrain()
}
function onError(this: OwnedDuplex, error: Error): void {
  this[OWNER]?.onError(error)
}
function onClose(this: OwnedDuplex): void {
  this[OWNER]?.onClose()
}

/** Tells `owner` of everything but data. */
export function own(stream: Duplex, owner: StreamOwner): OwnedDuplex {
  const owned: OwnedDuplex = stream
  owned[OWNER] = owner
  owned.on('end', onEnd)
  owned.on('drain', onDrain)
  owned.on('error', onError)
  owned.on('close', onClose)
  return owned
}

/** Gives the data to the owner's sink. */
export function startData(stream: OwnedDuplex): void {
  stream.on('data', onData)
}

/** Gives the data to nobody. */
export function stopData(stream: OwnedDuplex): void {
  stream.removeListener('data', onData)
}

/** Tells the owner of nothing any more but errors and the end of it all. */
export function disown(stream: OwnedDuplex): void {
  stopData(stream)
  stream.removeListener('end', onEnd)
  stream.removeListener('drain', onDrain)
}
