// What a WebSocket tells its connection. The listeners are shared by all connections, as those of streams are (stream-events.ts).

import type { EventEmitter } from 'node:events'

/** Who is told what happens on a WebSocket. */
export interface SocketOwner {
  onMessage(data: Buffer, isBinary: boolean): void
  onPong(): void
  /** The stream below takes more. */
  onDrain(): void
  onError(error: Error): void
  onClose(code: number, reason: Buffer): void
}

const OWNER: unique symbol = Symbol('pipestack.websocket')
type Owned = EventEmitter & { [OWNER]?: SocketOwner }

function onMessage(this: Owned, data: unknown, isBinary: boolean): void {
  // Nothing else is given, unless `binaryType` was set.
  if (Buffer.isBuffer(data)) this[OWNER]?.onMessage(data, isBinary)
}
function onPong(this: Owned): void {
  this[OWNER]?.onPong()
}
function onDrain(this: Owned): void {
  this[OWNER]?.onDrain()
}
function onError(this: Owned, error: Error): void {
  this[OWNER]?.onError(error)
}
function onClose(this: Owned, code: number, reason: Buffer): void {
  this[OWNER]?.onClose(code, reason)
}

/** Tells `owner` everything that happens on a WebSocket of `ws`, and when the stream below it takes more. */
export function own(socket: EventEmitter, stream: EventEmitter, owner: SocketOwner): void {
  const owned: Owned = socket
  const below: Owned = stream
  owned[OWNER] = owner
  below[OWNER] = owner
  owned.on('message', onMessage)
  owned.on('pong', onPong)
  owned.on('error', onError)
  owned.on('close', onClose)
  below.on('drain', onDrain)
}
