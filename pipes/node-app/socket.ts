// The socket of a request that has none: it says who is asking, and takes nothing.

import { Socket } from 'node:net'
import type { Environ } from '../../src/psgi/environ.ts'

/** A socket without a connection. */
export function socketOf(environ: Environ): Socket {
  const { REMOTE_ADDR, REMOTE_PORT, SERVER_PORT } = environ
  const socket = new Socket()
  // res.destroy(error) destroys it with that, which would end the process.
  socket.on('error', () => {})
  const said = {
    remoteAddress: REMOTE_ADDR,
    remotePort: REMOTE_PORT === undefined ? undefined : Number(REMOTE_PORT),
    remoteFamily: REMOTE_ADDR === undefined ? undefined : REMOTE_ADDR.includes(':') ? 'IPv6' : 'IPv4',
    localPort: Number(SERVER_PORT),
    encrypted: environ['wsgi.url_scheme'] === 'https',
  }
  for (const [name, value] of Object.entries(said)) {
    Object.defineProperty(socket, name, { value, enumerable: true, configurable: true, writable: true })
  }
  // By these, some see whether the peer is there still.
  for (const name of ['readable', 'writable']) {
    Object.defineProperty(socket, name, { get: () => !socket.destroyed, configurable: true })
  }
  return socket
}
