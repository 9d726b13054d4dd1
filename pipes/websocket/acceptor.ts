// Makes WebSockets of connections that http() hands over, by the package `ws`.

import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { WebSocket, WebSocketServer } from 'ws'
import { UsageError } from '../../src/errors.ts'
import type { Handover } from '../../src/net/handover.ts'
import type { Environ } from '../../src/psgi/environ.ts'
import { WebsocketConnection } from '../../src/websocket/connection.ts'
import { loadWs, socketOptions } from '../../src/websocket/package.ts'
import type { WebsocketTerms } from './terms.ts'

/** Stands for the connection in requests that are made for `ws`, which is given the connection beside them. */
const NO_SOCKET = new Socket()
const NOTHING_READ = Buffer.alloc(0)

/** Answers handshakes, for one pipe. */
export class Acceptor {
  readonly #terms: WebsocketTerms
  #server: WebSocketServer | undefined
  /** The sub-protocol of the handshake under way: `ws` does it in one go. */
  #protocol: string | undefined

  constructor(terms: WebsocketTerms) {
    this.#terms = terms
  }

  /** @throws UsageError MODULE_BAD without the package */
  async open(): Promise<void> {
    const { WebSocketServer } = await loadWs('websocket()')
    const { maxBytes, deflate } = this.#terms
    this.#server ??= new WebSocketServer({
      ...socketOptions(maxBytes, deflate),
      noServer: true,
      // The listener knows its connections.
      clientTracking: false,
      handleProtocols: () => this.#protocol ?? false,
    })
  }

  /**
   * Answers 101 (Switching Protocols).
   *
   * @param environ whose handshake was checked
   * @returns undefined where the peer is gone meanwhile, or asks for a compression that is none: then it was told so
   */
  accept(handover: Handover, environ: Environ, protocol: string | undefined): WebsocketConnection | undefined {
    const server = this.#server
    if (server === undefined) {
      throw new UsageError('MODULE_BAD', 'websocket() was not opened: it stands in no stack that is served.', {
        pipe: 'websocket',
      })
    }
    let socket: WebSocket | undefined
    this.#protocol = protocol
    server.handleUpgrade(requestOf(environ), handover.stream, NOTHING_READ, (made) => {
      socket = made
    })
    return socket === undefined ? undefined : new WebsocketConnection(handover, socket, this.#terms, true)
  }
}

function requestOf(environ: Environ): IncomingMessage {
  const request = new IncomingMessage(NO_SOCKET)
  request.method = environ.REQUEST_METHOD
  request.url = environ.REQUEST_URI
  request.headers = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': environ.HTTP_SEC_WEBSOCKET_KEY,
    'sec-websocket-protocol': environ.HTTP_SEC_WEBSOCKET_PROTOCOL,
    'sec-websocket-extensions': environ.HTTP_SEC_WEBSOCKET_EXTENSIONS,
  }
  return request
}
