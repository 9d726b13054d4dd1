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

/** Most connections that wait to be accepted. The kernel may hold fewer (net.core.somaxconn). */
export const BACKLOG = 1_024

/** Binds a server of plain sockets. `ends` tells the two addresses of one. */
export async function bind(
  address: Address,
  options: ListenOptions,
  ends: (socket: Socket) => Ends,
  accept: (connection: DrivenConnection) => void,
): Promise<Server> {
  // Half-open: a client that ends its side after a request still gets its answer. No delay: what is written is a whole message.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    accept(new StreamConnection(socket, () => ends(socket))),
  )
  await listenOn(server, address, options)
  return server
}

/** Binds a server, or throws the one line that says why not. */
export function listenOn(server: Server, address: Address, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(bindError(address, error))
    server.once('error', fail)
    server.listen(options, () => {
      server.removeListener('error', fail)
      // Later errors are of single accepts (EMFILE): the listener goes on.
      server.on('error', () => {})
      resolve()
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
export async function dial(
  address: Address,
  options: NetConnectOpts,
  ends: (socket: Socket) => Ends,
  signal: AbortSignal | undefined,
): Promise<DrivenConnection> {
  signal?.throwIfAborted()
  const socket = createConnection({ ...options, allowHalfOpen: true, noDelay: true })
  await settleDial(address, socket, 'connect', signal)
  return new StreamConnection(socket, () => ends(socket))
}

/** Waits until a socket is connected, or throws the one line that says why not. */
export function settleDial(
  address: Address,
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(new Error('given up'))
    const fail = (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', abort)
      // Whatever else breaks on this socket is of no interest any more.
      socket.on('error', () => {})
      socket.destroy()
      if (signal?.aborted) return reject(signal.reason)
      const why = error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 'nobody listens there' : error.message
      reject(new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${address.text}: ${why}.`, { cause: error }))
    }
    socket.once('error', fail)
    socket.once(event, () => {
      signal?.removeEventListener('abort', abort)
      socket.removeListener('error', fail)
      resolve()
    })
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
