// The end of a stream: everything is sent, then the peer has a while to end its side.

import type { Duplex } from 'node:stream'

/** How long a peer may take to end its side after it was sent everything, before the connection is cut. */
const LINGER_MS = 2_000

/**
 * Ends our side. Node destroys a stream that both sides have ended; a peer that never ends its side is cut off.
 *
 * @param hasEnded whether the peer has ended its side
 */
export function endAndLinger(stream: Duplex, hasEnded: () => boolean): void {
  stream.end(() => {
    if (hasEnded() || stream.destroyed) return
    const timer = setTimeout(() => stream.destroy(), LINGER_MS)
    timer.unref()
    stream.once('close', () => clearTimeout(timer))
  })
}
