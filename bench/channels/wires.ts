// What subscribers say over WebSocket, and what they hear, with each server.

import { isDeepStrictEqual } from 'node:util'
import { tick } from './work.ts'

/** One protocol. */
export interface Wire {
  /** Where the WebSocket is. */
  readonly path: string
  /** What a subscriber says first. Empty: nothing. */
  readonly hello: string
  /** As many texts come before the first event. */
  readonly greetings: number
  /** Asks for so many events, for all. */
  go(burst: number): string
  /** The event in a text. */
  event(text: string): unknown
}

/** A name of {@link WIRES}. */
export type WireName = 'channels' | 'bare' | 'socket.io'

/** All of them. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  channels: {
    path: '/',
    hello: JSON.stringify({ channel: 'ticks', open: true }),
    greetings: 0,
    go: (burst) => JSON.stringify({ channel: 'ticks', event: burst }),
    event: eventOf,
  },
  bare: { path: '/', hello: '', greetings: 0, go: String, event: eventOf },
  // Engine.IO 4 and Socket.IO 5: `0` opens, `40` connects to the namespace, `42` is an event.
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    hello: '40',
    greetings: 2,
    go: (burst) => `42${JSON.stringify(['go', burst])}`,
    event: (text) => (text.startsWith('42["ticks",') ? JSON.parse(text.slice(2))[1] : undefined),
  },
}

function eventOf(text: string): unknown {
  const { event } = JSON.parse(text)
  return event
}

/** Throws where a text is not what it is to be: a wrong one may be the fastest of all. */
export function checkText({ event }: Wire, text: string): void {
  const found = event(text)
  const number = Number(Reflect.get(Object(found), 'number'))
  if (!isDeepStrictEqual(found, tick(number))) throw new Error(`a wrong event: ${text.slice(0, 300)}`)
}
