// ws://host:port/path, wss://… and ws+ipc://run/app.sock:/path — a message connection by WebSocket, to connect.

import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { UsageError } from '../errors.ts'
import type { DrivenConnection } from '../net/connection.ts'
import { handOver } from '../net/handover.ts'
import type { ConnectTerms, Transport } from '../net/transport.ts'
import { WebsocketConnection } from '../websocket/connection.ts'
import { loadWs, socketOptions } from '../websocket/package.ts'
import { type WebsocketTarget, websocketTarget } from '../websocket/target.ts'
import { ipc } from './ipc.ts'
import { tcp } from './tcp.ts'
import { tls } from './tls.ts'

/** Longest handshake, in milliseconds, whatever else is set. */
const HANDSHAKE_MS = 30_000

const BELOW: Readonly<Record<WebsocketTarget['below']['scheme'], Transport>> = { ipc, tcp, tls }

/**
 * The transport of `ws://`, `wss://` and `ws+ipc://`. It does not listen: that is what http() and websocket() are for.
 *
 * Parameters  behind `#`, since what stands behind `?` is the server's: see websocketTarget().
 */
export const ws: Transport = {
  async listen(address) {
    const message = `cannot listen on ${address.text}: a WebSocket begins with a request. Listen on tcp://, tls:// or ipc://, with http() and websocket() in the stack.`
    throw new UsageError('ADDRESS_BAD', message)
  },

  async connect(address, terms) {
    const target = websocketTarget(address)
    const { WebSocket } = await loadWs(`${address.scheme}://`)
    const { scheme, rest, query } = target.below
    const below = { scheme, rest, query, text: target.text }
    const connection = await BELOW[scheme].connect(below, { ...terms, protocols: ['http/1.1'] })
    const handover = handOver(connection)
    if (handover === undefined) throw new UsageError('ADDRESS_BAD', `${target.text} leads to no stream.`)
    const socket = new WebSocket(target.url, [...target.protocols], {
      ...socketOptions(target.maxBytes, false),
      ...(target.origin === undefined ? {} : { origin: target.origin }),
      headers: target.headers,
      handshakeTimeout: HANDSHAKE_MS,
      followRedirects: false,
      ...dialled(handover.stream),
    })
    return opened(target.text, socket, terms, () => new WebsocketConnection(handover, socket, target)).catch(
      (error) => {
        connection.destroy()
        throw error
      },
    )
  },
}

/** Has `ws` speak on a stream that is there already. */
function dialled(stream: Duplex): object {
  return {
    createConnection: () => stream,
    finishRequest(request: ClientRequest) {
      // It was paused when it was handed over; before that event, nobody listens to it.
      request.once('socket', () => stream.resume())
      request.end()
    },
  }
}

/** Waits for the end of the handshake. The connection is made at once then: messages may be there already. */
function opened(
  text: string,
  socket: WebSocket,
  { signal }: ConnectTerms,
  make: () => DrivenConnection,
): Promise<DrivenConnection> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) => {
      signal?.removeEventListener('abort', abort)
      socket.terminate()
      if (signal?.aborted) return reject(signal.reason)
      reject(new UsageError('ADDRESS_UNREACHABLE', `cannot connect to ${text}: ${why}.`, { cause }))
    }
    const abort = () => fail('given up')
    const onError = (error: Error) => fail(error.message, error)
    const onRefusal = (_request: ClientRequest, { statusCode = 0, statusMessage = '' }: IncomingMessage) =>
      fail(`the server answered ${statusCode} ${statusMessage}`.trimEnd())
    socket.on('error', onError)
    socket.once('unexpected-response', onRefusal)
    socket.once('open', () => {
      signal?.removeEventListener('abort', abort)
      socket.removeListener('unexpected-response', onRefusal)
      const connection = make()
      socket.removeListener('error', onError)
      resolve(connection)
    })
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
