// What TCP and Unix sockets share: a node:net server that accepts connections, and a client.

import {
  createConnection,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net'
import { UsageError } from '../errors.ts'
import type { Address } from '../net/address.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { type Ends, StreamConnection } from '../net/stream-connection.ts'

/** Binds a server. `ends` tells the two addresses of a socket. */
export function bind(
  address: Address,
  options: ListenOptions,
  ends: (socket: Socket) => Ends,
  accept: (connection: DrivenConnection) => void,
): Promise<Server> {
  // Half-open: a client that ends its side after a request still gets its answer. No delay: what is written is a whole message.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    accept(new StreamConnection(socket, () => ends(socket))),
  )
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(bindError(address, error)))
    server.listen(options, () => {
      server.removeAllListeners('error')
      // Later errors are of single accepts (EMFILE): the listener goes on.
      server.on('error', () => {})
      resolve(server)
    })
  })
}

/** Stops accepting. Unlike Server.close(), does not wait for the connections: they are the listener's. */
export function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close()
    setImmediate(resolve)
  })
}

function bindError(address: Address, error: NodeJS.ErrnoException): UsageError {
  const { text } = address
  const place = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new UsageError('PORT_TAKEN', `cannot listen on ${text}: another process holds it.`, place)
    case 'EACCES':
    case 'EPERM':
      return new UsageError('ADDRESS_UNREACHABLE', `cannot listen on ${text}: permission denied.`, place)
    case 'EADDRNOTAVAIL':
      return new UsageError('ADDRESS_UNREACHABLE', `cannot listen on ${text}: this machine has no such address.`, place)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UsageError('ADDRESS_UNREACHABLE', `cannot listen on ${text}: no such host.`, place)
    default:
      return new UsageError('ADDRESS_UNREACHABLE', `cannot listen on ${text}: ${error.message}.`, place)
  }
}

/** Connects a client. */
export function dial(
  address: Address,
  options: NetConnectOpts,
  ends: (socket: Socket) => Ends,
  signal: AbortSignal | undefined,
): Promise<DrivenConnection> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const socket = createConnection({ ...options, allowHalfOpen: true, noDelay: true })
    const abort = () => socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal?.addEventListener('abort', abort, { once: true })
    const settle = () => {
      signal?.removeEventListener('abort', abort)
      socket.removeAllListeners('error')
    }
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle()
      socket.on('error', () => {})
      if (signal?.aborted) return reject(signal.reason)
      const why = error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 'nobody listens there' : error.message
      reject(new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${address.text}: ${why}.`, { cause: error }))
    })
    socket.once('connect', () => {
      settle()
      resolve(new StreamConnection(socket, () => ends(socket)))
    })
  })
}
